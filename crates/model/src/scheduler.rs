//! Schedulers: how IPVS chooses a destination, by the names that `ipvsadm -s` takes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Reason;
use crate::show::Invalid;

/// A scheduling algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchedulerKind {
    /// Round robin.
    Rr,
    /// Weighted round robin.
    Wrr,
    /// Least connections.
    Lc,
    /// Weighted least connections.
    Wlc,
    /// Locality-based least connections.
    Lblc,
    /// Locality-based least connections with replication.
    Lblcr,
    /// Destination hashing.
    Dh,
    /// Source hashing.
    Sh,
    /// Shortest expected delay.
    Sed,
    /// Never queue.
    Nq,
    /// Weighted failover.
    Fo,
    /// Weighted overflow.
    Ovf,
    /// Maglev hashing.
    Mh,
    /// Power of two choices.
    Twos,
}

/// A scheduler with its flags (`ipvsadm -b`), written as `wlc` or `sh,sh-fallback,sh-port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scheduler {
    kind: SchedulerKind,
    fallback: bool,
    port: bool,
}

// === impl SchedulerKind ===

impl SchedulerKind {
    /// Every scheduler, Piranha's default first, then as ipvsadm(8) lists them.
    pub const ALL: &[Self] = &[
        Self::Wlc,
        Self::Rr,
        Self::Wrr,
        Self::Lc,
        Self::Lblc,
        Self::Lblcr,
        Self::Dh,
        Self::Sh,
        Self::Sed,
        Self::Nq,
        Self::Fo,
        Self::Ovf,
        Self::Mh,
        Self::Twos,
    ];

    /// The name for ipvsadm and the kernel.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rr => "rr",
            Self::Wrr => "wrr",
            Self::Lc => "lc",
            Self::Wlc => "wlc",
            Self::Lblc => "lblc",
            Self::Lblcr => "lblcr",
            Self::Dh => "dh",
            Self::Sh => "sh",
            Self::Sed => "sed",
            Self::Nq => "nq",
            Self::Fo => "fo",
            Self::Ovf => "ovf",
            Self::Mh => "mh",
            Self::Twos => "twos",
        }
    }

    /// Takes the name.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        Self::ALL.iter().copied().find(|kind| kind.name() == text).ok_or(Reason::NotOneOf {
            choices: "rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos",
        })
    }

    /// Whether the flags `fallback` and `port` mean something to it (sh and mh).
    pub fn has_flags(self) -> bool {
        matches!(self, Self::Sh | Self::Mh)
    }
}

impl fmt::Display for SchedulerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

// === impl Scheduler ===

impl Scheduler {
    /// A scheduler; flags that it does not know are dropped.
    /// `fallback`: hash again when the chosen server is unavailable; `port`: hash the source port too.
    pub fn new(kind: SchedulerKind, fallback: bool, port: bool) -> Self {
        let flags = kind.has_flags();
        Self { kind, fallback: fallback && flags, port: port && flags }
    }

    /// Takes what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let mut parts = text.split(',').map(str::trim);
        let kind = SchedulerKind::parse(parts.next().unwrap_or_default())?;
        let (mut fallback, mut port) = (false, false);
        for flag in parts {
            match flag {
                "sh-fallback" | "mh-fallback" => fallback = true,
                "sh-port" | "mh-port" => port = true,
                _ => return Err(Reason::NotOneOf { choices: "sh-fallback, sh-port, mh-fallback, mh-port" }),
            }
        }
        Ok(Self::new(kind, fallback, port))
    }

    /// The algorithm.
    pub fn kind(self) -> SchedulerKind {
        self.kind
    }

    /// Whether to hash again when the chosen server is unavailable.
    pub fn fallback(self) -> bool {
        self.fallback
    }

    /// Whether the source port is hashed too.
    pub fn port(self) -> bool {
        self.port
    }
}

/// Piranha's and ipvsadm's default.
impl Default for Scheduler {
    fn default() -> Self {
        Self::new(SchedulerKind::Wlc, false, false)
    }
}

impl From<SchedulerKind> for Scheduler {
    fn from(kind: SchedulerKind) -> Self {
        Self::new(kind, false, false)
    }
}

impl TryFrom<String> for Scheduler {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl From<Scheduler> for String {
    fn from(scheduler: Scheduler) -> Self {
        scheduler.to_string()
    }
}

impl fmt::Display for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind;
        write!(f, "{kind}")?;
        if self.fallback {
            write!(f, ",{kind}-fallback")?;
        }
        if self.port {
            write!(f, ",{kind}-port")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheduler_reads_back() {
        for &kind in SchedulerKind::ALL {
            for (fallback, port) in [(false, false), (true, false), (false, true), (true, true)] {
                let scheduler = Scheduler::new(kind, fallback, port);
                assert_eq!(Scheduler::parse(&scheduler.to_string()), Ok(scheduler));
            }
        }
    }

    #[test]
    fn flags_belong_to_the_hashing_schedulers() {
        assert_eq!(Scheduler::new(SchedulerKind::Wlc, true, true).to_string(), "wlc");
        assert_eq!(Scheduler::new(SchedulerKind::Sh, true, true).to_string(), "sh,sh-fallback,sh-port");
    }
}
