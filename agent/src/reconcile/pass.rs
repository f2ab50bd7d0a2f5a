//! One activation: read, compute, apply, read again, compare.

use std::sync::Arc;

use bytes::Bytes;
use model::table::{Effective, Foreign, ForeignKey, Health, Scope, Step, Table, effective_of, steps};
use model::{Cluster, Code, Desired, Generation, MachineRole, Why};
use protocol::{Accepted, Observed};

use super::change::{Change, Last};
use super::observe::{Findings, count, observe, refused, told, unread};
use super::patience::Patience;
use super::since::Since;
use super::surroundings::Around;
use super::wanted::{Errors, Wanted, wanted};
use super::{Checks, Index};
use crate::data_plane::{DataPlane, DataPlaneError, Holding, StepError};
use crate::surroundings::Surroundings;

/// At most so many steps of an activation are named in the log unless they fail: a director's first start may have thousands.
const NAMED_STEPS: usize = 100;

/// Milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Makes one data plane what is desired. It remembers nothing that matters: the newest generation that it has seen, since when
/// objects are as healthy as they are, and what the last activation left behind, to begin with and to know what has changed.
pub struct Reconciler {
    data_plane: Arc<dyn DataPlane>,
    clock: Clock,
    newest: Generation,
    since: Since,
    patience: Patience,
    /// What the last activation left behind.
    last: Option<Last>,
    role: MachineRole,
    around: Option<Around>,
}

/// What came of an activation.
#[derive(Debug)]
pub struct Pass {
    /// The report.
    pub observed: Observed,
    /// Whose the entries are; none where the data plane was not read.
    pub index: Option<Index>,
    /// How many steps were tried.
    pub steps: usize,
}

impl Reconciler {
    /// For this data plane and clock.
    pub fn new(data_plane: Arc<dyn DataPlane>, clock: Clock) -> Self {
        Self {
            data_plane,
            clock,
            newest: Generation::default(),
            since: Since::default(),
            patience: Patience::default(),
            last: None,
            role: MachineRole::Director,
            around: None,
        }
    }

    /// Sees to what surrounds the table too. A real server has no table: it sees to its surroundings alone, and what it once made
    /// as a director goes.
    pub fn with_surroundings(self, surroundings: Arc<dyn Surroundings>, role: MachineRole) -> Self {
        Self { role, around: Some(Around::new(surroundings, role)), ..self }
    }

    /// Whether it balances, and so needs to know who is healthy.
    pub fn balances(&self) -> bool {
        self.role == MachineRole::Director
    }

    /// The time.
    pub fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    /// One activation; `on_write` is called before the first step, if there is one. Dropping the future ends it at once; all
    /// that it did stays done, and the next activation finds it.
    pub async fn activate(
        &mut self,
        desired: &Arc<Accepted>,
        checks: &Checks,
        on_write: impl FnOnce() + Send,
    ) -> Pass {
        if desired.generation < self.newest {
            return Pass { observed: refused(desired, self.newest, self.now_ms()), index: None, steps: 0 };
        }
        self.newest = desired.generation;
        let now_ms = self.now_ms();
        let mut on_write = Some(on_write);
        let mut on_write = || on_write.take().into_iter().for_each(|on_write| on_write());
        let look = match &mut self.around {
            Some(around) => {
                Some(around.before_table(&*self.data_plane, desired, now_ms, &mut on_write).await)
            }
            None => None,
        };
        let mut pass = match self.role {
            MachineRole::Director => self.table(desired, checks, on_write).await,
            MachineRole::RealServer => self.no_table(desired, on_write).await,
        };
        if let Some((around, look)) = self.around.as_mut().zip(look) {
            pass.observed.add(around.after_table(look).await);
        }
        pass
    }

    async fn table(
        &mut self,
        desired: &Arc<Accepted>,
        checks: &Checks,
        on_write: impl FnOnce() + Send,
    ) -> Pass {
        match self.make_equal(desired, checks, on_write).await {
            Ok(pass) => pass,
            Err(error) => {
                tracing::error!(generation = desired.generation.0, %error, "the data plane cannot be reconciled");
                let observed = unread(desired, checks, &error, &self.since, self.now_ms());
                Pass { observed, index: None, steps: 0 }
            }
        }
    }

    /// A real server has no table: what is in it goes, and no objects are reported.
    async fn no_table(&mut self, desired: &Arc<Accepted>, on_write: impl FnOnce() + Send) -> Pass {
        let running = desired.desired.running;
        let cluster = Cluster::new(desired.desired.cluster.name().clone());
        let nothing = Desired { running: false, cluster };
        let nothing = Arc::new(Accepted { desired: nothing, spec: Bytes::new(), ..**desired });
        let mut pass = self.table(&nothing, &Checks::default(), on_write).await;
        pass.observed.running = running;
        pass
    }

    /// Looks, where nothing is desired yet: somebody else's entries are worth telling nevertheless.
    pub(super) async fn look(&self) -> Observed {
        let nothing = Observed::nothing(self.now_ms());
        match self.data_plane.read(&Scope::Whole).await {
            Ok(holding) => Observed {
                foreign_total: count(&holding.foreign),
                foreign: told(&holding.foreign),
                ..nothing
            },
            Err(error) => {
                Observed { error: Some(Why::of(error.to_string(), Code::DataPlaneFailed)), ..nothing }
            }
        }
    }

    async fn make_equal(
        &mut self,
        desired: &Arc<Accepted>,
        checks: &Checks,
        on_write: impl FnOnce() + Send,
    ) -> Result<Pass, DataPlaneError> {
        let (marking, verdicts) = (self.data_plane.facts().marking, checks.health());
        let now_ms = self.now_ms();
        // What the last activation found is good enough to begin with: a change is on its way before the data plane has been
        // read. Whatever that view missed, the look after the write shows.
        let change = self
            .last
            .as_ref()
            .map_or(Change::Nothing, |last| last.change(desired, &verdicts, marking, now_ms));
        let (rest, believed) = match (self.last.take(), &change) {
            (Some(last), Change::Services(_, scope)) => {
                let believed = last.holding.within(scope);
                (Some(last), Some(believed))
            }
            (Some(last), Change::Everything) => (None, Some(last.holding)),
            (None, _) | (_, Change::Nothing) => (None, None),
        };
        let scope = change.scope();
        let should_be = |holding: &Holding| {
            let judged = |id| verdicts.get(&id).copied().unwrap_or(Health::Unknown);
            let services = change.services(&desired.desired);
            effective_of(&desired.desired, services, judged, &holding.own, marking)
        };
        let mut failed = Failed::default();
        self.patience.begin((desired.generation, desired.hash));
        let (mut tried, mut done) = (0, false);
        let mut on_write = Some(on_write);
        let (mut holding, mut looked) = match believed {
            Some(believed) => (believed, false),
            None => (self.data_plane.read(scope).await?, true),
        };
        let (effective, refused, left) = loop {
            if looked && !done {
                holding = self.adopt(holding, scope, should_be).await?;
            }
            let effective = should_be(&holding);
            let Wanted { table, refused } = wanted(&effective.table, &holding);
            let mut steps = steps(&holding.own, &table);
            let left = steps.len();
            steps.retain(|step| !failed.has(step));
            if !done {
                self.patience.hold_back(&mut steps, &mut failed, now_ms);
            }
            // Where some entries failed, others may serve in their place: the report is of what should be from here on, and
            // is the same at the next activation.
            if done || looked && steps.is_empty() {
                break (effective, refused, left);
            }
            // Whoever goes takes along what is in it: what somebody else has put there since the last look must be known.
            let blind = !looked && steps.iter().any(|step| matches!(step, Step::RemoveService { .. }));
            if !steps.is_empty() && !blind {
                if let Some(on_write) = on_write.take() {
                    on_write();
                }
                tried += steps.len();
                self.write(&steps, &mut failed).await;
                done = looked;
            }
            holding = self.data_plane.read(scope).await?;
            if !done {
                failed.forget_moved();
            }
            looked = true;
        };
        self.patience.end(&failed, now_ms);
        failed.synchronisation =
            self.data_plane.synchronise(&desired.desired).await.err().map(|StepError(why)| why);
        let settled = left == 0 && failed.is_empty();
        let desired = Arc::clone(desired);
        let part = Last { desired, verdicts, effective, refused, holding, settled, looked_ms: now_ms };
        let last = match (rest, &change) {
            (Some(mut last), Change::Services(services, scope)) => {
                last.replace(services, scope, part);
                last
            }
            _ => part,
        };
        let findings = Findings {
            desired: &last.desired,
            effective: &last.effective,
            refused: &last.refused,
            after: &last.holding,
            failed: &failed,
            checks,
        };
        let observed = observe(&findings, &self.since, self.now_ms());
        self.since.keep(observed.objects.iter().filter_map(|object| {
            Some(((object.service, object.destination), object.health, object.since_ms?))
        }));
        let index = Index::new(&last.desired, &last.effective);
        self.last = Some(last);
        Ok(Pass { observed, index: Some(index), steps: tried })
    }

    /// Takes over what was to be adopted as soon as it is desired, and is desired now; then looks again.
    async fn adopt(
        &self,
        holding: Holding,
        scope: &Scope,
        should_be: impl Fn(&Holding) -> Effective + Send,
    ) -> Result<Holding, DataPlaneError> {
        if !holding.foreign.iter().any(|foreign| foreign.adopting) {
            return Ok(holding);
        }
        let adopted = adopted(&holding, &should_be(&holding).table);
        if adopted.is_empty() {
            return Ok(holding);
        }
        tracing::info!(n = adopted.len(), "adopting entries of somebody else's");
        self.data_plane.take_over(&adopted).await?;
        self.data_plane.read(scope).await
    }

    async fn write(&self, steps: &[Step], failed: &mut Failed) {
        let results = self.data_plane.apply(steps).await;
        for (n, (step, result)) in steps.iter().zip(results).enumerate() {
            match result {
                Ok(()) if n < NAMED_STEPS => tracing::info!(%step, "done"),
                Ok(()) => tracing::debug!(%step, "done"),
                Err(error) => {
                    tracing::warn!(%step, %error, "failed; it is tried again at the next activation");
                    failed.note(step, error);
                }
            }
        }
        if steps.len() > NAMED_STEPS {
            tracing::info!(
                n = steps.len(),
                failed = failed.entries.len(),
                "steps, of which the first were named"
            );
        }
    }
}

/// What was foreign so far, was to be adopted as soon as it is desired, and is desired now.
fn adopted(holding: &Holding, table: &Table) -> Vec<ForeignKey> {
    let desired = |foreign: &&Foreign| {
        let service = table.services.get(&foreign.key);
        service.is_some_and(|service| {
            foreign.destination.is_none_or(|place| service.destinations.contains_key(&place))
        })
    };
    holding.foreign.iter().filter(|foreign| foreign.adopting).filter(desired).map(Foreign::place).collect()
}

/// The steps that failed.
#[derive(Debug, Default)]
pub(super) struct Failed {
    pub(super) entries: Errors,
    pub(super) timeouts: Option<Why>,
    /// Why connections are not synchronised as they should be.
    pub(super) synchronisation: Option<Why>,
    /// Those that were tried.
    pub(super) tried: Vec<Step>,
    /// Those that were refused before, and not tried this time.
    pub(super) held: Vec<Step>,
}

impl Failed {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.timeouts.is_none() && self.synchronisation.is_none()
    }

    pub(super) fn has(&self, step: &Step) -> bool {
        match step.object() {
            (Some(key), destination) => self.entries.contains_key(&(key.clone(), destination)),
            (None, _) => self.timeouts.is_some(),
        }
    }

    /// What failed since the table was not what it was believed to be is tried again on what it is.
    fn forget_moved(&mut self) {
        let moved = |why: &Why| {
            why.cause.as_ref().is_some_and(|cause| matches!(cause.code(), Code::TableMoved | Code::Foreign))
        };
        self.entries.retain(|_, why| !moved(why));
    }

    /// One that is not tried, since it failed for this reason before.
    pub(super) fn hold(&mut self, step: &Step, why: &Why) {
        self.held.push(step.clone());
        self.put(step, why.clone());
    }

    pub(super) fn note(&mut self, step: &Step, StepError(error): StepError) {
        self.tried.push(step.clone());
        self.put(step, error);
    }

    fn put(&mut self, step: &Step, error: Why) {
        match step.object() {
            (Some(key), destination) => {
                self.entries.entry((key.clone(), destination)).or_insert(error);
            }
            (None, _) => self.timeouts = Some(error),
        }
    }
}
