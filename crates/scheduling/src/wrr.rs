//! `wrr`: turns in proportion to the weights (`ip_vs_wrr.c`).
//!
//! A threshold runs down from the greatest weight to 1 in steps of the weights' greatest common divisor; in each
//! round every destination whose weight reaches the threshold has one turn. Over one run each destination is picked
//! exactly `weight / gcd` times, heavier ones first.

use crate::{Destination, Packet, Scheduler};

/// Weighted round robin.
#[derive(Debug, Default)]
pub struct WeightedRoundRobin {
    /// The kernel's `cl`: index of the last pick; `None` is the list's head.
    last: Option<usize>,
    /// `cw`: the threshold of this round.
    current: u32,
    /// `mw`: the threshold of the first round, `greatest weight - (step - 1)`; 0 if there is no weight at all.
    first: u32,
    /// `di`: the greatest common divisor of the weights.
    step: u32,
}

impl<D: Destination> Scheduler<D> for WeightedRoundRobin {
    /// `ip_vs_wrr_dest_changed`: begins at the head again, in the same round as far as the new weights have it.
    fn changed(&mut self, destinations: &[D]) {
        let weights = || destinations.iter().map(Destination::weight).filter(|&weight| weight > 0);
        self.last = None;
        self.step = weights().fold(0, gcd).max(1);
        self.first = weights().max().map_or(0, |greatest| greatest - (self.step - 1));
        if self.current > self.first || self.current == 0 {
            self.current = self.first;
        } else if self.step > 1 {
            self.current = (self.current / self.step * self.step + 1).min(self.first);
        }
    }

    fn schedule(&mut self, destinations: &[D], _packet: &Packet) -> Option<usize> {
        // The greatest weight that is to be had: rounds above it are empty, and stepping through them one by one
        // (as the kernel does) could take as many steps as the greatest weight.
        let greatest = destinations.iter().filter(|d| d.available()).map(Destination::weight).max()?;
        if self.first == 0 {
            return None;
        }
        // A round may be begun in the middle, so the whole list is seen after two; one more for flags that other
        // threads flip meanwhile.
        let mut from = self.last.map_or(0, |last| last + 1);
        for _ in 0..3 {
            let found = (from..destinations.len()).find(|&index| {
                destinations[index].available() && destinations[index].weight() >= self.current
            });
            if let Some(index) = found {
                self.last = Some(index);
                return Some(index);
            }
            self.next_round(greatest);
            from = 0;
        }
        None
    }
}

impl WeightedRoundRobin {
    /// Lowers the threshold to the next round that can have a pick, from 1 up to the first round again.
    fn next_round(&mut self, greatest: u32) {
        self.current = if self.current > self.step { self.current - self.step } else { self.first };
        if self.current > greatest {
            let steps = (self.current - greatest).div_ceil(self.step);
            // Thresholds are congruent to 1 modulo the step, so this ends at 1 or above unless weights changed
            // behind our back; then the round that everyone reaches is right.
            self.current = self.current.saturating_sub(steps.saturating_mul(self.step)).max(1);
        }
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::sample::{Sample, picks, weights};

    fn fresh(list: &[Sample]) -> WeightedRoundRobin {
        let mut wrr = WeightedRoundRobin::default();
        wrr.changed(list);
        wrr
    }

    /// The example of the LVS documentation: weights A=4 B=3 C=2 give AABABCABC.
    #[test]
    fn documented_example() {
        let list = weights(&[4, 3, 2]);
        let (a, b, c) = (0, 1, 2);
        assert_eq!(picks(&mut fresh(&list), &list, 9), [a, a, b, a, b, c, a, b, c]);
    }

    #[test]
    fn common_divisor_shortens_the_cycle() {
        let list = weights(&[4000, 2000]);
        assert_eq!(picks(&mut fresh(&list), &list, 6), [0, 0, 1, 0, 0, 1]);
    }

    #[test]
    fn overloaded_greatest_is_left_out_at_once() {
        let mut list = weights(&[2_147_483_647, 2, 1]);
        list[0].overloaded = true;
        assert_eq!(picks(&mut fresh(&list), &list, 6), [1, 1, 2, 1, 1, 2]);
    }

    #[test]
    fn edit_keeps_the_round() {
        let list = weights(&[3, 1]);
        let mut wrr = fresh(&list);
        assert_eq!(picks(&mut wrr, &list, 2), [0, 0]);
        let list = weights(&[3, 1, 2]);
        wrr.changed(&list);
        // Round 2 goes on from the head (destinations with weight 2 and more), then round 1 has all.
        assert_eq!(picks(&mut wrr, &list, 5), [0, 2, 0, 1, 2]);
    }

    #[test]
    fn no_weight_no_pick() {
        let list = weights(&[0, 0]);
        assert_eq!(picks(&mut fresh(&list), &list, 1), [usize::MAX]);
        assert_eq!(picks(&mut fresh(&[]), &[], 1), [usize::MAX]);
    }

    proptest! {
        #[test]
        fn one_cycle_is_exactly_proportional(list in vec(0..12_u32, 1..8)) {
            let list = weights(&list);
            let divisor = list.iter().map(|d| d.weight).filter(|w| *w > 0).fold(0, gcd).max(1);
            let cycle: u32 = list.iter().map(|d| d.weight / divisor).sum();
            let mut wrr = fresh(&list);
            for _ in 0..3 {
                let mut counts = vec![0; list.len()];
                for index in picks(&mut wrr, &list, u16::try_from(cycle).unwrap()) {
                    counts[index] += 1;
                }
                for (destination, count) in list.iter().zip(counts) {
                    prop_assert_eq!(destination.weight / divisor, count);
                }
            }
        }
    }
}
