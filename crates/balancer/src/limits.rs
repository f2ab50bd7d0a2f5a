//! How much the process may hold: connections, descriptors, and one descriptor kept back for hard times.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::Notify;

use crate::lock::Lock;
use crate::shared::Shared;

/// Descriptors left to the rest of the process: the agent's files, its link, its checks.
const OTHERS: usize = 128;
/// The most pipes for zero-copy transfers; each is two descriptors.
const MAX_PIPES: usize = 128;

/// What there is of descriptors, and what of them is taken.
#[derive(Debug)]
pub(crate) struct Limits {
    descriptors: usize,
    wanted_connections: usize,
    max_pipes: usize,
    /// Connections and flows.
    connections: AtomicUsize,
    /// Of them, flows.
    flows: AtomicUsize,
    listening: AtomicUsize,
    pipes: AtomicUsize,
    reserve: Mutex<Option<OwnedFd>>,
    /// Told when the limit was reached and one has ended.
    freed: Notify,
}

/// The right to hold one connection or flow.
pub(crate) struct Permit {
    shared: Arc<Shared>,
    flow: bool,
}

impl Limits {
    /// Raises the limit of descriptors as far as it goes and divides it up.
    pub(crate) fn new(max_connections: Option<usize>) -> io::Result<Self> {
        let descriptors = raise_descriptor_limit();
        Ok(Self {
            descriptors,
            wanted_connections: max_connections.unwrap_or(usize::MAX),
            max_pipes: MAX_PIPES.min(descriptors / 32),
            connections: AtomicUsize::new(0),
            flows: AtomicUsize::new(0),
            listening: AtomicUsize::new(0),
            pipes: AtomicUsize::new(0),
            reserve: Mutex::new(Some(open_reserve()?)),
            freed: Notify::new(),
        })
    }

    pub(crate) fn descriptors(&self) -> usize {
        self.descriptors
    }

    /// Two descriptors per connection, of what listeners, pipes and others leave.
    pub(crate) fn max_connections(&self) -> usize {
        let taken = OTHERS + 2 * self.max_pipes + self.listening();
        (self.descriptors.saturating_sub(taken) / 2).clamp(1, self.wanted_connections.max(1))
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn full(&self) -> bool {
        self.connections() >= self.max_connections()
    }

    /// Completes when there is room for a connection, or was a moment ago.
    pub(crate) async fn room(&self) {
        // Before the look, so that one that ends in between is not missed.
        let freed = self.freed.notified();
        if self.full() {
            freed.await;
        }
    }

    pub(crate) fn listening(&self) -> usize {
        self.listening.load(Ordering::Relaxed)
    }

    pub(crate) fn listening_opened(&self) {
        self.listening.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn listening_closed(&self) {
        self.listening.fetch_sub(1, Ordering::Relaxed);
        // Its descriptor may be the half that was missing for one more connection. Who waits for room sleeps until told, and
        // the next connection to end is no longer one at the limit.
        self.freed.notify_waiters();
    }

    /// Room for one more pipe? To be given back by [`pipe_closed`](Self::pipe_closed).
    pub(crate) fn pipe_opened(&self) -> bool {
        let granted = self.pipes.fetch_add(1, Ordering::Relaxed) < self.max_pipes;
        if !granted {
            self.pipe_closed();
        }
        granted
    }

    pub(crate) fn pipe_closed(&self) {
        self.pipes.fetch_sub(1, Ordering::Relaxed);
    }

    /// Runs `accept` with the reserve descriptor free for it. What it accepts must be closed again within: this tells a
    /// client "no" where otherwise it would wait for an answer that cannot come.
    pub(crate) fn with_reserve(&self, accept: impl FnOnce()) {
        let mut reserve = self.reserve.hold();
        drop(reserve.take());
        accept();
        // Another thread may have been faster; then there is none until the next time.
        *reserve = open_reserve().ok();
    }
}

impl Permit {
    /// One more, or `None` at the limit.
    pub(crate) fn acquire(shared: &Arc<Shared>) -> Option<Self> {
        let limits = &shared.limits;
        // Never beyond the limit, not even for a moment: whoever waits for room looks at this number.
        let below = |open: usize| (open < limits.max_connections()).then_some(open + 1);
        limits.connections.fetch_update(Ordering::SeqCst, Ordering::SeqCst, below).ok()?;
        Some(Self { shared: Arc::clone(shared), flow: false })
    }

    /// The same for a UDP flow. Flows have at most half of all: whoever forges source addresses can open as many as there
    /// may be, and must not shut TCP out with them.
    pub(crate) fn acquire_flow(shared: &Arc<Shared>) -> Option<Self> {
        let limits = &shared.limits;
        if limits.flows.fetch_add(1, Ordering::Relaxed) >= limits.max_connections().div_ceil(2) {
            limits.flows.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let Some(mut permit) = Self::acquire(shared) else {
            limits.flows.fetch_sub(1, Ordering::Relaxed);
            return None;
        };
        permit.flow = true;
        Some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let limits = &self.shared.limits;
        if self.flow {
            limits.flows.fetch_sub(1, Ordering::Relaxed);
        }
        if limits.connections.fetch_sub(1, Ordering::SeqCst) >= limits.max_connections() {
            limits.freed.notify_waiters();
        }
    }
}

/// No descriptor left, in the process or in the whole system.
pub(crate) fn exhausted(error: &io::Error) -> bool {
    let errno = rustix::io::Errno::from_io_error(error);
    errno == Some(rustix::io::Errno::MFILE) || errno == Some(rustix::io::Errno::NFILE)
}

fn open_reserve() -> io::Result<OwnedFd> {
    File::open("/dev/null").map(OwnedFd::from)
}

fn raise_descriptor_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "could not raise the limit of open files; fewer connections are possible");
    }
    // Without a limit (`None`) the kernel's own ceiling counts, `fs.nr_open`, by default 2^20.
    getrlimit(Resource::Nofile)
        .current
        .map_or(1 << 20, |current| usize::try_from(current).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::options::Options;

    fn shared(descriptors: usize) -> Arc<Shared> {
        let limits = Limits { descriptors, max_pipes: 0, ..Limits::new(None).unwrap() };
        Arc::new(Shared::new(Options::default(), limits, Vec::new()))
    }

    #[test]
    fn whoever_waits_for_room_learns_that_the_limit_has_risen() {
        let shared = shared(OTHERS + 10);
        let limits = &shared.limits;
        limits.listening_opened();
        limits.listening_opened();
        let taken: Vec<_> = std::iter::from_fn(|| Permit::acquire(&shared)).collect();
        assert_eq!((taken.len(), limits.full()), (4, true));
        let mut context = Context::from_waker(Waker::noop());
        let mut waiting = pin!(limits.room());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        limits.listening_closed();
        limits.listening_closed();
        assert!(!limits.full());
        assert!(waiting.as_mut().poll(&mut context).is_ready());
    }
}
