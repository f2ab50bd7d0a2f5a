//! Whether a data plane fills up is seen in its numbers, which agents tell only while somebody looks. So somebody looks, now and
//! then: at directors that hold no more than so many connections, in clusters that nobody watches anyway.

use std::collections::BTreeSet;
use std::time::Duration;

use model::ClusterId;
use tokio_util::sync::CancellationToken;

use super::EVERY;
use crate::fleet::Fleet;
use crate::store::{Result, Store};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(60);
/// Clusters that are looked at together.
const TOGETHER: usize = 16;

/// Looks until `closing`.
pub(super) async fn run(store: Store, fleet: Fleet, closing: CancellationToken) {
    while closing.run_until_cancelled(tokio::time::sleep(ROUND)).await.is_some() {
        let clusters: Vec<ClusterId> = match limited(&store, &fleet).await {
            Ok(clusters) => clusters.into_iter().collect(),
            Err(error) => {
                tracing::warn!(%error, "cannot look whether a data plane fills up");
                continue;
            }
        };
        for clusters in clusters.chunks(TOGETHER) {
            let watching: Vec<_> = clusters.iter().map(|&cluster| fleet.watch(cluster)).collect();
            // Long enough for the observer to look at what they tell.
            let looked = closing.run_until_cancelled(tokio::time::sleep(2 * EVERY)).await;
            drop(watching);
            if looked.is_none() {
                return;
            }
        }
    }
}

/// The clusters of connected directors whose data plane has a limit of its own.
async fn limited(store: &Store, fleet: &Fleet) -> Result<BTreeSet<ClusterId>> {
    let directors = store.directors().await?;
    let limited = directors.into_iter().filter(|director| {
        let state = fleet.director(director.id);
        state.connected
            && state.facts.is_some_and(|facts| facts.connection_limit.is_some_and(|limit| limit > 0))
    });
    Ok(limited.map(|director| director.cluster).collect())
}
