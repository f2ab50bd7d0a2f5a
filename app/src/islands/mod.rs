//! The islands: what is live on a page. Everything here is compiled for the browser too and counts towards what it
//! loads first, so an island holds behaviour alone: the console renders what it shows, words included, and sends what
//! changes as [patches](crate::patch).

#![expect(unreachable_pub, reason = "Leptos' macro puts a public function where nobody can see it")]

mod live;

pub use live::{Live, LiveWords};
