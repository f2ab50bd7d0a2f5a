//! Searching, sorting and paging the list of virtual services.

use std::cmp::Ordering;

use app::pages::services::{DraftMark, ServiceRow, ServicesPage};
use model::{Cluster, ClusterId, ServiceId, VirtualService};

use crate::http::pages::paging::{Wanted, words};

/// A service with its id.
type Entry<'a> = (&'a ServiceId, &'a VirtualService);

/// The page that the address asks for; the nearest one where it asks for one that does not exist.
pub(super) fn page(
    id: ClusterId,
    draft: &Cluster,
    applied: Option<&Cluster>,
    wanted: Wanted,
) -> ServicesPage {
    let mut found: Vec<Entry<'_>> = matching(draft, &wanted.q).collect();
    let is_sorted = sort(&mut found, wanted.order());
    let (rows, listing) =
        wanted.part(format!("/clusters/{id}/services"), found, draft.services().len(), is_sorted);
    let rows = rows.into_iter().map(|(id, service)| row(*id, service, applied)).collect();
    ServicesPage { cluster: id, rows, listing }
}

/// The services that `q` finds, in the order of their creation.
pub(super) fn matching<'a>(draft: &'a Cluster, q: &str) -> impl Iterator<Item = Entry<'a>> + use<'a> {
    let words = words(q);
    draft.services().iter().filter(move |(_, service)| matches(service, &words))
}

/// Whether every word occurs in something of the service or its real servers.
fn matches(service: &VirtualService, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let settings = &service.settings;
    let mut text = format!("{} {} {}", settings.name, settings.key, settings.scheduler);
    if let Some(note) = &settings.note {
        text.push(' ');
        text.push_str(note.as_str());
    }
    for destination in service.destinations.values() {
        text.push(' ');
        text.push_str(destination.name.as_str());
        text.push(' ');
        text.push_str(&destination.socket());
    }
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}

/// Sorts, equal ones in the order of their creation; an unknown word sorts nothing.
fn sort(found: &mut [Entry<'_>], (word, down): (&str, bool)) -> bool {
    let by: fn(&VirtualService, &VirtualService) -> Ordering = match word {
        "status" => |a, b| b.settings.active.cmp(&a.settings.active),
        "name" => |a, b| name(a).cmp(&name(b)),
        "vip" => |a, b| vip(a).cmp(&vip(b)),
        "port" => |a, b| port(a).cmp(&port(b)),
        "protocol" => |a, b| protocol(a).cmp(&protocol(b)),
        "scheduler" => |a, b| a.settings.scheduler.kind().name().cmp(b.settings.scheduler.kind().name()),
        "servers" => |a, b| a.destinations.len().cmp(&b.destinations.len()),
        _ => return false,
    };
    found.sort_by(|(_, a), (_, b)| if down { by(b, a) } else { by(a, b) });
    true
}

fn name(service: &VirtualService) -> String {
    service.settings.name.as_str().to_lowercase()
}

fn vip(service: &VirtualService) -> Option<model::HostAddress> {
    service.settings.key.frontend().map(|frontend| frontend.vip)
}

fn port(service: &VirtualService) -> Option<model::Port> {
    service.settings.key.frontend().and_then(|frontend| frontend.ports.lowest())
}

fn protocol(service: &VirtualService) -> Option<model::Protocol> {
    service.settings.key.frontend().map(|frontend| frontend.protocol)
}

fn row(id: ServiceId, service: &VirtualService, applied: Option<&Cluster>) -> ServiceRow {
    let mark = applied.and_then(|applied| match applied.services().get(&id) {
        None => Some(DraftMark::New),
        Some(before) if before != service => Some(DraftMark::Edited),
        Some(_) => None,
    });
    ServiceRow {
        id,
        settings: service.settings.clone(),
        servers: service.destinations.len(),
        active_servers: service.destinations.values().filter(|destination| destination.active).count(),
        mark,
    }
}

#[cfg(test)]
mod tests {
    use model::input::ServiceInput;
    use model::{Check, Name};

    use super::*;

    fn cluster(count: u32) -> Cluster {
        let mut cluster = Cluster::new(Name::parse("shop").unwrap());
        for n in 1..=count {
            let address = format!("10.0.{}.{}", n / 250, n % 250 + 1);
            let input = ServiceInput { name: format!("s{n:04}"), address, ..ServiceInput::new() };
            let settings = input.parse(Check::Connect).unwrap();
            cluster
                .put_service(ServiceId(n), VirtualService { settings, destinations: Default::default() })
                .unwrap();
        }
        cluster
    }

    fn get(cluster: &Cluster, q: &str, sort: &str, number: usize) -> ServicesPage {
        let wanted = Wanted { q: q.into(), sort: sort.into(), page: number.into() };
        page(ClusterId(1), cluster, None, wanted)
    }

    #[test]
    fn pages_follow_each_other_and_keep_search_and_order() {
        let cluster = cluster(250);
        let second = get(&cluster, "S0", "-name", 2);
        assert_eq!((second.rows.len(), second.listing.from, second.listing.matching), (100, 101, 250));
        assert_eq!(second.rows[0].settings.name.as_str(), "s0150");
        assert_eq!(second.listing.next.as_deref(), Some("/clusters/1/services?q=S0&sort=-name&page=3"));
        assert_eq!(get(&cluster, "", "nonsense", 1).listing.sort, "");
    }

    #[test]
    fn addresses_sort_as_addresses() {
        let cluster = cluster(20);
        let found = get(&cluster, "", "vip", 1);
        let addresses: Vec<_> =
            found.rows.iter().map(|row| row.settings.key.frontend().unwrap().vip).collect();
        assert!(addresses.is_sorted());
        assert_eq!(get(&cluster, "10.0.0.3 tcp", "", 1).rows.len(), 1);
    }
}
