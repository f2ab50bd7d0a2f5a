//! One change, and what it means for live traffic.

use std::fmt;

use super::{DestinationEdit, RedundancyEdit, ServiceEdit, SettingsEdit};
use crate::{Destination, DestinationId, Field, Name, ServiceId, Shown, VirtualService};

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are what their names and types say")]
pub enum Change {
    /// The cluster gets another name.
    RenameCluster { from: Name, to: Name },
    /// A global setting changes.
    EditSettings(SettingsEdit),
    /// A field of the redundancy changes.
    EditRedundancy(RedundancyEdit),
    /// A virtual service goes, with its destinations.
    RemoveService { id: ServiceId, service: VirtualService },
    /// A field of a virtual service changes. `name` is the service's name afterwards.
    EditService { id: ServiceId, name: Name, edit: ServiceEdit },
    /// A virtual service comes, with its destinations.
    AddService { id: ServiceId, service: VirtualService },
    /// A destination comes.
    AddDestination { service: ServiceId, service_name: Name, id: DestinationId, destination: Destination },
    /// A field of a destination changes.
    EditDestination {
        service: ServiceId,
        service_name: Name,
        id: DestinationId,
        name: Name,
        edit: DestinationEdit,
    },
    /// A destination goes.
    RemoveDestination { service: ServiceId, service_name: Name, id: DestinationId, destination: Destination },
}

/// What a change does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The object comes.
    Add,
    /// The object changes.
    Edit,
    /// The object goes.
    Remove,
}

/// What a change means for connections that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// None: it is done in place.
    InPlace,
    /// IPVS cannot edit this; the object goes and comes again.
    Recreate,
    /// The object ends.
    Ends,
}

// === impl Change ===

impl Change {
    /// Whether something comes, changes or goes.
    pub fn action(&self) -> Action {
        match self {
            Self::AddService { .. } | Self::AddDestination { .. } => Action::Add,
            Self::RemoveService { .. } | Self::RemoveDestination { .. } => Action::Remove,
            Self::RenameCluster { .. }
            | Self::EditSettings(_)
            | Self::EditRedundancy(_)
            | Self::EditService { .. }
            | Self::EditDestination { .. } => Action::Edit,
        }
    }

    /// What it means for connections that exist. The kernel knows a service by its key and a destination by
    /// address and port; it edits everything else (`SET_SERVICE`, `SET_DEST`). A service with a mark keeps it where other ports
    /// get it.
    pub fn effect(&self) -> Effect {
        match self {
            Self::RemoveService { .. } | Self::RemoveDestination { .. } => Effect::Ends,
            Self::EditService { edit: ServiceEdit::Active { to: false, .. }, .. }
            | Self::EditDestination { edit: DestinationEdit::Active { to: false, .. }, .. } => Effect::Ends,
            Self::EditService { edit: ServiceEdit::Key { from, to }, .. } if from.keeps_place(to) => {
                Effect::InPlace
            }
            Self::EditService { edit: ServiceEdit::Key { .. }, .. }
            | Self::EditDestination {
                edit: DestinationEdit::Address { .. } | DestinationEdit::Port { .. },
                ..
            } => Effect::Recreate,
            _ => Effect::InPlace,
        }
    }

    /// The field that changes with its values before and after; nothing for what comes or goes as a whole.
    pub fn edited(&self) -> Option<(Field, Shown, Shown)> {
        let edited = |field, (from, to)| Some((field, from, to));
        match self {
            Self::RenameCluster { from, to } => {
                Some((Field::ClusterName, Shown::Text(from.to_string()), Shown::Text(to.to_string())))
            }
            Self::EditSettings(edit) => edited(edit.field(), edit.values()),
            Self::EditRedundancy(edit) => edited(edit.field(), edit.values()),
            Self::EditService { edit, .. } => edited(edit.field(), edit.values()),
            Self::EditDestination { edit, .. } => edited(edit.field(), edit.values()),
            Self::RemoveService { .. }
            | Self::AddService { .. }
            | Self::AddDestination { .. }
            | Self::RemoveDestination { .. } => None,
        }
    }

    /// The virtual service that it is about, where it is about one.
    pub fn service(&self) -> Option<ServiceId> {
        match self {
            Self::RemoveService { id, .. } | Self::EditService { id, .. } | Self::AddService { id, .. } => {
                Some(*id)
            }
            Self::AddDestination { service, .. }
            | Self::EditDestination { service, .. }
            | Self::RemoveDestination { service, .. } => Some(*service),
            Self::RenameCluster { .. } | Self::EditSettings(_) | Self::EditRedundancy(_) => None,
        }
    }
}

/// In an operator's words, in English.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RenameCluster { .. } => f.write_str("cluster")?,
            Self::EditSettings(_) => f.write_str("global settings")?,
            Self::EditRedundancy(_) => f.write_str("redundancy")?,
            Self::RemoveService { service, .. } => {
                let settings = &service.settings;
                return write!(f, "remove virtual service {} ({})", settings.name, settings.key);
            }
            Self::AddService { service, .. } => {
                let (settings, count) = (&service.settings, service.destinations.len());
                let servers = if count == 1 { "real server" } else { "real servers" };
                return write!(
                    f,
                    "add virtual service {} ({}, {}) with {count} {servers}",
                    settings.name, settings.key, settings.scheduler
                );
            }
            Self::EditService { name, .. } => write!(f, "virtual service {name}")?,
            Self::AddDestination { service_name, destination, .. } => {
                let (name, socket, weight) = (&destination.name, destination.socket(), destination.weight);
                let inactive = if destination.active { "" } else { ", inactive" };
                return write!(
                    f,
                    "virtual service {service_name}: add real server {name} ({socket}, weight {weight}{inactive})"
                );
            }
            Self::EditDestination { service_name, name, .. } => {
                write!(f, "virtual service {service_name}, real server {name}")?;
            }
            Self::RemoveDestination { service_name, destination, .. } => {
                let (name, socket) = (&destination.name, destination.socket());
                return write!(f, "virtual service {service_name}: remove real server {name} ({socket})");
            }
        }
        match self.edited() {
            Some((field, from, to)) => write!(f, ": {field} {from} → {to}"),
            None => Ok(()),
        }
    }
}
