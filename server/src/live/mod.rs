//! Live data for pages: one composition per watched cluster and second, written once for everybody who looks at the same.
//!
//! Whoever looks reads a `watch` channel: a browser that stalls costs nothing and finds the newest second when it comes
//! back. A cluster that nobody looks at costs nothing either: a minute later its task ends, and the directors stop counting.

mod attention;
mod compose;
mod drafted;
mod frame;
mod linger;
mod listing;
mod survey;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use app::frame::HeaderDraft;
use app::live::{Numbers, Shape, Trends};
use model::ClusterId;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::fleet::Fleet;
use crate::store::{Director, Store, StoreError};

pub use attention::attention;
pub use compose::{Seen, compose, machine};
pub(crate) use compose::{object_state, service_state};
pub use frame::{Frame, Looked};
use linger::Linger;
pub use listing::listing;
use survey::Surveying;
pub use survey::{Survey, Surveyed};

/// How often a watched cluster is composed.
const EVERY: Duration = Duration::from_secs(1);
/// How long the first look waits for numbers that directors have just been asked for. They answer at once; one that does not is
/// not worth a slow page.
const FIRST: Duration = Duration::from_secs(1);

/// Live data of all clusters. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    fleet: Fleet,
    clock: Clock,
    closing: CancellationToken,
    /// The clusters that somebody looks at; bounded by the number of clusters.
    feeds: Mutex<BTreeMap<ClusterId, Feed>>,
    /// All of them at once.
    surveying: Surveying,
}

struct Feed {
    frames: watch::Sender<Option<Arc<Frame>>>,
    linger: Linger,
}

impl Live {
    /// Live data from the store and the fleet, until `closing`.
    pub fn new(store: Store, fleet: Fleet, clock: Clock, closing: CancellationToken) -> Self {
        let (feeds, surveying) = Default::default();
        Self { inner: Arc::new(Inner { store, fleet, clock, closing, feeds, surveying }) }
    }

    /// The cluster as it is now; none where nothing has been applied. Begins to watch: the first look waits a moment for the
    /// directors' numbers, the next ones find them.
    pub async fn now(&self, cluster: ClusterId) -> Result<Option<(Shape, Numbers, Trends)>, StoreError> {
        let (frames, began) = self.feed(cluster);
        // Only who began: a director that tells nothing must not slow down every page until it does.
        if began {
            self.inner.counted(cluster).await?;
        }
        let now = self.inner.look(cluster).await?;
        let trends = frames.borrow().as_ref().map(|frame| frame.trends().clone()).unwrap_or_default();
        Ok(now.map(|(shape, numbers, _)| {
            let trends = if trends.ticks() == 0 { Trends::beginning(&numbers) } else { trends };
            (shape, numbers, trends)
        }))
    }

    /// The cluster's frames: the newest one, and the next ones as they are made.
    pub fn follow(&self, cluster: ClusterId) -> watch::Receiver<Option<Arc<Frame>>> {
        self.feed(cluster).0
    }

    /// The same, and whether this began it.
    fn feed(&self, cluster: ClusterId) -> (watch::Receiver<Option<Arc<Frame>>>, bool) {
        let mut feeds = self.inner.feeds();
        let linger = Linger::from(Instant::now());
        if let Some(feed) = feeds.get_mut(&cluster) {
            feed.linger = linger;
            return (feed.frames.subscribe(), false);
        }
        let (frames, receiver) = watch::channel(None);
        feeds.insert(cluster, Feed { frames: frames.clone(), linger });
        drop(feeds);
        tokio::spawn(run(Arc::clone(&self.inner), cluster, frames));
        (receiver, true)
    }

    /// The numbers, waiting for directors to tell them for `limit` at most; none where they do not.
    pub async fn numbers_within(&self, cluster: ClusterId, limit: Duration) -> Option<Arc<Numbers>> {
        let mut frames = self.follow(cluster);
        let known = frames.wait_for(|frame| frame.as_ref().is_some_and(|frame| frame.counted().known));
        let frame = tokio::time::timeout(limit, known).await.ok()?.ok()?;
        frame.as_ref().map(|frame| Arc::clone(frame.counted()))
    }
}

/// Composes a cluster every second, and whenever a director's state changes, until nobody looks any more.
async fn run(inner: Arc<Inner>, cluster: ClusterId, frames: watch::Sender<Option<Arc<Frame>>>) {
    let frames = Feeding { inner: &inner, cluster, frames };
    let _watching = inner.fleet.watch(cluster);
    let mut changed = inner.fleet.changed();
    let mut last: Option<Arc<Frame>> = None;
    loop {
        changed.mark_unchanged();
        match inner.look(cluster).await {
            Ok(composed) => {
                let frame = Arc::new(Frame::after(last.as_deref(), composed.unwrap_or_default()));
                last = Some(Arc::clone(&frame));
                frames.frames.send_replace(Some(frame));
            }
            // Deleted meanwhile: its viewers end with the channel.
            Err(StoreError::NotFound(_)) => return,
            Err(error) => tracing::warn!(%error, %cluster, "cannot read what is live"),
        }
        if inner.is_alone(cluster, &frames.frames) {
            return;
        }
        tokio::select! {
            () = inner.closing.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
            _ = changed.changed() => {
                // Many changes come at once: a reconnecting fleet, an apply.
                tokio::time::sleep(EVERY / 5).await;
            }
        }
    }
}

/// A feed's task. With it the feed ends, also when it panics: its viewers come again, and the first of them begins a new one.
struct Feeding<'a> {
    inner: &'a Inner,
    cluster: ClusterId,
    frames: watch::Sender<Option<Arc<Frame>>>,
}

impl Drop for Feeding<'_> {
    fn drop(&mut self) {
        let mut feeds = self.inner.feeds();
        // Another one may have begun since this one was found to be alone.
        if feeds.get(&self.cluster).is_some_and(|feed| feed.frames.same_channel(&self.frames)) {
            feeds.remove(&self.cluster);
        }
    }
}

impl Inner {
    /// Waits until every connected director of the cluster has told its numbers, for [`FIRST`] at most.
    async fn counted(&self, cluster: ClusterId) -> Result<(), StoreError> {
        let directors = self.store.balancing(cluster).await?;
        let silent = |director: &Director| {
            self.fleet.director(director.id).connected && self.fleet.stats(director.id).is_none()
        };
        let until = Instant::now() + FIRST;
        while directors.iter().any(silent) && Instant::now() < until {
            tokio::time::sleep(FIRST / 50).await;
        }
        Ok(())
    }

    async fn look(&self, cluster: ClusterId) -> Result<Option<(Shape, Numbers, HeaderDraft)>, StoreError> {
        // By the draft: a cluster without a revision is one without a configuration yet, or one that has been deleted.
        let draft = self.store.draft(cluster).await?;
        let Some(revision) = &draft.applied else { return Ok(None) };
        let directors = self.store.balancing(cluster).await?;
        let seen: Vec<Seen> = directors
            .into_iter()
            .map(|director| Seen::of(&self.fleet, director))
            .filter(Seen::may_still_serve)
            .collect();
        let (mut shape, numbers) = compose(revision, &seen, self.clock.now_ms());
        if draft.has_changes() {
            drafted::mark(&mut shape, &revision.desired.cluster, &draft.cluster);
        }
        // As the page around it calls the cluster.
        let name = draft.cluster.name().to_string();
        Ok(Some((shape, numbers, HeaderDraft { name, changes: draft.changes })))
    }

    /// Whether nobody looks; the feed is gone then. Under the lock, so that nobody can begin to look meanwhile.
    fn is_alone(&self, cluster: ClusterId, frames: &watch::Sender<Option<Arc<Frame>>>) -> bool {
        let mut feeds = self.feeds();
        let lookers = frames.receiver_count();
        let alone = feeds.get_mut(&cluster).is_none_or(|feed| feed.linger.is_over(lookers, Instant::now()));
        if alone {
            feeds.remove(&cluster);
        }
        alone
    }

    fn feeds(&self) -> MutexGuard<'_, BTreeMap<ClusterId, Feed>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_feed_whose_task_panics_ends_and_the_next_viewer_begins_another() {
        use std::sync::atomic::{AtomicBool, Ordering};

        use model::Name;

        use crate::ca::Ca;
        use crate::store::Actor;

        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path().join("arapaima.db")).await.unwrap();
        let ca = Ca::open(&directory.path().join("ca")).unwrap();
        let fleet = Fleet::start(store.clone(), ca, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let actor = Actor::command_line();
        let cluster = store.create_cluster(&actor, Name::parse("shop").unwrap()).await.unwrap();
        let draft = store.draft(cluster).await.unwrap();
        store.apply(&actor, cluster, None, draft.version, "", true).await.unwrap();
        let broken = Arc::new(AtomicBool::new(true));
        let clock = {
            let broken = Arc::clone(&broken);
            Clock::from_fn(move || {
                assert!(!broken.load(Ordering::SeqCst), "as a mistake in `compose` would");
                0
            })
        };
        let live = Live::new(store, fleet, clock, CancellationToken::new());
        let soon = Duration::from_secs(10);
        let mut first = live.follow(cluster);
        let ended = tokio::time::timeout(soon, first.changed()).await;
        assert!(ended.expect("the viewers are not left without a task").is_err());
        broken.store(false, Ordering::SeqCst);
        let mut second = live.follow(cluster);
        tokio::time::timeout(soon, second.changed()).await.expect("a frame in time").unwrap();
        assert!(second.borrow().is_some());
    }
}
