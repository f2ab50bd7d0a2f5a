//! What may be done of what should be: the effective table, less what would touch somebody else's entries.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::table::{Table, TableDestinationKey, TableKey, TableService};
use model::{Cause, Code, Why};

use crate::data_plane::Holding;

/// Errors by entry.
pub(crate) type Errors = BTreeMap<(TableKey, Option<TableDestinationKey>), Why>;

/// The table to make, and what it leaves out.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    /// A copy where something is left out.
    pub(crate) table: Cow<'a, Table>,
    pub(crate) refused: Errors,
}

/// Foreign services and destinations are left out of the table. A service of ours that should go, and into which
/// somebody else has put a destination, only loses ours: removing it would remove theirs.
pub(crate) fn wanted<'a>(effective: &'a Table, holding: &Holding) -> Wanted<'a> {
    let mut table = Cow::Borrowed(effective);
    let mut refused = Errors::new();
    for foreign in &holding.foreign {
        let key = &foreign.key;
        match foreign.destination {
            None => {
                if table.services.contains_key(key) {
                    table.to_mut().services.remove(key);
                    let words =
                        "somebody else has made this service on the director: adopt it or remove it there";
                    refused.insert((key.clone(), None), Why::of(words, Code::Foreign));
                }
            }
            Some(destination) => match (table.services.get(key), holding.own.services.get(key)) {
                (Some(service), _) => {
                    if service.destinations.contains_key(&destination) {
                        if let Some(service) = table.to_mut().services.get_mut(key) {
                            service.destinations.remove(&destination);
                        }
                        let words = "somebody else has made this destination on the director: adopt it or remove it there";
                        refused.insert((key.clone(), Some(destination)), Why::of(words, Code::Foreign));
                    }
                }
                (None, Some(own)) => {
                    let kept = TableService { settings: own.settings, destinations: BTreeMap::new() };
                    table.to_mut().services.insert(key.clone(), kept);
                    let words =
                        format!("kept, since somebody else has put destination {destination} into it");
                    let cause = Cause::new(Code::ForeignWithin, [("destination", &destination)]);
                    refused.insert((key.clone(), None), Why::new(words, cause));
                }
                (None, None) => {}
            },
        }
    }
    Wanted { table, refused }
}

#[cfg(test)]
mod tests {
    use model::table::{Foreign, Role, Step, TableDestination, TableServiceSettings, steps};
    use model::{Family, FirewallMark, Forwarding, HostAddress, Scheduler, Thresholds, Weight};

    use super::*;

    #[test]
    fn who_leaves_takes_nobody_elses_destination_along() {
        let key = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V4 };
        let at = |text: &str| TableDestinationKey { address: HostAddress::parse(text).unwrap(), port: None };
        let entry = TableDestination {
            forwarding: Forwarding::Masquerading,
            weight: Weight::new_const(1),
            thresholds: Thresholds::default(),
            role: Role::RealServer,
        };
        let settings = TableServiceSettings {
            scheduler: Scheduler::default(),
            persistence: None,
            one_packet: false,
            proxy_protocol: false,
        };
        let mut holding = Holding::default();
        let service = TableService { settings, destinations: [(at("192.0.2.1"), entry)].into() };
        holding.own.services.insert(key.clone(), service);
        let nothing = Table::default();
        assert_eq!(*wanted(&nothing, &holding).table, nothing);

        holding.foreign.push(Foreign {
            key: key.clone(),
            destination: Some(at("192.0.2.9")),
            service: None,
            settings: None,
            words: String::new(),
            adopting: false,
        });
        let own = Step::RemoveDestination { key, destination: at("192.0.2.1") };
        assert_eq!(steps(&holding.own, &wanted(&nothing, &holding).table), [own]);
    }
}
