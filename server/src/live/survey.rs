//! All clusters at once, for the overview: one composition a second for all who look, as for a single cluster.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::live::{LiveDirector, Numbers, Shape};
use app::trend::Trend;
use model::ClusterId;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Inner, Linger, Live, Seen, compose, machine};
use crate::fleet::{Examination, Watching};
use crate::store::{ClusterSummary, Director, StoreError};

/// How many clusters are composed within a second: with more of them the overview is told less often.
const A_SECOND: u64 = 200;
/// How often the audit log is asked since when drafts wait.
const DRAFTS_EVERY: Duration = Duration::from_secs(30);

/// All clusters at one moment.
#[derive(Debug, Default)]
pub struct Survey {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// How many seconds the trends have seen.
    pub ticks: u64,
    /// The clusters by name.
    pub clusters: Vec<Surveyed>,
}

/// A cluster at one moment.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// What the store says of it.
    pub summary: ClusterSummary,
    /// What there is and how it fares; none where nothing has been applied.
    pub shape: Option<Arc<Shape>>,
    /// Connections and rates.
    pub numbers: Arc<Numbers>,
    /// When the draft was changed last, where it differs from what is applied.
    pub drafted_ms: Option<i64>,
    /// How the agents on its real servers fare that nobody has shut out; none where nothing has been applied.
    pub servers: Vec<LiveDirector>,
    /// Its directors and other machines, with the last examination of each.
    pub machines: Vec<(Director, Option<Arc<Examination>>)>,
    /// New connections per second.
    pub connections: Trend,
    /// Bytes per second, in and out.
    pub bytes: Trend,
}

/// The feed of surveys, while somebody looks.
#[derive(Default)]
pub(super) struct Surveying(Mutex<Option<Feed>>);

struct Feed {
    surveys: watch::Sender<Option<Arc<Survey>>>,
    linger: Linger,
}

/// What lasts from one survey to the next.
#[derive(Default)]
struct Memory {
    /// Directors count while these are held.
    watching: BTreeMap<ClusterId, Watching>,
    trends: BTreeMap<ClusterId, (Trend, Trend)>,
    ticks: u64,
    drafted: BTreeMap<ClusterId, Option<i64>>,
    drafted_at: Option<Instant>,
}

impl Live {
    /// All clusters: the newest survey, and the next ones as they are made.
    pub fn survey(&self) -> watch::Receiver<Option<Arc<Survey>>> {
        let mut slot = self.inner.surveying.lock();
        let linger = Linger::from(Instant::now());
        if let Some(feed) = slot.as_mut() {
            feed.linger = linger;
            return feed.surveys.subscribe();
        }
        let (surveys, receiver) = watch::channel(None);
        *slot = Some(Feed { surveys: surveys.clone(), linger });
        drop(slot);
        tokio::spawn(run(Arc::clone(&self.inner), surveys));
        receiver
    }

    /// All clusters as they are now, whatever was done just before; and surveys from now on.
    pub async fn surveyed(&self) -> Result<Survey, StoreError> {
        let newest = self.survey().borrow().clone();
        let mut memory = newest.map(|newest| Memory::after(&newest)).unwrap_or_default();
        self.inner.survey(&mut memory).await
    }
}

async fn run(inner: Arc<Inner>, surveys: watch::Sender<Option<Arc<Survey>>>) {
    let surveying = Ending { inner: &inner, surveys };
    let mut memory = Memory::default();
    loop {
        match inner.survey(&mut memory).await {
            Ok(survey) => {
                surveying.surveys.send_replace(Some(Arc::new(survey)));
            }
            Err(error) => tracing::warn!(%error, "cannot read how all clusters fare"),
        }
        if inner.surveying.is_alone(&surveying.surveys) {
            return;
        }
        let clusters = u64::try_from(memory.trends.len()).unwrap_or(u64::MAX);
        tokio::select! {
            () = inner.closing.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(1 + clusters / A_SECOND)) => {}
        }
    }
}

/// The survey's task. With it the feed ends, also when it panics.
struct Ending<'a> {
    inner: &'a Inner,
    surveys: watch::Sender<Option<Arc<Survey>>>,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let mut slot = self.inner.surveying.lock();
        // Another one may have begun since this one was found to be alone.
        if slot.as_ref().is_some_and(|feed| feed.surveys.same_channel(&self.surveys)) {
            *slot = None;
        }
    }
}

impl Surveying {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Feed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody looks; the feed is gone then. Under the lock, so that nobody can begin to look meanwhile.
    fn is_alone(&self, surveys: &watch::Sender<Option<Arc<Survey>>>) -> bool {
        let mut slot = self.lock();
        let lookers = surveys.receiver_count();
        let alone = slot.as_mut().is_none_or(|feed| feed.linger.is_over(lookers, Instant::now()));
        if alone {
            *slot = None;
        }
        alone
    }
}

impl Memory {
    /// For a look between two surveys: the lines as they were, and nothing asked anew.
    fn after(survey: &Survey) -> Self {
        let trends = survey.clusters.iter();
        let trends = trends.map(|one| (one.summary.id, (one.connections.clone(), one.bytes.clone())));
        Self { trends: trends.collect(), ticks: survey.ticks, ..Self::default() }
    }

    fn count(&mut self, cluster: ClusterId, numbers: &Numbers) -> (Trend, Trend) {
        let (connections, bytes) = self.trends.entry(cluster).or_default();
        if numbers.known {
            let whole = numbers.whole();
            connections.push(whole.connections);
            bytes.push(whole.bytes_in.saturating_add(whole.bytes_out));
        }
        (connections.clone(), bytes.clone())
    }
}

impl Inner {
    async fn survey(&self, memory: &mut Memory) -> Result<Survey, StoreError> {
        let mut machines: BTreeMap<ClusterId, Vec<Director>> = BTreeMap::new();
        for director in self.store.directors().await? {
            machines.entry(director.cluster).or_default().push(director);
        }
        let summaries = self.store.clusters().await?;
        let ids: Vec<ClusterId> = summaries.iter().map(|summary| summary.id).collect();
        memory.watching.retain(|id, _| ids.contains(id));
        memory.trends.retain(|id, _| ids.contains(id));
        memory.ticks += 1;
        self.drafted(&summaries, memory).await?;
        let mut clusters = Vec::with_capacity(summaries.len());
        for summary in summaries {
            let id = summary.id;
            memory.watching.entry(id).or_insert_with(|| self.fleet.watch(id));
            let machines = machines.remove(&id).unwrap_or_default();
            let balancing = machines.iter().filter(|machine| machine.balances());
            let seen: Vec<Seen> = balancing
                .map(|director| Seen::of(&self.fleet, director.clone()))
                .filter(Seen::may_still_serve)
                .collect();
            let revision = match summary.generation {
                Some(_) => self.store.latest_revision(id).await?,
                None => None,
            };
            let servers =
                machines.iter().filter(|machine| !machine.balances() && machine.revoked_ms.is_none());
            let servers = revision.iter().flat_map(|revision| {
                let servers = servers.clone();
                servers.map(|server| machine(&Seen::of(&self.fleet, server.clone()), revision.generation))
            });
            let servers: Vec<LiveDirector> = servers.collect();
            let composed = revision.as_ref().map(|revision| compose(revision, &seen, self.clock.now_ms()));
            let (shape, numbers) = composed.unzip();
            let numbers = numbers.unwrap_or_default();
            let (connections, bytes) = memory.count(id, &numbers);
            let examined = machines.into_iter().map(|machine| {
                let examination = self.fleet.examination(machine.id);
                (machine, examination)
            });
            clusters.push(Surveyed {
                shape: shape.map(Arc::new),
                numbers: Arc::new(numbers),
                drafted_ms: memory.drafted.get(&id).copied().flatten().filter(|_| summary.has_changes),
                servers,
                machines: examined.collect(),
                connections,
                bytes,
                summary,
            });
        }
        Ok(Survey { at_ms: self.clock.now_ms(), ticks: memory.ticks, clusters })
    }

    /// Since when drafts wait: seldom, since it takes hours until anybody wants to know.
    async fn drafted(&self, summaries: &[ClusterSummary], memory: &mut Memory) -> Result<(), StoreError> {
        if memory.drafted_at.is_some_and(|at| at.elapsed() < DRAFTS_EVERY) {
            return Ok(());
        }
        memory.drafted.clear();
        for summary in summaries.iter().filter(|summary| summary.has_changes) {
            memory.drafted.insert(summary.id, self.store.draft_touched(summary.id).await?);
        }
        memory.drafted_at = Some(Instant::now());
        Ok(())
    }
}
