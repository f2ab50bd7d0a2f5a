//! What can go wrong with the store, in words for an operator.

use std::path::PathBuf;

use model::{Cluster, Field, Problem, Problems, Reason, Roles};
use protocol::{MAX_OBJECTS, MAX_SPEC};

use super::Retention;
use super::users::MOST_USERS;

/// Why a question was not answered or a write did not happen. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such object, or no longer.
    #[error("there is no such {0}; it may have been deleted meanwhile")]
    NotFound(&'static str),
    /// Somebody else was faster.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The values cannot be.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// More than an agent takes.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A cluster was told to start or stop before anything was applied to it.
    #[error("nothing has been applied to this cluster yet; review its changes and apply them first")]
    NothingApplied,
    /// The console would be left without an administrator who can log in.
    #[error("this is the last administrator who can log in; make another one first")]
    LastAdministrator,
    /// Somebody else gave the person other roles meanwhile: these.
    #[error("somebody else changed the roles to `{0}` meanwhile; look at them again before you decide")]
    RolesMoved(Roles),
    /// Somebody else decided meanwhile how long things are kept, and otherwise: so.
    #[error("somebody else changed how long things are kept meanwhile; look at it again before you decide")]
    RetentionMoved(Retention),
    /// No room for another account.
    #[error("there are {MOST_USERS} accounts, and a console has no more; delete one that is not used")]
    TooManyUsers,
    /// The disk is full.
    #[error("the disk of the console's data directory is full, nothing was saved; make room and try again")]
    Full(#[source] sqlx::Error),
    /// Another process held the database for longer than five seconds.
    #[error("another process has held the console's database for seconds, nothing was saved; try again")]
    Busy(#[source] sqlx::Error),
    /// The file holds something that this program cannot have written.
    #[error("the console's database holds an unreadable {what}")]
    Damaged {
        /// Which part.
        what: &'static str,
        /// What the reader said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything else that the database said.
    #[error("the console's database failed")]
    Database(#[source] sqlx::Error),
}

/// Two people changed the same thing; the second one is told, and loses nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} since you opened this page{}; look at it again before you decide", moved.english(), by_whom(by.as_deref()))]
pub struct Conflict {
    /// What moved.
    pub moved: Moved,
    /// Who moved it, where the log still knows.
    pub by: Option<String>,
    /// When, in milliseconds since 1970.
    pub at_ms: Option<i64>,
}

/// A cluster that no agent would take: the wire has limits, and so has an agent's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// Too many virtual services and real servers.
    #[error(
        "the cluster has {0} virtual services and real servers, and a director takes {MAX_OBJECTS} at most; nothing was saved. Make several clusters of it"
    )]
    Objects(usize),
    /// Too many bytes.
    #[error(
        "the cluster's configuration takes {0} bytes, and a director takes {MAX_SPEC} at most; nothing was saved. Make several clusters of it"
    )]
    Bytes(usize),
}

/// What somebody else changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The draft.
    Draft,
    /// What is applied.
    Applied,
}

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be made.
    #[error("cannot make the data directory {path}; choose another one with --data, or make it writable")]
    Directory {
        /// Which directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file was written by a newer program.
    #[error(
        "{path} was written by a newer version of arapaima (schema {found}, this program knows {known}); install that version again, or restore a copy of the file made before the upgrade"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// Another program goes on opening it.
    #[error(
        "another program has been opening {path} for {seconds} s; is a console being upgraded there, or does one hang? Look with fuser, then try again"
    )]
    Busy {
        /// The file.
        path: PathBuf,
        /// How long this one waited.
        seconds: u64,
    },
    /// The copy before a migration failed; the file is untouched.
    #[error(
        "cannot copy {path} aside to {copy} before bringing it up to date; it is unchanged. Is there room on the disk?"
    )]
    Copy {
        /// The file.
        path: PathBuf,
        /// The copy.
        copy: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The migration failed.
    #[error("cannot bring {path} up to date; a copy of the file as it was lies beside it")]
    Migrate {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// SQLite cannot open it.
    #[error(
        "cannot open the database {path}; is it a database of arapaima, readable and writable by this user?"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: sqlx::Error,
    },
}

// === impl StoreError ===

impl StoreError {
    /// An unreadable part.
    pub(super) fn damaged(
        what: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Damaged { what, source: Box::new(source) }
    }

    /// A name that another object has already, where the database said so.
    pub(super) fn duplicate(error: sqlx::Error, field: Field, name: &str) -> Self {
        let unique = error.as_database_error().is_some_and(|error| error.is_unique_violation());
        if unique {
            Problems::from(Problem::new(field, name, Reason::DuplicateName)).into()
        } else {
            error.into()
        }
    }
}

/// SQLite's result codes, <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        const SQLITE_BUSY: i64 = 5;
        const SQLITE_FULL: i64 = 13;
        let code = error.as_database_error().and_then(|error| error.code()?.parse::<i64>().ok());
        match code.map(|code| code & 0xff) {
            Some(SQLITE_FULL) => Self::Full(error),
            Some(SQLITE_BUSY) => Self::Busy(error),
            _ if matches!(error, sqlx::Error::PoolTimedOut) => Self::Busy(error),
            _ => Self::Database(error),
        }
    }
}

// === impl TooLarge ===

impl TooLarge {
    /// Refuses a cluster whose configuration takes so many bytes, if that is too many or if it has too many objects.
    pub(super) fn check(cluster: &Cluster, bytes: usize) -> Result<(), Self> {
        let services = cluster.services().values();
        let objects = services.map(|service| 1 + service.destinations.len()).sum();
        if objects > MAX_OBJECTS {
            Err(Self::Objects(objects))
        } else if bytes > MAX_SPEC {
            Err(Self::Bytes(bytes))
        } else {
            Ok(())
        }
    }
}

// === impl Moved ===

impl Moved {
    fn english(self) -> &'static str {
        match self {
            Self::Draft => "the draft was changed",
            Self::Applied => "another configuration was applied",
        }
    }
}

fn by_whom(by: Option<&str>) -> String {
    by.map_or_else(String::new, |name| format!(" by {name}"))
}

#[cfg(test)]
mod tests {
    use model::Name;

    use super::*;

    #[test]
    fn the_wires_limits_are_the_stores() {
        let cluster = Cluster::new(Name::parse("shop").unwrap());
        assert_eq!(TooLarge::check(&cluster, MAX_SPEC), Ok(()));
        assert_eq!(TooLarge::check(&cluster, MAX_SPEC + 1), Err(TooLarge::Bytes(MAX_SPEC + 1)));
    }
}
