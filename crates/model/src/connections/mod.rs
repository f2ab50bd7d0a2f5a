//! A look into the connection table: which connections, grouped by what, how many rows.
//!
//! Whoever reads a table hands its connections to an [`Evaluation`] one by one, in whatever order they come. What it keeps is
//! bounded by the [`Question`], not by the table: the first rows in an order of their own, and a [`Tally`] for each grouping.

mod evaluation;
mod filter;
mod group;
mod tally;

use std::net::SocketAddr;

pub use evaluation::{Evaluation, Found, Question};
pub use filter::{ConnectionState, Filter};
pub use group::{Group, Grouping, Prefixes};
pub use tally::{Counted, EXACT, Tally};

use crate::{Protocol, ServiceId};

/// A connection as it passes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// Its protocol.
    pub protocol: Protocol,
    /// The client.
    pub client: SocketAddr,
    /// VIP and port.
    pub virtual_address: SocketAddr,
    /// The real server.
    pub destination: SocketAddr,
    /// IPVS's word for where it is in its life, such as `ESTABLISHED`.
    pub state: &'a str,
    /// Seconds until it is forgotten.
    pub expires_s: u32,
}

/// A connection that is kept. Ordered by client, so that two looks show the same connections in the same order, whatever the
/// order of the table is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection {
    /// The client.
    pub client: SocketAddr,
    /// VIP and port.
    pub virtual_address: SocketAddr,
    /// Its protocol.
    pub protocol: Protocol,
    /// The real server.
    pub destination: SocketAddr,
    /// IPVS's word for where it is in its life, such as `ESTABLISHED`.
    pub state: String,
    /// Seconds until it is forgotten.
    pub expires_s: u32,
    /// The virtual service; none where it is somebody else's, no longer configured, or the data plane cannot tell.
    pub service: Option<ServiceId>,
}
