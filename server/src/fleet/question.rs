//! A question or a command that a director was sent, until its answer has come or nobody waits for it any more.

use std::time::Duration;

use model::DirectorId;
use tokio::sync::oneshot;

use super::registry::Registry;

/// Why a director did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Its agent is not connected.
    #[error("the director is not connected to the console")]
    NotConnected,
    /// Its agent does not know such questions.
    #[error("the director's agent is too old for that; upgrade it")]
    TooOld,
    /// Others are asking.
    #[error("too many questions wait for this director already; try again in a moment")]
    Busy,
    /// The time was up. What it was told it may have done nevertheless.
    #[error("the director did not answer within {0:?}")]
    TimedOut(Duration),
    /// The session ended meanwhile. What it was told it may have done nevertheless.
    #[error("the connection to the director was lost before it answered")]
    Lost,
}

/// A question on its way. The receiver ends without an answer when the director's session does.
pub(super) struct Asked<T> {
    pub(super) id: u64,
    pub(super) answered: oneshot::Receiver<T>,
}

impl<T> Asked<T> {
    /// Waits for the answer. A question whose asker goes away is given up, too.
    pub(super) async fn answer(
        self,
        registry: &Registry,
        director: DirectorId,
        timeout: Duration,
    ) -> Result<T, Unanswered> {
        let _give_up = GiveUp { registry, director, id: self.id };
        match tokio::time::timeout(timeout, self.answered).await {
            Ok(answer) => answer.map_err(|_| Unanswered::Lost),
            Err(_) => Err(Unanswered::TimedOut(timeout)),
        }
    }
}

struct GiveUp<'a> {
    registry: &'a Registry,
    director: DirectorId,
    id: u64,
}

impl Drop for GiveUp<'_> {
    fn drop(&mut self) {
        self.registry.give_up(self.director, self.id);
    }
}
