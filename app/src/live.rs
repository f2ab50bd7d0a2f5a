//! What the live table shows.
