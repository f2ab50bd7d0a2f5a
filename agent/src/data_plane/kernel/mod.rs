//! The kernel's IPVS, over the `ipvs` crate.
//!
//! * [`registry`] is what this agent has made there, on disk; the kernel does not note who made what;
//! * [`convert`](self::convert) turns the model's words into the kernel's and back;
//! * [`reading`](self::reading) says what a look into the kernel means, [`plan`](self::plan) what steps mean for it, and
//!   [`refusal`](self::refusal) what its refusals mean: all of it pure;
//! * [`Transport`] is the kernel itself, behind a small trait;
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
mod transport;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ipvs::{KernelError, Request};
use model::table::{ForeignAction, ForeignKey, Step, Table, TableKey};
use model::{Code, Desired, FirewallMark, HostAddress, SchedulerKind, Why};

use super::{
    ConnectionPage, ConnectionQuery, Counters, DataPlane, DataPlaneError, Facts, Holding, Leaving, StepError,
};
use plan::{Planned, given_back, plan};
use reading::{Counting, Look, Reading, There};
use refusal::{Meaning, meaning};
use registry::{Content, Registry};

pub use convert::needs_mark;
pub use transport::{Entries, Transport};

/// How many steps go to the kernel before a newer generation may supersede the rest: some tens of milliseconds of work.
const AT_A_TIME: usize = 1024;

/// How often a look is repeated at most, while each one misses something else that this agent has made.
const LOOKS: usize = 3;

/// Whether an address is this machine's own.
pub type IsOwn = fn(HostAddress) -> bool;

/// The kernel's IPVS in this network namespace.
pub struct Kernel {
    facts: Facts,
    missing: BTreeSet<SchedulerKind>,
    connections: PathBuf,
    is_own: IsOwn,
    shared: Arc<Shared>,
}

/// What the threads that talk to the kernel share.
struct Shared {
    transport: Mutex<Box<dyn Transport>>,
    registry: Registry,
    /// What the last look found.
    there: Mutex<Arc<There>>,
    /// How many lists of steps are being carried out. Their notes are ahead of the kernel, and not to be pruned.
    applying: AtomicUsize,
}

/// What makes a [`Kernel`], apart from the conversation and the registry.
#[derive(Clone, Debug)]
pub struct Set {
    /// What it is.
    pub facts: Facts,
    /// Schedulers that it is known not to have.
    pub missing: BTreeSet<SchedulerKind>,
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
            applying: AtomicUsize::new(0),
        };
        Self { facts, missing, connections, is_own, shared: Arc::new(shared) }
    }

    /// What this agent has made.
    pub fn made(&self) -> Arc<Content> {
        self.shared.registry.content()
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
        self.facts.clone()
    }

    async fn read(&self) -> Result<Holding, DataPlaneError> {
        self.blocking("read the kernel's table", |shared| Ok(shared.read()?.holding)).await
    }

    async fn apply(&self, steps: &[Step]) -> Vec<Result<(), StepError>> {
        let (steps, missing) = (steps.to_vec(), self.missing.clone());
        let planned = self.blocking("note what is about to be made", {
            let steps = steps.clone();
            move |shared| shared.prepare(&steps, &missing)
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

    async fn counters(&self) -> Result<Counters, DataPlaneError> {
        self.blocking("read the kernel's counters", |shared| {
            let content = shared.registry.content();
            let mut counting = Counting::new(&content);
            shared.kernel(|kernel| {
                kernel.each(&mut |service, destinations| counting.take(service, destinations))
            })?;
            Ok(counting.counters)
        })
        .await
    }

    async fn connections(&self, query: &ConnectionQuery) -> Result<ConnectionPage, DataPlaneError> {
        let (query, path) = (query.clone(), self.connections.clone());
        self.blocking("list connections", move |shared| {
            connections::list(&path, &query, &shared.registry.content()).map_err(|error| error.to_string())
        })
        .await
    }

    async fn marks(&self, table: &Table) -> Result<BTreeMap<TableKey, FirewallMark>, DataPlaneError> {
        let wanted: Vec<_> = table.services.keys().filter(|key| needs_mark(key)).cloned().collect();
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.blocking("note firewall marks", move |shared| {
            if shared.there().timeouts.is_none() {
                shared.read()?;
            }
            let there = shared.there();
            let marks = shared.registry.update(|content| {
                let marks = wanted.into_iter().map(|key| {
                    let mark = content.mark(&key, |mark| there.marks.contains(&mark))?;
                    Ok((key, mark))
                });
                marks.collect::<Result<BTreeMap<_, _>, registry::NoMark>>()
            });
            marks.map_err(|error| chain(&error))?.map_err(|error| error.to_string())
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

impl Shared {
    fn kernel<R>(&self, ask: impl FnOnce(&mut dyn Transport) -> Result<R, ipvs::Error>) -> Result<R, String> {
        let mut transport = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        ask(transport.as_mut()).map_err(|error| chain(&error))
    }

    fn there(&self) -> Arc<There> {
        Arc::clone(&self.there.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks, and forgets what this agent made and is not there any more.
    fn read(&self) -> Result<Reading, String> {
        // Before the look: what is noted while it lasts is not to be missed in it.
        let settled = self.applying.load(Ordering::SeqCst) == 0;
        let content = self.registry.content();
        let missed_by = |reading: &Reading| content.missing(|key, place| reading.there.has(key, place));
        let mut reading = self.look(&content)?;
        // The kernel goes on with a list where its part before ended, by number and over all network namespaces: what leaves
        // anywhere meanwhile hides an entry. One that two looks miss is gone.
        for _ in 1..LOOKS {
            let missed = missed_by(&reading);
            if !settled || missed.is_empty() {
                break;
            }
            reading = self.look(&content)?;
            if missed_by(&reading) == missed {
                break;
            }
        }
        if reading.nameless > 0 {
            tracing::debug!(
                n = reading.nameless,
                "the kernel has services that this agent has no name for; they are left alone"
            );
        }
        if settled {
            let waiting: BTreeSet<_> = reading
                .holding
                .foreign
                .iter()
                .filter(|foreign| foreign.adopting)
                .map(|foreign| foreign.place())
                .collect();
            let there = |key: &TableKey, place| reading.there.has(key, place);
            let waiting = |entry: &ForeignKey| waiting.contains(entry);
            if content.is_stale(there, waiting) {
                let pruned = self.registry.update(|now| {
                    // Whoever noted something meanwhile knows better than this look.
                    if *now == *content {
                        now.prune(there, waiting);
                    }
                });
                pruned.map_err(|error| chain(&error))?;
            }
        }
        *self.there.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(reading.there.clone());
        Ok(reading)
    }

    fn look(&self, content: &Content) -> Result<Reading, String> {
        let mut look = Look::new(content);
        let timeouts = self.kernel(|kernel| {
            kernel.each(&mut |service, destinations| look.take(service, destinations))?;
            kernel.timeouts()
        })?;
        Ok(look.finish(timeouts))
    }

    /// Plans, and notes on disk what is about to be made.
    fn prepare(
        self: &Arc<Self>,
        steps: &[Step],
        missing: &BTreeSet<SchedulerKind>,
    ) -> Result<(Vec<Planned>, Arc<Ahead>), String> {
        if self.there().timeouts.is_none() {
            self.read()?;
        }
        let ahead = Arc::new(Ahead::new(Arc::clone(self)));
        let there = self.there();
        let planned = self.registry.update_if(|content| plan(steps, content, &there, missing));
        Ok((planned.map_err(|error| chain(&error))?, ahead))
    }

    /// `services`: those that turned out to be somebody else's in an earlier part of the same list; nothing goes into them.
    fn carry_out(
        &self,
        mut chunk: Vec<(Step, Planned)>,
        services: &mut BTreeSet<TableKey>,
    ) -> Result<Vec<Result<(), StepError>>, String> {
        for (step, planned) in &mut chunk {
            if let (Some(key), _) = step.object()
                && services.contains(key)
            {
                *planned = Err(made_by_somebody(key));
            }
        }
        let chunk = &chunk[..];
        let requests: Vec<Request> =
            chunk.iter().filter_map(|(_, planned)| planned.clone().ok().flatten()).collect();
        let answers =
            if requests.is_empty() { Vec::new() } else { self.kernel(|kernel| kernel.apply(&requests))? };
        let mut answers = answers.into_iter();
        let mut results = Vec::with_capacity(chunk.len());
        // Entries that somebody else has made since the last look.
        let mut theirs = Vec::new();
        for (step, planned) in chunk {
            results.push(match planned {
                Err(why) => Err(StepError(why.clone())),
                Ok(None) => Ok(()),
                Ok(Some(request)) => match result(request, answers.next()) {
                    Meaning::Done => Ok(()),
                    Meaning::Failed(why) => Err(StepError(why)),
                    Meaning::Foreign(why) => {
                        theirs.push(step);
                        Err(StepError(why))
                    }
                },
            });
        }
        services.extend(theirs.iter().filter_map(|step| match step {
            Step::AddService { key, .. } => Some(key.clone()),
            _ => None,
        }));
        self.take_back(chunk, services, &mut results)?;
        let idle = chunk.iter().zip(&results).find_map(|((step, _), result)| match (step, result) {
            (Step::SetTimeouts(wanted), Ok(())) => Some(*wanted),
            _ => None,
        });
        if theirs.is_empty() && idle.is_none() {
            return Ok(results);
        }
        let noted = self.registry.update(|content| {
            for step in theirs {
                disown(content, step);
            }
            if let Some(wanted) = idle {
                given_back(&mut content.former, wanted);
            }
        });
        noted.map_err(|error| chain(&error))?;
        Ok(results)
    }

    /// Destinations that went into a service which turned out to be somebody else's.
    fn take_back(
        &self,
        chunk: &[(Step, Planned)],
        services: &BTreeSet<TableKey>,
        results: &mut [Result<(), StepError>],
    ) -> Result<(), String> {
        let mut requests = Vec::new();
        for ((step, planned), result) in chunk.iter().zip(results) {
            if let (
                Step::AddDestination { key, .. },
                Ok(Some(Request::AddDestination { service, destination })),
                Ok(()),
            ) = (step, planned, &result)
                && services.contains(key)
            {
                requests.push(Request::RemoveDestination {
                    service: service.clone(),
                    destination: destination.key,
                });
                *result = Err(StepError(made_by_somebody(key)));
            }
        }
        if requests.is_empty() {
            return Ok(());
        }
        self.kernel(|kernel| kernel.apply(&requests)).map(drop)
    }

    fn foreign(&self, entry: &ForeignKey, action: ForeignAction) -> Result<(), Why> {
        let reading = self.read().map_err(|error| Why::of(error, Code::DataPlaneFailed))?;
        let found = reading.holding.foreign.iter().any(|foreign| foreign.place() == *entry);
        if !found {
            let words = if reading.there.has(&entry.key, entry.destination) {
                "this agent made it: change the cluster instead"
            } else {
                "it is not there any more"
            };
            return Err(Why::of(format!("{entry}: {words}"), Code::TableMoved));
        }
        match action {
            ForeignAction::Adopt => self
                .registry
                .update(|content| content.adopting.insert(entry.clone()))
                .map(drop)
                .map_err(|error| Why::from(chain(&error))),
            ForeignAction::Remove => self.remove(entry),
        }
    }

    fn remove(&self, entry: &ForeignKey) -> Result<(), Why> {
        let content = self.registry.content();
        let no_mark = || Why::of("it has no firewall mark", Code::TableMoved);
        let service = convert::to_service_key(&entry.key, &content.marks).ok_or_else(no_mark)?;
        let request = match entry.destination {
            None => Request::RemoveService(service),
            Some(place) => {
                Request::RemoveDestination { service, destination: convert::to_destination_key(place) }
            }
        };
        self.ask(&request)
    }

    /// One request, for itself.
    fn ask(&self, request: &Request) -> Result<(), Why> {
        let answers = self.kernel(|kernel| kernel.apply(std::slice::from_ref(request)));
        let answers = answers.map_err(|error| Why::of(error, Code::DataPlaneFailed))?;
        match result(request, answers.into_iter().next()) {
            Meaning::Done => Ok(()),
            Meaning::Failed(why) | Meaning::Foreign(why) => Err(why),
        }
    }

    fn take_over(&self, entries: &[ForeignKey]) -> Result<(), String> {
        let there = self.there();
        let noted = self.registry.update(|content| {
            for ForeignKey { key, destination } in entries {
                content.adopting.remove(&ForeignKey { key: key.clone(), destination: *destination });
                if !there.has(key, *destination) {
                    continue;
                }
                let places: Vec<_> = match destination {
                    Some(place) => vec![*place],
                    None => there.services.get(key).into_iter().flatten().copied().collect(),
                };
                let own = content.services.entry(key.clone()).or_default();
                own.extend(places.into_iter().map(|place| (place, model::table::Role::RealServer)));
            }
        });
        noted.map_err(|error| chain(&error))
    }

    fn synchronise(&self, wanted: Option<&(registry::Side, model::SyncDaemon)>) -> Result<(), Why> {
        if wanted.is_none() && self.registry.content().daemons.is_empty() {
            return Ok(());
        }
        let failed = |error: String| Why::of(error, Code::DataPlaneFailed);
        let running = self.kernel(|kernel| kernel.daemons()).map_err(failed)?;
        let own = self.registry.content().daemons.clone();
        let changes = daemons::changes(wanted, &running, &own)?;
        for (side, request) in &changes.stop {
            self.ask(request)?;
            tracing::info!(?side, "stopped a sync daemon");
        }
        let running: BTreeSet<_> = running.iter().map(|daemon| daemons::side(daemon.state)).collect();
        let stopped: BTreeSet<_> = changes.stop.iter().map(|(side, _)| *side).collect();
        let noted = self.registry.update(|content| {
            // One that ended by itself, with its interface for instance, is nobody's.
            content.daemons.retain(|side| running.contains(side) && !stopped.contains(side));
            content.daemons.extend(changes.start.as_ref().map(|(side, _)| *side));
        });
        noted.map_err(|error| Why::from(chain(&error)))?;
        if let Some((side, request)) = &changes.start {
            if let Err(why) = self.ask(request) {
                let noted = self.registry.update(|content| content.daemons.remove(side));
                noted.map_err(|error| Why::from(chain(&error)))?;
                return Err(why);
            }
            tracing::info!(?side, "started a sync daemon");
        }
        Ok(())
    }
}

/// While one of these is held, the registry's notes are ahead of the kernel.
struct Ahead(Arc<Shared>);

impl Ahead {
    fn new(shared: Arc<Shared>) -> Self {
        shared.applying.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.applying.fetch_sub(1, Ordering::SeqCst);
    }
}

fn result(request: &Request, answer: Option<Result<(), KernelError>>) -> Meaning {
    match answer {
        None => Meaning::Failed(Why::of("the kernel did not answer", Code::DataPlaneFailed)),
        Some(Ok(())) => Meaning::Done,
        Some(Err(refusal)) => meaning(request, &refusal),
    }
}

fn made_by_somebody(key: &TableKey) -> Why {
    let words = format!("somebody else has made {key} in the kernel at this moment: adopt it or remove it");
    Why::of(words, Code::Foreign)
}

/// Somebody else made the entry in the moment between look and step.
fn disown(content: &mut Content, step: &Step) {
    match step.object() {
        (Some(key), None) => drop(content.services.remove(key)),
        (Some(key), Some(place)) => {
            if let Some(of_service) = content.services.get_mut(key) {
                of_service.remove(&place);
            }
        }
        (None, _) => {}
    }
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
