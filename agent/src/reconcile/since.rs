//! Since when an object's health is what it is.

use std::collections::BTreeMap;

use model::{DestinationId, ServiceId};
use protocol::Health;

/// A service, or one of its destinations.
pub(super) type Object = (ServiceId, Option<DestinationId>);

/// What was reported last, and since when it is so. Holds the objects of one report, no more.
#[derive(Clone, Debug, Default)]
pub(super) struct Since(BTreeMap<Object, (Health, i64)>);

impl Since {
    /// When `health` of `object` began: at `known_ms` where that is known, else when it was first reported.
    pub(super) fn of(&self, object: Object, health: Health, known_ms: Option<i64>, now_ms: i64) -> i64 {
        match (known_ms, self.0.get(&object)) {
            (Some(known_ms), _) => known_ms,
            (None, Some(&(before, since_ms))) if before == health => since_ms,
            (None, _) => now_ms,
        }
    }

    /// Replaces what was reported last.
    pub(super) fn keep(&mut self, reported: impl Iterator<Item = (Object, Health, i64)>) {
        self.0 = reported.map(|(object, health, since_ms)| (object, (health, since_ms))).collect();
    }
}
