//! The last minute of a cluster's rates, second by second.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Counts, Numbers};
use crate::trend::Trend;

/// Every so many seconds rows take the order that their numbers give them: long enough to read them.
const ORDER_EVERY: u64 = 10;

/// A line for each row that had new connections within the last minute, and for the cluster as a whole; and the numbers that order
/// the rows. Bounded: sixty values for each row that the directors count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trends {
    ticks: u64,
    rows: BTreeMap<(u32, u32), Trend>,
    ordering: Arc<BTreeMap<u32, Counts>>,
    connections: Trend,
    bytes: Trend,
}

impl Trends {
    /// Those that begin with these numbers.
    pub fn beginning(numbers: &Numbers) -> Self {
        let mut trends = Self::default();
        trends.push(numbers);
        trends
    }

    /// Adds a second's numbers. One that nobody tells adds nothing: unknown is not zero.
    pub fn push(&mut self, numbers: &Numbers) {
        if !numbers.known {
            return;
        }
        let before = usize::try_from(self.ticks).unwrap_or(usize::MAX);
        let mut counts = numbers.by_row();
        if self.ticks.is_multiple_of(ORDER_EVERY) {
            let services = counts.iter().filter(|((_, destination), _)| *destination == 0);
            self.ordering = Arc::new(services.map(|((service, _), counts)| (*service, *counts)).collect());
        }
        self.ticks += 1;
        let whole = numbers.whole();
        self.connections.push(whole.connections);
        self.bytes.push(whole.bytes_in.saturating_add(whole.bytes_out));
        for (key, trend) in &mut self.rows {
            trend.push(counts.remove(key).map_or(0, |counts| counts.connections));
        }
        for (key, counts) in counts.into_iter().filter(|(_, counts)| counts.connections > 0) {
            let mut trend = Trend::zeros(before);
            trend.push(counts.connections);
            self.rows.insert(key, trend);
        }
        self.rows.retain(|_, trend| !trend.is_flat());
    }

    /// How many seconds were added.
    pub fn ticks(&self) -> u64 {
        self.ticks
    }

    /// New connections per second of a service (destination 0) or destination; none where there were none.
    pub fn of(&self, key: (u32, u32)) -> Option<&Trend> {
        self.rows.get(&key)
    }

    /// The numbers that order a service: those of ten told seconds ago at most.
    pub fn ordering(&self, service: u32) -> Counts {
        self.ordering.get(&service).copied().unwrap_or_default()
    }

    /// New connections per second of the whole cluster.
    pub fn connections(&self) -> &Trend {
        &self.connections
    }

    /// Bytes per second of the whole cluster, in and out together.
    pub fn bytes(&self) -> &Trend {
        &self.bytes
    }
}

impl Numbers {
    /// The whole cluster's: the sum over its services.
    pub fn whole(&self) -> Counts {
        let services = self.rows.iter().filter(|row| row[1] == 0);
        services.fold(Counts::default(), |sum, row| Counts {
            active: sum.active.saturating_add(row[2]),
            inactive: sum.inactive.saturating_add(row[3]),
            connections: sum.connections.saturating_add(row[4]),
            bytes_in: sum.bytes_in.saturating_add(row[5]),
            bytes_out: sum.bytes_out.saturating_add(row[6]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn what_orders_rows_stands_still_for_ten_seconds() {
        let mut trends = Trends::default();
        trends.push(&Numbers { known: true, ..Numbers::default() });
        for _ in 0..9 {
            trends.push(&samples::numbers());
            assert_eq!(trends.ordering(1), Counts::default());
        }
        trends.push(&samples::numbers());
        assert_eq!((trends.ordering(1).active, trends.ordering(4).active), (12, 0));
    }

    #[test]
    fn a_row_that_starts_was_zero_before_and_one_that_stops_is_forgotten_after_a_minute() {
        let mut trends = Trends::default();
        let idle = Numbers { known: true, ..Numbers::default() };
        trends.push(&idle);
        trends.push(&samples::numbers());
        assert_eq!(trends.of((1, 2)).unwrap().newest(60), [0, 4]);
        assert_eq!((trends.connections().newest(1), trends.bytes().newest(1)), (vec![4], vec![1_236_067]));
        trends.push(&Numbers::default());
        assert_eq!(trends.ticks(), 2, "what nobody tells is not zero");
        for _ in 0..60 {
            trends.push(&idle);
        }
        assert_eq!(trends.of((1, 2)), None);
    }
}
