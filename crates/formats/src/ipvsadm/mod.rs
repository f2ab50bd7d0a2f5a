//! What `ipvsadm-save` writes and `ipvsadm-restore` reads: a table as commands, one a line. And what `ipvsadm -L` prints:
//! [`Listing`].
//!
//! ```text
//! bytes ── lexer ──► words ── options ──► parse ──► Rules + Places ── import ──► Cluster + LossReport
//!                                           └─► Diagnostic           export ◄── Cluster
//! ```
//!
//! [`parse()`] takes what `ipvsadm` 1.31 takes, in all its spellings (`-At VIP:80`, `--add-service --tcp-service=VIP:80`), as far as
//! it adds something: services, servers, idle times, the sync daemon. Commands that take something away have no meaning for
//! a table that is yet to be made, and are refused.
//!
//! Two differences, on purpose. Names of hosts and ports (`ipvsadm -S` without `-n`) are **not** looked up: they would mean
//! something else on another machine. And comments from `#` on are passed over; `ipvsadm -R` means to and does not, so [`print()`]
//! writes none: what could not be said is in the report alone.

mod diagnostic;
mod export;
mod import;
mod lexer;
mod line;
mod listing;
mod options;
mod parse;
mod print;
mod service;
mod values;

pub use diagnostic::{Diagnostic, Refusal};
pub use export::{Exported, export};
pub use import::{Imported, Supplement, import};
pub use listing::{Counted, Form, ListedDestination, ListedService, Listing};
pub use parse::{Parsed, Places, ServicePlaces, parse};
pub use print::print;
pub use values::{Daemon, DaemonState, Destination, Key, Rules, SchedulerFlags, Service};
