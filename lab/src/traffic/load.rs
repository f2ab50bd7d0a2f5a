//! A steady load: clients that ask without end, and count who answered and what failed.

use super::client::ask;
use super::stream::Transport;
use crate::net::Place;
use crate::time::{pause, within};
use anyhow::{Result, ensure};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How many ask at once.
const AT_ONCE: usize = 3;
/// Between two requests of one of them, in milliseconds: leaves the one processor to those who are under test.
const REST: u64 = 15;

/// What the load has seen.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    /// Who answered how often.
    pub(crate) answers: BTreeMap<String, usize>,
    /// What failed, and how.
    pub(crate) failures: Vec<String>,
}

/// A load that goes on until it is ended.
#[derive(Debug)]
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    seen: Arc<Mutex<Seen>>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Begins, and waits for the first answers.
    pub(crate) fn start(client: &Place, service: SocketAddr) -> Result<Self> {
        let load = Self {
            stop: Arc::new(AtomicBool::new(false)),
            seen: Arc::new(Mutex::new(Seen::default())),
            threads: Vec::new(),
        };
        let threads = (0..AT_ONCE).map(|_| {
            let (client, stop, seen) = (client.clone(), Arc::clone(&load.stop), Arc::clone(&load.seen));
            thread::spawn(move || go(&client, service, &stop, &seen))
        });
        let load = Self { threads: threads.collect(), ..load };
        load.more(AT_ONCE)?;
        Ok(load)
    }

    /// What it has seen until now.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for so many more requests.
    pub(crate) fn more(&self, requests: usize) -> Result<()> {
        let total = |seen: &Seen| seen.answers.values().sum::<usize>() + seen.failures.len();
        let enough = total(&self.seen()) + requests;
        within(Duration::from_secs(30), || {
            let now = total(&self.seen());
            ensure!(now >= enough, "{now} of {enough} requests are done");
            Ok(())
        })
    }

    /// Ends it; an error when any request failed.
    pub(crate) fn end(self) -> Result<BTreeMap<String, usize>> {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            _ = thread.join();
        }
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answered: usize = seen.answers.values().sum();
        ensure!(
            seen.failures.is_empty(),
            "{} of {} requests failed, the first: {}",
            seen.failures.len(),
            answered + seen.failures.len(),
            seen.failures.first().map_or("", String::as_str)
        );
        Ok(seen.answers)
    }
}

fn go(client: &Place, service: SocketAddr, stop: &AtomicBool, seen: &Mutex<Seen>) {
    if client.enter().is_err() {
        return;
    }
    while !stop.load(Ordering::Relaxed) {
        let answer = ask(Transport::Tcp, None, service);
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(name) => *seen.answers.entry(name).or_default() += 1,
            Err(error) => seen.failures.push(format!("{error:#}")),
        }
        drop(seen);
        pause(REST);
    }
}
