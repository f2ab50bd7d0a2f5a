//! What the frame around a page says of clusters: the rail's list and the header above the tabs.

use app::State;
use app::frame::{ClusterHeader, RailCluster, Standing};
use model::ClusterId;

use super::{AppState, PageError};

/// Every cluster, for the rail.
pub(super) async fn rail(state: &AppState) -> Result<Vec<RailCluster>, PageError> {
    let clusters = state.store.clusters().await?;
    let mut rail = Vec::with_capacity(clusters.len());
    for cluster in clusters {
        let fares = fares(cluster.running);
        rail.push(RailCluster { id: cluster.id, name: cluster.name.to_string(), state: fares });
    }
    Ok(rail)
}

/// The header of one cluster.
pub(super) async fn cluster_header(state: &AppState, id: ClusterId) -> Result<ClusterHeader, PageError> {
    let draft = state.store.draft(id).await?;
    let standing = match draft.applied.as_deref() {
        None => Standing::NeverApplied,
        Some(revision) if revision.desired.running => Standing::Running(revision.generation),
        Some(revision) => Standing::Stopped(revision.generation),
    };
    let changes = match draft.applied.as_deref() {
        _ if !draft.has_changes => 0,
        Some(revision) => model::plan(&revision.desired.cluster, &draft.cluster).len(),
        None => model::plan(&model::Cluster::new(draft.cluster.name().clone()), &draft.cluster).len(),
    };
    let fares = fares(matches!(standing, Standing::Running(_)));
    Ok(ClusterHeader {
        id,
        name: draft.cluster.name().to_string(),
        standing,
        state: fares,
        directors: Vec::new(),
        changes,
        tab: None,
    })
}

fn fares(running: bool) -> State {
    if running { State::Unknown } else { State::Stopped }
}
