//! What the frame around a page says of clusters: the rail's list and the header above the tabs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use app::State;
use app::frame::{ClusterHeader, HeaderDirector, RailCluster, Standing};
use app::live::{Phase, Presence, Whole, since, since_applied};
use model::{ClusterId, DestinationId, Generation, Role, Roles, ServiceId};
use protocol::{Applied, Health, Observed, ObservedObject};

use super::{AppState, PageError, WorkedOut};
use crate::live::{Seen, object_state, service_state};
use crate::store::Director;

/// How a cluster fares.
pub(super) struct Fares {
    /// As a whole.
    pub(super) whole: Whole,
    /// Since when, in milliseconds since 1970: when the last thing changed that makes it so.
    pub(super) since_ms: Option<i64>,
}

/// Every cluster that a person with these roles may see, for the rail.
pub(super) async fn rail(state: &AppState, roles: &Roles) -> Result<Vec<RailCluster>, PageError> {
    let clusters = all(state, roles).await?;
    let rail =
        clusters.into_iter().map(|(id, name, fares)| RailCluster { id, name, state: fares.whole.state });
    Ok(rail.collect())
}

/// How every cluster fares that a person with these roles may see.
pub(super) async fn all(
    state: &AppState,
    roles: &Roles,
) -> Result<Vec<(ClusterId, String, Fares)>, PageError> {
    let mut directors: BTreeMap<ClusterId, Vec<Seen>> = BTreeMap::new();
    for director in state.store.directors().await?.into_iter().filter(Director::balances) {
        directors.entry(director.cluster).or_default().push(Seen::of(&state.fleet, director));
    }
    let clusters = state.store.clusters().await?;
    let ids: BTreeSet<ClusterId> = clusters.iter().map(|cluster| cluster.id).collect();
    state.worked_out.keep(|id| ids.contains(&id));
    let clusters =
        clusters.into_iter().filter(|cluster| roles.may(Role::Viewer, Some(cluster.id))).map(|cluster| {
            let directors = directors.get(&cluster.id).map_or(&[][..], Vec::as_slice);
            let applied = cluster.generation.map(|generation| (generation, cluster.running));
            (cluster.id, cluster.name.to_string(), fares(&state.worked_out, cluster.id, applied, directors))
        });
    Ok(clusters.collect())
}

/// The header of one cluster.
pub(super) async fn cluster_header(state: &AppState, id: ClusterId) -> Result<ClusterHeader, PageError> {
    let draft = state.store.draft(id).await?;
    let applied = draft.applied.as_deref();
    let standing = match applied {
        None => Standing::NeverApplied,
        Some(revision) if revision.desired.running => Standing::Running(revision.generation),
        Some(revision) => Standing::Stopped(revision.generation),
    };
    let directors = state.store.balancing(id).await?;
    let seen: Vec<Seen> = directors.into_iter().map(|director| Seen::of(&state.fleet, director)).collect();
    let running = applied.map(|revision| (revision.generation, revision.desired.running));
    let Fares { whole, since_ms } = fares(&state.worked_out, id, running, &seen);
    let since =
        since_ms.or_else(|| applied.filter(|_| since_applied(whole.state)).map(|revision| revision.at_ms));
    let directors = seen.iter().filter(|seen| seen.may_still_serve()).map(|seen| HeaderDirector {
        name: seen.director.name.to_string(),
        presence: seen.phase(Generation(0)).presence(),
    });
    Ok(ClusterHeader {
        id,
        name: draft.cluster.name().to_string(),
        standing,
        state: whole.state,
        since,
        failing: (whole.failing, whole.offered),
        directors: directors.collect(),
        changes: draft.changes,
        tab: None,
    })
}

/// How a cluster fares, by what its directors report: what they are told to leave inactive is not among it.
fn fares(
    worked_out: &WorkedOut,
    cluster: ClusterId,
    applied: Option<(Generation, bool)>,
    directors: &[Seen],
) -> Fares {
    let (wanted, running) = applied.unwrap_or_default();
    let phases: Vec<(Phase, bool)> =
        directors.iter().map(|seen| (seen.phase(wanted), seen.crowding().is_some())).collect();
    let connected =
        directors.iter().filter(|seen| seen.state.connected && seen.director.revoked_ms.is_none());
    let reports = connected.filter_map(|seen| seen.state.observed.clone()).collect();
    let services = worked_out.services(cluster, reports, services);
    let whole =
        Whole::of(running, wanted.0, phases.iter().copied(), services.iter().map(|(state, _)| *state));
    let there = directors.iter().zip(&phases).filter_map(|(seen, (phase, _))| match phase.presence() {
        Presence::Connected => Some((true, seen.state.since_ms?)),
        Presence::Away => Some((false, seen.state.since_ms.or(seen.director.last_seen_ms)?)),
        Presence::Unenrolled | Presence::Revoked => None,
    });
    let since_ms = since(whole.state, &services, &there.collect::<Vec<_>>());
    Fares { whole, since_ms }
}

/// The offered services of these reports: how each fares, and since when.
fn services(reports: &[Arc<Observed>]) -> Vec<(State, i64)> {
    let mut servers: BTreeMap<(ServiceId, Option<DestinationId>), (State, i64)> = BTreeMap::new();
    for object in reports.iter().flat_map(|report| &report.objects).filter(|object| is_offered(object)) {
        let since = object.since_ms.unwrap_or_default();
        let said = match (object.destination, object.applied) {
            // The service itself counts by its servers, unless it could not be made.
            (None, Applied::Failed) => State::Failing,
            (None, _) => State::Serving,
            (Some(_), _) => object_state(object),
        };
        let entry = servers.entry((object.service, object.destination)).or_insert((said, since));
        *entry = (entry.0.worse(said), entry.1.max(since));
    }
    let own = servers.iter().filter(|((_, destination), _)| destination.is_none());
    own.map(|(&(service, _), &(own, since))| {
        let range = (service, Some(DestinationId(0)))..=(service, Some(DestinationId(u32::MAX)));
        let within = || servers.range(range.clone()).map(|(_, said)| *said);
        let since = within().map(|(_, since)| since).max().unwrap_or(since);
        let state = if own == State::Failing { own } else { service_state(within().map(|(state, _)| state)) };
        (state, since)
    })
    .collect()
}

fn is_offered(object: &ObservedObject) -> bool {
    object.health != Health::Inactive || object.applied == Applied::Failed
}
