//! The islands: what is live on a page. Everything here is compiled for the browser too and counts towards what it
//! loads first, so an island holds behaviour and the console renders what it shows.

#![expect(unreachable_pub, reason = "Leptos' macro puts a public function where nobody can see it")]

mod live_table;
mod progress;

pub use live_table::LiveTable;
pub use progress::ProgressTable;
