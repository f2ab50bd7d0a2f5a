//! What may be done of what should be: the effective table, less what would touch somebody else's entries.

use std::collections::BTreeMap;

use model::table::{Effective, Table, TableDestinationKey, TableKey, TableService};
use model::{Cause, Code, Why};

use crate::data_plane::Holding;

/// Errors by entry.
pub(super) type Errors = BTreeMap<(TableKey, Option<TableDestinationKey>), Why>;

/// The table to make, and what it leaves out.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) table: Table,
    pub(super) refused: Errors,
}

/// Foreign services and destinations are left out of the table. A service of ours that should go, and into which
/// somebody else has put a destination, only loses ours: removing it would remove theirs.
pub(super) fn wanted(effective: &Effective, holding: &Holding) -> Wanted {
    let mut table = effective.table.clone();
    let mut refused = Errors::new();
    for foreign in &holding.foreign {
        let key = &foreign.key;
        match foreign.destination {
            None => {
                if table.services.remove(key).is_some() {
                    let words =
                        "somebody else has made this service on the director: adopt it or remove it there";
                    refused.insert((key.clone(), None), Why::of(words, Code::Foreign));
                }
            }
            Some(destination) => match (table.services.get_mut(key), holding.own.services.get(key)) {
                (Some(service), _) => {
                    if service.destinations.remove(&destination).is_some() {
                        let words = "somebody else has made this destination on the director: adopt it or remove it there";
                        refused.insert((key.clone(), Some(destination)), Why::of(words, Code::Foreign));
                    }
                }
                (None, Some(own)) => {
                    let kept = TableService { settings: own.settings, destinations: BTreeMap::new() };
                    table.services.insert(key.clone(), kept);
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
