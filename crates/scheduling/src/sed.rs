//! `sed`: the shortest expected delay, `(active + 1) / weight` (`ip_vs_sed.c`).

use crate::destination::least;
use crate::{Destination, Packet, Scheduler};

/// Shortest expected delay.
#[derive(Debug, Default)]
pub struct ShortestExpectedDelay;

impl<D: Destination> Scheduler<D> for ShortestExpectedDelay {
    fn changed(&mut self, _destinations: &[D]) {}

    fn schedule(&mut self, destinations: &[D], _packet: &Packet) -> Option<usize> {
        least(destinations, expected, Destination::weight)
    }
}

/// The jobs ahead of the next one, itself included; inactive connections do not count.
pub(crate) fn expected<D: Destination>(destination: &D) -> u64 {
    u64::from(destination.active()) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{fill, loads, picks, weights};

    /// `sed` prefers the fast one even while a slow one idles; that is what `nq` mends.
    #[test]
    fn fast_and_busy_beats_slow_and_idle() {
        assert_eq!(picks(&mut ShortestExpectedDelay, &loads(&[(1, 0, 0), (10, 5, 0)]), 1), [1]);
    }

    #[test]
    fn inactive_connections_do_not_count() {
        assert_eq!(picks(&mut ShortestExpectedDelay, &loads(&[(1, 0, 9000), (1, 1, 0)]), 1), [0]);
    }

    #[test]
    fn open_connections_spread_by_weight() {
        let mut list = weights(&[1, 3]);
        assert_eq!(fill(&mut ShortestExpectedDelay, &mut list, 8), [1, 1, 0, 1, 1, 1, 0, 1]);
    }
}
