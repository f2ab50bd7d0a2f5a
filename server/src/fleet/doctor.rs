//! Asking a machine's doctor.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::DirectorId;
use protocol::wire::console_message::Kind;
use protocol::{DoctorAnswer, wire};

use super::{Fleet, Unanswered};

/// The ability by which an agent says that it has a doctor.
const FEATURE: &str = "doctor";

/// The most machines whose last examination is remembered. Ours: as many as a person looks after.
const MOST: usize = 4096;

/// What a doctor found, and when its answer came, in milliseconds since 1970 on the console's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// The answer.
    pub answer: DoctorAnswer,
    /// When it came.
    pub at_ms: i64,
}

/// The last examination of each machine, for as long as the console runs.
#[derive(Default)]
pub(super) struct Examinations(Mutex<BTreeMap<DirectorId, Arc<Examination>>>);

/// Why there is no examination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExamineError {
    /// It did not answer.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// The agent could not say.
    #[error("the director could not answer: {0}")]
    Failed(String),
}

impl Fleet {
    /// Has a director examined now, after `fix`, one of those that its last examination named.
    pub async fn examine(
        &self,
        director: DirectorId,
        fix: Option<String>,
        timeout: Duration,
    ) -> Result<DoctorAnswer, ExamineError> {
        let registry = &self.inner.registry;
        let state = registry.state(director);
        if state.connected && !state.features.contains(FEATURE) {
            return Err(Unanswered::TooOld.into());
        }
        let at_ms = self.inner.clock.now_ms();
        let question = |query_id| match fix {
            Some(fix) => Kind::DoctorFix(wire::DoctorFix { query_id, at_ms, fix }),
            None => Kind::Doctor(wire::DoctorQuery { query_id, at_ms }),
        };
        let asked = registry.examine(director, question)?;
        let answer = asked.answer(registry, director, timeout).await?.map_err(ExamineError::Failed)?;
        self.remember(director, &answer);
        Ok(answer)
    }

    /// Whether a machine can be examined now.
    pub fn has_doctor(&self, director: DirectorId) -> bool {
        let state = self.inner.registry.state(director);
        state.connected && state.features.contains(FEATURE)
    }

    /// A machine's last examination since the console's start.
    pub fn examination(&self, director: DirectorId) -> Option<Arc<Examination>> {
        self.inner.examinations.0.lock().unwrap_or_else(PoisonError::into_inner).get(&director).cloned()
    }

    fn remember(&self, director: DirectorId, answer: &DoctorAnswer) {
        let examination = Examination { answer: answer.clone(), at_ms: self.inner.clock.now_ms() };
        let mut all = self.inner.examinations.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(&director) {
            let oldest = all.iter().min_by_key(|(_, examination)| examination.at_ms).map(|(id, _)| *id);
            oldest.and_then(|id| all.remove(&id));
        }
        all.insert(director, Arc::new(examination));
    }
}
