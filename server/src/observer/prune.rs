//! Lets go of what is too old or too much: in small steps, so that nobody has to wait for it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::{Result, Store};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(3_600);
/// Soon after the start, and not within it.
const FIRST: Duration = Duration::from_secs(60);
/// Between two steps.
const BREATH: Duration = Duration::from_millis(50);
/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Prunes until `closing`.
pub(super) async fn run(store: Store, clock: Clock, closing: CancellationToken) {
    let mut wait = FIRST;
    while closing.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
        wait = EVERY;
        match closing.run_until_cancelled(prune(&store, clock.now_ms())).await {
            None | Some(Ok(0)) => {}
            Some(Ok(pruned)) => tracing::info!(pruned, "let go of old events and audit entries"),
            Some(Err(error)) => tracing::warn!(%error, "cannot let go of old events and audit entries"),
        }
    }
}

/// Lets go of everything that is too old or too much now; how many rows.
pub(super) async fn prune(store: &Store, now_ms: i64) -> Result<u64> {
    let retention = store.retention().await?;
    let events_ms = now_ms.saturating_sub(i64::from(retention.event_days) * DAY_MS);
    let mut events = 0;
    loop {
        match store.prune_events(events_ms, retention.event_rows.into()).await? {
            0 => break,
            n => events += n,
        }
        tokio::time::sleep(BREATH).await;
    }
    let audit_ms = now_ms.saturating_sub(i64::from(retention.audit_days) * DAY_MS);
    let mut entries = 0;
    loop {
        match store.prune_audit(audit_ms, retention.audit_rows.into()).await? {
            0 => break,
            n => entries += n,
        }
        tokio::time::sleep(BREATH).await;
    }
    if entries > 0 {
        store.pruned_audit(entries).await?;
    }
    Ok(events + entries)
}
