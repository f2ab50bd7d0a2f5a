//! What a list of steps comes to, in numbers: for people who read "add 1 service, change the weight of 2 destinations".

use std::collections::BTreeSet;

use super::{Step, Table, TableDestination, TableDestinationKey, TableKey};

/// The steps, counted. Destinations of services that come or go with them are not counted apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// Services that come.
    pub services_added: u64,
    /// Services that are edited in place.
    pub services_edited: u64,
    /// Services that go.
    pub services_removed: u64,
    /// Destinations that come.
    pub destinations_added: u64,
    /// Destinations of which the weight alone changes.
    pub weights: u64,
    /// Destinations that are edited otherwise.
    pub destinations_edited: u64,
    /// Destinations that go.
    pub destinations_removed: u64,
    /// Whether idle times change.
    pub timeouts: bool,
}

impl Tally {
    /// Counts the steps that start from `from`.
    pub fn of(steps: &[Step], from: &Table) -> Self {
        let mut tally = Self::default();
        for step in steps {
            match step {
                Step::SetTimeouts(_) => tally.timeouts = true,
                Step::AddService { .. } => tally.services_added += 1,
                Step::EditService { .. } => tally.services_edited += 1,
                Step::RemoveService { .. } => tally.services_removed += 1,
                Step::AddDestination { key, .. } if !from.services.contains_key(key) => {}
                Step::AddDestination { .. } => tally.destinations_added += 1,
                Step::RemoveDestination { .. } => tally.destinations_removed += 1,
                Step::EditDestination { key, destination, settings } => {
                    let before =
                        from.services.get(key).and_then(|service| service.destinations.get(destination));
                    let weight_alone = before.is_some_and(|before| {
                        *settings == TableDestination { weight: settings.weight, ..*before }
                    });
                    if weight_alone { tally.weights += 1 } else { tally.destinations_edited += 1 }
                }
            }
        }
        tally
    }

    /// Whether entries come, and nothing that is there is touched.
    pub fn only_adds(&self) -> bool {
        let Self { services_added, destinations_added, .. } = *self;
        *self == Self { services_added, destinations_added, ..Self::default() }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What steps touch that is there already: whole services, and destinations of others. New entries touch nobody.
pub fn touched(steps: &[Step]) -> (BTreeSet<&TableKey>, BTreeSet<(&TableKey, TableDestinationKey)>) {
    let (mut services, mut destinations) = (BTreeSet::new(), BTreeSet::new());
    for step in steps {
        match step {
            Step::EditService { key, .. } | Step::RemoveService { key } => {
                services.insert(key);
            }
            Step::EditDestination { key, destination, .. } | Step::RemoveDestination { key, destination } => {
                destinations.insert((key, *destination));
            }
            Step::SetTimeouts(_) | Step::AddService { .. } | Step::AddDestination { .. } => {}
        }
    }
    destinations.retain(|(key, _)| !services.contains(key));
    (services, destinations)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::table::{Health, Marking, effective, steps};
    use crate::{Cluster, Desired, Seconds, Timeouts, Weight};

    fn table(services: &str) -> Table {
        let json =
            format!(r#"{{"name":"x","settings":{{"forwarding":"masquerading"}},"services":{{{services}}}}}"#);
        let cluster: Cluster = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}\n{json}"));
        let health: BTreeMap<_, _> = cluster
            .services()
            .values()
            .flat_map(|service| service.destinations.keys().map(|id| (*id, Health::Up)))
            .collect();
        effective(&Desired { running: true, cluster }, &health, &Table::default(), Marking::ByMark).table
    }

    fn service(id: u32, scheduler: &str, weights: [u32; 2]) -> String {
        let destinations: Vec<_> = weights
            .iter()
            .enumerate()
            .filter(|(_, weight)| **weight > 0)
            .map(|(n, weight)| {
                format!(
                    r#""{}":{{"name":"r{n}","address":"10.0.0.{}","weight":{weight},"active":true}}"#,
                    id * 10 + u32::try_from(n).unwrap(),
                    n + 1
                )
            })
            .collect();
        format!(
            r#""{id}":{{"name":"s{id}","active":true,"key":{{"address":{{"protocol":"tcp","vip":"192.0.2.{id}","ports":"80"}}}},
            "scheduler":"{scheduler}","check":"connect","timeout":6,"reentry":15,"quiesce":false,"destinations":{{{}}}}}"#,
            destinations.join(",")
        )
    }

    #[test]
    fn steps_are_counted_by_what_they_mean() {
        let before =
            table(&[service(1, "rr", [1, 1]), service(2, "rr", [1, 0]), service(3, "rr", [1, 1])].join(","));
        let mut after =
            table(&[service(1, "rr", [5, 2]), service(2, "wlc", [1, 1]), service(4, "rr", [1, 1])].join(","));
        after.timeouts = Timeouts { tcp: Some(Seconds::new_const(9)), ..Timeouts::default() };
        let steps = steps(&before, &after);
        let expected = Tally {
            services_added: 1,
            services_edited: 1,
            services_removed: 1,
            destinations_added: 1,
            weights: 2,
            timeouts: true,
            ..Tally::default()
        };
        assert_eq!(Tally::of(&steps, &before), expected);
        let (services, destinations) = touched(&steps);
        assert_eq!((services.len(), destinations.len()), (2, 2), "the new service touches nobody");
    }

    #[test]
    fn more_than_the_weight_is_an_edit() {
        let before = table(&service(1, "rr", [1, 1]));
        let mut after = before.clone();
        let entry = after.services.values_mut().next().unwrap().destinations.values_mut().next().unwrap();
        entry.weight = Weight::new_const(3);
        entry.forwarding = crate::Forwarding::DirectRouting;
        let tally = Tally::of(&steps(&before, &after), &before);
        assert_eq!(tally, Tally { destinations_edited: 1, ..Tally::default() });
        assert!(Tally::of(&[], &before).is_empty());
    }
}
