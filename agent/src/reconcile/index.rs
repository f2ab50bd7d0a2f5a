//! Which entry of the data plane is which object of the desired state: counters are read by key and told by id.

use std::collections::BTreeMap;

use model::table::{Effective, Marking, Role, TableDestinationKey, TableKey, destination_key, service_key};
use model::{DestinationId, Generation, ServiceId};
use protocol::Accepted;

/// The entries of the last effective table, and those destinations that may still have connections though they have left it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// The generation whose ids these are.
    pub generation: Generation,
    services: BTreeMap<TableKey, ServiceId>,
    destinations: BTreeMap<(TableKey, TableDestinationKey), DestinationId>,
}

impl Index {
    /// The index of an effective table of `desired`.
    pub(super) fn new(desired: &Accepted, effective: &Effective, marking: Marking) -> Self {
        let mut index = Self {
            generation: desired.generation,
            services: effective.services.clone(),
            destinations: effective.destinations.clone(),
        };
        for (&id, service) in desired.desired.cluster.services() {
            let Ok(key) = service_key(&service.settings.key, marking) else { continue };
            if effective.services.get(&key) != Some(&id) {
                continue;
            }
            let entries = effective.table.services.get(&key).map(|entry| &entry.destinations);
            for (&destination_id, destination) in &service.destinations {
                let destination_key = destination_key(service, destination);
                let entry = entries.and_then(|entries| entries.get(&destination_key));
                // A sorry server at a real server's address: those connections are nobody's.
                if entry.is_none_or(|entry| entry.role == Role::RealServer) {
                    index.destinations.insert((key.clone(), destination_key), destination_id);
                }
            }
        }
        index
    }

    /// Whose an entry is; none for a sorry server, or an entry that no object wants.
    pub fn object(
        &self,
        key: &TableKey,
        destination: Option<TableDestinationKey>,
    ) -> Option<(ServiceId, Option<DestinationId>)> {
        let service = *self.services.get(key)?;
        match destination {
            None => Some((service, None)),
            Some(destination) => {
                let id = self.destinations.get(&(key.clone(), destination))?;
                Some((service, Some(*id)))
            }
        }
    }

    /// The entry of a service.
    pub fn service(&self, id: ServiceId) -> Option<&TableKey> {
        self.services.iter().find(|(_, service)| **service == id).map(|(key, _)| key)
    }

    /// The entry of a destination.
    pub fn destination(&self, id: DestinationId) -> Option<&(TableKey, TableDestinationKey)> {
        self.destinations.iter().find(|(_, destination)| **destination == id).map(|(key, _)| key)
    }
}
