//! One look for all who ask the same within a moment.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use model::DirectorId;
use protocol::ConnectionsQuery;
use tokio::sync::OnceCell;

use super::{ConnectionsError, Look};

/// An answer serves those who come so long after it.
const MOMENT: Duration = Duration::from_secs(1);

/// Looks under way and just done. What is done is dropped a moment later by itself; of what nobody waits for any more only its
/// question is left, until the next one comes. A director has only so many questions under way, which bounds all of it.
#[derive(Default)]
pub(in crate::fleet) struct Shared(Mutex<Vec<Entry>>);

struct Entry {
    director: DirectorId,
    query: ConnectionsQuery,
    slot: Weak<Slot>,
}

/// Whoever comes first looks; when he goes away before the end, the next one who waits does.
type Slot = OnceCell<Result<Arc<Look>, ConnectionsError>>;

impl Shared {
    /// What `look` finds, or what somebody found who asked the same.
    pub(super) async fn of(
        &self,
        director: DirectorId,
        query: &ConnectionsQuery,
        look: impl Future<Output = Result<Look, ConnectionsError>>,
    ) -> Result<Arc<Look>, ConnectionsError> {
        let slot = self.slot(director, query);
        let looked = slot.get_or_init(async || {
            let found = look.await.map(Arc::new);
            if found.is_ok() {
                let kept = Arc::clone(&slot);
                tokio::spawn(async move {
                    tokio::time::sleep(MOMENT).await;
                    drop(kept);
                });
            }
            found
        });
        looked.await.clone()
    }

    fn slot(&self, director: DirectorId, query: &ConnectionsQuery) -> Arc<Slot> {
        let mut entries = self.entries();
        entries.retain(|entry| entry.slot.strong_count() > 0);
        let same = entries.iter().find(|entry| entry.director == director && entry.query == *query);
        if let Some(slot) = same.and_then(|entry| entry.slot.upgrade()) {
            return slot;
        }
        let slot = Arc::new(Slot::new());
        entries.retain(|entry| entry.director != director || entry.query != *query);
        entries.push(Entry { director, query: query.clone(), slot: Arc::downgrade(&slot) });
        slot
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::fleet::Unanswered;

    /// How often somebody really looked, and a place for looks.
    #[derive(Default)]
    struct Rig {
        shared: Shared,
        looks: AtomicUsize,
    }

    impl Rig {
        async fn ask(
            &self,
            director: u32,
            limit: u32,
            takes: Duration,
        ) -> Result<Arc<Look>, ConnectionsError> {
            let query = ConnectionsQuery { limit, ..ConnectionsQuery::default() };
            let look = async {
                self.looks.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(takes).await;
                if limit == 0 {
                    Err(Unanswered::Busy.into())
                } else {
                    Ok(Look { answer: Default::default(), older: false, at_ms: 7 })
                }
            };
            self.shared.of(DirectorId(director), &query, look).await
        }

        fn looks(&self) -> usize {
            self.looks.load(Ordering::Relaxed)
        }
    }

    const SOON: Duration = Duration::from_millis(100);

    #[tokio::test(start_paused = true)]
    async fn who_asks_the_same_shares_the_look() {
        let rig = Rig::default();
        let (one, other) = tokio::join!(rig.ask(1, 5, SOON), rig.ask(1, 5, SOON));
        assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
        assert_eq!(rig.looks(), 1);
        tokio::time::sleep(SOON).await;
        rig.ask(1, 5, SOON).await.unwrap();
        assert_eq!(rig.looks(), 1, "a moment later as well");
        rig.ask(1, 6, SOON).await.unwrap();
        rig.ask(2, 5, SOON).await.unwrap();
        assert_eq!(rig.looks(), 3, "another question and another director are others");
        tokio::time::sleep(MOMENT).await;
        rig.ask(1, 5, SOON).await.unwrap();
        assert_eq!(rig.looks(), 4, "an old answer serves nobody");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_kept_for_long_and_errors_are_not_kept_at_all() {
        let rig = Rig::default();
        rig.ask(1, 0, SOON).await.unwrap_err();
        rig.ask(1, 0, SOON).await.unwrap_err();
        assert_eq!(rig.looks(), 2);
        rig.ask(1, 5, SOON).await.unwrap();
        tokio::time::sleep(2 * MOMENT).await;
        assert!(rig.shared.entries().iter().all(|entry| entry.slot.strong_count() == 0));
        rig.ask(1, 6, SOON).await.unwrap();
        assert_eq!(rig.shared.entries().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_somebody_that_goes_away_looks_himself() {
        let rig = Rig::default();
        let never = Duration::from_secs(86_400);
        let goes = tokio::time::timeout(SOON, rig.ask(1, 5, never));
        let (gone, found) = tokio::join!(goes, rig.ask(1, 5, SOON));
        assert!(gone.is_err() && found.is_ok());
        assert_eq!(rig.looks(), 2);
    }
}
