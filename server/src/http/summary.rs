//! What the frame around a page says of clusters: the rail's list and the header above the tabs.

use std::collections::BTreeMap;

use app::State;
use app::frame::{ClusterHeader, HeaderDirector, RailCluster, Standing};
use model::{Cluster, ClusterId, Generation};
use protocol::{Health, Observed, Phase};

use super::{AppState, PageError};
use crate::fleet::DirectorState;
use crate::store::Director;

/// Every cluster, for the rail.
pub(super) async fn rail(state: &AppState) -> Result<Vec<RailCluster>, PageError> {
    let mut directors: BTreeMap<ClusterId, Vec<DirectorState>> = BTreeMap::new();
    for director in state.store.directors().await? {
        if director.revoked_ms.is_none() {
            directors.entry(director.cluster).or_default().push(state.fleet.director(director.id));
        }
    }
    let clusters = state.store.clusters().await?;
    let rail = clusters.into_iter().map(|cluster| {
        let directors = directors.get(&cluster.id).map_or(&[][..], Vec::as_slice);
        let applied = cluster.generation.map(|generation| (generation, cluster.running));
        RailCluster { id: cluster.id, name: cluster.name.to_string(), state: fares(applied, directors) }
    });
    Ok(rail.collect())
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
    let changes = if draft.has_changes {
        let nothing = Cluster::new(draft.cluster.name().clone());
        let from = applied.map_or(&nothing, |revision| &revision.desired.cluster);
        model::plan(from, &draft.cluster).len()
    } else {
        0
    };
    let directors: Vec<Director> = state.store.directors_of(id).await?;
    let directors: Vec<_> = directors.into_iter().filter(|director| director.revoked_ms.is_none()).collect();
    let states: Vec<_> = directors.iter().map(|director| state.fleet.director(director.id)).collect();
    let fares = fares(applied.map(|revision| (revision.generation, revision.desired.running)), &states);
    let directors = directors.into_iter().zip(states);
    let directors = directors.map(|(director, state)| HeaderDirector {
        name: director.name.to_string(),
        connected: state.connected,
    });
    let (name, directors) = (draft.cluster.name().to_string(), directors.collect());
    Ok(ClusterHeader { id, name, standing, state: fares, directors, changes, tab: None })
}

/// How a cluster fares: stopped on purpose, else as its directors say; unknown when none of them can say.
fn fares(applied: Option<(Generation, bool)>, directors: &[DirectorState]) -> State {
    let Some((generation, true)) = applied else { return State::Stopped };
    let said = directors.iter().filter(|director| director.connected);
    let said = said.map(|director| {
        director.observed.as_deref().map_or(State::Unknown, |seen| reported(seen, generation))
    });
    let away = directors.iter().any(|director| !director.connected);
    match said.reduce(State::worse) {
        None => State::Unknown,
        // One of two directors away: it serves, but nobody would take over.
        Some(State::Serving) if away => State::Degraded,
        Some(state) => state,
    }
}

/// What one director's report amounts to.
fn reported(observed: &Observed, generation: Generation) -> State {
    let phase = match observed.phase {
        Phase::Nothing | Phase::Applying => return State::Pending,
        Phase::Refused => return State::Failing,
        Phase::Verified if observed.generation < generation => return State::Pending,
        Phase::Verified => State::Serving,
        Phase::Partial => State::Degraded,
    };
    // A service without a server that is up does not serve; one of several servers down is a warning.
    let mut up: BTreeMap<_, (bool, bool)> = BTreeMap::new();
    for object in observed.objects.iter().filter(|object| object.destination.is_some()) {
        let (any_up, any_down) = up.entry(object.service).or_default();
        *any_up |= object.health == Health::Up;
        *any_down |= object.health == Health::Down;
    }
    up.values().fold(phase, |worst, servers| match servers {
        (false, true) => worst.worse(State::Failing),
        (true, true) => worst.worse(State::Degraded),
        _ => worst,
    })
}
