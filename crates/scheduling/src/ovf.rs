//! `ovf`: the greatest weight first, over to the next when its active connections exceed its weight (`ip_vs_ovf.c`).

use crate::fo::greatest_weight;
use crate::{Destination, Packet, Scheduler};

/// Weighted overflow.
#[derive(Debug, Default)]
pub struct OverFlow;

impl<D: Destination> Scheduler<D> for OverFlow {
    fn changed(&mut self, _destinations: &[D]) {}

    fn schedule(&mut self, destinations: &[D], _packet: &Packet) -> Option<usize> {
        greatest_weight(destinations, |d| d.available() && d.active() <= d.weight())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{fill, weights};

    /// As in the kernel the comparison is "more than the weight", so each takes weight + 1 connections.
    #[test]
    fn overflows_to_the_next_and_refuses_at_last() {
        let mut list = weights(&[1, 2]);
        assert_eq!(fill(&mut OverFlow, &mut list, 6), [1, 1, 1, 0, 0, usize::MAX]);
    }
}
