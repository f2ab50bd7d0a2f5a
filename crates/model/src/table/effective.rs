//! The table that should be: the desired state, less what is inactive or failing.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{Marking, Unserved, destination_key, service_key, sorry_key};
use super::{
    Role, Scope, Table, TableDestination, TableDestinationKey, TableKey, TableService, TableServiceSettings,
};
use crate::{
    Desired, Destination, DestinationId, Family, Forwarding, Persistence, ServiceId, SorryServer, Thresholds,
    VirtualService, Weight,
};

/// What checks say of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Not judged yet. It keeps the place that it has in the data plane: an agent's restart disturbs nobody.
    Unknown,
    /// It serves.
    Up,
    /// It does not.
    Down,
}

/// A table, and which objects of the cluster its entries stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    /// The table.
    pub table: Table,
    /// Whose each service is.
    pub services: BTreeMap<TableKey, ServiceId>,
    /// Whose each destination is, by service; sorry servers are nobody's.
    pub destinations: BTreeMap<TableKey, BTreeMap<TableDestinationKey, DestinationId>>,
    /// Active services that this data plane cannot serve at all, and why.
    pub unserved: BTreeMap<ServiceId, Unserved>,
}

/// The table for `desired`, given the `health` of destinations, what the data plane holds at `present`, and whether it
/// knows services by firewall mark.
///
/// * Stopped: nothing, and the data plane's own idle times.
/// * Inactive services and destinations are left out.
/// * A failing destination is left out, or has weight 0 where its service is to be quiesced.
/// * A destination that is not judged yet and not in the table waits for its verdict, unless the service would have nobody
///   at all: a new address or port must not cost the clients a gap. Where the service's sorry server stands in already, it stays.
/// * Where no destination is left that takes connections, the sorry server stands in with weight 1.
pub fn effective(
    desired: &Desired,
    health: &BTreeMap<DestinationId, Health>,
    present: &Table,
    marking: Marking,
) -> Effective {
    let judged = |id| health.get(&id).copied().unwrap_or(Health::Unknown);
    effective_of(desired, desired.cluster.services(), judged, present, marking)
}

/// The same of some of the cluster's `services` alone: none depends on another. Of `present`, these are all that is needed.
pub fn effective_of<'a>(
    desired: &Desired,
    services: impl IntoIterator<Item = (&'a ServiceId, &'a VirtualService)>,
    judged: impl Fn(DestinationId) -> Health + Copy,
    present: &Table,
    marking: Marking,
) -> Effective {
    let mut effective = Effective::default();
    if !desired.running {
        return effective;
    }
    effective.table.timeouts = desired.cluster.settings().timeouts;
    let inherited = desired.cluster.settings().forwarding;
    for (&id, service) in services {
        if !service.settings.active {
            continue;
        }
        let key = match service_key(&service.settings.key, marking) {
            Ok(key) => key,
            Err(unserved) => {
                effective.unserved.insert(id, unserved);
                continue;
            }
        };
        let mut entries = Entries::settled(service, inherited, judged, present.services.get(&key));
        if !entries.serve() && !entries.sorry_server_stands_in {
            entries.take_in_unjudged(judged);
        }
        if !entries.serve() {
            entries.put_sorry_server();
        }
        let Entries { destinations, ids, .. } = entries;
        let settings = TableServiceSettings {
            scheduler: service.settings.scheduler,
            persistence: service.settings.persistence.map(|persistence| of_hosts(persistence, key.family())),
            one_packet: service.settings.one_packet,
            proxy_protocol: service.settings.proxy_protocol,
        };
        effective.services.insert(key.clone(), id);
        effective.destinations.insert(key.clone(), ids);
        effective.table.services.insert(key, TableService { settings, destinations });
    }
    effective
}

impl Effective {
    /// Puts what was computed of these `services`, whose keys are or were within `scope`, in the place of what was known of them.
    pub fn replace(&mut self, scope: &Scope, services: &BTreeSet<ServiceId>, part: Self) {
        self.table.replace(scope, part.table);
        scope.replace(&mut self.services, part.services);
        scope.replace(&mut self.destinations, part.destinations);
        self.unserved.retain(|id, _| !services.contains(id));
        self.unserved.extend(part.unserved);
    }
}

/// The entries of one service while they are put together.
struct Entries<'a> {
    service: &'a VirtualService,
    inherited: Forwarding,
    /// Whether the service has a sorry server, and one serves in its place at present.
    sorry_server_stands_in: bool,
    destinations: BTreeMap<TableDestinationKey, TableDestination>,
    ids: BTreeMap<TableDestinationKey, DestinationId>,
}

impl<'a> Entries<'a> {
    /// Those of the servers that are judged, or have a place already.
    fn settled(
        service: &'a VirtualService,
        inherited: Forwarding,
        judged: impl Fn(DestinationId) -> Health,
        present: Option<&TableService>,
    ) -> Self {
        // One that is left over from former settings is about to go, and stands in for nobody.
        let sorry_server_stands_in =
            service.settings.sorry_server.is_some() && present.is_some_and(has_sorry_server);
        let (destinations, ids) = (BTreeMap::new(), BTreeMap::new());
        let mut entries = Self { service, inherited, sorry_server_stands_in, destinations, ids };
        for (&id, destination) in &service.destinations {
            let key = destination_key(service, destination);
            let present = present.and_then(|present| present.destinations.get(&key));
            entries.put(id, destination, judged(id), present);
        }
        entries
    }

    /// Whether somebody takes new connections.
    fn serve(&self) -> bool {
        self.destinations.values().any(|entry| entry.weight > Weight::MIN)
    }

    /// Every server that waits for its first verdict, as though it were up.
    fn take_in_unjudged(&mut self, judged: impl Fn(DestinationId) -> Health) {
        for (&id, destination) in &self.service.destinations {
            let there = self.destinations.contains_key(&destination_key(self.service, destination));
            if !there && judged(id) == Health::Unknown {
                self.put(id, destination, Health::Up, None);
            }
        }
    }

    /// It takes the place of a real server at the same address and port.
    fn put_sorry_server(&mut self) {
        if let Some(sorry) = self.service.settings.sorry_server {
            let (key, entry) = sorry_entry(self.service, sorry);
            self.ids.remove(&key);
            self.destinations.insert(key, entry);
        }
    }

    fn put(
        &mut self,
        id: DestinationId,
        destination: &Destination,
        health: Health,
        present: Option<&TableDestination>,
    ) {
        if let Some(entry) = destination_entry(self.service, destination, self.inherited, health, present) {
            let key = destination_key(self.service, destination);
            self.ids.insert(key, id);
            self.destinations.insert(key, entry);
        }
    }
}

/// A mask of whole addresses is none: IPVS does not tell the two apart.
fn of_hosts(persistence: Persistence, family: Family) -> Persistence {
    Persistence { mask: persistence.mask.filter(|mask| mask.get() < family.bits()), ..persistence }
}

fn has_sorry_server(service: &TableService) -> bool {
    service.destinations.values().any(|entry| entry.role == Role::SorryServer)
}

fn destination_entry(
    service: &VirtualService,
    destination: &Destination,
    inherited: Forwarding,
    health: Health,
    present: Option<&TableDestination>,
) -> Option<TableDestination> {
    if !destination.active {
        return None;
    }
    let weight = match health {
        Health::Up => destination.weight,
        Health::Down if service.settings.quiesce => Weight::MIN,
        Health::Down => return None,
        // A sorry server's entry is not the real server's own, even at the same address.
        Health::Unknown => match present {
            Some(present) if present.role == Role::RealServer && present.weight == Weight::MIN => Weight::MIN,
            Some(present) if present.role == Role::RealServer => destination.weight,
            _ => return None,
        },
    };
    Some(TableDestination {
        forwarding: destination.forwarding.unwrap_or(inherited),
        weight,
        thresholds: destination.thresholds,
        role: Role::RealServer,
    })
}

/// A sorry server's entry while it stands in. It is always masqueraded: it lies outside the pool and knows nothing of the VIP.
pub fn sorry_entry(service: &VirtualService, sorry: SorryServer) -> (TableDestinationKey, TableDestination) {
    let entry = TableDestination {
        forwarding: Forwarding::Masquerading,
        weight: Weight::new_const(1),
        thresholds: Thresholds::default(),
        role: Role::SorryServer,
    };
    (sorry_key(service, sorry), entry)
}
