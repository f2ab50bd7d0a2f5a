//! A look into the connection table. Filters, groups and limits are evaluated by the agent.

mod answer;
mod group;
mod query;

pub use answer::{ConnectionsAnswer, Reading};
pub use query::ConnectionsQuery;

/// What an agent's features name when it heeds all of a [`ConnectionsQuery`].
pub const CONNECTION_GROUPS: &str = "connection-groups";
