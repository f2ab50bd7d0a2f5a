//! What is set once, when the data plane starts.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Settings of the data plane itself; the services come by `Balancer::apply`.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Worker threads; `None`: one per core.
    pub workers: Option<NonZeroUsize>,
    /// The most connections and UDP flows at a time; `None`: as many as descriptors allow. More than that are not
    /// possible anyway, so a greater number is lowered.
    pub max_connections: Option<usize>,
    /// How long a destination may take to accept a connection before another one is tried. 3 s: long enough for one
    /// SYN retransmission (1 s) and its answer, short enough for a client to wait for a second destination.
    pub connect_timeout: Duration,
    /// The kernel's `expire_quiescent_template`: a destination with weight 0 loses its persistent clients at once. As
    /// there, not by default: they stay until their persistence ends.
    pub expire_quiescent_template: bool,
    /// The kernel's `expire_nodest_conn`: removing a destination (or a service) cuts its connections. As there, not by
    /// default: they go on until they end.
    pub expire_nodest_conn: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workers: None,
            max_connections: None,
            connect_timeout: Duration::from_secs(3),
            expire_quiescent_template: false,
            expire_nodest_conn: false,
        }
    }
}
