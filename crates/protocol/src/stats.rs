//! Counters, on demand.

use model::{DestinationId, Generation, ServiceId};

use crate::malformed::at_most;
use crate::{MAX_OBJECTS, Malformed, wire};

/// One sample of a data plane's counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// When: milliseconds since 1970 on the director's clock.
    pub at_ms: i64,
    /// The generation whose ids these are.
    pub generation: Generation,
    /// Services and destinations in the data plane.
    pub entries: Vec<StatsEntry>,
    /// Whether `entries` are only those that are another than in the sample before.
    pub changes: bool,
}

/// A service's or destination's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatsEntry {
    /// The service.
    pub service: ServiceId,
    /// The destination; none for the service itself. The sorry server's traffic is in the service's numbers alone.
    pub destination: Option<DestinationId>,
    /// Connections that are established now.
    pub active: u64,
    /// Connections in any other state.
    pub inactive: u64,
    /// Clients that stay by persistence.
    pub persistent: u64,
    /// Since the entry was made.
    pub total: Counters,
    /// Per second, as the data plane estimates it.
    pub rate: Counters,
}

impl Stats {
    /// The sample that `next` makes of this one; nothing where `next` tells changes to another one.
    pub fn followed_by(self, next: Self) -> Option<Self> {
        if !next.changes {
            return Some(Self { entries: in_order(next.entries), ..next });
        }
        if self.generation != next.generation {
            return None;
        }
        let mut entries = self.entries;
        let mut new = Vec::new();
        for entry in next.entries {
            match entries.binary_search_by_key(&entry.object(), StatsEntry::object) {
                Ok(at) => entries[at] = entry,
                Err(_) => new.push(entry),
            }
        }
        if !new.is_empty() {
            entries.extend(new);
            entries = in_order(entries);
        }
        Some(Self { entries, changes: false, ..next })
    }
}

impl StatsEntry {
    /// What it is about.
    pub fn object(&self) -> (ServiceId, Option<DestinationId>) {
        (self.service, self.destination)
    }
}

fn in_order(mut entries: Vec<StatsEntry>) -> Vec<StatsEntry> {
    entries.sort_unstable_by_key(StatsEntry::object);
    entries
}

/// IPVS's five counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections scheduled.
    pub connections: u64,
    /// Packets from clients, where they are known.
    pub packets_in: u64,
    /// Packets to clients, where they are known.
    pub packets_out: u64,
    /// Bytes from clients.
    pub bytes_in: u64,
    /// Bytes to clients.
    pub bytes_out: u64,
}

// === to the wire ===

impl From<&Stats> for wire::Stats {
    fn from(stats: &Stats) -> Self {
        Self {
            at_ms: stats.at_ms,
            generation: stats.generation.0,
            entries: stats.entries.iter().map(wire::StatsEntry::from).collect(),
            changes: stats.changes,
        }
    }
}

impl From<&StatsEntry> for wire::StatsEntry {
    fn from(entry: &StatsEntry) -> Self {
        Self {
            service_id: entry.service.0,
            destination_id: entry.destination.map_or(0, |id| id.0),
            active: entry.active,
            inactive: entry.inactive,
            persistent: entry.persistent,
            total: Some(entry.total.into()),
            rate: Some(entry.rate.into()),
        }
    }
}

impl From<Counters> for wire::Counters {
    fn from(counters: Counters) -> Self {
        let Counters { connections, packets_in, packets_out, bytes_in, bytes_out } = counters;
        Self { connections, packets_in, packets_out, bytes_in, bytes_out }
    }
}

// === from the wire ===

impl TryFrom<wire::Stats> for Stats {
    type Error = Malformed;

    fn try_from(wire: wire::Stats) -> Result<Self, Malformed> {
        at_most("entries", wire.entries.len(), MAX_OBJECTS)?;
        let entries: Result<_, _> = wire.entries.into_iter().map(StatsEntry::try_from).collect();
        Ok(Self {
            at_ms: wire.at_ms,
            generation: Generation(wire.generation),
            entries: entries?,
            changes: wire.changes,
        })
    }
}

impl TryFrom<wire::StatsEntry> for StatsEntry {
    type Error = Malformed;

    fn try_from(wire: wire::StatsEntry) -> Result<Self, Malformed> {
        Ok(Self {
            service: ServiceId(wire.service_id),
            destination: (wire.destination_id > 0).then_some(DestinationId(wire.destination_id)),
            active: wire.active,
            inactive: wire.inactive,
            persistent: wire.persistent,
            total: wire.total.ok_or(Malformed::Missing("total"))?.into(),
            rate: wire.rate.ok_or(Malformed::Missing("rate"))?.into(),
        })
    }
}

impl From<wire::Counters> for Counters {
    fn from(wire: wire::Counters) -> Self {
        let wire::Counters { connections, packets_in, packets_out, bytes_in, bytes_out } = wire;
        Self { connections, packets_in, packets_out, bytes_in, bytes_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> StatsEntry {
        StatsEntry {
            service: ServiceId(1),
            destination: Some(DestinationId(2)),
            active: 3,
            inactive: 4,
            persistent: 5,
            total: Counters {
                connections: 6,
                packets_in: 7,
                packets_out: 8,
                bytes_in: 9,
                bytes_out: u64::MAX,
            },
            rate: Counters { connections: 11, ..Counters::default() },
        }
    }

    #[test]
    fn a_sample_reads_back() {
        let stats = Stats {
            at_ms: 12,
            generation: Generation(13),
            entries: vec![entry(), StatsEntry { destination: None, ..entry() }],
            changes: true,
        };
        assert_eq!(Stats::try_from(wire::Stats::from(&stats)).unwrap(), stats);
    }

    #[test]
    fn changes_are_put_over_the_sample_before() {
        let of = |id: u32, active| StatsEntry { destination: Some(DestinationId(id)), active, ..entry() };
        let sample = |at_ms, entries, changes| Stats { at_ms, generation: Generation(1), entries, changes };
        let first = Stats::default().followed_by(sample(1, vec![of(3, 3), of(1, 1)], false)).unwrap();
        assert_eq!(first.entries, [of(1, 1), of(3, 3)]);
        let second = first.followed_by(sample(2, vec![of(3, 4), of(2, 2)], true)).unwrap();
        assert_eq!(second, sample(2, vec![of(1, 1), of(2, 2), of(3, 4)], false));
        let others = Stats { generation: Generation(2), ..sample(3, vec![of(1, 9)], true) };
        assert_eq!(second.followed_by(others), None);
    }

    #[test]
    fn counters_that_were_not_sent_are_not_zero() {
        let wire = wire::StatsEntry { total: None, ..wire::StatsEntry::from(&entry()) };
        assert!(matches!(StatsEntry::try_from(wire), Err(Malformed::Missing("total"))));
    }

    #[test]
    fn endless_samples_are_refused() {
        let entries = vec![wire::StatsEntry::from(&entry()); MAX_OBJECTS + 1];
        let refused = Stats::try_from(wire::Stats { entries, ..Default::default() });
        assert!(matches!(refused, Err(Malformed::TooLarge { field: "entries", .. })));
    }
}
