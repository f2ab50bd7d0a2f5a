//! Looks into directors' connection tables.
//!
//! Nobody is asked unless somebody looks, and who asks the same as another one a moment ago gets the same answer: see [`shared`].

mod older;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use model::DirectorId;
use protocol::{CONNECTION_GROUPS, ConnectionsAnswer, ConnectionsQuery, MAX_CONNECTION_ROWS};

use super::registry::{AskError, Registry};
use super::{Fleet, GiveUp};

pub(super) use shared::Shared;

/// What agents' features name where they list connections at all.
const CONNECTIONS: &str = "connections";

/// An answer, and when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The answer.
    pub answer: ConnectionsAnswer,
    /// Whether the agent is an older one, whose rows were looked through here.
    pub older: bool,
    /// When it came, in milliseconds since 1970 on the console's clock.
    pub at_ms: i64,
}

/// Why there is no answer about connections.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionsError {
    /// Its agent is not connected.
    #[error("the director is not connected to the console")]
    NotConnected,
    /// Its agent does not list connections.
    #[error("the director's agent cannot list connections; upgrade it")]
    Unsupported,
    /// Others are asking.
    #[error("too many questions wait for this director already; try again in a moment")]
    Busy,
    /// The time was up.
    #[error("the director did not answer within {0:?}")]
    TimedOut(Duration),
    /// The session ended meanwhile.
    #[error("the connection to the director was lost before it answered")]
    Lost,
    /// The agent's data plane could not say.
    #[error("the director could not answer: {0}")]
    Failed(String),
}

impl Fleet {
    /// A look into a director's connection table; the one of a moment ago where somebody else has asked the same.
    pub async fn connections(
        &self,
        director: DirectorId,
        query: &ConnectionsQuery,
        timeout: Duration,
    ) -> Result<Arc<Look>, ConnectionsError> {
        let inner = &self.inner;
        let state = inner.registry.state(director);
        if !state.connected {
            return Err(ConnectionsError::NotConnected);
        }
        if !state.features.contains(CONNECTIONS) {
            return Err(ConnectionsError::Unsupported);
        }
        let knows_groups = state.features.contains(CONNECTION_GROUPS);
        let look = async {
            let answer = if knows_groups {
                ask(&inner.registry, director, query, timeout).await?
            } else {
                let more = ConnectionsQuery { limit: MAX_CONNECTION_ROWS, ..query.clone() };
                older::evaluated(&ask(&inner.registry, director, &more, timeout).await?, query)
            };
            Ok(Look { answer, older: !knows_groups, at_ms: inner.clock.now_ms() })
        };
        inner.looks.of(director, query, look).await
    }
}

async fn ask(
    registry: &Registry,
    director: DirectorId,
    query: &ConnectionsQuery,
    timeout: Duration,
) -> Result<ConnectionsAnswer, ConnectionsError> {
    let asked = registry.ask(director, query).map_err(|error| match error {
        AskError::NotConnected => ConnectionsError::NotConnected,
        AskError::TooMany => ConnectionsError::Busy,
    })?;
    // Also when whoever asks goes away.
    let _give_up = GiveUp { registry, director, id: asked.id };
    match tokio::time::timeout(timeout, asked.answered).await {
        Ok(Ok(answer)) => answer.map_err(ConnectionsError::Failed),
        Ok(Err(_)) => Err(ConnectionsError::Lost),
        Err(_) => Err(ConnectionsError::TimedOut(timeout)),
    }
}
