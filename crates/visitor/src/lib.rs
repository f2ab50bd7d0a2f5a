//! Visits the console as a browser without script does: pages, forms, streams. For the demo's test, the measurements and
//! the lab, which all go the way that a person goes.

pub mod client;
pub mod form;
pub mod live;
