//! The schedulers by name.

use std::fmt;
use std::str::FromStr;

use crate::{
    Destination, DestinationHashing, FailOver, LeastConnection, MaglevHashing, NeverQueue, OverFlow,
    RoundRobin, Scheduler, ShortestExpectedDelay, SourceHashing, WeightedLeastConnection, WeightedRoundRobin,
};

/// A scheduler's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Round robin.
    Rr,
    /// Weighted round robin.
    Wrr,
    /// Least connection.
    Lc,
    /// Weighted least connection.
    Wlc,
    /// Shortest expected delay.
    Sed,
    /// Never queue.
    Nq,
    /// Source hashing.
    Sh,
    /// Destination hashing.
    Dh,
    /// Maglev hashing.
    Mh,
    /// Weighted fail-over.
    Fo,
    /// Weighted overflow.
    Ovf,
}

/// The flags of the hashing schedulers (`ipvsadm -b`). Others ignore them, as the kernel does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// `sh-fallback`, `mh-fallback`: if the hashed destination is not available, try others instead of refusing.
    pub fallback: bool,
    /// `sh-port`, `mh-port`: the client's port takes part in the hash.
    pub port: bool,
}

/// A name that is none of [`Kind::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownScheduler(pub String);

impl Kind {
    /// Every scheduler of this crate.
    pub const ALL: [Self; 11] = [
        Self::Rr,
        Self::Wrr,
        Self::Lc,
        Self::Wlc,
        Self::Sed,
        Self::Nq,
        Self::Sh,
        Self::Dh,
        Self::Mh,
        Self::Fo,
        Self::Ovf,
    ];

    /// The kernel's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rr => "rr",
            Self::Wrr => "wrr",
            Self::Lc => "lc",
            Self::Wlc => "wlc",
            Self::Sed => "sed",
            Self::Nq => "nq",
            Self::Sh => "sh",
            Self::Dh => "dh",
            Self::Mh => "mh",
            Self::Fo => "fo",
            Self::Ovf => "ovf",
        }
    }

    /// A fresh scheduler of this kind; call [`Scheduler::changed`] before the first pick.
    #[must_use]
    pub fn scheduler<D: Destination>(self, flags: Flags) -> Box<dyn Scheduler<D>> {
        match self {
            Self::Rr => Box::new(RoundRobin::default()),
            Self::Wrr => Box::new(WeightedRoundRobin::default()),
            Self::Lc => Box::new(LeastConnection),
            Self::Wlc => Box::new(WeightedLeastConnection),
            Self::Sed => Box::new(ShortestExpectedDelay),
            Self::Nq => Box::new(NeverQueue),
            Self::Sh => Box::new(SourceHashing::new(flags)),
            Self::Dh => Box::new(DestinationHashing::default()),
            Self::Mh => Box::new(MaglevHashing::new(flags)),
            Self::Fo => Box::new(FailOver),
            Self::Ovf => Box::new(OverFlow),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownScheduler;

    fn from_str(name: &str) -> Result<Self, UnknownScheduler> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownScheduler(name.to_owned()))
    }
}

impl fmt::Display for UnknownScheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scheduler `{}` is not one of", self.0)?;
        for kind in Kind::ALL {
            write!(f, " {kind}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownScheduler {}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::Packet;
    use crate::sample::{Sample, packet};

    #[test]
    fn names_parse_back() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert!("lblcr".parse::<Kind>().unwrap_err().to_string().contains("not one of rr wrr"));
    }

    fn samples() -> impl Strategy<Value = Vec<Sample>> {
        vec((0..6_u64, 0..5_u32, any::<bool>(), 0..9_u32, 0..9_u32), 0..7).prop_map(|rows| {
            let mut list: Vec<Sample> = Vec::new();
            for (key, weight, overloaded, active, inactive) in rows {
                if list.iter().all(|d| d.key != key) {
                    list.push(Sample { key, weight, overloaded, active, inactive });
                }
            }
            list
        })
    }

    proptest! {
        /// Whatever was scheduled and edited before: never a quiesced or overloaded one, never a wrong index, and,
        /// except for the schedulers that are documented to refuse, always one while one is available.
        #[test]
        fn every_pick_is_available(lists in vec((samples(), 1..9_u16), 1..6), fallback: bool, port: bool) {
            for kind in Kind::ALL {
                let mut scheduler = kind.scheduler::<Sample>(Flags { fallback, port });
                for (list, packets) in &lists {
                    scheduler.changed(list);
                    for n in 0..*packets {
                        let picked = scheduler.schedule(list, &packet(n));
                        if let Some(index) = picked {
                            prop_assert!(list[index].available(), "{kind} picked {:?}", list[index]);
                        }
                        let refuses = match kind {
                            Kind::Sh => !fallback || list.len() > 1,
                            Kind::Mh => !fallback || list.len() > 1,
                            Kind::Dh | Kind::Ovf => true,
                            _ => false,
                        };
                        if !refuses {
                            prop_assert_eq!(picked.is_some(), list.iter().any(Destination::available), "{}", kind);
                        }
                    }
                }
            }
        }

        /// A weight that falls to 0 without `changed` (the caller's next edit is under way) is still respected.
        #[test]
        fn stale_state_is_harmless(list in samples(), shorter in samples()) {
            for kind in Kind::ALL {
                let mut scheduler = kind.scheduler::<Sample>(Flags::default());
                scheduler.changed(&list);
                let client = Packet { client: packet(1).client, virtual_address: packet(1).virtual_address };
                if let Some(index) = scheduler.schedule(&shorter, &client) {
                    prop_assert!(shorter[index].available());
                }
            }
        }
    }
}
