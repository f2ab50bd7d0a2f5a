//! Writes down what happens: compares what directors report with what stood before, and tells the difference to the store.
//!
//! What stands (a server that is out, an agent that is away) is in the store too. So a console that starts anew says nothing twice,
//! and tells the end of what began before it. What it does not see while it is off it does not invent: a server that was out and
//! back meanwhile leaves no trace.

mod compare;
mod count;
mod prune;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use model::{ClusterId, DirectorId, EventKind};
use protocol::Observed;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::fleet::Fleet;
use crate::live::Seen;
use crate::store::{Happening, Result, Revision, Step, Store};
use compare::{Look, Standing};

/// Many changes come at once, and all of them make one look and one transaction.
const SETTLE: Duration = Duration::from_millis(400);
/// How often it is looked without a change: numbers make none.
const EVERY: Duration = Duration::from_secs(5);
/// How long after the console's start an agent may take to come before it is told to be away. Agents dial again within seconds.
const PATIENCE_MS: i64 = 60_000;

/// The observer.
pub(crate) struct Observer {
    store: Store,
    fleet: Fleet,
    clock: Clock,
    closing: CancellationToken,
    /// When its patience with agents that have not come ends.
    patient_ms: i64,
    /// What stands; none before the store has told.
    standing: Option<Standing>,
    /// The reports that were looked at.
    reports: BTreeMap<DirectorId, Weak<Observed>>,
}

impl Observer {
    /// One that has seen nothing yet.
    pub(crate) fn new(store: Store, fleet: Fleet, clock: Clock, closing: CancellationToken) -> Self {
        let patient_ms = clock.now_ms().saturating_add(PATIENCE_MS);
        Self { store, fleet, clock, closing, patient_ms, standing: None, reports: BTreeMap::new() }
    }

    /// Observes until the console closes; and prunes what is too old.
    pub(crate) async fn run(mut self) {
        let closing = self.closing.clone();
        let pruning = prune::run(self.store.clone(), self.clock.clone(), closing.clone());
        let counting = count::run(self.store.clone(), self.fleet.clone(), closing.clone());
        let observing = async {
            let mut changed = self.fleet.changed();
            loop {
                changed.mark_unchanged();
                if let Err(error) = self.look().await {
                    tracing::warn!(%error, "cannot write down what happened; trying again");
                    // Whatever was looked at is looked at again.
                    self.reports.clear();
                }
                tokio::select! {
                    () = closing.cancelled() => return,
                    () = tokio::time::sleep(EVERY) => {}
                    _ = changed.changed() => tokio::time::sleep(SETTLE).await,
                }
            }
        };
        tokio::join!(pruning, counting, observing);
    }

    async fn look(&mut self) -> Result<()> {
        if self.standing.is_none() {
            let started = Happening::new(EventKind::ConsoleStarted, self.clock.now_ms());
            let standing = self.store.standing().await?;
            self.store.observed(&[Step { condition: None, since_ms: None, told: Some(started) }]).await?;
            self.standing = Some(standing);
        }
        let now_ms = self.clock.now_ms();
        let directors = self.store.directors().await?;
        let there: BTreeSet<DirectorId> = directors.iter().map(|director| director.id).collect();
        let mut applied: BTreeMap<ClusterId, Option<Arc<Revision>>> = BTreeMap::new();
        let mut steps = Vec::new();
        let mut looked = Vec::new();
        for director in directors {
            let seen = Seen::of(&self.fleet, director);
            let observed = seen.state.observed.clone().filter(|_| seen.state.connected);
            let report = observed.as_ref().filter(|observed| !self.knows(seen.director.id, observed));
            let cluster = seen.director.cluster;
            if report.is_some() && !applied.contains_key(&cluster) {
                applied.insert(cluster, self.store.latest_revision(cluster).await?);
            }
            let names =
                applied.get(&cluster).and_then(Option::as_ref).map(|revision| &revision.desired.cluster);
            let Some(standing) = &self.standing else { return Ok(()) };
            let mut look = Look::new(standing, names, &seen.director, now_ms);
            look.presence(&seen, self.patient_ms);
            look.crowding(&seen);
            if let Some(report) = report {
                look.report(report);
                looked.push((seen.director.id, Arc::downgrade(report)));
            }
            steps.append(&mut look.steps());
        }
        // When the console closes it sends its agents away itself.
        if self.closing.is_cancelled() {
            return Ok(());
        }
        if !steps.is_empty() {
            self.store.observed(&steps).await?;
        }
        self.remember(&steps, &there);
        self.reports.extend(looked);
        self.reports.retain(|director, _| there.contains(director));
        Ok(())
    }

    fn knows(&self, director: DirectorId, observed: &Arc<Observed>) -> bool {
        self.reports.get(&director).is_some_and(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(observed)))
    }

    fn remember(&mut self, steps: &[Step], there: &BTreeSet<DirectorId>) {
        let Some(standing) = &mut self.standing else { return };
        for step in steps {
            let Some(condition) = step.condition else { continue };
            match step.since_ms {
                Some(since_ms) => _ = standing.insert(condition, since_ms),
                None => _ = standing.remove(&condition),
            }
        }
        standing.retain(|condition, _| there.contains(&condition.director));
    }
}
