//! The question put to a real server.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use model::{Cause, Code, Why};

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
        /// Why.
        reason: Why,
    },
    /// The director could not ask: this says nothing about the server and changes nothing.
    Unasked {
        /// Why.
        reason: Why,
    },
}

impl Outcome {
    /// An error of the operation `attempt` (`connect to 10.0.0.5:80`), sorted by whose it is.
    pub(crate) fn from_error(attempt: &str, error: &io::Error) -> Self {
        let text = format!("{attempt}: {}", words(error));
        if is_our_own(error) {
            return Self::Unasked { reason: Why::of(text, Code::CheckFailedHere) };
        }
        let code = match error.kind() {
            io::ErrorKind::ConnectionRefused => Code::ConnectionRefused,
            io::ErrorKind::HostUnreachable => Code::HostUnreachable,
            io::ErrorKind::NetworkUnreachable => Code::NetworkUnreachable,
            io::ErrorKind::PermissionDenied => Code::Forbidden,
            _ => return Self::Failed { reason: text.into() },
        };
        Self::Failed { reason: Why::of(text, code) }
    }

    pub(crate) fn timed_out(attempt: &str, limit: Duration) -> Self {
        let seconds = limit.as_secs_f64();
        let cause = Cause::new(Code::CheckTimedOut, [("seconds", &seconds)]);
        Self::Failed { reason: Why::new(format!("{attempt}: no answer within {seconds} s"), cause) }
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
