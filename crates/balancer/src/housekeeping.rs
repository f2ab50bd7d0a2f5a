//! What has to be done from time to time, on a thread of its own so that no worker is held up.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, TryLockError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::clock::TICK;
use crate::connections::Verdict;
use crate::counters::ESTIMATE_SECONDS;
use crate::registry::Registry;
use crate::shared::Shared;

/// How often services are looked through.
const TIDY: Duration = Duration::from_secs(1);

/// The thread; it ends when this is dropped.
pub(crate) struct Housekeeping {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Housekeeping {
    pub(crate) fn start(shared: Arc<Shared>, registry: Arc<Mutex<Registry>>) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new()
            .name("balancer-tick".to_owned())
            .spawn(move || run(&shared, &registry, &stopped))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Housekeeping {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn run(shared: &Shared, registry: &Mutex<Registry>, stopped: &Receiver<()>) {
    let mut cursors = vec![0; shared.connections.len()];
    let mut tidied = Instant::now();
    let mut estimated = Instant::now();
    while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        shared.clock.advance();
        end_idle(shared, &mut cursors);
        if tidied.elapsed() < TIDY {
            continue;
        }
        // While a large configuration is being applied this waits for the next tick.
        let mut registry = match registry.try_lock() {
            Ok(registry) => registry,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => continue,
        };
        tidied = Instant::now();
        let now = shared.clock.now();
        registry.all().for_each(|service| service.tidy(now));
        registry.tidy();
        let elapsed = estimated.elapsed().as_secs_f64();
        if elapsed >= f64::from(ESTIMATE_SECONDS) - TICK.as_secs_f64() {
            estimated = Instant::now();
            estimate(&registry, elapsed);
        }
    }
}

/// Looks at a tenth of every table, so that each connection is looked at once a second.
fn end_idle(shared: &Shared, cursors: &mut [usize]) {
    let now = shared.clock.now();
    for (connections, cursor) in shared.connections.iter().zip(cursors) {
        *cursor = connections.each_tenth(*cursor, |connection| {
            if connection.idle(now) >= shared.timeout(connection.state()) {
                connection.end(Verdict::Idle);
            }
        });
    }
}

fn estimate(registry: &Registry, seconds: f64) {
    for service in registry.all() {
        service.meter.estimate(seconds);
        for destination in service.destinations().iter().chain(&service.leaving()) {
            destination.meter.estimate(seconds);
        }
    }
}
