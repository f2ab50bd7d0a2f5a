//! `fo`: always the available destination with the greatest weight (`ip_vs_fo.c`).

use crate::{Destination, Packet, Scheduler};

/// Weighted fail-over.
#[derive(Debug, Default)]
pub struct FailOver;

impl<D: Destination> Scheduler<D> for FailOver {
    fn changed(&mut self, _destinations: &[D]) {}

    fn schedule(&mut self, destinations: &[D], _packet: &Packet) -> Option<usize> {
        greatest_weight(destinations, Destination::available)
    }
}

/// The first of those with the greatest weight that pass the filter.
pub(crate) fn greatest_weight<D: Destination>(
    destinations: &[D],
    pass: impl Fn(&D) -> bool,
) -> Option<usize> {
    let mut best: Option<(usize, u32)> = None;
    for (index, destination) in destinations.iter().enumerate() {
        if pass(destination) && best.is_none_or(|(_, weight)| destination.weight() > weight) {
            best = Some((index, destination.weight()));
        }
    }
    best.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{picks, weights};

    #[test]
    fn greatest_weight_takes_all_until_it_is_gone() {
        let mut list = weights(&[1, 3, 2]);
        assert_eq!(picks(&mut FailOver, &list, 3), [1, 1, 1]);
        list[1].overloaded = true;
        assert_eq!(picks(&mut FailOver, &list, 2), [2, 2]);
        list[2].weight = 0;
        assert_eq!(picks(&mut FailOver, &list, 1), [0]);
    }
}
