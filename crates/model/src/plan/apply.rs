//! Carrying out a plan on a cluster.

use super::Change;
use crate::{Cluster, Problems};

/// Why a plan does not fit a cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The cluster is not the one that the plan starts from.
    #[error("the cluster has changed since this plan was made: {0}")]
    Conflict(Box<Change>),
    /// The changes fit one by one, but the outcome is no valid cluster.
    #[error("the changes do not go together")]
    Invalid(#[source] Problems),
}

/// Does all `changes` or nothing.
pub fn apply(cluster: &Cluster, changes: &[Change]) -> Result<Cluster, Misfit> {
    let mut next = cluster.clone();
    for change in changes {
        if !step(&mut next, change) {
            return Err(Misfit::Conflict(Box::new(change.clone())));
        }
    }
    next.check().map_err(Misfit::Invalid)?;
    Ok(next)
}

/// Intermediate states need not be valid: two services may exchange their addresses.
fn step(cluster: &mut Cluster, change: &Change) -> bool {
    match change {
        Change::RenameCluster { from, to } => {
            let fits = cluster.name == *from;
            if fits {
                cluster.name = to.clone();
            }
            fits
        }
        Change::EditSettings(edit) => edit.apply(&mut cluster.settings),
        Change::EditRedundancy(edit) => edit.apply(&mut cluster.redundancy),
        Change::RemoveService { id, service } => {
            let fits = cluster.services.get(id) == Some(service);
            if fits {
                cluster.services.remove(id);
            }
            fits
        }
        Change::EditService { id, edit, .. } => {
            cluster.services.get_mut(id).is_some_and(|service| edit.apply(&mut service.settings))
        }
        Change::AddService { id, service } => {
            let fits = !cluster.services.contains_key(id);
            if fits {
                cluster.services.insert(*id, service.clone());
            }
            fits
        }
        Change::AddDestination { service, id, destination, .. } => {
            cluster.services.get_mut(service).is_some_and(|service| {
                let fits = !service.destinations.contains_key(id);
                if fits {
                    service.destinations.insert(*id, destination.clone());
                }
                fits
            })
        }
        Change::EditDestination { service, id, edit, .. } => cluster
            .services
            .get_mut(service)
            .and_then(|service| service.destinations.get_mut(id))
            .is_some_and(|destination| edit.apply(destination)),
        Change::RemoveDestination { service, id, destination, .. } => {
            cluster.services.get_mut(service).is_some_and(|service| {
                let fits = service.destinations.get(id) == Some(destination);
                if fits {
                    service.destinations.remove(id);
                }
                fits
            })
        }
    }
}
