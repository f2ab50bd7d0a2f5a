//! Searching, sorting and paging the list of real servers.

use std::collections::{BTreeMap, BTreeSet};

use app::State;
use app::pages::machines::{MachineRow, MachinesPage};
use model::{Cluster, ClusterId, Destination, DestinationId, HostAddress, ServiceId, VirtualService};

use crate::http::pages::forms::count;
use crate::http::pages::paging::Wanted;

/// How destinations fare, and since when.
pub(super) type States = BTreeMap<(ServiceId, DestinationId), (State, i64)>;

/// A machine with all its destinations.
struct Machine<'a> {
    address: HostAddress,
    parts: Vec<(ServiceId, &'a VirtualService, DestinationId, &'a Destination)>,
}

/// The page that the address asks for; the nearest one where it asks for one that does not exist.
pub(super) fn page(id: ClusterId, draft: &Cluster, states: &States, wanted: Wanted) -> MachinesPage {
    let words = wanted.words();
    let machines = machines(draft);
    let mut found: Vec<MachineRow> = machines
        .iter()
        .filter(|machine| machine.matches(&words))
        .map(|machine| machine.row(states))
        .collect();
    let is_sorted = sort(&mut found, wanted.order());
    let (rows, listing) = wanted.part(format!("/clusters/{id}/machines"), found, machines.len(), is_sorted);
    MachinesPage { cluster: id, rows, listing }
}

/// Every address once, in the order of addresses.
fn machines(draft: &Cluster) -> Vec<Machine<'_>> {
    let mut machines: BTreeMap<HostAddress, Machine<'_>> = BTreeMap::new();
    for (&service_id, service) in draft.services() {
        for (&id, destination) in &service.destinations {
            let address = destination.address;
            let machine = machines.entry(address).or_insert_with(|| Machine { address, parts: Vec::new() });
            machine.parts.push((service_id, service, id, destination));
        }
    }
    machines.into_values().collect()
}

impl Machine<'_> {
    /// Whether every word occurs in its address, a name of it or a virtual service of it.
    fn matches(&self, words: &[String]) -> bool {
        if words.is_empty() {
            return true;
        }
        let mut text = self.address.to_string();
        for (_, service, _, destination) in &self.parts {
            text.push(' ');
            text.push_str(destination.name.as_str());
            text.push(' ');
            text.push_str(service.settings.name.as_str());
        }
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    }

    fn row(&self, states: &States) -> MachineRow {
        let names: BTreeSet<&str> =
            self.parts.iter().map(|(.., destination)| destination.name.as_str()).collect();
        let weights = || self.parts.iter().map(|(.., destination)| destination.weight.get());
        let known = self.parts.iter().filter_map(|(service, _, id, _)| states.get(&(*service, *id)));
        MachineRow {
            address: self.address,
            name: (names.first().copied().unwrap_or_default().to_owned(), names.len().saturating_sub(1)),
            services: count(self.parts.len()),
            active: count(self.parts.iter().filter(|(.., destination)| destination.active).count()),
            weights: (weights().min().unwrap_or_default(), weights().max().unwrap_or_default()),
            state: known
                .copied()
                .reduce(|one, other| if one.0.worse(other.0) == one.0 { one } else { other }),
        }
    }
}

/// Sorts, equal ones by address; an unknown word sorts nothing.
fn sort(found: &mut [MachineRow], (word, down): (&str, bool)) -> bool {
    match word {
        "state" => found.sort_by_key(|row| row.state.map(|(state, _)| urgency(state)).unwrap_or(u8::MAX)),
        "address" => found.sort_by_key(|row| row.address),
        "name" => found.sort_by_key(|row| row.name.0.to_lowercase()),
        "services" => found.sort_by_key(|row| row.services),
        "active" => found.sort_by_key(|row| row.active),
        "weight" => found.sort_by_key(|row| row.weights),
        _ => return false,
    }
    if down {
        found.reverse();
    }
    true
}

/// What needs attention first.
fn urgency(state: State) -> u8 {
    match state {
        State::Failing => 0,
        State::Unknown => 1,
        State::Degraded => 2,
        State::Pending => 3,
        State::Draining => 4,
        State::Serving => 5,
        State::Stopped => 6,
        State::Inactive => 7,
    }
}

#[cfg(test)]
mod tests {
    use model::input::{DestinationInput, ServiceInput};
    use model::{Check, Name};

    use super::*;

    fn cluster() -> Cluster {
        let mut cluster = Cluster::new(Name::parse("shop").unwrap());
        for (n, reals) in [(1, &["10.0.0.9", "10.0.0.10"][..]), (2, &["10.0.0.9"])] {
            let input = ServiceInput {
                name: format!("web{n}"),
                address: format!("192.0.2.{n}"),
                ..ServiceInput::new()
            };
            let settings = input.parse(Check::Connect).unwrap();
            let destinations = reals.iter().zip(1..).map(|(real, m)| {
                let input = DestinationInput {
                    server_name: format!("{real} in {n}"),
                    server_address: (*real).into(),
                    weight: n.to_string(),
                    ..DestinationInput::new()
                };
                (DestinationId(10 * n + m), input.parse().unwrap())
            });
            let service = VirtualService { settings, destinations: destinations.collect() };
            cluster.put_service(ServiceId(n), service).unwrap();
        }
        cluster
    }

    fn get(q: &str, sort: &str) -> MachinesPage {
        let states = [
            ((ServiceId(1), DestinationId(11)), (State::Serving, 5)),
            ((ServiceId(2), DestinationId(21)), (State::Failing, 7)),
        ];
        page(
            ClusterId(1),
            &cluster(),
            &states.into(),
            Wanted { q: q.into(), sort: sort.into(), ..Wanted::default() },
        )
    }

    #[test]
    fn a_machine_stands_once_with_the_worst_that_is_known_of_it() {
        let found = get("", "");
        assert_eq!((found.listing.all, found.listing.matching, found.rows.len()), (2, 2, 2));
        let first = &found.rows[0];
        assert_eq!(first.address.to_string(), "10.0.0.9");
        assert_eq!((first.services, first.active, first.weights), (2, 2, (1, 2)));
        assert_eq!(first.state, Some((State::Failing, 7)));
        assert_eq!(first.name, ("10.0.0.9 in 1".to_owned(), 1));
        assert_eq!(found.rows[1].state, None, "nothing of it is applied");
    }

    #[test]
    fn machines_are_found_by_their_virtual_servers_and_sorted() {
        let found = get("WEB1 10.0.0.10", "");
        assert_eq!(found.rows.iter().map(|row| row.address.to_string()).collect::<Vec<_>>(), ["10.0.0.10"]);
        let sorted = get("", "-address");
        assert_eq!(sorted.rows[0].address.to_string(), "10.0.0.10");
        assert_eq!(get("", "state").rows[0].address.to_string(), "10.0.0.9");
        assert_eq!(get("", "nonsense").listing.sort, "");
    }
}
