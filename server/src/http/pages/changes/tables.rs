//! What a draft means for the table of each director, as its last report has it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::pages::changes::TablePlan;
use model::table::{Effective, Health, Marking, Step, Table, Tally, effective, steps, touched};
use model::{Cluster, Desired, DestinationId, ServiceId};
use protocol::{Applied, Observed, Stats};

use crate::http::{AppState, PageError};
use crate::store::{Director, Revision};

/// How long the page waits for the first numbers: an agent that is asked answers at once, a slow one is not worth a slow page.
const PATIENCE: Duration = Duration::from_millis(400);

/// For each director that may carry the cluster.
pub(super) async fn load(
    state: &AppState,
    applied: Option<&Revision>,
    draft: &Cluster,
) -> Result<Vec<TablePlan>, PageError> {
    let Some(applied) = applied else { return Ok(Vec::new()) };
    let directors = state.store.balancing(applied.cluster).await?;
    let enrolled = |director: &Director| director.fingerprint.is_some() && director.revoked_ms.is_none();
    let directors: Vec<_> = directors.into_iter().filter(enrolled).collect();
    let wanted = Desired { running: applied.desired.running, cluster: draft.clone() };
    let mut plans = Vec::new();
    let mut touching = Vec::new();
    for director in directors {
        let known = state.fleet.director(director.id);
        let marks = known.facts.as_ref().is_some_and(|facts| facts.marks);
        let marking = if marks { Marking::ByMark } else { Marking::ByFrontend };
        let planned = known.observed.as_deref().map(|observed| planned(applied, &wanted, observed, marking));
        let (tally, touched) =
            planned.map_or((None, None), |planned| (Some(planned.tally), Some(planned.touched)));
        plans.push(TablePlan {
            director: director.name.to_string(),
            plane: known.facts.map(|facts| facts.kind),
            tally,
            connections: None,
            away: !known.connected,
        });
        touching.push((director.id, touched.filter(|_| known.connected)));
    }
    if touching.iter().any(|(_, touched)| touched.as_ref().is_some_and(|touched| !touched.is_empty())) {
        let watching = state.fleet.watch(applied.cluster);
        for (plan, (director, touched)) in plans.iter_mut().zip(touching) {
            let Some(touched) = touched else { continue };
            let stats = tokio::time::timeout(PATIENCE, stats(state, director)).await;
            plan.connections = stats.ok().map(|stats| touched.connections(&stats));
        }
        drop(watching);
    }
    Ok(plans)
}

/// A director's numbers as soon as there are some.
async fn stats(state: &AppState, director: model::DirectorId) -> Arc<Stats> {
    loop {
        if let Some(stats) = state.fleet.stats(director) {
            return stats;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One director's part.
#[derive(Debug, PartialEq, Eq)]
struct Planned {
    tally: Tally,
    touched: Touched,
}

/// Whose connections go through what changes, in the ids of the cluster.
#[derive(Debug, Default, PartialEq, Eq)]
struct Touched {
    services: Vec<ServiceId>,
    destinations: Vec<DestinationId>,
}

impl Touched {
    fn of(steps: &[Step], present: &Effective) -> Self {
        let (services, destinations) = touched(steps);
        Self {
            services: services.into_iter().filter_map(|key| present.services.get(key).copied()).collect(),
            destinations: destinations
                .into_iter()
                .filter_map(|(key, destination)| present.destinations.get(key)?.get(&destination).copied())
                .collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.services.is_empty() && self.destinations.is_empty()
    }

    /// Open connections; those that have ended and are only remembered notice nothing.
    fn connections(&self, stats: &Stats) -> u64 {
        let touched = stats.entries.iter().filter(|entry| match entry.destination {
            None => self.services.contains(&entry.service),
            Some(destination) => self.destinations.contains(&destination),
        });
        touched.map(|entry| entry.active).sum()
    }
}

fn planned(applied: &Revision, wanted: &Desired, observed: &Observed, marking: Marking) -> Planned {
    let health = health(observed);
    let mut present = effective(&applied.desired, &health, &Table::default(), marking);
    if observed.generation == applied.generation {
        reported(&mut present, observed);
    }
    let after = effective(wanted, &health, &present.table, marking).table;
    let steps = steps(&present.table, &after);
    Planned { tally: Tally::of(&steps, &present.table), touched: Touched::of(&steps, &present) }
}

fn health(observed: &Observed) -> BTreeMap<DestinationId, Health> {
    let judged = observed.objects.iter().filter_map(|object| {
        let health = match object.health {
            protocol::Health::Up => Health::Up,
            protocol::Health::Down => Health::Down,
            protocol::Health::Unjudged | protocol::Health::Inactive => Health::Unknown,
        };
        Some((object.destination?, health))
    });
    judged.collect()
}

/// What should be, corrected by what the director says is.
fn reported(present: &mut Effective, observed: &Observed) {
    let by_service: BTreeMap<ServiceId, Applied> = observed
        .objects
        .iter()
        .filter(|object| object.destination.is_none())
        .map(|object| (object.service, object.applied))
        .collect();
    let weights: BTreeMap<DestinationId, _> =
        observed.objects.iter().filter_map(|object| Some((object.destination?, object.weight))).collect();
    let Effective { table, services, destinations, .. } = present;
    table.services.retain(|key, service| {
        let Some(id) = services.get(key) else { return true };
        if by_service.get(id) == Some(&Applied::Absent) {
            return false;
        }
        let ids = destinations.get(key);
        service.destinations.retain(|destination, entry| {
            match ids.and_then(|ids| ids.get(destination)).and_then(|id| weights.get(id)) {
                Some(Some(weight)) => {
                    entry.weight = *weight;
                    true
                }
                Some(None) => false,
                None => true,
            }
        });
        true
    });
}

#[cfg(test)]
mod tests {
    use model::{ClusterId, Generation, SpecHash, Weight};
    use protocol::{Counters, ObservedObject, Phase, StatsEntry};

    use super::*;

    fn desired(weight: u32, second: bool) -> Desired {
        let second =
            if second { r#","3":{"name":"r2","address":"10.0.0.2","weight":1,"active":true}"# } else { "" };
        let json = format!(
            r#"{{"name":"x","settings":{{"forwarding":"masquerading"}},"services":{{"1":{{"name":"web","active":true,
            "key":{{"address":{{"protocol":"tcp","vip":"192.0.2.1","ports":"80"}}}},"scheduler":"rr","check":"connect","timeout":6,"reentry":15,
            "quiesce":false,"destinations":{{"2":{{"name":"r1","address":"10.0.0.1","weight":{weight},"active":true}}{second}}}}}}}}}"#
        );
        Desired { running: true, cluster: serde_json::from_str(&json).unwrap() }
    }

    fn revision(desired: Desired) -> Revision {
        Revision {
            cluster: ClusterId(1),
            generation: Generation(4),
            hash: SpecHash([0; 32]),
            json: desired.canonical(),
            desired,
            author: "ada".into(),
            at_ms: 0,
            message: String::new(),
            origin: crate::store::Origin::Apply,
        }
    }

    fn observed(generation: u64, weight: Option<u32>) -> Observed {
        let object = |destination, weight| ObservedObject {
            service: ServiceId(1),
            destination,
            applied: Applied::Applied,
            error: None,
            health: protocol::Health::Up,
            health_reason: None,
            since_ms: None,
            weight,
            judged_generation: None,
            sorry: false,
        };
        let weight = weight.map(|weight| Weight::try_new(weight.into()).unwrap());
        Observed {
            generation: Generation(generation),
            phase: Phase::Verified,
            objects: vec![object(None, None), object(Some(DestinationId(2)), weight)].into(),
            ..Observed::nothing(0)
        }
    }

    #[test]
    fn a_plan_starts_from_what_the_director_reports() {
        let applied = revision(desired(1, false));
        let same = planned(&applied, &applied.desired, &observed(4, Some(1)), Marking::ByMark);
        assert!(same.tally.is_empty() && same.touched.is_empty());
        // The director has another weight than was applied: it will be put right.
        let moved = planned(&applied, &applied.desired, &observed(4, Some(7)), Marking::ByMark);
        assert_eq!(moved.tally, Tally { weights: 1, ..Tally::default() });
        // A report of another generation says nothing of this one's entries.
        let older = planned(&applied, &applied.desired, &observed(3, Some(7)), Marking::ByMark);
        assert!(older.tally.is_empty());
        let added = planned(&applied, &desired(5, true), &observed(4, Some(1)), Marking::ByMark);
        assert_eq!(added.tally.weights, 1);
    }

    #[test]
    fn connections_of_what_is_touched_are_counted_once() {
        let entry = |destination, active| StatsEntry {
            service: ServiceId(1),
            destination,
            active,
            inactive: 100,
            persistent: 0,
            total: Counters::default(),
            rate: Counters::default(),
        };
        let stats = Stats {
            at_ms: 0,
            generation: Generation(4),
            entries: vec![entry(None, 9), entry(Some(DestinationId(2)), 5), entry(Some(DestinationId(3)), 4)],
            changes: false,
        };
        let of = |services: &[u32], destinations: &[u32]| Touched {
            services: services.iter().copied().map(ServiceId).collect(),
            destinations: destinations.iter().copied().map(DestinationId).collect(),
        };
        assert_eq!(of(&[1], &[]).connections(&stats), 9);
        assert_eq!(of(&[], &[2]).connections(&stats), 5);
        assert_eq!(of(&[], &[]).connections(&stats), 0);
    }
}
