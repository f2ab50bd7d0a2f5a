//! What all workers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use model::Timeouts;
use tokio::sync::mpsc::UnboundedSender;

use crate::clock::{Clock, ticks};
use crate::connections::{ConnectionState, Connections};
use crate::facts::EventCounts;
use crate::limits::Limits;
use crate::options::Options;
use crate::worker::{Accepted, Command};

/// The kernel's idle times in seconds: TCP, TCP after a FIN, UDP (`ip_vs_proto_tcp.c`, `ip_vs_proto_udp.c`).
const DEFAULT_TIMEOUTS: [u32; 3] = [900, 120, 300];

pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) events: EventCounts,
    /// One per worker.
    pub(crate) connections: Vec<Arc<Connections>>,
    workers: Vec<UnboundedSender<Command>>,
    idle: IdleTimes,
}

/// In ticks.
#[derive(Debug, Default)]
struct IdleTimes {
    tcp: AtomicU32,
    tcp_fin: AtomicU32,
    udp: AtomicU32,
}

impl Shared {
    pub(crate) fn new(options: Options, limits: Limits, workers: Vec<UnboundedSender<Command>>) -> Self {
        let shared = Self {
            options,
            clock: Clock::new(),
            limits,
            events: EventCounts::default(),
            connections: workers.iter().map(|_| Arc::default()).collect(),
            workers,
            idle: IdleTimes::default(),
        };
        shared.set_timeouts(&Timeouts::default());
        shared
    }

    /// Has another worker serve a connection.
    pub(crate) fn hand_over(&self, worker: usize, accepted: Accepted) {
        // Fails only if its thread has ended; then all end.
        let _ = self.workers[worker].send(Command::Serve(accepted));
    }

    pub(crate) fn set_timeouts(&self, timeouts: &Timeouts) {
        let [tcp, tcp_fin, udp] = DEFAULT_TIMEOUTS;
        let set = |cell: &AtomicU32, given: Option<model::Seconds>, default: u32| {
            let seconds = given.map_or(default, model::Seconds::get);
            cell.store(ticks(Duration::from_secs(seconds.into())), Ordering::Relaxed);
        };
        set(&self.idle.tcp, timeouts.tcp, tcp);
        set(&self.idle.tcp_fin, timeouts.tcp_fin, tcp_fin);
        set(&self.idle.udp, timeouts.udp, udp);
    }

    /// After how many idle ticks a connection in this state ends.
    pub(crate) fn timeout(&self, state: ConnectionState) -> u32 {
        let cell = match state {
            ConnectionState::SynRecv | ConnectionState::Established => &self.idle.tcp,
            ConnectionState::FinWait | ConnectionState::CloseWait => &self.idle.tcp_fin,
            ConnectionState::Udp => &self.idle.udp,
        };
        cell.load(Ordering::Relaxed)
    }
}
