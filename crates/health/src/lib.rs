//! Checks of real servers, and when a result takes a server out or back.
