//! Waiting for a condition, with a bound.

use anyhow::{Context as _, Result};
use std::thread;
use std::time::{Duration, Instant};

/// How long a change may take from the console to the last witness. The guest has one processor for four machines, and the
/// machine that carries it may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits a little: between two looks at something that cannot say by itself that it changed.
#[expect(clippy::disallowed_methods, reason = "this program has no async runtime to block")]
pub(crate) fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

/// Looks until it is so, at most for [`PATIENCE`]; then the last error stands.
pub(crate) fn until<T>(look: impl FnMut() -> Result<T>) -> Result<T> {
    within(PATIENCE, look)
}

/// Looks until it is so, at most for `limit`.
pub(crate) fn within<T>(limit: Duration, mut look: impl FnMut() -> Result<T>) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        match look() {
            Err(error) if Instant::now() >= end => {
                return Err(error).with_context(|| format!("not so after {} s", limit.as_secs()));
            }
            Err(_) => pause(50),
            done => return done,
        }
    }
}
