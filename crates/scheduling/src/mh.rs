//! `mh`: Maglev's consistent hashing (`ip_vs_mh.c`): like `sh`, but when a destination comes or goes nearly all
//! clients of the others stay where they are.

use std::collections::BTreeMap;

use crate::hash::{fold, hsiphash_1u32};
use crate::{Destination, Flags, Packet, Scheduler};

/// `IP_VS_MH_TAB_SIZE`: the prime for the default `CONFIG_IP_VS_MH_TAB_INDEX` of 12.
const TABLE_SIZE: u32 = 4093;
/// `IP_VS_MH_TAB_BITS`: half of the same index; weights are scaled down to this many bits.
const WEIGHT_BITS: u32 = 6;
/// The keys of `generate_hash_secret`.
const KEYS: [u64; 2] = [2_654_435_761, 2_654_446_892];

/// Maglev hashing.
#[derive(Debug)]
pub struct MaglevHashing {
    flags: Flags,
    /// Indices into the list; empty if nobody has a weight.
    table: Vec<usize>,
    /// The last weight other than 0 by key: quiescing a destination does not move the clients of the others.
    last_weights: BTreeMap<u64, u32>,
}

impl MaglevHashing {
    /// With `mh-fallback` and `mh-port` as asked.
    #[must_use]
    pub fn new(flags: Flags) -> Self {
        Self { flags, table: Vec::new(), last_weights: BTreeMap::new() }
    }
}

impl<D: Destination> Scheduler<D> for MaglevHashing {
    fn changed(&mut self, destinations: &[D]) {
        let mut last_weights = BTreeMap::new();
        for destination in destinations {
            let before = self.last_weights.get(&destination.key()).copied().unwrap_or(0);
            let weight = if destination.weight() == 0 { before } else { destination.weight() };
            last_weights.insert(destination.key(), weight);
        }
        self.last_weights = last_weights;
        self.table = populate(permutations(destinations, &self.last_weights));
    }

    fn schedule(&mut self, destinations: &[D], packet: &Packet) -> Option<usize> {
        if self.table.is_empty() {
            return None;
        }
        let port = if self.flags.port { packet.client.port() } else { 0 };
        let word = u32::from(port).wrapping_add(fold(packet.client.ip()));
        let home = hsiphash_1u32(word, KEYS[0]) % TABLE_SIZE;
        let at = |slot: u32| {
            let index = *self.table.get(slot as usize)?;
            destinations.get(index)?.available().then_some(index)
        };
        if let Some(index) = at(home) {
            return Some(index);
        }
        if !self.flags.fallback {
            return None;
        }
        (0..TABLE_SIZE).find_map(|offset| {
            let again = (offset + home) % TABLE_SIZE;
            at(hsiphash_1u32(again.wrapping_add(word), KEYS[0]) % TABLE_SIZE)
        })
    }
}

/// One destination's walk through the table.
struct Permutation {
    index: usize,
    slot: u32,
    skip: u32,
    /// Slots it takes in a row before the next one's turn.
    turns: u32,
}

/// `ip_vs_mh_permutate`, without the destinations that never had a weight.
fn permutations<D: Destination>(destinations: &[D], weights: &BTreeMap<u64, u32>) -> Vec<Permutation> {
    let divisor = weights.values().copied().filter(|w| *w > 0).fold(0, gcd);
    let Some(most) = weights.values().max().and_then(|most| most.checked_div(divisor)) else {
        return Vec::new();
    };
    // `ip_vs_mh_shift_weight`: fls(most) - WEIGHT_BITS, not below 0.
    let shift = (u32::BITS - most.leading_zeros()).saturating_sub(WEIGHT_BITS);
    let mut walks = Vec::with_capacity(destinations.len());
    for (index, destination) in destinations.iter().enumerate() {
        let weight = weights.get(&destination.key()).copied().unwrap_or(0);
        if weight == 0 {
            continue;
        }
        let address = destination.address();
        let word = u32::from(address.port()).wrapping_add(fold(address.ip()));
        walks.push(Permutation {
            index,
            slot: hsiphash_1u32(word, KEYS[0]) % TABLE_SIZE,
            skip: hsiphash_1u32(word, KEYS[1]) % (TABLE_SIZE - 1) + 1,
            turns: ((weight / divisor) >> shift).max(1),
        });
    }
    walks
}

/// `ip_vs_mh_populate`: the destinations take free slots along their walks until the table is full.
fn populate(mut walks: Vec<Permutation>) -> Vec<usize> {
    if walks.is_empty() {
        return Vec::new();
    }
    let mut table: Vec<Option<usize>> = vec![None; TABLE_SIZE as usize];
    let mut n_free = table.len();
    while n_free > 0 {
        for walk in &mut walks {
            for _ in 0..walk.turns.min(u32::try_from(n_free).unwrap_or(u32::MAX)) {
                // The table's size is prime, so a walk meets every slot and finds a free one.
                while table[walk.slot as usize].is_some() {
                    walk.slot = (walk.slot + walk.skip) % TABLE_SIZE;
                }
                table[walk.slot as usize] = Some(walk.index);
                n_free -= 1;
            }
        }
    }
    table.into_iter().flatten().collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, picks, weights};

    fn fresh(flags: Flags, list: &[Sample]) -> MaglevHashing {
        let mut mh = MaglevHashing::new(flags);
        mh.changed(list);
        mh
    }

    #[test]
    fn table_is_full_and_by_weight() {
        let list = weights(&[1, 3, 0]);
        let mh = fresh(Flags::default(), &list);
        assert_eq!(mh.table.len(), TABLE_SIZE as usize);
        let share = mh.table.iter().filter(|i| **i == 0).count();
        assert!(share.abs_diff(4093 / 4) <= 1, "{share}");
        assert!(!mh.table.contains(&2));
    }

    #[test]
    fn losing_one_moves_few_others() {
        let list = weights(&[1; 10]);
        let mut mh = fresh(Flags::default(), &list);
        let before = picks(&mut mh, &list, 3000);
        let fewer = &list[..9];
        mh.changed(fewer);
        let after = picks(&mut mh, fewer, 3000);
        let others = before.iter().filter(|i| **i != 9).count();
        let moved = before.iter().zip(&after).filter(|(b, a)| **b != 9 && b != a).count();
        assert!(moved * 10 < others, "{moved} of {others} moved without need");
    }

    #[test]
    fn quiescing_moves_nobody_else_and_fallback_spreads() {
        let list = weights(&[2, 2, 2]);
        let quiesced = weights(&[2, 0, 2]);
        for fallback in [false, true] {
            let mut mh = fresh(Flags { fallback, port: false }, &list);
            let before = picks(&mut mh, &list, 500);
            mh.changed(&quiesced);
            for (before, after) in before.into_iter().zip(picks(&mut mh, &quiesced, 500)) {
                match (before, fallback) {
                    (1, false) => assert_eq!(after, usize::MAX),
                    (1, true) => assert!(after == 0 || after == 2),
                    _ => assert_eq!(after, before),
                }
            }
        }
    }

    #[test]
    fn greatest_weights_are_scaled() {
        let list = weights(&[2_147_483_647, 1]);
        let mh = fresh(Flags::default(), &list);
        let share = mh.table.iter().filter(|i| **i == 1).count();
        assert!((1..200).contains(&share), "{share}: at least one, far from half");
    }
}
