//! One activation: read, compute, apply, read again, compare.

use std::sync::Arc;

use model::table::{Foreign, ForeignKey, Step, Table, effective, steps};
use model::{Code, Generation, Why};
use protocol::{Accepted, Observed};

use super::observe::{Findings, count, observe, refused, told, unread};
use super::since::Since;
use super::wanted::{Errors, wanted};
use super::{Checks, Index};
use crate::data_plane::{DataPlane, DataPlaneError, Holding, StepError};

/// At most so many steps of an activation are named in the log unless they fail: a director's first start may have thousands.
const NAMED_STEPS: usize = 100;

/// Milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Makes one data plane what is desired. It remembers nothing that matters: the newest generation that it has seen, and since
/// when objects are as healthy as they are.
pub struct Reconciler {
    data_plane: Arc<dyn DataPlane>,
    clock: Clock,
    newest: Generation,
    since: Since,
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
        Self { data_plane, clock, newest: Generation::default(), since: Since::default() }
    }

    /// The time.
    pub fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    /// One activation; `on_write` is called before the first step, if there is one. Dropping the future ends it at once; all
    /// that it did stays done, and the next activation finds it.
    pub async fn activate(
        &mut self,
        desired: &Accepted,
        checks: &Checks,
        on_write: impl FnOnce() + Send,
    ) -> Pass {
        if desired.generation < self.newest {
            return Pass { observed: refused(desired, self.newest, self.now_ms()), index: None, steps: 0 };
        }
        self.newest = desired.generation;
        match self.make_equal(desired, checks, on_write).await {
            Ok(pass) => pass,
            Err(error) => {
                tracing::error!(generation = desired.generation.0, %error, "the data plane cannot be reconciled");
                let observed = unread(desired, checks, &error, &self.since, self.now_ms());
                Pass { observed, index: None, steps: 0 }
            }
        }
    }

    /// Looks, where nothing is desired yet: somebody else's entries are worth telling nevertheless.
    pub(super) async fn look(&self) -> Observed {
        let nothing = Observed::nothing(self.now_ms());
        match self.data_plane.read().await {
            Ok(holding) => Observed { foreign_total: count(&holding.foreign), foreign: told(&holding.foreign), ..nothing },
            Err(error) => Observed { error: Some(Why::of(error.to_string(), Code::DataPlaneFailed)), ..nothing },
        }
    }

    async fn make_equal(
        &mut self,
        desired: &Accepted,
        checks: &Checks,
        on_write: impl FnOnce() + Send,
    ) -> Result<Pass, DataPlaneError> {
        let (marking, health) = (self.data_plane.facts().marking, checks.health());
        let should_be = |holding: &Holding| {
            let effective = effective(&desired.desired, &health, &holding.own, marking);
            let wanted = wanted(&effective, holding);
            (effective, wanted)
        };
        let mut before = self.data_plane.read().await?;
        let (mut effective, mut wanted) = should_be(&before);
        let adopted = adopted(&before, &effective.table);
        if !adopted.is_empty() {
            tracing::info!(n = adopted.len(), "adopting entries of somebody else's");
            self.data_plane.take_over(&adopted).await?;
            before = self.data_plane.read().await?;
            (effective, wanted) = should_be(&before);
        }
        let steps = steps(&before.own, &wanted.table);
        let (after, mut failed) = if steps.is_empty() {
            (before, Failed::default())
        } else {
            on_write();
            let (after, failed) = self.write(&steps).await?;
            // Where some entries failed, others may serve in their place: the report is of what should be from here on, and
            // is the same at the next activation.
            (effective, wanted) = should_be(&after);
            (after, failed)
        };
        failed.synchronisation =
            self.data_plane.synchronise(&desired.desired).await.err().map(|StepError(why)| why);
        let findings = Findings {
            desired,
            effective: &effective,
            wanted: &wanted,
            after: &after,
            failed: &failed,
            checks,
        };
        let observed = observe(&findings, &self.since, self.now_ms());
        self.since.keep(observed.objects.iter().filter_map(|object| {
            Some(((object.service, object.destination), object.health, object.since_ms?))
        }));
        Ok(Pass { observed, index: Some(Index::new(desired, &effective)), steps: steps.len() })
    }

    async fn write(&self, steps: &[Step]) -> Result<(Holding, Failed), DataPlaneError> {
        let results = self.data_plane.apply(steps).await;
        let mut failed = Failed::default();
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
            tracing::info!(n = steps.len(), failed = failed.entries.len(), "steps, of which the first were named");
        }
        let after = self.data_plane.read().await?;
        Ok((after, failed))
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
}

impl Failed {
    fn note(&mut self, step: &Step, StepError(error): StepError) {
        match step.object() {
            (Some(key), destination) => {
                self.entries.entry((key.clone(), destination)).or_insert(error);
            }
            (None, _) => self.timeouts = Some(error),
        }
    }
}
