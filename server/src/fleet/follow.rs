//! Follows the store: revisions and revocations reach the agents, whoever wrote them. The commands of the same program
//! are other processes, so the store is asked once a second whether anything was written at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::DirectorId;
use protocol::wire::refusal::Kind;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::Inner;
use super::registry::refusal;
use super::session::{UNKNOWN, admission};
use crate::store::StoreError;

/// How often the store is asked. A change made on a page is pushed at once.
const EVERY: Duration = Duration::from_secs(1);

/// Until `shutdown`.
pub(super) async fn follow(inner: &Inner, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut known = None;
    let mut directors = BTreeSet::new();
    loop {
        let nudged = tokio::select! {
            _ = ticks.tick() => false,
            () = inner.nudge.notified() => true,
            () = shutdown.cancelled() => return,
        };
        let followed = async {
            // Asked first: what is written while we look is found the next time.
            let version = inner.store.data_version().await?;
            if nudged || known != Some(version) {
                directors = look(inner).await?;
                known = Some(version);
            }
            // Each time: a session of a director that is gone may have ended since, or one may have been refused.
            inner.registry.forget_others(&directors);
            Ok::<(), StoreError>(())
        };
        if let Err(error) = followed.await {
            tracing::warn!(%error, "cannot read the store for the agents; trying again");
        }
    }
}

/// Brings sessions and store together. Returns every director that there is.
async fn look(inner: &Inner) -> Result<BTreeSet<DirectorId>, StoreError> {
    let registry = &inner.registry;
    let live = registry.live();
    let directors = inner.store.directors().await?;
    let directors: BTreeMap<_, _> = directors.iter().map(|director| (director.id, director)).collect();
    if !live.is_empty() {
        for session in &live {
            let admitted = match directors.get(&session.director) {
                Some(director) => admission(director, session.fingerprint),
                None => Err(refusal(Kind::UnknownDirector, UNKNOWN)),
            };
            if let Err(refusal) = admitted {
                registry.close_session(session, refusal);
            }
        }
        let clusters: BTreeSet<_> = live.iter().map(|session| session.cluster).collect();
        for cluster in clusters {
            if let Some(revision) = inner.store.latest_revision(cluster).await? {
                registry.offer(cluster, &revision);
            }
        }
    }
    registry.tidy();
    Ok(directors.into_keys().collect())
}
