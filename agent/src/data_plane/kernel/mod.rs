//! The kernel's IPVS, over the `ipvs` crate.
//!
//! * [`registry`] is what this agent has made there, on disk; the kernel does not note who made what;
//! * `convert` turns the model's words into the kernel's and back;
//! * `reading` says what a look into the kernel means, `plan` what steps mean for it, and
//!   `refusal` what its refusals mean: all of it pure;
//! * [`Transport`] is the kernel itself, behind a small trait, and `shared` the conversation with it;
//! * [`probe`] says whether there is one to talk to, and what it can do.
//!
//! The kernel goes on without the agent: leaving changes nothing. Nothing is ever flushed.

mod connections;
mod convert;
pub mod daemons;
mod plan;
pub mod probe;
mod reading;
mod refusal;
pub mod registry;
mod schedulers;
mod shared;
mod transport;
mod words;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use model::table::{ForeignAction, ForeignKey, Scope, Step, Table, TableKey};
use model::{Code, Desired, FirewallMark, HostAddress, SchedulerKind, Why};

use super::{Counters, DataPlane, DataPlaneError, Facts, Holding, Leaving, Listener, Scan, StepError};
use reading::Counting;
use registry::{Content, Registry};
use schedulers::Schedulers;
use shared::Shared;

pub use convert::needs_mark;
pub use transport::{Entries, Transport};

/// How many steps go to the kernel before a newer generation may supersede the rest: some tens of milliseconds of work.
const AT_A_TIME: usize = 1024;

const NOTE_MARKS: &str = "note firewall marks";

/// Whether an address is this machine's own.
pub type IsOwn = fn(HostAddress) -> bool;

/// The kernel's IPVS in this network namespace.
pub struct Kernel {
    facts: Facts,
    connections: PathBuf,
    is_own: IsOwn,
    shared: Arc<Shared>,
}

/// What makes a [`Kernel`], apart from the conversation and the registry.
#[derive(Clone, Debug)]
pub struct Set {
    /// What it is; which schedulers it has is asked as often as it matters.
    pub facts: Facts,
    /// Schedulers that it is known not to have, found out anew: modules come while the agent runs.
    pub missing: fn() -> BTreeSet<SchedulerKind>,
    /// The file that lists connections.
    pub connections: PathBuf,
    /// Which addresses are this machine's.
    pub is_own: IsOwn,
}

impl Kernel {
    /// Over this conversation.
    pub fn new(transport: Box<dyn Transport>, registry: Registry, set: Set) -> Self {
        let Set { facts, missing, connections, is_own } = set;
        let shared = Shared {
            transport: Mutex::new(transport),
            registry,
            there: Mutex::default(),
            schedulers: Schedulers::new(missing),
            applying: Mutex::default(),
            applied: Condvar::default(),
            synchronising: Mutex::default(),
        };
        Self { facts, connections, is_own, shared: Arc::new(shared) }
    }

    /// What this agent has made.
    pub fn made(&self) -> Arc<Content> {
        self.shared.registry.content()
    }

    /// Plans and notes all of it, then carries it out in pieces, so that a newer generation need not wait for the end.
    async fn apply_in_order(&self, steps: Vec<Step>) -> Vec<Result<(), StepError>> {
        let planned = self.blocking("note what is about to be made", {
            let steps = steps.clone();
            move |shared| shared.prepare(&steps)
        });
        let (planned, guard) = match planned.await {
            Ok(prepared) => prepared,
            Err(error) => {
                let error = Why::of(error.to_string(), Code::DataPlaneFailed);
                return vec![Err(StepError(error)); steps.len()];
            }
        };
        let mut results = Vec::with_capacity(steps.len());
        let mut work = steps.into_iter().zip(planned);
        let theirs = Arc::new(Mutex::new(BTreeSet::new()));
        loop {
            let chunk: Vec<_> = work.by_ref().take(AT_A_TIME).collect();
            if chunk.is_empty() {
                break;
            }
            let (size, guard, theirs) = (chunk.len(), Arc::clone(&guard), Arc::clone(&theirs));
            let done = self.blocking("write to the kernel", move |shared| {
                // Where nobody waits for this any more, it ends as a whole nevertheless.
                let _ahead = guard;
                shared.carry_out(chunk, &mut theirs.lock().unwrap_or_else(PoisonError::into_inner))
            });
            match done.await {
                Ok(of_chunk) => results.extend(of_chunk),
                Err(error) => {
                    let error = Why::of(error.to_string(), Code::DataPlaneFailed);
                    results.extend(std::iter::repeat_n(Err(StepError(error)), size));
                }
            }
        }
        results
    }

    /// Does something with the kernel where nobody else waits for the thread.
    async fn blocking<R: Send + 'static>(
        &self,
        attempt: &'static str,
        work: impl FnOnce(&Arc<Shared>) -> Result<R, String> + Send + 'static,
    ) -> Result<R, DataPlaneError> {
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.map_err(|error| error.to_string())
            .and_then(|done| done)
            .map_err(|reason| DataPlaneError { attempt, reason })
    }
}

#[async_trait]
impl DataPlane for Kernel {
    fn facts(&self) -> Facts {
        Facts { schedulers: self.shared.schedulers.present(), ..self.facts.clone() }
    }

    async fn read(&self, scope: &Scope) -> Result<Holding, DataPlaneError> {
        let scope = scope.clone();
        self.blocking("read the kernel's table", move |shared| shared.read(&scope)).await
    }

    async fn apply(&self, steps: &[Step]) -> Vec<Result<(), StepError>> {
        let order = plan::order(steps);
        let in_order = order.iter().filter_map(|n| steps.get(*n).cloned()).collect();
        let results = self.apply_in_order(in_order).await;
        let mut results: Vec<_> = order.into_iter().zip(results).collect();
        results.sort_by_key(|(n, _)| *n);
        results.into_iter().map(|(_, result)| result).collect()
    }

    async fn counters(&self, before: Counters) -> Result<Counters, DataPlaneError> {
        self.blocking("read the kernel's counters", |shared| {
            let content = shared.registry.content();
            // Asked and told in turns, and never at the same time.
            let counting = RefCell::new(Counting::new(&content, before));
            shared.kernel(|kernel| {
                kernel.each(
                    &mut |service| counting.borrow_mut().wants(service),
                    &mut |service, destinations| counting.borrow_mut().take(service, destinations),
                )
            })?;
            Ok(counting.into_inner().finish())
        })
        .await
    }

    async fn connections(&self, within: Duration, mut listen: Listener) -> Result<Scan, DataPlaneError> {
        let (path, until) = (self.connections.clone(), Instant::now() + within);
        self.blocking("list connections", move |shared| {
            let read = File::open(path)
                .and_then(|file| connections::read(file, until, &shared.registry.content(), &mut listen));
            let scan = read.map_err(|error| error.to_string())?;
            // The counters tell what there was beside what was read; they cost as much as there are services.
            let expected = if scan.finished { None } else { Some(connections::kept(shared)?) };
            Ok(Scan { expected, ..scan })
        })
        .await
    }

    async fn marks(&self, table: &Table) -> Result<BTreeMap<TableKey, FirewallMark>, DataPlaneError> {
        let wanted: BTreeSet<_> = table.services.keys().filter(|key| needs_mark(key)).cloned().collect();
        let content = self.shared.registry.content();
        if !content.lacks_marks(&wanted) {
            return marks_of(&content).map_err(|reason| DataPlaneError { attempt: NOTE_MARKS, reason });
        }
        self.blocking(NOTE_MARKS, move |shared| {
            shared.give_marks(&wanted)?;
            marks_of(&shared.registry.content())
        })
        .await
    }

    async fn foreign(&self, entry: &ForeignKey, action: ForeignAction) -> Result<(), StepError> {
        let entry = entry.clone();
        let done = self.blocking("look for the entry", move |shared| Ok(shared.foreign(&entry, action)));
        match done.await {
            Ok(done) => done.map_err(StepError),
            Err(error) => Err(StepError(Why::of(error.to_string(), Code::DataPlaneFailed))),
        }
    }

    async fn take_over(&self, entries: &[ForeignKey]) -> Result<(), DataPlaneError> {
        let entries = entries.to_vec();
        self.blocking("note what is adopted", move |shared| shared.take_over(&entries)).await
    }

    async fn synchronise(&self, desired: &Desired) -> Result<(), StepError> {
        // The surroundings say what is missing.
        if daemons::is_undecided(desired, self.is_own) {
            return Ok(());
        }
        let wanted = daemons::wanted(desired, self.is_own);
        let done =
            self.blocking("look for sync daemons", move |shared| Ok(shared.synchronise(wanted.as_ref())));
        match done.await {
            Ok(done) => done.map_err(StepError),
            Err(error) => Err(StepError(Why::of(error.to_string(), Code::DataPlaneFailed))),
        }
    }

    async fn leave(&self, _deadline: Duration) -> Leaving {
        Leaving::default()
    }
}

fn marks_of(content: &Content) -> Result<BTreeMap<TableKey, FirewallMark>, String> {
    content.firewall_marks().map_err(|error| error.to_string())
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}
