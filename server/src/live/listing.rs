//! The table as ipvsadm would print it, from what directors report and count.

use std::collections::{BTreeMap, BTreeSet};

use formats::ipvsadm::{Counted, ListedDestination, ListedService, Listing};
use model::table::{self, Marking, Role, TableDestination, TableServiceSettings};
use model::{DestinationId, ServiceId, VirtualService, Weight};
use protocol::{Applied, Counters, StatsEntry};

use super::Seen;
use crate::store::Revision;

/// An object in a report: a service, or a destination of it.
type Key = (ServiceId, Option<DestinationId>);

/// What these directors hold of the revision, read back by them; counters of several are added up. A director that is not
/// connected says nothing. Entries that somebody else made are not among it.
pub fn listing(revision: &Revision, seen: &[Seen]) -> Listing {
    let connected: Vec<&Seen> = seen.iter().filter(|seen| seen.state.connected).collect();
    let held = held(&connected);
    let stands_in = stands_in(&connected);
    let counted = counted(&connected);
    let cluster = &revision.desired.cluster;
    let inherited = cluster.settings().forwarding;
    let services = cluster.services().iter().filter(|(id, _)| held.contains_key(&(**id, None)));
    let services = services.filter_map(|(&id, service)| {
        let key = table::service_key(&service.settings.key, marking(&connected)).ok()?;
        let destinations = service.destinations.iter().filter_map(|(&destination_id, destination)| {
            let weight = held.get(&(id, Some(destination_id)))?;
            Some(ListedDestination {
                key: table::destination_key(service, destination),
                entry: TableDestination {
                    forwarding: destination.forwarding.unwrap_or(inherited),
                    weight: weight.unwrap_or(destination.weight),
                    thresholds: destination.thresholds,
                    role: Role::RealServer,
                },
                counted: counted.get(&(id, Some(destination_id))).copied().unwrap_or_default(),
            })
        });
        // Its connections are in the service's numbers alone.
        let sorry = service.settings.sorry_server.filter(|_| stands_in.contains(&id)).map(|sorry| {
            let (key, entry) = table::sorry_entry(service, sorry);
            ListedDestination { key, entry, counted: Counted::default() }
        });
        Some(ListedService {
            key,
            settings: settings(service),
            counted: counted.get(&(id, None)).copied().unwrap_or_default(),
            destinations: destinations.chain(sorry).collect(),
        })
    });
    Listing { version: version(&connected), services: services.collect() }
}

fn settings(service: &VirtualService) -> TableServiceSettings {
    let settings = &service.settings;
    TableServiceSettings {
        scheduler: settings.scheduler,
        persistence: settings.persistence,
        one_packet: settings.one_packet,
        proxy_protocol: settings.proxy_protocol,
    }
}

/// What is in a data plane, with its weight there.
fn held(seen: &[&Seen]) -> BTreeMap<Key, Option<Weight>> {
    let observed = seen.iter().filter_map(|seen| seen.state.observed.as_deref());
    let applied =
        observed.flat_map(|observed| &observed.objects).filter(|one| one.applied == Applied::Applied);
    applied.map(|one| ((one.service, one.destination), one.weight)).collect()
}

/// The services in whose place the sorry server stands.
fn stands_in(seen: &[&Seen]) -> BTreeSet<ServiceId> {
    let observed = seen.iter().filter_map(|seen| seen.state.observed.as_deref());
    observed.flat_map(|observed| &observed.objects).filter(|one| one.sorry).map(|one| one.service).collect()
}

fn counted(seen: &[&Seen]) -> BTreeMap<Key, Counted> {
    let mut all: BTreeMap<Key, Counted> = BTreeMap::new();
    for StatsEntry { service, destination, active, inactive, total, rate, .. } in
        seen.iter().filter_map(|seen| seen.stats.as_deref()).flat_map(|stats| &stats.entries)
    {
        let sum = all.entry((*service, *destination)).or_default();
        sum.active = sum.active.saturating_add(*active);
        sum.inactive = sum.inactive.saturating_add(*inactive);
        add(&mut sum.total, total);
        add(&mut sum.rate, rate);
    }
    all
}

fn add(sum: &mut [u64; 5], counters: &Counters) {
    let Counters { connections, packets_in, packets_out, bytes_in, bytes_out } = *counters;
    for (sum, value) in sum.iter_mut().zip([connections, packets_in, packets_out, bytes_in, bytes_out]) {
        *sum = sum.saturating_add(value);
    }
}

fn marking(seen: &[&Seen]) -> Marking {
    let marks = seen.iter().filter_map(|seen| seen.state.facts.as_ref()).any(|facts| facts.marks);
    if marks { Marking::ByMark } else { Marking::ByFrontend }
}

/// The kernel's, where one director's kernel is asked and nobody else.
fn version(seen: &[&Seen]) -> Option<(String, u64)> {
    let [one] = seen else { return None };
    let facts = one.state.facts.as_ref().filter(|facts| !facts.kernel_release.is_empty())?;
    Some((facts.version.clone(), facts.connection_table))
}

#[cfg(test)]
mod tests {
    use model::{HostAddress, SorryServer, Weight};
    use protocol::Health;

    use super::super::testing::{healthy, object, revision, seen};
    use super::*;

    #[test]
    fn what_a_director_holds_is_listed_with_its_weight_there() {
        let mut objects = healthy();
        objects[1].weight = Weight::try_new(0).ok();
        objects[2].applied = Applied::Failed;
        let listing = listing(&revision(true), &[seen(true, objects)]);
        let destinations = &listing.services[0].destinations;
        assert_eq!(destinations.len(), 1, "what is not there is not listed: {destinations:?}");
        assert_eq!(destinations[0].entry.weight.get(), 0, "it drains, whatever is configured");
        assert_eq!(destinations[0].counted.active, 3);
    }

    #[test]
    fn a_sorry_server_that_stands_in_is_listed_and_one_that_does_not_is_not() {
        let mut revision = revision(true);
        let mut service = revision.desired.cluster.services()[&ServiceId(1)].clone();
        let address = HostAddress::parse("2001:db8::99").unwrap();
        service.settings.sorry_server = Some(SorryServer { address, port: None });
        revision.desired.cluster.put_service(ServiceId(1), service).unwrap();
        let of = |sorry| {
            let mut objects = vec![object(None, Health::Down)];
            objects[0].sorry = sorry;
            let listing = listing(&revision, &[seen(true, objects)]);
            listing.services[0].destinations.iter().map(|one| one.key).collect::<Vec<_>>()
        };
        assert_eq!(of(false), []);
        let service = &revision.desired.cluster.services()[&ServiceId(1)];
        let (sorry, _) = table::sorry_entry(service, service.settings.sorry_server.unwrap());
        assert_eq!(of(true), [sorry]);
    }

    #[test]
    fn who_is_not_connected_holds_nothing_that_is_known() {
        assert!(listing(&revision(true), &[seen(false, healthy())]).services.is_empty());
    }
}
