//! Taking single changes of a draft back, with the rest of it kept.

use std::collections::BTreeSet;
use std::fmt;

use super::{Change, Misfit, apply, plan};
use crate::{Cluster, DestinationId, Field, ServiceId};

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// The cluster's name.
    Cluster,
    /// The global settings.
    Settings,
    /// The redundancy.
    Redundancy,
    /// A virtual service; as a whole also its destinations.
    Service(ServiceId),
    /// A destination.
    Destination(ServiceId, DestinationId),
}

/// A part of a draft that can go back to what is applied: an object, or one field of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Of what.
    pub object: Object,
    /// Which field; none: everything of the object.
    pub field: Option<Field>,
}

/// The draft with these parts as they are applied. What is so already stays; [`Misfit::Invalid`] where the rest of the draft needs
/// something that would go.
pub fn revert(applied: &Cluster, draft: &Cluster, parts: &[Part]) -> Result<Cluster, Misfit> {
    let changes = plan(applied, draft);
    let covered = changes.iter().filter(|change| parts.iter().any(|part| part.covers(change)));
    let back: Vec<Change> = covered.rev().map(Change::reversed).collect();
    apply(draft, &back)
}

/// Another object whose changes have to go back too, where `part` cannot alone and with that one it can.
pub fn along_with(applied: &Cluster, draft: &Cluster, part: Part) -> Option<Part> {
    /// Each try checks the whole cluster.
    const TRIES: usize = 32;
    let changes = plan(applied, draft);
    let others: BTreeSet<Object> = changes.iter().map(|change| change.part().object.whole()).collect();
    let others = others.into_iter().filter(|object| *object != part.object.whole());
    let mut others = others.map(|object| Part { object, field: None }).take(TRIES);
    others.find(|&other| revert(applied, draft, &[part, other]).is_ok())
}

// === impl Change ===

impl Change {
    /// What it is about: one field, or an object that comes or goes.
    pub fn part(&self) -> Part {
        let object = match self {
            Self::RenameCluster { .. } => Object::Cluster,
            Self::EditSettings(_) => Object::Settings,
            Self::EditRedundancy(_) => Object::Redundancy,
            Self::RemoveService { id, .. } | Self::EditService { id, .. } | Self::AddService { id, .. } => {
                Object::Service(*id)
            }
            Self::AddDestination { service, id, .. }
            | Self::EditDestination { service, id, .. }
            | Self::RemoveDestination { service, id, .. } => Object::Destination(*service, *id),
        };
        Part { object, field: self.edited().map(|(field, ..)| field) }
    }

    /// The change the other way round.
    #[must_use]
    pub fn reversed(&self) -> Self {
        match self.clone() {
            Self::RenameCluster { from, to } => Self::RenameCluster { from: to, to: from },
            Self::EditSettings(edit) => Self::EditSettings(edit.reversed()),
            Self::EditRedundancy(edit) => Self::EditRedundancy(edit.reversed()),
            Self::RemoveService { id, service } => Self::AddService { id, service },
            Self::AddService { id, service } => Self::RemoveService { id, service },
            Self::EditService { id, name, edit } => Self::EditService { id, name, edit: edit.reversed() },
            Self::AddDestination { service, service_name, id, destination } => {
                Self::RemoveDestination { service, service_name, id, destination }
            }
            Self::RemoveDestination { service, service_name, id, destination } => {
                Self::AddDestination { service, service_name, id, destination }
            }
            Self::EditDestination { service, service_name, id, name, edit } => {
                Self::EditDestination { service, service_name, id, name, edit: edit.reversed() }
            }
        }
    }
}

// === impl Object ===

impl Object {
    /// The object that it is a part of, or itself.
    #[must_use]
    pub fn whole(self) -> Self {
        match self {
            Self::Destination(service, _) => Self::Service(service),
            other => other,
        }
    }
}

// === impl Part ===

impl Part {
    /// Whether `change` is one of this part.
    pub fn covers(&self, change: &Change) -> bool {
        let other = change.part();
        match self.field {
            Some(field) => other.object == self.object && other.field == Some(field),
            None => other.object == self.object || other.object.whole() == self.object,
        }
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split('/').peekable();
        let object = match words.next()? {
            "cluster" => Object::Cluster,
            "settings" => Object::Settings,
            "redundancy" => Object::Redundancy,
            "service" => {
                let service = ServiceId(words.next()?.parse().ok()?);
                if words.next_if_eq(&"server").is_some() {
                    Object::Destination(service, DestinationId(words.next()?.parse().ok()?))
                } else {
                    Object::Service(service)
                }
            }
            _ => return None,
        };
        let field = match words.next() {
            Some(name) => Some(*Field::ALL.iter().find(|field| field.name() == name)?),
            None => None,
        };
        words.next().is_none().then_some(Self { object, field })
    }
}

/// As forms post it: `settings/tcp_timeout`, `service/7`, `service/7/server/9/weight`.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.object {
            Object::Cluster => f.write_str("cluster")?,
            Object::Settings => f.write_str("settings")?,
            Object::Redundancy => f.write_str("redundancy")?,
            Object::Service(service) => write!(f, "service/{service}")?,
            Object::Destination(service, id) => write!(f, "service/{service}/server/{id}")?,
        }
        match self.field {
            Some(field) => write!(f, "/{}", field.name()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing;

    /// Whether `part` is in `a` as it is in `b`.
    fn same(part: Part, a: &Cluster, b: &Cluster) -> bool {
        !plan(a, b).iter().any(|change| part.covers(change))
    }

    proptest! {
        #[test]
        fn what_is_reverted_is_as_applied_and_the_rest_stays((applied, draft) in testing::cluster_and_next()) {
            let changes = plan(&applied, &draft);
            for change in &changes {
                for part in [change.part(), Part { object: change.part().object.whole(), field: None }] {
                    let Ok(reverted) = revert(&applied, &draft, &[part]) else { continue };
                    prop_assert!(same(part, &applied, &reverted), "{} in {:?}", part, reverted);
                    let rest: Vec<_> = changes.iter().map(Change::part).filter(|other| {
                        !changes.iter().any(|change| change.part() == *other && part.covers(change))
                    }).collect();
                    for other in rest {
                        prop_assert!(same(other, &draft, &reverted), "{} changed with {}", other, part);
                    }
                    prop_assert_eq!(revert(&applied, &reverted, &[part]), Ok(reverted.clone()));
                }
            }
        }

        #[test]
        fn reverting_everything_is_discarding((applied, draft) in testing::cluster_and_next()) {
            let all: Vec<_> = plan(&applied, &draft).iter().map(Change::part).collect();
            prop_assert_eq!(revert(&applied, &draft, &all), Ok(applied));
        }

        #[test]
        fn reverting_one_by_one_ends_at_what_is_applied((applied, draft) in testing::cluster_and_next()) {
            let (mut now, mut left) = (draft, usize::MAX);
            // One that depends on another waits for it; where they depend on each other they go together.
            while !plan(&applied, &now).is_empty() {
                let parts: Vec<_> = plan(&applied, &now).iter().map(Change::part).collect();
                prop_assert!(parts.len() < left, "{parts:?} left");
                left = parts.len();
                let alone = parts.iter().find_map(|&part| revert(&applied, &now, &[part]).ok());
                now = match alone {
                    Some(next) => next,
                    None => revert(&applied, &now, &parts).map_err(|error| TestCaseError::fail(error.to_string()))?,
                };
            }
            prop_assert_eq!(now, applied);
        }

        #[test]
        fn a_part_reads_back((applied, draft) in testing::cluster_and_next()) {
            for change in plan(&applied, &draft) {
                let part = change.part();
                prop_assert_eq!(Part::parse(&part.to_string()), Some(part));
                prop_assert!(part.covers(&change));
                prop_assert_eq!(change.reversed().reversed(), change);
            }
        }
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in [
            "",
            "service",
            "service/x",
            "service/1/server",
            "service/1/nothing",
            "settings/tcp_timeout/1",
            "all",
        ] {
            assert_eq!(Part::parse(text), None, "{text}");
        }
    }
}
