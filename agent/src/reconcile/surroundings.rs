//! What surrounds the table, seen to around the table: what is to appear before it changes; VIPs, and what is to go, after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::table::{Table, TableKey, effective};
use model::{FirewallMark, Generation, MachineRole, SpecHash};
use protocol::{Accepted, Surrounding, SurroundingState};

use super::PERIOD;
use crate::data_plane::{DataPlane, DataPlaneError};
use crate::surroundings::{
    Failures, Present, PresentRules, Steps, SurroundingStep, Surroundings, SurroundingsError, Wanted, report,
    steps, wanted,
};

/// Sees to the surroundings. It remembers when they were last found in order: a changed verdict, which changes nothing around the
/// table, must not wait for a look at the machine.
pub(super) struct Around {
    surroundings: Arc<dyn Surroundings>,
    role: MachineRole,
    settled: Option<Settled>,
}

/// What was found in order, and when.
struct Settled {
    of: (Generation, SpecHash),
    at_ms: i64,
    reports: Vec<Surrounding>,
}

/// One look, between the two halves of the work.
pub(super) enum Look {
    /// Not taken: all was in order a moment ago.
    Fresh(Vec<Surrounding>),
    /// The machine could not be read.
    Blind(SurroundingsError),
    /// What is wanted, what is left to do, and what failed so far.
    Taken(Box<Taken>),
}

/// What a look found.
pub(super) struct Taken {
    of: (Generation, SpecHash),
    at_ms: i64,
    wanted: Wanted,
    present: Present,
    /// Why it is not known which rules should be there.
    unmarked: Option<String>,
    /// What is left to do once the table has changed.
    then: Vec<SurroundingStep>,
    changed: bool,
    failures: Failures,
}

impl Around {
    pub(super) fn new(surroundings: Arc<dyn Surroundings>, role: MachineRole) -> Self {
        Self { surroundings, role, settled: None }
    }

    /// Looks, and makes what is to appear. `on_write` is called before the first step, if there is one.
    pub(super) async fn before_table(
        &mut self,
        data_plane: &dyn DataPlane,
        desired: &Accepted,
        now_ms: i64,
        on_write: impl FnOnce() + Send,
    ) -> Look {
        let of = (desired.generation, desired.hash);
        self.settled = self.settled.take().filter(|settled| settled.of == of && settled.is_fresh(now_ms));
        if let Some(settled) = &self.settled {
            return Look::Fresh(settled.reports.clone());
        }
        match self.look(data_plane, desired, now_ms, on_write).await {
            Ok(taken) => Look::Taken(Box::new(taken)),
            Err(error) => Look::Blind(error),
        }
    }

    /// Takes away what is to go, reads back, and reports.
    pub(super) async fn after_table(&mut self, look: Look) -> Vec<Surrounding> {
        let taken = match look {
            Look::Fresh(reports) => return reports,
            Look::Blind(error) => return vec![unread(&error)],
            Look::Taken(taken) => *taken,
        };
        let Taken { of, at_ms, wanted, mut present, unmarked, then, mut changed, mut failures } = taken;
        if !then.is_empty() {
            self.apply(&then, &mut failures).await;
            changed = true;
        }
        if changed {
            present = match self.surroundings.read(&wanted).await {
                Ok(present) => present,
                Err(error) => return vec![unread(&error)],
            };
            unknown(&mut present, unmarked.as_deref());
        }
        let reports = report(&wanted, &present, &failures);
        if reports.iter().all(|report| report.state != SurroundingState::Failed) {
            self.settled = Some(Settled { of, at_ms, reports: reports.clone() });
        }
        reports
    }

    async fn look(
        &self,
        data_plane: &dyn DataPlane,
        desired: &Accepted,
        at_ms: i64,
        on_write: impl FnOnce() + Send,
    ) -> Result<Taken, SurroundingsError> {
        let marks = match self.role {
            MachineRole::Director => marks(data_plane, desired).await,
            MachineRole::RealServer => Ok(BTreeMap::new()),
        };
        let (marks, unmarked) = match marks {
            Ok(marks) => (marks, None),
            // Without them the rules stay as they are; addresses do not wait for them.
            Err(error) => (BTreeMap::new(), Some(format!("cannot give services firewall marks: {error}"))),
        };
        let host = self.surroundings.host().await?;
        let wanted = wanted(&desired.desired, self.role, &marks, &host);
        let mut present = self.surroundings.read_on(host, &wanted).await?;
        unknown(&mut present, unmarked.as_deref());
        let Steps { appear, arrive, disappear } = steps(&present, &wanted).keeping(&present, &marks);
        let then: Vec<_> = arrive.into_iter().chain(disappear).collect();
        let changed = !appear.is_empty();
        let mut failures = Failures::default();
        if changed || !then.is_empty() {
            on_write();
        }
        if changed {
            self.apply(&appear, &mut failures).await;
        }
        let of = (desired.generation, desired.hash);
        Ok(Taken { of, at_ms, wanted, present, unmarked, then, changed, failures })
    }

    async fn apply(&self, steps: &[SurroundingStep], failures: &mut Failures) {
        let results = self.surroundings.apply(steps).await;
        for (step, result) in steps.iter().zip(results) {
            match result {
                Ok(()) => tracing::info!(%step, "done"),
                Err(error) => {
                    tracing::warn!(%step, %error, "failed; it is tried again at the next activation");
                    failures.note(step, error);
                }
            }
        }
    }
}

impl Settled {
    fn is_fresh(&self, now_ms: i64) -> bool {
        // A clock that was set back makes it old.
        (0..PERIOD.as_millis() as i64).contains(&(now_ms - self.at_ms))
    }
}

/// The marks of services that the table knows by one. Which services there are does not depend on anybody's health.
async fn marks(
    data_plane: &dyn DataPlane,
    desired: &Accepted,
) -> Result<BTreeMap<TableKey, FirewallMark>, DataPlaneError> {
    let marking = data_plane.facts().marking;
    let table = effective(&desired.desired, &BTreeMap::new(), &Table::default(), marking).table;
    data_plane.marks(&table).await
}

/// Where nobody can say which rules should be there, those that are there stay.
fn unknown(present: &mut Present, reason: Option<&str>) {
    if let Some(reason) = reason {
        present.rules = PresentRules::Unknown(reason.to_owned());
    }
}

/// Nothing is known of anything.
fn unread(error: &SurroundingsError) -> Surrounding {
    tracing::error!(%error, "the machine around the table cannot be read");
    let words = format!("cannot {}: {}", error.attempt, error.reason);
    Surrounding {
        kind: "machine".into(),
        name: error.attempt.into(),
        state: SurroundingState::Failed,
        error: Some(words),
    }
}
