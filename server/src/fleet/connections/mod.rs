//! Looks into directors' connection tables.
//!
//! Nobody is asked unless somebody looks, and who asks the same as another one a moment ago gets the same answer: see [`shared`].

mod older;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use model::DirectorId;
use protocol::{CONNECTION_GROUPS, ConnectionsAnswer, ConnectionsQuery, MAX_CONNECTION_ROWS};

use super::registry::Registry;
use super::{Fleet, Unanswered};

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
    /// It did not answer.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
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
            return Err(Unanswered::NotConnected.into());
        }
        if !state.features.contains(CONNECTIONS) {
            return Err(Unanswered::TooOld.into());
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
    let asked = registry.ask(director, query)?;
    asked.answer(registry, director, timeout).await?.map_err(ConnectionsError::Failed)
}
