//! Asks all servers at their times. One task; another one for each check under way and none for a server at rest.

use std::sync::Arc;
use std::time::Duration;

use model::DestinationId;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::schedule::{Schedule, Ticket};
use crate::{Check, Judge, Outcome, Subjects};

/// How checks are spread over time.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The most checks at a time. Those beyond wait for their turn, the one that is due longest first.
    pub at_a_time: usize,
    /// Within which time the first checks of new servers start.
    pub start_within: Duration,
}

/// 512 checks at a time are half of what a process may have open by default (`RLIMIT_NOFILE` 1024). New servers
/// are asked within a quarter of a second: a person who has just applied a change is waiting.
impl Default for Pace {
    fn default() -> Self {
        Self { at_a_time: 512, start_within: Duration::from_millis(250) }
    }
}

/// Checks `subjects` until their sender is dropped, and keeps `judge`; receivers are told when a verdict changes.
///
/// `share` gives some part of a duration, at random or not: new servers start that part of [`Pace::start_within`] from now,
/// and have their second check after that part of their interval, so that they do not stay in step. `now_ms` is the
/// wall clock in milliseconds since 1970.
pub async fn run(
    check: Arc<dyn Check>,
    mut subjects: watch::Receiver<Arc<Subjects>>,
    judge: watch::Sender<Judge>,
    pace: Pace,
    mut share: impl FnMut(Duration) -> Duration + Send,
    now_ms: impl Fn() -> i64 + Send,
) {
    let mut schedule = Schedule::default();
    let mut under_way: JoinSet<Done> = JoinSet::new();
    subjects.mark_changed();
    loop {
        while under_way.len() < pace.at_a_time {
            let Some(turn) = schedule.start(Instant::now()) else { break };
            let check = Arc::clone(&check);
            under_way.spawn(async move {
                let started = Instant::now();
                let outcome = check.check(&turn.target, turn.limit).await;
                Done { id: turn.id, ticket: turn.ticket, generation: turn.generation, started, outcome }
            });
        }
        let next = schedule.next().filter(|_| under_way.len() < pace.at_a_time);
        tokio::select! {
            changed = subjects.changed() => {
                if changed.is_err() {
                    return;
                }
                let subjects = Arc::clone(&subjects.borrow_and_update());
                schedule.assign(&subjects, Instant::now(), || share(pace.start_within));
                judge.send_if_modified(|judge| {
                    judge.assign(&subjects, now_ms());
                    false
                });
            }
            Some(done) = under_way.join_next() => match done {
                Ok(done) => {
                    if schedule.end(done.id, done.ticket, done.started, Instant::now(), &mut share) {
                        let now_ms = now_ms();
                        judge.send_if_modified(|judge| judge.take(done.id, done.generation, done.outcome, now_ms));
                    }
                }
                // A check that panics is a bug that must not go unnoticed: its server would never be asked again.
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => {}
            },
            () = wait_until(next), if next.is_some() => {}
        }
    }
}

struct Done {
    id: DestinationId,
    ticket: Ticket,
    generation: model::Generation,
    started: Instant,
    outcome: Outcome,
}

async fn wait_until(at: Option<Instant>) {
    if let Some(at) = at {
        sleep_until(at).await;
    }
}
