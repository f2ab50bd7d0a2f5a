//! What has changed since the last activation: an activation costs as much as that, while all of the data plane is looked at from time
//! to time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::table::{Effective, Health, Marking, Scope, TableKey, service_key};
use model::{Desired, DestinationId, ServiceId, VirtualService};
use protocol::Accepted;

use super::PERIOD;
use super::wanted::Errors;
use crate::data_plane::Holding;

/// What checks say, as far as they say anything.
pub(super) type Verdicts = BTreeMap<DestinationId, Health>;

/// What the last activation left behind.
pub(super) struct Last {
    pub(super) desired: Arc<Accepted>,
    pub(super) verdicts: Verdicts,
    pub(super) effective: Effective,
    pub(super) refused: Errors,
    /// What the data plane held when it was read.
    pub(super) holding: Holding,
    /// Whether nothing failed, and nothing was left to do.
    pub(super) settled: bool,
    /// When all of the data plane was read, in milliseconds since 1970.
    pub(super) looked_ms: i64,
}

/// What an activation is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing has changed, as far as is known: it is time to look at everything.
    Nothing,
    /// Everything may be another.
    Everything,
    /// These services, whose entries have or had these keys.
    Services(BTreeSet<ServiceId>, Scope),
}

impl Last {
    /// What is another now. Where something was left to do, or the last look at everything is long ago, that is everything.
    pub(super) fn change(
        &self,
        desired: &Accepted,
        verdicts: &Verdicts,
        marking: Marking,
        now_ms: i64,
    ) -> Change {
        let (before, after) = (&self.desired.desired, &desired.desired);
        let same = self.desired.hash == desired.hash;
        if same && self.verdicts == *verdicts {
            return Change::Nothing;
        }
        let settings = |desired: &Desired| (desired.running, desired.cluster.settings().clone());
        // A clock that was set back makes the look old.
        let fresh = (0..PERIOD.as_millis() as i64).contains(&(now_ms - self.looked_ms));
        if !self.settled || !fresh || settings(before) != settings(after) {
            return Change::Everything;
        }
        let (before, after) = (before.cluster.services(), after.cluster.services());
        let mut services = if same { BTreeSet::new() } else { differing(before, after).collect() };
        let judged: BTreeSet<DestinationId> = differing(&self.verdicts, verdicts).collect();
        if !judged.is_empty() {
            let concerned =
                |service: &VirtualService| service.destinations.keys().any(|id| judged.contains(id));
            let concerned = after.iter().filter(|(_, service)| concerned(service));
            services.extend(concerned.map(|(&id, _)| id));
        }
        // Nothing of it concerns the table: what was asked for is a look.
        if services.is_empty() {
            return Change::Nothing;
        }
        // Service by service, more than the half takes longer than everything at once.
        if services.len() * 2 > after.len() {
            return Change::Everything;
        }
        let key = |service: &VirtualService| service_key(&service.settings.key, marking).ok();
        let keys = services.iter().flat_map(|id| [before.get(id).and_then(key), after.get(id).and_then(key)]);
        let scope = Scope::Only(keys.flatten().collect::<BTreeSet<TableKey>>());
        Change::Services(services, scope)
    }

    /// Takes in what an activation for some services has found.
    pub(super) fn replace(&mut self, services: &BTreeSet<ServiceId>, scope: &Scope, part: Self) {
        let Self { desired, verdicts, effective, refused, holding, settled, looked_ms: _ } = part;
        (self.desired, self.verdicts, self.settled) = (desired, verdicts, settled);
        self.effective.replace(scope, services, effective);
        self.refused.retain(|(key, _), _| !scope.contains(key));
        self.refused.extend(refused);
        self.holding.replace(scope, holding);
    }
}

impl Change {
    /// Which part of the data plane is to be looked at.
    pub(super) fn scope(&self) -> &Scope {
        match self {
            Self::Nothing | Self::Everything => &Scope::Whole,
            Self::Services(_, scope) => scope,
        }
    }

    /// The services whose part of the table is to be computed.
    pub(super) fn services<'a>(
        &'a self,
        desired: &'a Desired,
    ) -> Box<dyn Iterator<Item = (&'a ServiceId, &'a VirtualService)> + 'a> {
        let all = desired.cluster.services();
        match self {
            Self::Nothing | Self::Everything => Box::new(all.iter()),
            Self::Services(ids, _) => Box::new(ids.iter().filter_map(|id| all.get_key_value(id))),
        }
    }
}

/// The keys under which two maps do not have the same. One walk through both: most of it is the same.
fn differing<'a, K: Ord + Copy, V: PartialEq>(
    before: &'a BTreeMap<K, V>,
    after: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = K> + 'a {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    std::iter::from_fn(move || {
        loop {
            let order = match (before.peek(), after.peek()) {
                (Some((b, _)), Some((a, _))) => b.cmp(a),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => return None,
            };
            match order {
                std::cmp::Ordering::Less => return before.next().map(|(key, _)| *key),
                std::cmp::Ordering::Greater => return after.next().map(|(key, _)| *key),
                std::cmp::Ordering::Equal => {
                    let (key, old) = before.next()?;
                    let (_, new) = after.next()?;
                    if old != new {
                        return Some(*key);
                    }
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_found_in_one_walk() {
        let before = BTreeMap::from([(1, 'a'), (2, 'b'), (4, 'd'), (7, 'g')]);
        let after = BTreeMap::from([(2, 'b'), (3, 'c'), (4, 'x'), (7, 'g'), (9, 'i')]);
        assert_eq!(differing(&before, &after).collect::<Vec<_>>(), [1, 3, 4, 9]);
        assert_eq!(differing(&before, &before).count(), 0);
        assert_eq!(differing(&before, &BTreeMap::new()).count(), 4);
    }
}
