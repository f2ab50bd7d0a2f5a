//! Services that forward to each other: one connection would breed others until the limit is reached, and every service
//! of the director would starve.

use std::collections::BTreeSet;

use model::table::{TableDestinationKey, TableKey};
use model::{Port, Ports};

use crate::registry::Registry;

/// Whether a connection that `from` sends to `destination` would come back to `from`, directly or through other services.
pub(crate) fn returns(registry: &Registry, from: &TableKey, destination: TableDestinationKey) -> bool {
    let mut seen = BTreeSet::new();
    let mut ahead = meets(registry, from, destination);
    while let Some(key) = ahead.pop() {
        if key == *from {
            return true;
        }
        if let Some(service) = registry.services.get(&key).filter(|_| seen.insert(key.clone())) {
            for next in service.destinations() {
                ahead.extend(meets(registry, &key, next.key()));
            }
        }
    }
    false
}

/// The services that listen where a connection of `from` to `destination` arrives.
fn meets(registry: &Registry, from: &TableKey, destination: TableDestinationKey) -> Vec<TableKey> {
    let TableKey::Address { protocol, ports, .. } = from else { return Vec::new() };
    let arrives = match destination.port {
        Some(port) => Ports::single(port),
        None => ports.clone(),
    };
    let Ports::Listed(ranges) = arrives else { return Vec::new() };
    let mut met = BTreeSet::new();
    for range in ranges {
        let from =
            (*protocol, TableDestinationKey { port: Some(range.first()), ..destination }.socket(Port::MIN));
        let to =
            (*protocol, TableDestinationKey { port: Some(range.last()), ..destination }.socket(Port::MIN));
        met.extend(registry.fronts.range(from..=to).map(|(_, front)| front.service_key()));
    }
    met.into_iter().collect()
}
