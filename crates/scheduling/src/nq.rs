//! `nq`: an idle destination if there is one, else as `sed` (`ip_vs_nq.c`).

use crate::destination::least;
use crate::sed::expected;
use crate::{Destination, Packet, Scheduler};

/// Never queue.
#[derive(Debug, Default)]
pub struct NeverQueue;

impl<D: Destination> Scheduler<D> for NeverQueue {
    fn changed(&mut self, _destinations: &[D]) {}

    fn schedule(&mut self, destinations: &[D], _packet: &Packet) -> Option<usize> {
        destinations
            .iter()
            .position(|d| d.available() && d.active() == 0)
            .or_else(|| least(destinations, expected, Destination::weight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{fill, loads, picks, weights};

    #[test]
    fn idle_one_first_however_slow() {
        assert_eq!(picks(&mut NeverQueue, &loads(&[(10, 5, 0), (1, 0, 7)]), 1), [1]);
    }

    #[test]
    fn quiesced_idle_one_is_not_idle() {
        assert_eq!(picks(&mut NeverQueue, &loads(&[(0, 0, 0), (1, 4, 0)]), 1), [1]);
    }

    #[test]
    fn once_all_are_busy_as_sed() {
        let mut list = weights(&[1, 3]);
        assert_eq!(fill(&mut NeverQueue, &mut list, 7), [0, 1, 1, 1, 1, 1, 0]);
    }
}
