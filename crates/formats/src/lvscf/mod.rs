//! Piranha's `lvs.cf`: read it exactly as the daemon did, say better what is wrong with it, write it, and move it to and from
//! the model.
//!
//! ```text
//! bytes ── lexer ──► lines of tokens ── parse ──► LvsCf + Places + Oddities ── import ──► Cluster + LossReport
//!                                         └─► Diagnostic                        export ◄── Cluster
//! ```
//!
//! [`parse()`] is faithful to Piranha 0.8.6 to the letter, odd rules included, because a file that ran a site for ten years means
//! what the daemon made of it. What the daemon passed over in silence is kept as an [`Oddity`].
//!
//! Two differences, on purpose. Host names are **not** looked up: a pure crate asks no name server, so only numeric addresses and
//! `localhost` are known, and any other name is refused as the daemon would refuse one that does not resolve. And where the
//! daemon's behaviour was undefined (a NUL byte, a lone quote at the end of a line, an empty list) the file is refused.

mod diagnostic;
mod export;
mod fault;
mod import;
mod json;
mod keyword;
mod lexer;
mod number;
mod parse;
mod place;
mod print;

mod services;
mod text;
mod unknown;
mod values;
mod words;

pub use crate::report::{Loss, LossReason, LossReport, Severity, Subject};
pub use diagnostic::{Diagnostic, Refusal};
pub use export::{Exported, export};
pub use import::{Imported, import};
pub use json::to_json;
pub use keyword::Scope;
pub use parse::{Parsed, parse};
pub use place::{BlockPlaces, Keys, Oddity, OddityKind, Place, Places, ServerPlaces};
pub use print::print;
pub use text::Text;
pub use values::{LvsCf, Real, Virtual};
pub use words::{ConflictAction, Network, Protocol, Scheduler, ServiceType};
