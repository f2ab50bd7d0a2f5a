//! Which entry of the data plane is which object of the desired state: counters are read by key and told by id.

use std::collections::BTreeMap;

use model::table::{Effective, Role, TableDestinationKey, TableKey, destination_key};
use model::{DestinationId, Generation, ServiceId};
use protocol::Accepted;

/// The entries of the last effective table, and those destinations that may still have connections though they have left
/// it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// The generation whose ids these are.
    pub generation: Generation,
    entries: BTreeMap<TableKey, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    service: ServiceId,
    destinations: BTreeMap<TableDestinationKey, DestinationId>,
}

impl Index {
    /// The index of an effective table of `desired`.
    pub(super) fn new(desired: &Accepted, effective: &Effective) -> Self {
        let services = desired.desired.cluster.services();
        let entries = effective.services.iter().map(|(key, &id)| {
            let present = effective.table.services.get(key).map(|entry| &entry.destinations);
            let of_service = services.get(&id).into_iter().flat_map(|service| {
                service
                    .destinations
                    .iter()
                    .map(|(&id, destination)| (destination_key(service, destination), id))
            });
            // A sorry server at a real server's address: those connections are nobody's.
            let own = of_service.filter(|(key, _)| {
                let entry = present.and_then(|present| present.get(key));
                entry.is_none_or(|entry| entry.role == Role::RealServer)
            });
            (key.clone(), Entry { service: id, destinations: own.collect() })
        });
        Self { generation: desired.generation, entries: entries.collect() }
    }

    /// Whose an entry is; none for a sorry server, or an entry that no object wants.
    pub fn object(
        &self,
        key: &TableKey,
        destination: Option<TableDestinationKey>,
    ) -> Option<(ServiceId, Option<DestinationId>)> {
        let entry = self.entries.get(key)?;
        match destination {
            None => Some((entry.service, None)),
            Some(destination) => Some((entry.service, Some(*entry.destinations.get(&destination)?))),
        }
    }

    /// The entry of a service.
    pub fn service(&self, id: ServiceId) -> Option<&TableKey> {
        self.entries.iter().find(|(_, entry)| entry.service == id).map(|(key, _)| key)
    }

    /// The entry of a destination.
    pub fn destination(&self, id: DestinationId) -> Option<(&TableKey, TableDestinationKey)> {
        self.entries.iter().find_map(|(key, entry)| {
            let (&destination, _) = entry.destinations.iter().find(|(_, other)| **other == id)?;
            Some((key, destination))
        })
    }
}
