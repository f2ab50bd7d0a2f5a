//! What a data plane tells of its traffic.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use ipnet::IpNet;
use model::Protocol;
use model::table::{TableDestinationKey, TableKey};
use std::net::SocketAddr;

/// Figures of services (`None`) and of their destinations.
pub type Counters = BTreeMap<(TableKey, Option<TableDestinationKey>), Figures>;

/// The figures of one service or destination.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Established connections.
    pub active: u64,
    /// Connections in any other state.
    pub inactive: u64,
    /// Clients that persistence keeps at their destination.
    pub persistent: u64,
    /// Since the entry was added.
    pub totals: Totals,
    /// Per second, averaged over some seconds as the kernel does.
    pub rates: Rates,
}

/// Counts. "In" is from the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are what their names say")]
pub struct Totals {
    pub connections: u64,
    pub packets_in: u64,
    pub packets_out: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// The same per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the fields are what their names say")]
pub struct Rates {
    pub connections: f64,
    pub packets_in: f64,
    pub packets_out: f64,
    pub bytes_in: f64,
    pub bytes_out: f64,
}

/// Which connections to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionQuery {
    /// Of this service only.
    pub service: Option<TableKey>,
    /// To this destination only.
    pub destination: Option<TableDestinationKey>,
    /// From clients of this network only.
    pub client: Option<IpNet>,
    /// At most so many rows.
    pub limit: usize,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionPage {
    /// The rows, in no particular order.
    pub rows: Vec<ConnectionRow>,
    /// How many match, also beyond the limit.
    pub total: u64,
    /// Whether `rows` are all that match.
    pub complete: bool,
}

/// One connection, as `ipvsadm -Lc` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRow {
    /// The protocol.
    pub protocol: Protocol,
    /// When it is forgotten if nothing moves.
    pub expires: Duration,
    /// Its state, by the kernel's name.
    pub state: Cow<'static, str>,
    /// The client's address.
    pub client: SocketAddr,
    /// The virtual address that it asked.
    pub virtual_address: SocketAddr,
    /// The destination's address.
    pub destination: SocketAddr,
}
