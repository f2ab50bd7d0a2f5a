//! What of the live table the draft changes: who looks at a row sees that another one is on its way. Pure.

use app::live::{Drafted, Shape};
use model::{Cluster, Destination, DestinationId, ServiceId};

/// Marks what `draft` changes or takes away of what is applied. What it adds is in no row yet: it marks the virtual server that gets it.
pub(super) fn mark(shape: &mut Shape, applied: &Cluster, draft: &Cluster) {
    for row in &mut shape.services {
        let id = ServiceId(row.id);
        let Some(before) = applied.services().get(&id) else { continue };
        let after = draft.services().get(&id);
        row.drafted = compare(Some(before), after);
        for server in &mut row.servers {
            let id = DestinationId(server.id);
            let before = before.destinations.get(&id).map(|one| effective(one, applied));
            let after = after.and_then(|after| after.destinations.get(&id)).map(|one| effective(one, draft));
            server.drafted = compare(before.as_ref(), after.as_ref());
        }
    }
}

fn compare<T: PartialEq>(before: Option<&T>, after: Option<&T>) -> Option<Drafted> {
    match after {
        None => Some(Drafted::Removed),
        Some(_) => (before != after).then_some(Drafted::Edited),
    }
}

/// With the forwarding method that it has, its own or its cluster's.
fn effective(destination: &Destination, cluster: &Cluster) -> Destination {
    let forwarding = Some(destination.forwarding.unwrap_or(cluster.settings().forwarding));
    Destination { forwarding, ..destination.clone() }
}

#[cfg(test)]
mod tests {
    use model::{Forwarding, HostAddress, Name, VirtualService, Weight};

    use super::super::testing::{healthy, revision, seen};
    use super::*;

    /// How the draft that `edit` makes marks the service and its three real servers.
    fn marks(edit: impl FnOnce(&mut VirtualService)) -> (Option<Drafted>, Vec<Option<Drafted>>) {
        let revision = revision(true);
        let mut draft = revision.desired.cluster.clone();
        let mut service = draft.services()[&ServiceId(1)].clone();
        edit(&mut service);
        draft.put_service(ServiceId(1), service).unwrap();
        let (mut shape, _) = super::super::compose(&revision, &[seen(true, healthy())], 60_000);
        mark(&mut shape, &revision.desired.cluster, &draft);
        let row = &shape.services[0];
        (row.drafted, row.servers.iter().map(|server| server.drafted).collect())
    }

    #[test]
    fn what_the_draft_leaves_alone_has_no_mark() {
        assert_eq!(marks(|_| {}), (None, vec![None; 3]));
    }

    #[test]
    fn what_it_changes_and_what_it_takes_away_is_marked() {
        let edited = marks(|service| {
            service.destinations.get_mut(&DestinationId(2)).unwrap().weight = Weight::try_new(7).unwrap();
            service.destinations.remove(&DestinationId(3));
        });
        let rows = vec![Some(Drafted::Edited), Some(Drafted::Removed), None];
        assert_eq!(edited, (Some(Drafted::Edited), rows));
    }

    #[test]
    fn what_it_adds_is_marked_where_it_will_stand() {
        let added = marks(|service| {
            let one = service.destinations[&DestinationId(2)].clone();
            let (name, address) =
                (Name::parse("real9").unwrap(), HostAddress::parse("2001:db8::99").unwrap());
            let other = Destination { name, address, ..one };
            service.destinations.insert(DestinationId(9), other);
        });
        assert_eq!(added, (Some(Drafted::Edited), vec![None; 3]));
    }

    #[test]
    fn a_virtual_server_that_goes_takes_its_real_servers_along() {
        let revision = revision(true);
        let mut draft = revision.desired.cluster.clone();
        draft.remove_service(ServiceId(1)).unwrap();
        let (mut shape, _) = super::super::compose(&revision, &[seen(true, healthy())], 60_000);
        mark(&mut shape, &revision.desired.cluster, &draft);
        let row = &shape.services[0];
        assert_eq!(row.drafted, Some(Drafted::Removed));
        assert!(row.servers.iter().all(|server| server.drafted == Some(Drafted::Removed)));
    }

    #[test]
    fn what_real_servers_inherit_is_marked_too() {
        let revision = revision(true);
        let mut draft = revision.desired.cluster.clone();
        let forwarding = Forwarding::DirectRouting;
        draft.set_settings(model::Settings { forwarding, ..draft.settings().clone() }).unwrap();
        let (mut shape, _) = super::super::compose(&revision, &[seen(true, healthy())], 60_000);
        mark(&mut shape, &revision.desired.cluster, &draft);
        let row = &shape.services[0];
        assert_eq!(row.drafted, None);
        assert!(row.servers.iter().all(|server| server.drafted == Some(Drafted::Edited)));
    }
}
