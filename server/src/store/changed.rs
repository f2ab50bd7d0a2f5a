//! What was before and what is after, field by field, as an audit row keeps it: words for machines, said in the reader's language
//! when they are read.

use model::{Change, Cluster, Destination, Field, Shown, VirtualService};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Result, drafts};

/// The most fields of one row; how many more there were is said.
const MOST: usize = 200;
/// The longest value, in characters.
const LONGEST: usize = 300;

/// A field with its values before and after, or an object that came or went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The object's name; empty for the one that the row is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The field's name, of the model or of the console itself; empty for an object that came or went as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// Text, true or false for on and off, null for what was not set or not there.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The same afterwards.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after: Value,
}

/// All that one write changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The first of them.
    pub list: Vec<Changed>,
    /// How many more there were.
    #[serde(default)]
    pub more: usize,
}

// === impl Changed ===

impl Changed {
    /// A field of what the row is about.
    pub fn field(name: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { about: String::new(), field: name.to_owned(), before: before.into(), after: after.into() }
    }

    /// What a step of a plan changes.
    pub fn of(change: &Change) -> Vec<Self> {
        let about = about(change);
        if let Some((field, from, to)) = change.edited() {
            let (before, after) = (value(&from), value(&to));
            return vec![Self { about, field: field.name().to_owned(), before, after }];
        }
        let whole = |about, before, after| Self { about, field: String::new(), before, after };
        match change {
            Change::AddService { service, .. } => {
                parts(about, service).map(|(about, said)| whole(about, Value::Null, said)).collect()
            }
            Change::RemoveService { service, .. } => {
                parts(about, service).map(|(about, said)| whole(about, said, Value::Null)).collect()
            }
            Change::AddDestination { destination, .. } => vec![whole(about, Value::Null, brief(destination))],
            Change::RemoveDestination { destination, .. } => {
                vec![whole(about, brief(destination), Value::Null)]
            }
            // Edited, and so said above.
            Change::RenameCluster { .. }
            | Change::EditSettings(_)
            | Change::EditRedundancy(_)
            | Change::EditService { .. }
            | Change::EditDestination { .. } => Vec::new(),
        }
    }

    /// Everything of a cluster that came as a whole: nothing was there before.
    pub fn came(cluster: &Cluster) -> Vec<Self> {
        let nothing = Cluster::new(cluster.name().clone());
        let all = model::plan(&nothing, cluster).iter().flat_map(Self::of).collect::<Vec<_>>();
        all.into_iter().map(|one| Self { before: Value::Null, ..one }).collect()
    }

    /// Everything of a cluster that went as a whole: nothing is there afterwards.
    pub fn went(cluster: &Cluster) -> Vec<Self> {
        let nothing = Cluster::new(cluster.name().clone());
        let all = model::plan(cluster, &nothing).iter().flat_map(Self::of).collect::<Vec<_>>();
        all.into_iter().map(|one| Self { after: Value::Null, ..one }).collect()
    }

    /// The model's field, where it is one.
    pub fn model_field(&self) -> Option<Field> {
        Field::ALL.iter().copied().find(|field| field.name() == self.field)
    }
}

/// A stored value as a page shows it.
pub fn shown(value: &Value) -> Shown {
    match value {
        Value::Null => Shown::Unset,
        Value::Bool(true) => Shown::On,
        Value::Bool(false) => Shown::Off,
        Value::String(text) => Shown::Text(text.clone()),
        Value::Array(parts) => Shown::Parts(parts.iter().map(part).collect()),
        other => Shown::Text(other.to_string()),
    }
}

/// One of several values: the name of its field, null where it has none, and the value.
fn part(pair: &Value) -> (Option<Field>, Shown) {
    let name = pair.get(0).and_then(Value::as_str);
    let field = Field::ALL.iter().copied().find(|field| Some(field.name()) == name);
    (field, pair.get(1).map_or(Shown::Unset, shown))
}

fn about(change: &Change) -> String {
    match change {
        Change::RenameCluster { .. } | Change::EditSettings(_) | Change::EditRedundancy(_) => String::new(),
        Change::AddService { service, .. } | Change::RemoveService { service, .. } => {
            service.settings.name.to_string()
        }
        Change::EditService { name, .. } => name.to_string(),
        Change::AddDestination { service_name, destination, .. }
        | Change::RemoveDestination { service_name, destination, .. } => {
            format!("{service_name} / {}", destination.name)
        }
        Change::EditDestination { service_name, name, .. } => format!("{service_name} / {name}"),
    }
}

/// A service in brief, and each of its real servers.
fn parts(about: String, service: &VirtualService) -> impl Iterator<Item = (String, Value)> {
    let settings = &service.settings;
    let said = Value::String(format!("{}, {}", settings.key, settings.scheduler));
    let within = service.destinations.values();
    let within: Vec<_> = within.map(|one| (format!("{about} / {}", one.name), brief(one))).collect();
    std::iter::once((about, said)).chain(within)
}

fn brief(destination: &Destination) -> Value {
    Value::String(format!("{}, {}", destination.socket(), destination.weight))
}

fn value(shown: &Shown) -> Value {
    match shown {
        Shown::Text(text) => Value::String(text.chars().take(LONGEST).collect()),
        Shown::On => Value::Bool(true),
        Shown::Off => Value::Bool(false),
        Shown::Unset => Value::Null,
        Shown::Parts(parts) => Value::Array(
            parts
                .iter()
                .map(|(field, part)| {
                    Value::Array(vec![field.map_or(Value::Null, |field| field.name().into()), value(part)])
                })
                .collect(),
        ),
    }
}

// === impl Changes ===

impl Changes {
    /// For the row's column; empty for nothing.
    pub(super) fn json(mut list: Vec<Changed>) -> Result<String> {
        if list.is_empty() {
            return Ok(String::new());
        }
        let more = list.len().saturating_sub(MOST);
        list.truncate(MOST);
        drafts::json(&Self { list, more })
    }
}

#[cfg(test)]
mod tests {
    use model::{Forwarding, Name, plan};

    use super::*;

    #[test]
    fn fields_keep_their_values_and_what_is_too_much_is_counted() {
        let from = Cluster::new(Name::parse("shop").unwrap());
        let mut to = from.clone();
        let mut settings = to.settings().clone();
        settings.forwarding = Forwarding::DirectRouting;
        to.set_settings(settings).unwrap();
        let changed: Vec<Changed> = plan(&from, &to).iter().flat_map(Changed::of).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].model_field(), Some(Field::NetworkType));
        assert_eq!(shown(&changed[0].after), Shown::Text("direct".into()));
        let parts = vec![(None, Shown::Text("eth1".into())), (Some(Field::SyncId), Shown::Text("7".into()))];
        let parts = Shown::Parts(parts);
        assert_eq!(shown(&value(&parts)), parts);
        let many = vec![changed[0].clone(); MOST + 3];
        let read: Changes = serde_json::from_str(&Changes::json(many).unwrap()).unwrap();
        assert_eq!((read.list.len(), read.more), (MOST, 3));
        assert_eq!(Changes::json(Vec::new()).unwrap(), "");
    }
}
