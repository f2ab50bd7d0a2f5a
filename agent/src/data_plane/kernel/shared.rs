//! The conversation with the kernel, step by step; all of it blocks, on threads that nobody waits for.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ipvs::{KernelError, Request};
use model::table::{ForeignAction, ForeignKey, Scope, Step, TableKey};
use model::{Code, Why};

use super::plan::{Planned, given_back, plan};
use super::reading::{Look, Reading, There};
use super::refusal::{Meaning, meaning};
use super::registry::{self, Content, Registry};
use super::schedulers::Schedulers;
use super::transport::Transport;
use super::{chain, convert, daemons};
use crate::data_plane::{Holding, StepError};

/// How often a look is repeated at most, while each one misses something else that this agent has made.
const LOOKS: usize = 3;

/// What the threads that talk to the kernel share.
pub(super) struct Shared {
    pub(super) transport: Mutex<Box<dyn Transport>>,
    pub(super) registry: Registry,
    /// What the last look found.
    pub(super) there: Mutex<Arc<There>>,
    /// What the kernel can balance by.
    pub(super) schedulers: Schedulers,
    /// How many lists of steps are being carried out. Their notes are ahead of the kernel, and not to be pruned.
    pub(super) applying: Mutex<usize>,
    /// Told when one of them ends.
    pub(super) applied: Condvar,
    /// Held while sync daemons are seen to.
    pub(super) synchronising: Mutex<()>,
}

impl Shared {
    pub(super) fn kernel<R>(
        &self,
        ask: impl FnOnce(&mut dyn Transport) -> Result<R, ipvs::Error>,
    ) -> Result<R, String> {
        let mut transport = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        ask(transport.as_mut()).map_err(|error| chain(&error))
    }

    pub(super) fn there(&self) -> Arc<There> {
        Arc::clone(&self.there.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until no list of steps is being carried out: one that nobody waits for any more ends nevertheless, and what it makes
    /// would be taken for somebody else's by whoever looked before it.
    fn settle(&self) {
        let mut applying = self.applying();
        while *applying > 0 {
            applying = self.applied.wait(applying).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn applying(&self) -> MutexGuard<'_, usize> {
        self.applying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at what is within `scope`, and forgets what this agent made there and is not there any more.
    pub(super) fn read(&self, scope: &Scope) -> Result<Holding, String> {
        // What is known of the rest must have been seen once.
        let scope = if self.there().timeouts.is_some() { scope } else { &Scope::Whole };
        self.settle();
        // Before the look: what is noted while it lasts is not to be missed in it.
        let settled = *self.applying() == 0;
        let content = self.registry.content();
        let mut reading = self.look(&content, scope)?;
        let mut missed = reading.there.lacks(&content, scope);
        // The kernel goes on with a list where its part before ended, by number and over all network namespaces: what leaves
        // anywhere meanwhile hides an entry. One that two looks miss is gone.
        for _ in 1..LOOKS {
            if !settled || missed.is_empty() {
                break;
            }
            reading = self.look(&content, scope)?;
            let again = reading.there.lacks(&content, scope);
            if again == missed {
                break;
            }
            missed = again;
        }
        let Reading { holding, there, nameless } = reading;
        if nameless > 0 {
            tracing::debug!(
                n = nameless,
                "the kernel has services that this agent has no name for; they are left alone"
            );
        }
        if settled {
            let waiting: BTreeSet<_> = holding
                .foreign
                .iter()
                .filter(|foreign| foreign.adopting)
                .map(|foreign| foreign.place())
                .collect();
            let waiting = |entry: &ForeignKey| !scope.contains(&entry.key) || waiting.contains(entry);
            if !missed.is_empty() || !content.adopting.iter().all(waiting) {
                let there = |key: &TableKey, place| !scope.contains(key) || there.has(key, place);
                let pruned = self.registry.update(|now| {
                    // Whoever noted something meanwhile knows better than this look.
                    if *now == *content {
                        now.prune(there, waiting);
                    }
                });
                // A note too many does no harm, and whoever looks must not stop for a full disk: health is acted on after each look.
                if let Err(error) = pruned {
                    tracing::warn!(error = chain(&error), "cannot note what is gone from the kernel");
                }
            }
        }
        let mut known = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut known).replace(scope, there);
        Ok(holding)
    }

    fn look(&self, content: &Content, scope: &Scope) -> Result<Reading, String> {
        let mut look = Look::new(content);
        let timeouts = self.kernel(|kernel| {
            match scope {
                Scope::Whole => kernel
                    .each(&mut |_| true, &mut |service, destinations| look.take(service, destinations))?,
                Scope::Only(keys) => {
                    // One that has no mark is not there.
                    for key in keys.iter().filter_map(|key| convert::to_service_key(key, &content.marks)) {
                        if let Some((service, destinations)) = kernel.look_up(&key)? {
                            look.take(&service, &destinations);
                        }
                    }
                }
            }
            kernel.timeouts()
        })?;
        Ok(look.finish(timeouts))
    }

    /// Gives each of the services a firewall mark, and notes it on disk.
    pub(super) fn give_marks(&self, wanted: &BTreeSet<TableKey>) -> Result<(), String> {
        if self.there().timeouts.is_none() {
            self.read(&Scope::Whole)?;
        }
        let there = self.there();
        let given =
            self.registry.update(|content| content.give_marks(wanted, |mark| there.marks.contains(&mark)));
        let inherited = given.map_err(|error| chain(&error))?.map_err(|error| error.to_string())?;
        let mut known = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        for inheritance in inherited {
            Arc::make_mut(&mut known).inherit(inheritance);
        }
        Ok(())
    }

    /// Plans, and notes on disk what is about to be made.
    pub(super) fn prepare(self: &Arc<Self>, steps: &[Step]) -> Result<(Vec<Planned>, Arc<Ahead>), String> {
        if self.there().timeouts.is_none() {
            self.read(&Scope::Whole)?;
        }
        let ahead = Arc::new(Ahead::new(Arc::clone(self)));
        let there = self.there();
        let missing = self.schedulers.missing_for(steps);
        let planned = self.registry.update_if(|content| plan(steps, content, &there, &missing));
        Ok((planned.map_err(|error| chain(&error))?, ahead))
    }

    /// `services`: those that turned out to be somebody else's in an earlier part of the same list; nothing goes into them.
    pub(super) fn carry_out(
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

    pub(super) fn foreign(&self, entry: &ForeignKey, action: ForeignAction) -> Result<(), Why> {
        let scope = Scope::Only([entry.key.clone()].into());
        let holding = self.read(&scope).map_err(|error| Why::of(error, Code::DataPlaneFailed))?;
        let found = holding.foreign.iter().any(|foreign| foreign.place() == *entry);
        if !found {
            let words = if self.there().has(&entry.key, entry.destination) {
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

    pub(super) fn take_over(&self, entries: &[ForeignKey]) -> Result<(), String> {
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

    pub(super) fn synchronise(
        &self,
        wanted: Option<&(registry::Side, model::SyncDaemon)>,
    ) -> Result<(), Why> {
        let _one_at_a_time = self.synchronising.lock().unwrap_or_else(PoisonError::into_inner);
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
pub(super) struct Ahead(Arc<Shared>);

impl Ahead {
    fn new(shared: Arc<Shared>) -> Self {
        *shared.applying() += 1;
        Self(shared)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        *self.0.applying() -= 1;
        self.0.applied.notify_all();
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
