//! `sh`: the same client always meets the same destination (`ip_vs_sh.c`).
//!
//! A table of 256 buckets is filled with the destinations in turn, each as many buckets in a row as its weight says
//! (at least one, so that quiescing one does not move the clients of the others); the client's address picks a bucket.

use crate::hash::{N_BUCKETS, bucket};
use crate::{Destination, Flags, Packet, Scheduler};

/// Source hashing.
#[derive(Debug)]
pub struct SourceHashing {
    flags: Flags,
    /// Indices into the list; empty if the list is.
    buckets: Vec<usize>,
}

impl SourceHashing {
    /// With `sh-fallback` and `sh-port` as asked.
    #[must_use]
    pub fn new(flags: Flags) -> Self {
        Self { flags, buckets: Vec::new() }
    }
}

impl<D: Destination> Scheduler<D> for SourceHashing {
    /// `ip_vs_sh_reassign`.
    fn changed(&mut self, destinations: &[D]) {
        let in_turn = (0..destinations.len())
            .cycle()
            .flat_map(|index| std::iter::repeat_n(index, destinations[index].weight().max(1) as usize));
        self.buckets.clear();
        self.buckets.extend(in_turn.take(N_BUCKETS));
    }

    fn schedule(&mut self, destinations: &[D], packet: &Packet) -> Option<usize> {
        let port = if self.flags.port { packet.client.port() } else { 0 };
        let home = bucket(packet.client.ip(), port);
        // Without fallback only the home bucket is asked, with it the whole table from there on.
        let tries = if self.flags.fallback { N_BUCKETS } else { 1 };
        (home..home + tries)
            .filter_map(|n| self.buckets.get(n % N_BUCKETS).copied())
            .find(|&index| destinations.get(index).is_some_and(Destination::available))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, packet, picks, weights};

    fn fresh(flags: Flags, list: &[Sample]) -> SourceHashing {
        let mut sh = SourceHashing::new(flags);
        sh.changed(list);
        sh
    }

    fn shares(buckets: &[usize], n_destinations: usize) -> Vec<usize> {
        (0..n_destinations).map(|index| buckets.iter().filter(|b| **b == index).count()).collect()
    }

    #[test]
    fn buckets_follow_weights() {
        let list = weights(&[1, 3]);
        let sh = fresh(Flags::default(), &list);
        assert_eq!(sh.buckets[..6], [0, 1, 1, 1, 0, 1]);
        assert_eq!(shares(&sh.buckets, 2), [64, 192]);
    }

    #[test]
    fn clients_spread_by_weight_and_stick() {
        let list = weights(&[1, 1, 2]);
        let mut sh = fresh(Flags::default(), &list);
        let first = picks(&mut sh, &list, 4000);
        assert_eq!(first, picks(&mut sh, &list, 4000));
        let counts = shares(&first, 3);
        for (count, expected) in counts.iter().zip([1000_usize, 1000, 2000]) {
            assert!(count.abs_diff(expected) < expected / 10, "{counts:?}");
        }
    }

    #[test]
    fn quiescing_moves_nobody_else() {
        let list = weights(&[1, 1, 1]);
        let mut sh = fresh(Flags::default(), &list);
        let before = picks(&mut sh, &list, 300);
        let quiesced = weights(&[1, 0, 1]);
        sh.changed(&quiesced);
        for (before, after) in before.into_iter().zip(picks(&mut sh, &quiesced, 300)) {
            assert_eq!(after, if before == 1 { usize::MAX } else { before });
        }
    }

    #[test]
    fn fallback_finds_another() {
        let list = weights(&[1, 0, 1]);
        let after = picks(&mut fresh(Flags { fallback: true, port: false }, &list), &list, 300);
        assert!(after.iter().all(|&index| index == 0 || index == 2));
    }

    #[test]
    fn port_counts_only_if_asked() {
        let list = weights(&[1, 1, 1, 1]);
        let picks_by_port = |flags| {
            let mut sh = fresh(flags, &list);
            let mut seen = std::collections::BTreeSet::new();
            for port in 1000..1100 {
                let mut packet = packet(1);
                packet.client.set_port(port);
                seen.extend(sh.schedule(&list, &packet));
            }
            seen.len()
        };
        assert_eq!(picks_by_port(Flags::default()), 1);
        assert_eq!(picks_by_port(Flags { fallback: false, port: true }), 4);
    }
}
