//! What a data plane tells of its traffic.

use model::connections::Seen;
use model::table::TableKey;

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

impl Figures {
    /// Whether nothing is open and nothing flows.
    pub fn is_idle(&self) -> bool {
        (self.active, self.inactive, self.persistent) == (0, 0, 0) && self.rates == Rates::default()
    }
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

/// A connection that a data plane tells of.
#[derive(Clone, Copy, Debug)]
pub struct Passing<'a> {
    /// The connection.
    pub seen: Seen<'a>,
    /// The services that it may belong to: one; none where it is somebody else's; several where the data plane cannot tell.
    pub services: &'a [&'a TableKey],
}

/// Who hears of each connection.
pub type Listener = Box<dyn FnMut(&Passing<'_>) + Send>;

/// How far connections were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Entries that were read, also those that are no connections.
    pub read: u64,
    /// How many there were, about; known where the time was up before the end.
    pub expected: Option<u64>,
    /// Lines in no known form.
    pub unreadable: u64,
    /// Whether the end was reached.
    pub finished: bool,
}
