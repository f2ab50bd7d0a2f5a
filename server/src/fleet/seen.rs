//! When directors were last heard of, written to the store now and then: it is for people, and every write costs a flush
//! of the disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::{DirectorId, Generation};
use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Directors heard of since the last write: one entry each.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<BTreeMap<DirectorId, (i64, Option<Generation>)>>);

impl Seen {
    /// A director was heard of, with the generation that it has verified, where it said so.
    pub(super) fn note(&self, director: DirectorId, at_ms: i64, verified: Option<Generation>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = seen.entry(director).or_insert((at_ms, None));
        *entry = (at_ms.max(entry.0), verified.or(entry.1));
    }

    /// Writes until `shutdown`, and once more then.
    pub(super) async fn write(&self, store: &Store, every: Duration, shutdown: CancellationToken) {
        loop {
            let last = tokio::select! {
                () = tokio::time::sleep(every) => false,
                () = shutdown.cancelled() => true,
            };
            let seen = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
            let seen: Vec<_> =
                seen.into_iter().map(|(director, (at_ms, verified))| (director, at_ms, verified)).collect();
            if !seen.is_empty()
                && let Err(error) = store.directors_seen(&seen).await
            {
                tracing::warn!(%error, "cannot note when directors were last seen");
            }
            if last {
                return;
            }
        }
    }
}
