//! Asking a machine's doctor.

use std::time::Duration;

use model::DirectorId;
use protocol::wire::console_message::Kind;
use protocol::{DoctorAnswer, wire};

use super::registry::AskError;
use super::{Fleet, GiveUp};

/// The ability by which an agent says that it has a doctor.
const FEATURE: &str = "doctor";

/// Why there is no examination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExamineError {
    /// Its agent is not connected.
    #[error("the director is not connected to the console")]
    NotConnected,
    /// Its agent is too old.
    #[error("the director's agent has no doctor; upgrade it")]
    NoDoctor,
    /// Others are asking.
    #[error("too many questions wait for this director already; try again in a moment")]
    Busy,
    /// The time was up.
    #[error("the director did not answer within {0:?}")]
    TimedOut(Duration),
    /// The session ended meanwhile.
    #[error("the connection to the director was lost before it answered")]
    Lost,
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
            return Err(ExamineError::NoDoctor);
        }
        let at_ms = self.inner.clock.now_ms();
        let question = |query_id| match fix {
            Some(fix) => Kind::DoctorFix(wire::DoctorFix { query_id, at_ms, fix }),
            None => Kind::Doctor(wire::DoctorQuery { query_id, at_ms }),
        };
        let asked = registry.examine(director, question).map_err(|error| match error {
            AskError::NotConnected => ExamineError::NotConnected,
            AskError::TooMany => ExamineError::Busy,
        })?;
        let _give_up = GiveUp { registry, director, id: asked.id };
        match tokio::time::timeout(timeout, asked.answered).await {
            Ok(Ok(answer)) => answer.map_err(ExamineError::Failed),
            Ok(Err(_)) => Err(ExamineError::Lost),
            Err(_) => Err(ExamineError::TimedOut(timeout)),
        }
    }
}
