//! `dh`: the same virtual address always meets the same destination (`ip_vs_dh.c`).
//!
//! Meant for caches behind a firewall-mark service, where one service has many virtual addresses. Weights only switch:
//! each destination has the same number of the 256 buckets.

use crate::hash::{N_BUCKETS, bucket};
use crate::{Destination, Packet, Scheduler};

/// Destination hashing.
#[derive(Debug, Default)]
pub struct DestinationHashing {
    /// Number of destinations as of the last edit; bucket `n` belongs to destination `n % n_destinations`.
    n_destinations: usize,
}

impl<D: Destination> Scheduler<D> for DestinationHashing {
    fn changed(&mut self, destinations: &[D]) {
        self.n_destinations = destinations.len();
    }

    fn schedule(&mut self, destinations: &[D], packet: &Packet) -> Option<usize> {
        let bucket = bucket(packet.virtual_address, 0) % N_BUCKETS;
        let index = bucket.checked_rem(self.n_destinations)?;
        destinations.get(index).is_some_and(Destination::available).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::sample::{packet, picks, weights};

    #[test]
    fn one_virtual_address_one_destination() {
        let mut list = weights(&[1, 5, 1]);
        let mut dh = DestinationHashing::default();
        dh.changed(&list);
        let picked = picks(&mut dh, &list, 50);
        assert!(picked.iter().all(|&index| index == picked[0]), "clients do not matter");
        list[picked[0]].weight = 0;
        assert_eq!(picks(&mut dh, &list, 1), [usize::MAX], "no fallback, as in the kernel");
    }

    #[test]
    fn many_virtual_addresses_spread_evenly() {
        let list = weights(&[1, 9]);
        let mut dh = DestinationHashing::default();
        dh.changed(&list);
        let mut counts = [0_u32; 2];
        for n in 0..1000_u32 {
            let mut packet = packet(1);
            packet.virtual_address = IpAddr::from((0x0a00_0000 + n).to_be_bytes());
            counts[dh.schedule(&list, &packet).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (450..=550).contains(count)), "{counts:?}");
    }
}
