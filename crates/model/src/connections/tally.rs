//! Counting by group in bounded memory: exactly up to a number of groups, beyond it so that the large ones stay right.

use std::collections::BTreeMap;

/// So many groups are counted exactly. Ours: some two megabytes.
pub const EXACT: usize = 16_384;

/// Counts of groups.
///
/// With more than [`EXACT`] groups, the smaller half is given up and what it had is taken off all others (Misra and Gries' frequent
/// items, in batches as Agarwal and others merge them, "Mergeable Summaries", PODS 2012). A count is then at most
/// [`Counted::missed`] too low and never too high, that is at most a number of all connections divided by half of [`EXACT`], and every
/// group that is larger is there.
#[derive(Clone, Debug)]
pub struct Tally<K> {
    counts: BTreeMap<K, u64>,
    exact: usize,
    missed: u64,
}

/// The largest groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted<K> {
    /// Groups and their counts, the largest first; equal ones in the order of their keys.
    pub top: Vec<(K, u64)>,
    /// How many groups there are; `None`: more than could be counted.
    pub distinct: Option<u64>,
    /// What a count may lack at most; 0: counts are exact.
    pub missed: u64,
}

impl<K: Ord + Clone> Tally<K> {
    /// None counted; exact up to [`EXACT`] groups.
    pub fn new() -> Self {
        Self::exact_to(EXACT)
    }

    /// The same, exact up to another number of groups, 2 at least.
    pub fn exact_to(exact: usize) -> Self {
        Self { counts: BTreeMap::new(), exact: exact.max(2), missed: 0 }
    }

    /// One more of this group.
    pub fn add(&mut self, key: K) {
        *self.counts.entry(key).or_default() += 1;
        if self.counts.len() > self.exact {
            self.give_up_half();
        }
    }

    /// The largest `limit` groups.
    pub fn top(self, limit: usize) -> Counted<K> {
        let distinct = (self.missed == 0).then(|| u64::try_from(self.counts.len()).unwrap_or(u64::MAX));
        let mut top: Vec<_> = self.counts.into_iter().collect();
        let order = |one: &(K, u64), other: &(K, u64)| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0));
        if top.len() > limit && limit > 0 {
            top.select_nth_unstable_by(limit - 1, order);
        }
        top.truncate(limit);
        top.sort_unstable_by(order);
        Counted { top, distinct, missed: self.missed }
    }

    fn give_up_half(&mut self) {
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        // Everything up to the largest of the smaller half goes.
        let middle = counts.len() / 2;
        let cut = *counts.select_nth_unstable(middle).1;
        self.missed = self.missed.saturating_add(cut);
        self.counts.retain(|_, count| {
            *count = count.saturating_sub(cut);
            *count > 0
        });
    }
}

impl<K: Ord + Clone> Default for Tally<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_groups_are_counted_exactly() {
        let mut tally = Tally::new();
        for n in 0..1_000_u32 {
            tally.add(n % 7);
        }
        let counted = tally.top(3);
        assert_eq!(counted.top, [(0, 143), (1, 143), (2, 143)]);
        assert_eq!((counted.distinct, counted.missed), (Some(7), 0));
        assert!(Tally::<u32>::new().top(0).top.is_empty());
    }

    #[test]
    fn memory_ends_and_a_top_talker_does_not_get_lost() {
        let mut tally = Tally::exact_to(100);
        for n in 0..100_000_u32 {
            tally.add(if n % 10 == 0 { 0 } else { n });
            assert!(tally.counts.len() <= 100);
        }
        let counted = tally.top(1);
        let (key, count) = counted.top[0];
        assert_eq!((key, counted.distinct), (0, None));
        assert!(
            count <= 10_000 && count + counted.missed >= 10_000,
            "{count} and at most {}",
            counted.missed
        );
        assert!(counted.missed <= 100_000 / 50, "{}", counted.missed);
    }

    proptest! {
        #[test]
        fn counts_are_never_too_high_and_lack_no_more_than_is_said(keys in proptest::collection::vec(0_u8..60, 0..2_000), exact in 2_usize..40) {
            let mut tally = Tally::exact_to(exact);
            let mut truth = BTreeMap::<u8, u64>::new();
            for &key in &keys {
                tally.add(key);
                *truth.entry(key).or_default() += 1;
            }
            let counted = tally.top(usize::MAX);
            let told: BTreeMap<u8, u64> = counted.top.iter().copied().collect();
            for (key, &count) in &truth {
                let told = told.get(key).copied().unwrap_or_default();
                prop_assert!(told <= count && count <= told + counted.missed);
            }
            if counted.missed == 0 {
                prop_assert_eq!(counted.distinct, Some(truth.len() as u64));
            }
            prop_assert!(counted.missed <= keys.len() as u64 / (exact as u64 / 2));
        }
    }
}
