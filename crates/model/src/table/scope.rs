//! A part of a table: what a change is about, and a look after it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Table, TableKey};

/// Which services something is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All there are.
    Whole,
    /// Those with these keys, whether they are there or not.
    Only(BTreeSet<TableKey>),
}

impl Scope {
    /// Whether it is about this service.
    pub fn contains(&self, key: &TableKey) -> bool {
        match self {
            Self::Whole => true,
            Self::Only(keys) => keys.contains(key),
        }
    }

    /// What a map has within it. Takes as long as the smaller of the two is large.
    pub fn of<'a, V>(
        &'a self,
        map: &'a BTreeMap<TableKey, V>,
    ) -> Box<dyn Iterator<Item = (&'a TableKey, &'a V)> + 'a> {
        match self {
            Self::Whole => Box::new(map.iter()),
            Self::Only(keys) => Box::new(keys.iter().filter_map(|key| map.get_key_value(key))),
        }
    }

    /// Puts `part` in the place of what `whole` has within it.
    pub fn replace<V>(&self, whole: &mut BTreeMap<TableKey, V>, part: BTreeMap<TableKey, V>) {
        match self {
            Self::Whole => *whole = part,
            Self::Only(keys) => {
                for key in keys {
                    whole.remove(key);
                }
                whole.extend(part);
            }
        }
    }
}

impl Table {
    /// The part of it within `scope`; idle times are always part of it.
    #[must_use]
    pub fn within(&self, scope: &Scope) -> Self {
        let services = scope.of(&self.services).map(|(key, service)| (key.clone(), service.clone()));
        Self { timeouts: self.timeouts, services: services.collect() }
    }

    /// Puts `part` in the place of what it has within `scope`.
    pub fn replace(&mut self, scope: &Scope, part: Self) {
        self.timeouts = part.timeouts;
        scope.replace(&mut self.services, part.services);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Family, FirewallMark};

    fn key(mark: u32) -> TableKey {
        TableKey::Mark { mark: FirewallMark::new_const(mark), family: Family::V4 }
    }

    #[test]
    fn a_part_takes_the_place_of_what_was_there() {
        let scope = Scope::Only([key(1), key(2), key(4)].into());
        let mut whole = BTreeMap::from([(key(1), "gone"), (key(2), "old"), (key(3), "other")]);
        let within: Vec<_> = scope.of(&whole).map(|(_, value)| *value).collect();
        assert_eq!(within, ["gone", "old"]);
        scope.replace(&mut whole, [(key(2), "new"), (key(4), "added")].into());
        assert_eq!(whole, [(key(2), "new"), (key(3), "other"), (key(4), "added")].into());
        assert!(scope.contains(&key(1)) && !scope.contains(&key(3)));
        Scope::Whole.replace(&mut whole, BTreeMap::new());
        assert!(whole.is_empty() && Scope::Whole.contains(&key(3)));
    }
}
