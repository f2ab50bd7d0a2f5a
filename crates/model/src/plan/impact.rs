//! What a plan does to clients as a whole, for those who decide whether to apply it.

use super::{Change, Effect};
use crate::{Cluster, Desired, ServiceId, ServiceKey, VirtualService};

/// What clients notice of going from one desired state to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Virtual services that are offered now.
    pub offered: usize,
    /// Those of them that are not offered afterwards, or to nobody who is their client now.
    pub ending: Vec<ServiceId>,
    /// Virtual services offered afterwards that no active real server with a weight stands behind.
    pub alone: Vec<ServiceId>,
    /// Whether nothing at all is offered afterwards, and something is now.
    pub empty: bool,
}

impl Impact {
    /// With more than one in this many services ending, an operator has to confirm their number. Our own choice: a single service
    /// of a small site asks for nothing, a slip of the hand on a large one does.
    pub const ONE_IN: usize = 4;

    /// From what is applied (nothing, where nothing ever was) to `after`.
    pub fn between(before: Option<&Desired>, after: &Cluster) -> Self {
        let before = before.filter(|desired| desired.running).map(|desired| desired.cluster.services());
        let active = |service: &VirtualService| service.settings.active;
        let now = || before.into_iter().flatten().filter(|(_, service)| active(service));
        let goes_on = |id: &ServiceId, now: &VirtualService| {
            let after = after.services().get(id).filter(|service| active(service));
            after.is_some_and(|after| keeps_clients(&now.settings.key, &after.settings.key))
        };
        let ending: Vec<_> = now().filter(|(id, service)| !goes_on(id, service)).map(|(id, _)| *id).collect();
        let alone = after.services().iter().filter(|(_, service)| active(service) && !is_served(service));
        Self {
            offered: now().count(),
            empty: now().next().is_some() && !after.services().values().any(active),
            ending,
            alone: alone.map(|(id, _)| *id).collect(),
        }
    }

    /// How many services end, where that is so much that their number has to be confirmed.
    pub fn to_confirm(&self) -> Option<u64> {
        let ending = self.ending.len();
        let much = self.empty || (ending > 1 && ending * Self::ONE_IN > self.offered);
        much.then(|| u64::try_from(ending).unwrap_or(u64::MAX))
    }
}

/// Whether a service of one key is there for some clients of the other: another address, protocol or mark is another service to them,
/// whatever its name.
fn keeps_clients(now: &ServiceKey, after: &ServiceKey) -> bool {
    match (now, after) {
        (ServiceKey::Address(now), ServiceKey::Address(after)) => {
            (now.protocol, now.vip) == (after.protocol, after.vip) && now.ports.overlaps(&after.ports)
        }
        (ServiceKey::Mark { .. }, ServiceKey::Mark { .. }) => now.mark() == after.mark(),
        _ => false,
    }
}

/// Whether some real server of it takes connections, as configured.
fn is_served(service: &VirtualService) -> bool {
    service.destinations.values().any(|destination| destination.active && destination.weight.get() > 0)
}

impl Change {
    /// What it means for connections that exist, given what is applied; nothing where it touches nothing live: what comes, what is
    /// inactive, a cluster that does not run.
    pub fn live_effect(&self, before: Option<&Desired>) -> Option<Effect> {
        let services = before.filter(|desired| desired.running)?.cluster.services();
        let service = match self.service() {
            Some(id) => Some(services.get(&id).filter(|service| service.settings.active)?),
            None => None,
        };
        let destination = match self {
            Self::AddService { .. } | Self::AddDestination { .. } => return None,
            Self::EditDestination { id, .. } | Self::RemoveDestination { id, .. } => Some(id),
            Self::RenameCluster { .. }
            | Self::EditSettings(_)
            | Self::EditRedundancy(_)
            | Self::RemoveService { .. }
            | Self::EditService { .. } => None,
        };
        if let (Some(service), Some(id)) = (service, destination) {
            service.destinations.get(id).filter(|destination| destination.active)?;
        }
        Some(self.effect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::input::{DestinationInput, ServiceInput};
    use crate::plan::plan;
    use crate::{Check, DestinationId, Name, Weight};

    /// Active services `1..=count` with one real server each.
    fn cluster(count: u32) -> Cluster {
        let mut cluster = Cluster::new(Name::parse("shop").unwrap());
        for n in 1..=count {
            let input = ServiceInput {
                name: format!("s{n}"),
                address: format!("192.0.2.{n}"),
                ..ServiceInput::new()
            };
            let settings = input.parse(Check::Connect).unwrap();
            let real = DestinationInput {
                server_name: "a".into(),
                server_address: "10.0.0.1".into(),
                ..DestinationInput::new()
            };
            let destinations = BTreeMap::from([(DestinationId(n), real.parse().unwrap())]);
            cluster.put_service(ServiceId(n), VirtualService { settings, destinations }).unwrap();
        }
        cluster
    }

    fn without(cluster: &Cluster, ids: impl Iterator<Item = u32>) -> Cluster {
        let mut next = cluster.clone();
        ids.for_each(|id| drop(next.remove_service(ServiceId(id)).unwrap()));
        next
    }

    fn running(cluster: &Cluster) -> Desired {
        Desired { running: true, cluster: cluster.clone() }
    }

    #[test]
    fn a_service_that_moves_ends_for_its_clients() {
        let two = cluster(2);
        let moved = |address: &str, ports: &str| {
            let mut next = two.clone();
            for (id, service) in two.services() {
                let mut settings = service.settings.clone();
                if let ServiceKey::Address(frontend) = &mut settings.key {
                    if !address.is_empty() {
                        frontend.vip = crate::HostAddress::parse(&format!("{address}{}", id.0)).unwrap();
                    }
                    frontend.ports = crate::Ports::parse(ports).unwrap();
                }
                next.set_service(*id, settings).unwrap();
            }
            Impact::between(Some(&running(&two)), &next).to_confirm()
        };
        assert_eq!(moved("", "80,443"), None, "one port more");
        assert_eq!(moved("", "8080"), Some(2));
        assert_eq!(moved("198.51.100.", "80"), Some(2));
    }

    #[test]
    fn many_services_do_not_end_unconfirmed() {
        let ten = cluster(10);
        let confirm = |n| Impact::between(Some(&running(&ten)), &without(&ten, 1..=n)).to_confirm();
        assert_eq!([0, 1, 2, 3, 9, 10].map(confirm), [None, None, None, Some(3), Some(9), Some(10)]);
        let one = cluster(1);
        assert_eq!(Impact::between(Some(&running(&one)), &without(&one, 1..=1)).to_confirm(), Some(1));
    }

    #[test]
    fn where_nothing_runs_nothing_ends() {
        let two = cluster(2);
        let empty = without(&two, 1..=2);
        assert_eq!(Impact::between(None, &empty), Impact::default());
        let stopped = Desired { running: false, cluster: two };
        assert_eq!(Impact::between(Some(&stopped), &empty), Impact::default());
    }

    #[test]
    fn a_service_without_a_server_that_takes_connections_is_alone() {
        let mut two = cluster(2);
        let mut drained = two.services()[&ServiceId(1)].destinations[&DestinationId(1)].clone();
        drained.weight = Weight::MIN;
        two.put_destination(ServiceId(1), DestinationId(1), drained).unwrap();
        assert_eq!(Impact::between(None, &two).alone, [ServiceId(1)]);
    }

    #[test]
    fn what_is_not_live_is_not_touched() {
        let from = cluster(2);
        let to = without(&from, 1..=1);
        let change = &plan(&from, &to)[0];
        assert_eq!(change.live_effect(Some(&running(&from))), Some(Effect::Ends));
        assert_eq!(change.live_effect(None), None);
        assert_eq!(change.live_effect(Some(&Desired { running: false, cluster: from.clone() })), None);
        let back = &plan(&to, &from)[0];
        assert_eq!(back.live_effect(Some(&running(&to))), None);
    }
}
