//! Makes the data plane what the desired state and the health of the servers say, again and again.
//!
//! One code path for the first run, for changes and for recovery. An activation takes no input: it reads what is desired, who
//! is healthy and what the data plane holds, at that moment, and does the difference. Timer, a new desired state and a
//! changed verdict activate it; several of them at once are one activation, since only the newest state matters. Nothing is
//! tried again within an activation: the next one is the retry, and failures are reported as state.
//!
//! * [`checks`](mod@checks) says who is to be checked, and what is known of them;
//! * [`Reconciler::activate`] is one activation;
//! * [`run`] activates.
//!
//! Invariants: foreign entries are never the object of a step; where there is no difference nothing is written; an older
//! generation is never applied after a newer one; a newer one ends the apply of an older one.

mod change;
mod checks;
mod index;
mod observe;
mod pass;
mod patience;
mod since;
mod surroundings;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use health::{Judge, Subjects};
use model::{Cause, Code, Why};
use protocol::{Accepted, Observed};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

pub use checks::{Checks, Known, checks};
pub use index::Index;
pub use pass::{Clock, Pass, Reconciler};
pub(crate) use wanted::wanted;

/// How often it is activated when nothing happens: what somebody else did to the data plane is put right within this time,
/// and the console gets a report at least this often.
pub const PERIOD: Duration = protocol::HEARTBEAT;

/// How long an activation may take. A data plane that does not answer within it is reported, and asked again.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Verdicts that come together are taken together: after the first one, so long is waited for others. Small against the
/// second that the fastest check takes to notice anything.
const TOGETHER: Duration = Duration::from_millis(5);

/// What [`run`] reads and writes.
pub struct Channels {
    /// The desired state.
    pub desired: watch::Receiver<Option<Arc<Accepted>>>,
    /// Who is healthy.
    pub judge: watch::Receiver<Judge>,
    /// Who is to be checked.
    pub subjects: watch::Sender<Arc<Subjects>>,
    /// What came of it.
    pub observed: watch::Sender<Arc<Observed>>,
    /// Which entry of the data plane is which object.
    pub index: watch::Sender<Arc<Index>>,
    /// Something has changed that no other channel tells of.
    pub wake: Arc<Notify>,
}

/// Reconciles until `shutdown`, or until nobody is left who could send a desired state. Ending it changes nothing in the
/// data plane.
pub async fn run(mut reconciler: Reconciler, mut channels: Channels, shutdown: CancellationToken) {
    loop {
        let desired = channels.desired.borrow_and_update().clone();
        let judged = desired.as_deref().filter(|_| reconciler.balances());
        let checks = checks(judged, &channels.judge.borrow_and_update());
        channels.publish_subjects(&checks);
        let superseded = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            // The activation's future is dropped, and with it what is left of its apply.
            changed = channels.desired.changed() => match changed {
                Ok(()) => true,
                Err(_) => return,
            },
            () = activate(&mut reconciler, desired.as_ref(), &checks, &channels.observed, &channels.index) => false,
        };
        if superseded {
            channels.desired.mark_changed();
            continue;
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            changed = channels.desired.changed() => match changed {
                Ok(()) => channels.desired.mark_changed(),
                Err(_) => return,
            },
            changed = channels.judge.changed() => match changed {
                Ok(()) => sleep(TOGETHER).await,
                Err(_) => return,
            },
            () = channels.wake.notified() => {}
            () = sleep(PERIOD) => {}
        }
    }
}

async fn activate(
    reconciler: &mut Reconciler,
    desired: Option<&Arc<Accepted>>,
    checks: &Checks,
    observed: &watch::Sender<Arc<Observed>>,
    index: &watch::Sender<Arc<Index>>,
) {
    let Some(desired) = desired else {
        let found = timeout(LIMIT, reconciler.look()).await;
        let nothing = || Observed::nothing(reconciler.now_ms());
        observed.send_replace(Arc::new(found.unwrap_or_else(|_| nothing())));
        return;
    };
    let before = Arc::clone(&observed.borrow());
    let now_ms = reconciler.now_ms();
    let under_way = || observe::under_way(desired, &before, now_ms);
    let on_write = || {
        // A write for a changed verdict does not change what is applied: the last report stands until this one is made.
        if before.generation != desired.generation || before.hash != Some(desired.hash) {
            observed.send_replace(Arc::new(under_way()));
        }
    };
    match timeout(LIMIT, reconciler.activate(desired, checks, on_write)).await {
        Ok(Pass { observed: report, index: entries, .. }) => {
            if let Some(entries) = entries {
                index.send_if_modified(|present| {
                    let differs = **present != entries;
                    if differs {
                        *present = Arc::new(entries);
                    }
                    differs
                });
            }
            observed.send_replace(Arc::new(report));
        }
        Err(_) => {
            let (limit, period) = (LIMIT.as_secs(), PERIOD.as_secs());
            tracing::error!(
                generation = desired.generation.0,
                "the data plane did not answer within {limit} s"
            );
            let error =
                format!("the data plane did not answer within {limit} s; it is asked again in {period} s");
            let cause = Cause::new(Code::NoAnswer, [("seconds", &limit)]);
            observed.send_replace(Arc::new(observe::unanswered(under_way(), Why::new(error, cause))));
        }
    }
}

impl Channels {
    fn publish_subjects(&self, checks: &Checks) {
        self.subjects.send_if_modified(|present| {
            let differs = *present != checks.subjects;
            if differs {
                *present = Arc::clone(&checks.subjects);
            }
            differs
        });
    }
}
