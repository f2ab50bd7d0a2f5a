//! A coarse clock that costs one load to read: connections note when they last moved, without a system call.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The length of a tick: fine enough for timeouts in seconds.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// Ticks since the start. 32 bits are 13 years.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    ticks: AtomicU32,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), ticks: AtomicU32::new(0) }
    }

    pub(crate) fn now(&self) -> u32 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// To be called once per [`TICK`]; late calls catch up.
    pub(crate) fn advance(&self) {
        self.ticks.store(ticks(self.started.elapsed()), Ordering::Relaxed);
    }
}

/// A duration in ticks, rounded down.
pub(crate) fn ticks(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis() / TICK.as_millis()).unwrap_or(u32::MAX)
}
