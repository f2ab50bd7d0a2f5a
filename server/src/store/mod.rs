//! The console's memory: the only place with SQL.
//!
//! One function per question. Every write takes an [`Actor`] and puts its row into the audit log in the same transaction: there is
//! no write that the log does not know. One connection writes (`BEGIN IMMEDIATE`), a few others read; WAL keeps them out of each
//! other's way. A write that has returned is on the disk (`synchronous = FULL`).
//!
//! Several processes may work on one file (the console and the commands of the same program), so what is cached here is always
//! checked against the version in the file.

mod actor;
mod audit;
pub(crate) mod backup;
mod browsers;
mod cache;
mod changed;
mod clusters;
mod directors;
mod drafts;
mod error;
mod events;
mod history;
mod ignored;
mod mended;
mod open;
mod people;
mod revisions;
mod sessions;
mod settings;
mod statements;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

pub use actor::{Actor, UserId};
pub use audit::{AuditEntry, AuditFilter};
pub use browsers::REMEMBERED_MS;
pub use changed::{Changed, Changes, shown};
pub use clusters::ClusterSummary;
pub use directors::Director;
pub use drafts::{Draft, DraftVersion, Editing};
pub use error::{Conflict, Moved, OpenError, StoreError, TooLarge};
pub use events::{Condition, Event, EventFilter, Happening, MOST_NEWS, Moment, REPEATS_MS, Step};
pub use history::{RevisionSummary, RollBack};
pub use open::Store;
pub use people::{Person, Seen};
pub use revisions::{Origin, Revision, plan_from};
pub use sessions::{IDLE_MS, LIFETIME_MS, SessionSummary, Sessions, key as sessions_key};
pub use settings::{Retention, retention};
pub use users::{MOST_USERS, User};

/// What every function here returns.
pub type Result<T> = std::result::Result<T, StoreError>;
