//! What a data plane has to do to get from one table to another.

use std::fmt;

use super::{Table, TableDestination, TableDestinationKey, TableKey, TableService, TableServiceSettings};
use crate::Timeouts;

/// One thing for a data plane to do. The order within a list matters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are what their names and types say")]
pub enum Step {
    /// Set idle times.
    SetTimeouts(Timeouts),
    /// Remove a service with its destinations.
    RemoveService { key: TableKey },
    /// Add a service; its destinations follow in steps of their own.
    AddService { key: TableKey, settings: TableServiceSettings },
    /// Edit a service in place.
    EditService { key: TableKey, settings: TableServiceSettings },
    /// Add a destination.
    AddDestination { key: TableKey, destination: TableDestinationKey, settings: TableDestination },
    /// Edit a destination in place.
    EditDestination { key: TableKey, destination: TableDestinationKey, settings: TableDestination },
    /// Remove a destination.
    RemoveDestination { key: TableKey, destination: TableDestinationKey },
}

/// The steps that turn `from` into `to`; empty exactly when they are equal. Services go before others come, since
/// they may free an address; destinations come before others go, so that no service is emptied on the way.
pub fn steps(from: &Table, to: &Table) -> Vec<Step> {
    let mut steps = Vec::new();
    if from.timeouts != to.timeouts {
        steps.push(Step::SetTimeouts(to.timeouts));
    }
    for key in from.services.keys().filter(|key| !to.services.contains_key(key)) {
        steps.push(Step::RemoveService { key: key.clone() });
    }
    for (key, after) in &to.services {
        match from.services.get(key) {
            None => add_service(key, after, &mut steps),
            Some(before) if before == after => {}
            Some(before) => edit_service(key, before, after, &mut steps),
        }
    }
    steps
}

fn add_service(key: &TableKey, service: &TableService, steps: &mut Vec<Step>) {
    steps.push(Step::AddService { key: key.clone(), settings: service.settings });
    for (&destination, &settings) in &service.destinations {
        steps.push(Step::AddDestination { key: key.clone(), destination, settings });
    }
}

fn edit_service(key: &TableKey, before: &TableService, after: &TableService, steps: &mut Vec<Step>) {
    if before.settings != after.settings {
        steps.push(Step::EditService { key: key.clone(), settings: after.settings });
    }
    for (&destination, &settings) in &after.destinations {
        match before.destinations.get(&destination) {
            None => steps.push(Step::AddDestination { key: key.clone(), destination, settings }),
            Some(old) if *old != settings => {
                steps.push(Step::EditDestination { key: key.clone(), destination, settings });
            }
            Some(_) => {}
        }
    }
    for &destination in before.destinations.keys().filter(|key| !after.destinations.contains_key(key)) {
        steps.push(Step::RemoveDestination { key: key.clone(), destination });
    }
}

impl Step {
    /// The service and destination that it is about.
    pub fn object(&self) -> (Option<&TableKey>, Option<TableDestinationKey>) {
        match self {
            Self::SetTimeouts(_) => (None, None),
            Self::RemoveService { key } | Self::AddService { key, .. } | Self::EditService { key, .. } => {
                (Some(key), None)
            }
            Self::AddDestination { key, destination, .. }
            | Self::EditDestination { key, destination, .. }
            | Self::RemoveDestination { key, destination } => (Some(key), Some(*destination)),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetTimeouts(_) => f.write_str("set idle times"),
            Self::RemoveService { key } => write!(f, "remove service {key}"),
            Self::AddService { key, .. } => write!(f, "add service {key}"),
            Self::EditService { key, .. } => write!(f, "edit service {key}"),
            Self::AddDestination { key, destination, .. } => {
                write!(f, "add destination {destination} of {key}")
            }
            Self::EditDestination { key, destination, .. } => {
                write!(f, "edit destination {destination} of {key}")
            }
            Self::RemoveDestination { key, destination } => {
                write!(f, "remove destination {destination} of {key}")
            }
        }
    }
}
