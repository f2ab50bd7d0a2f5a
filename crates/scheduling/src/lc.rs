//! `lc`: the fewest connections, weights apart (`ip_vs_lc.c`).

use crate::destination::{least, overhead};
use crate::{Destination, Packet, Scheduler};

/// Least connection.
#[derive(Debug, Default)]
pub struct LeastConnection;

impl<D: Destination> Scheduler<D> for LeastConnection {
    fn changed(&mut self, _destinations: &[D]) {}

    fn schedule(&mut self, destinations: &[D], _packet: &Packet) -> Option<usize> {
        least(destinations, overhead, |_| 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{fill, loads, picks, weights};

    #[test]
    fn fewest_connections_win_whatever_the_weight() {
        let list = loads(&[(100, 2, 0), (1, 1, 0), (0, 0, 0)]);
        assert_eq!(picks(&mut LeastConnection, &list, 1), [1]);
    }

    #[test]
    fn one_active_weighs_as_much_as_256_inactive() {
        assert_eq!(picks(&mut LeastConnection, &loads(&[(1, 1, 0), (1, 0, 255)]), 1), [1]);
        assert_eq!(picks(&mut LeastConnection, &loads(&[(1, 0, 257), (1, 1, 0)]), 1), [1]);
        assert_eq!(picks(&mut LeastConnection, &loads(&[(1, 0, 256), (1, 1, 0)]), 1), [0], "first of equals");
    }

    #[test]
    fn open_connections_spread_evenly() {
        let mut list = weights(&[1, 5, 9]);
        fill(&mut LeastConnection, &mut list, 30);
        assert!(list.iter().all(|d| d.active == 10));
    }
}
