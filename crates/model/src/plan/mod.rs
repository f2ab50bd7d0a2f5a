//! What has to change to get from one cluster to another: pure, ordered, minimal, readable.
//!
//! Order: settings first; then services that go (they may free an address for one that comes), services that
//! change, services that come. Within a service, destinations come before others go, so that no step
//! leaves a service without a server that it had before and after.

mod apply;
mod change;
mod edit;
mod impact;
mod merge;
mod revert;

pub use apply::{Misfit, apply};
pub use change::{Action, Change, Effect};
pub(crate) use edit::editable;
pub use impact::Impact;
pub use merge::{Changed, Clash, Fork, Merge, Side};
pub use revert::{Object, Part, along_with, revert};

pub use crate::destination::DestinationEdit;
pub use crate::redundancy::RedundancyEdit;
pub use crate::service::ServiceEdit;
pub use crate::settings::SettingsEdit;
use crate::{Cluster, ServiceId, VirtualService};

/// The changes that turn `from` into `to`. Empty exactly when they are equal.
pub fn plan(from: &Cluster, to: &Cluster) -> Vec<Change> {
    let mut changes = Vec::new();
    if from.name() != to.name() {
        changes.push(Change::RenameCluster { from: from.name().clone(), to: to.name().clone() });
    }
    changes
        .extend(SettingsEdit::between(from.settings(), to.settings()).into_iter().map(Change::EditSettings));
    changes.extend(
        RedundancyEdit::between(from.redundancy(), to.redundancy()).into_iter().map(Change::EditRedundancy),
    );
    for (&id, service) in from.services() {
        if !to.services().contains_key(&id) {
            changes.push(Change::RemoveService { id, service: service.clone() });
        }
    }
    for (&id, before) in from.services() {
        if let Some(after) = to.services().get(&id) {
            edit_service(id, before, after, &mut changes);
        }
    }
    for (&id, service) in to.services() {
        if !from.services().contains_key(&id) {
            changes.push(Change::AddService { id, service: service.clone() });
        }
    }
    changes
}

fn edit_service(id: ServiceId, before: &VirtualService, after: &VirtualService, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let service_name = &after.settings.name;
    changes.extend(
        ServiceEdit::between(&before.settings, &after.settings).into_iter().map(|edit| Change::EditService {
            id,
            name: service_name.clone(),
            edit,
        }),
    );
    for (&destination_id, destination) in &after.destinations {
        match before.destinations.get(&destination_id) {
            None => changes.push(Change::AddDestination {
                service: id,
                service_name: service_name.clone(),
                id: destination_id,
                destination: destination.clone(),
            }),
            Some(old) => changes.extend(DestinationEdit::between(old, destination).into_iter().map(|edit| {
                Change::EditDestination {
                    service: id,
                    service_name: service_name.clone(),
                    id: destination_id,
                    name: destination.name.clone(),
                    edit,
                }
            })),
        }
    }
    for (&destination_id, destination) in &before.destinations {
        if !after.destinations.contains_key(&destination_id) {
            changes.push(Change::RemoveDestination {
                service: id,
                service_name: service_name.clone(),
                id: destination_id,
                destination: destination.clone(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
