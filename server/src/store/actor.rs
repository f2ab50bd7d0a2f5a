//! Who writes, for the audit log.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A user, unique in a console and never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub i64);

/// Who does something, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user, where it is one.
    pub user: Option<UserId>,
    /// The name as the log shows it.
    pub name: String,
    /// An address, or `command line`.
    pub from: String,
}

impl Actor {
    /// Somebody at a shell of the console's machine.
    pub fn command_line() -> Self {
        Self { user: None, name: "arapaima".into(), from: "command line".into() }
    }

    /// The console itself, of its own accord.
    pub fn console() -> Self {
        Self { user: None, name: "arapaima".into(), from: "console".into() }
    }

    /// A director's agent at `from`.
    pub fn director(name: &str, from: impl fmt::Display) -> Self {
        Self { user: None, name: format!("director {name}"), from: from.to_string() }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
