//! Ctrl-C and its relatives: they only raise a flag, so that the demo can stop what it started in order.

use anyhow::{Context as _, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once a signal has asked this program to end.
#[derive(Debug, Clone)]
pub(crate) struct Signals(Arc<AtomicBool>);

impl Signals {
    /// From now on SIGINT, SIGTERM and SIGHUP no longer end the program by themselves. A second one does.
    pub(crate) fn catch() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the first signal finds the flag down, the second finds it up.
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&flag))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
                .context("could not catch Ctrl-C")?;
        }
        Ok(Self(flag))
    }

    /// Whether it is time to end.
    pub(crate) fn raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
