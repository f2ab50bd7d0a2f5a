//! What the data plane says of itself.

use std::sync::atomic::{AtomicU64, Ordering};

/// What this data plane is and can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `user`.
    pub kind: &'static str,
    /// The crate's version.
    pub version: &'static str,
    /// How many connections and flows each worker thread has.
    pub workers: Vec<usize>,
    /// How many connections and flows it takes at a time.
    pub connection_limit: usize,
    /// How many are open.
    pub connections: usize,
    /// The process's limit of descriptors, raised to the hard limit at start.
    pub descriptor_limit: usize,
    /// Sockets that listen, over all workers.
    pub listening_sockets: usize,
    /// The schedulers that it has.
    pub schedulers: Vec<&'static str>,
    /// What happened at its limits.
    pub events: Events,
}

/// Counts of what should not happen often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Events {
    /// Times that accepting paused because the connection limit was reached.
    pub connection_limit_reached: u64,
    /// Times that no descriptor was left.
    pub descriptors_exhausted: u64,
    /// Connections closed at once because there was no descriptor for them.
    pub connections_shed: u64,
    /// UDP datagrams dropped: no room for a flow, or a socket was not ready.
    pub datagrams_dropped: u64,
}

#[derive(Debug, Default)]
pub(crate) struct EventCounts {
    pub(crate) connection_limit_reached: AtomicU64,
    pub(crate) descriptors_exhausted: AtomicU64,
    pub(crate) connections_shed: AtomicU64,
    pub(crate) datagrams_dropped: AtomicU64,
}

impl EventCounts {
    pub(crate) fn read(&self) -> Events {
        Events {
            connection_limit_reached: self.connection_limit_reached.load(Ordering::Relaxed),
            descriptors_exhausted: self.descriptors_exhausted.load(Ordering::Relaxed),
            connections_shed: self.connections_shed.load(Ordering::Relaxed),
            datagrams_dropped: self.datagrams_dropped.load(Ordering::Relaxed),
        }
    }
}

/// Counts one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
