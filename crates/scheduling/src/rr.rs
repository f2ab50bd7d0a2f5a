//! `rr`: each available destination in turn, weights or loads apart (`ip_vs_rr.c`).

use crate::{Destination, Packet, Scheduler};

/// Round robin.
#[derive(Debug, Default)]
pub struct RoundRobin {
    /// Keys of the list as of the last edit, to find a neighbour when the last pick is gone.
    order: Vec<u64>,
    /// Index of the last pick; `None` is the list's head.
    last: Option<usize>,
}

impl<D: Destination> Scheduler<D> for RoundRobin {
    /// The turn stays where it was; if the last pick is gone, with its nearest predecessor (`ip_vs_rr_del_dest`).
    fn changed(&mut self, destinations: &[D]) {
        self.last = self.last.and_then(|last| {
            let before = self.order.get(..=last).unwrap_or_default();
            before.iter().rev().find_map(|key| destinations.iter().position(|d| d.key() == *key))
        });
        self.order.clear();
        self.order.extend(destinations.iter().map(Destination::key));
    }

    fn schedule(&mut self, destinations: &[D], _packet: &Packet) -> Option<usize> {
        let n_destinations = destinations.len();
        let first = self.last.map_or(0, |last| last + 1);
        let index = (first..first + n_destinations)
            .map(|index| index % n_destinations)
            .find(|&index| destinations[index].available())?;
        self.last = Some(index);
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, picks, weights};

    fn fresh(list: &[Sample]) -> RoundRobin {
        let mut rr = RoundRobin::default();
        rr.changed(list);
        rr
    }

    #[test]
    fn turns_ignore_weights_and_skip_quiesced() {
        let list = weights(&[1, 100, 0, 3]);
        assert_eq!(picks(&mut fresh(&list), &list, 7), [0, 1, 3, 0, 1, 3, 0]);
    }

    #[test]
    fn turns_skip_overloaded() {
        let mut list = weights(&[1, 1, 1]);
        let mut rr = fresh(&list);
        assert_eq!(picks(&mut rr, &list, 2), [0, 1]);
        list[2].overloaded = true;
        assert_eq!(picks(&mut rr, &list, 3), [0, 1, 0]);
    }

    #[test]
    fn turn_goes_on_after_edits() {
        let list = weights(&[1, 1, 1, 1]);
        let mut rr = fresh(&list);
        assert_eq!(picks(&mut rr, &list, 2), [0, 1]);

        // The last pick (key 1) goes: the next is still key 2.
        let without: Vec<Sample> = list.iter().copied().filter(|d| d.key != 1).collect();
        rr.changed(&without);
        assert_eq!(picks(&mut rr, &without, 2), [1, 2], "keys 2 and 3");

        // A new one in front shifts indices, not the turn.
        let mut with = without.clone();
        with.insert(0, Sample { key: 9, weight: 1, ..Sample::default() });
        rr.changed(&with);
        assert_eq!(picks(&mut rr, &with, 2), [0, 1]);
    }

    #[test]
    fn none_when_nothing_is_available() {
        let list = weights(&[0, 0]);
        assert_eq!(picks(&mut fresh(&list), &list, 2), [usize::MAX; 2]);
        assert_eq!(picks(&mut fresh(&[]), &[], 1), [usize::MAX]);
    }
}
