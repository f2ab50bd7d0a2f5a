//! `wlc`: the fewest connections per weight (`ip_vs_wlc.c`); LVS's default.

use crate::destination::{least, overhead};
use crate::{Destination, Packet, Scheduler};

/// Weighted least connection.
#[derive(Debug, Default)]
pub struct WeightedLeastConnection;

impl<D: Destination> Scheduler<D> for WeightedLeastConnection {
    fn changed(&mut self, _destinations: &[D]) {}

    fn schedule(&mut self, destinations: &[D], _packet: &Packet) -> Option<usize> {
        least(destinations, overhead, Destination::weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{fill, loads, picks, weights};

    #[test]
    fn connections_are_compared_per_weight() {
        assert_eq!(picks(&mut WeightedLeastConnection, &loads(&[(1, 3, 0), (4, 9, 0)]), 1), [1]);
        assert_eq!(picks(&mut WeightedLeastConnection, &loads(&[(1, 2, 0), (4, 9, 0)]), 1), [0]);
    }

    #[test]
    fn open_connections_spread_by_weight() {
        let mut list = weights(&[1, 2, 3, 0]);
        fill(&mut WeightedLeastConnection, &mut list, 60);
        assert_eq!(list.iter().map(|d| d.active).collect::<Vec<_>>(), [10, 20, 30, 0]);
    }

    #[test]
    fn greatest_counts_and_weights_do_not_overflow() {
        let list = loads(&[(2_147_483_647, u32::MAX, u32::MAX), (2_147_483_646, u32::MAX, u32::MAX)]);
        assert_eq!(picks(&mut WeightedLeastConnection, &list, 1), [0]);
    }
}
