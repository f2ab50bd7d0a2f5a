//! Who is to be checked, and by which rule a server returns.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use model::{DestinationId, Generation, Protocol, ReentrySeconds, Seconds};

/// Everybody who is to be checked, under one generation of the desired state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subjects {
    /// The generation.
    pub generation: Generation,
    /// The destinations.
    pub destinations: BTreeMap<DestinationId, Subject>,
}

/// One who is to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What is asked.
    pub target: Target,
    /// How often, and when a failed one is back.
    pub rule: Rule,
}

/// What is asked: another target is another server as far as its health goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The protocol of the service.
    pub protocol: Protocol,
    /// The real server's address and port.
    pub socket: SocketAddr,
    /// How it is to be asked.
    pub check: model::Check,
}

/// When a server is asked and when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The interval from the start of one check to the start of the next, and the time limit of each: Piranha's
    /// *service timeout*.
    pub timeout: Seconds,
    /// How long a failed server must pass its checks before it is back.
    pub reentry: ReentrySeconds,
}

impl Rule {
    /// Successive passes after which a failed server is back: `reentry / timeout` as in Piranha (nanny.c), at least 1.
    pub fn passes_needed(self) -> u32 {
        (self.reentry.get() / self.timeout.get()).max(1)
    }

    /// The interval and time limit as a duration.
    pub fn interval(self) -> Duration {
        self.timeout.duration()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.protocol, self.socket)
    }
}
