//! The figures of a whole table, from one look to the next.
//!
//! Most of a large table stands still most of the time. What a look finds is put over what the look before found, and what has moved is
//! noted: nobody need read, copy or send the rest.

use std::collections::BTreeMap;

use model::table::{TableDestinationKey, TableKey};

use super::{Figures, Rates, Totals};

/// A service, or one of its destinations.
pub type CountedKey = (TableKey, Option<TableDestinationKey>);

/// Figures of services and of their destinations.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    services: BTreeMap<TableKey, Counted>,
    /// The look's number.
    look: u64,
    moved: Vec<CountedKey>,
    shrunk: bool,
}

/// One service's.
#[derive(Clone, Debug, Default)]
struct Counted {
    own: Figures,
    /// In their order.
    destinations: Vec<(TableDestinationKey, Figures)>,
    /// The last look that found it.
    seen: u64,
}

impl Counted {
    fn find(&self, place: TableDestinationKey) -> Option<&Figures> {
        let at = self.destinations.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        self.destinations.get(at).map(|(_, figures)| figures)
    }
}

impl Counters {
    /// Begins another look.
    pub fn begin(&mut self) {
        self.look += 1;
        self.moved.clear();
        self.shrunk = false;
    }

    /// The number of this look, from 1.
    pub fn look(&self) -> u64 {
        self.look
    }

    /// A service is there. Where its own numbers are what they were and nothing is open or flows, its destinations' are what they
    /// were too: no packet passes them that does not pass it.
    pub fn stands_still(&mut self, key: &TableKey, totals: &Totals, rates: &Rates) -> bool {
        let Some(known) = self.services.get_mut(key) else { return false };
        known.seen = self.look;
        let same = known.own.totals == *totals && known.own.rates == *rates;
        same && known.own.is_idle() && known.destinations.iter().all(|(_, figures)| figures.is_idle())
    }

    /// Takes down what was found of a service.
    pub fn put(
        &mut self,
        key: &TableKey,
        own: Figures,
        mut destinations: Vec<(TableDestinationKey, Figures)>,
    ) {
        destinations.sort_unstable_by_key(|(place, _)| *place);
        let new = Counted { own, destinations, seen: self.look };
        let Some(known) = self.services.get_mut(key) else {
            self.moved.push((key.clone(), None));
            self.moved.extend(new.destinations.iter().map(|(place, _)| (key.clone(), Some(*place))));
            self.services.insert(key.clone(), new);
            return;
        };
        if known.own != new.own {
            self.moved.push((key.clone(), None));
        }
        for (place, figures) in &new.destinations {
            if known.find(*place) != Some(figures) {
                self.moved.push((key.clone(), Some(*place)));
            }
        }
        self.shrunk |= known.destinations.iter().any(|(place, _)| new.find(*place).is_none());
        *known = new;
    }

    /// Ends a look: what it did not find is gone.
    pub fn end(&mut self) {
        let before = self.services.len();
        self.services.retain(|_, known| known.seen == self.look);
        self.shrunk |= self.services.len() < before;
    }

    /// Whether something was there at the look before and is gone: then what has moved is not all that is to be told.
    pub fn has_shrunk(&self) -> bool {
        self.shrunk
    }

    /// What is another than at the look before, or new.
    pub fn moved(&self) -> impl Iterator<Item = (&TableKey, Option<TableDestinationKey>, &Figures)> {
        self.moved.iter().filter_map(|(key, place)| {
            let counted = self.services.get(key)?;
            let figures = place.map_or(Some(&counted.own), |place| counted.find(place))?;
            Some((key, *place, figures))
        })
    }

    /// Everything: each service (`None`), and each of its destinations.
    pub fn iter(&self) -> impl Iterator<Item = (&TableKey, Option<TableDestinationKey>, &Figures)> {
        self.services.iter().flat_map(|(key, counted)| {
            let destinations = counted.destinations.iter();
            let destinations = destinations.map(move |(place, figures)| (key, Some(*place), figures));
            std::iter::once((key, None, &counted.own)).chain(destinations)
        })
    }
}

#[cfg(test)]
mod tests {
    use model::{Family, FirewallMark, HostAddress};

    use super::*;

    fn key(mark: u32) -> TableKey {
        TableKey::Mark { mark: FirewallMark::new_const(mark), family: Family::V4 }
    }

    fn place(last: u8) -> TableDestinationKey {
        TableDestinationKey { address: HostAddress::parse(&format!("192.0.2.{last}")).unwrap(), port: None }
    }

    fn packets(n: u64) -> Figures {
        Figures { totals: Totals { packets_in: n, ..Totals::default() }, ..Figures::default() }
    }

    fn moved(counters: &Counters) -> Vec<CountedKey> {
        counters.moved().map(|(key, place, _)| (key.clone(), place)).collect()
    }

    #[test]
    fn what_moves_is_noted_and_what_is_gone_is_gone() {
        let mut counters = Counters::default();
        counters.begin();
        counters.put(&key(1), packets(3), vec![(place(2), packets(2)), (place(1), packets(1))]);
        counters.put(&key(2), packets(0), vec![(place(1), packets(0))]);
        counters.end();
        assert_eq!((counters.moved().count(), counters.iter().count(), counters.has_shrunk()), (5, 5, false));

        counters.begin();
        assert!(counters.stands_still(&key(2), &packets(0).totals, &Rates::default()));
        counters.put(&key(1), packets(4), vec![(place(1), packets(2)), (place(2), packets(2))]);
        counters.end();
        assert_eq!(moved(&counters), [(key(1), None), (key(1), Some(place(1)))]);
        assert_eq!((counters.iter().count(), counters.has_shrunk()), (5, false));

        counters.begin();
        counters.put(&key(1), packets(4), vec![(place(1), packets(2)), (place(3), packets(0))]);
        counters.end();
        assert_eq!(moved(&counters), [(key(1), Some(place(3)))]);
        assert_eq!((counters.iter().count(), counters.has_shrunk()), (3, true));
    }

    #[test]
    fn only_who_is_idle_stands_still() {
        let mut counters = Counters::default();
        counters.begin();
        assert!(!counters.stands_still(&key(1), &Totals::default(), &Rates::default()), "never seen");
        let open = Figures { inactive: 1, ..Figures::default() };
        counters.put(&key(1), Figures::default(), vec![(place(1), open)]);
        assert!(
            !counters.stands_still(&key(1), &Totals::default(), &Rates::default()),
            "a connection may end"
        );
        let flowing = Figures { rates: Rates { packets_in: 1.0, ..Rates::default() }, ..Figures::default() };
        counters.put(&key(1), Figures::default(), vec![(place(1), flowing)]);
        assert!(!counters.stands_still(&key(1), &Totals::default(), &Rates::default()), "a rate may fall");
        counters.put(&key(1), Figures::default(), vec![(place(1), packets(9))]);
        assert!(!counters.stands_still(&key(1), &packets(1).totals, &Rates::default()), "a packet has come");
        assert!(counters.stands_still(&key(1), &Totals::default(), &Rates::default()));
    }
}
