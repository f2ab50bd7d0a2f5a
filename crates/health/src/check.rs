//! The question put to a real server.

use std::io;
use std::time::Duration;

use async_trait::async_trait;

use crate::Target;

/// Asks a real server whether it serves.
#[async_trait]
pub trait Check: Send + Sync + 'static {
    /// Asks once. The answer comes within `limit`, whatever the server does.
    async fn check(&self, target: &Target, limit: Duration) -> Outcome;
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It serves.
    Passed {
        /// How long the answer took.
        latency: Duration,
    },
    /// It does not.
    Failed {
        /// Why, in words.
        reason: String,
    },
    /// The director could not ask: this says nothing about the server and changes nothing.
    Unasked {
        /// Why, in words.
        reason: String,
    },
}

impl Outcome {
    /// An error of the operation `attempt` (`connect to 10.0.0.5:80`), sorted by whose it is.
    pub(crate) fn from_error(attempt: &str, error: &io::Error) -> Self {
        let reason = format!("{attempt}: {}", words(error));
        if is_our_own(error) { Self::Unasked { reason } } else { Self::Failed { reason } }
    }

    pub(crate) fn timed_out(attempt: &str, limit: Duration) -> Self {
        Self::Failed { reason: format!("{attempt}: no answer within {} s", limit.as_secs_f64()) }
    }
}

/// Errors by which the director runs out of something: `EMFILE` 24, `ENFILE` 23, `ENOMEM` 12, `ENOBUFS` 105, and `EADDRNOTAVAIL` 99
/// for want of a free local port (errno(3), asm-generic).
fn is_our_own(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(24 | 23 | 12 | 105 | 99))
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused, nothing listens there".into(),
        io::ErrorKind::HostUnreachable => "no route to the host, or nobody answers for its address".into(),
        io::ErrorKind::NetworkUnreachable => "the network is unreachable from this director".into(),
        io::ErrorKind::PermissionDenied => {
            "refused by a packet filter or security policy of this director".into()
        }
        _ => error.to_string(),
    }
}
