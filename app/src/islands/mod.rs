//! The islands: what is live on a page. Everything here is compiled for the browser too and counts towards what it
//! loads first.

pub mod progress;
