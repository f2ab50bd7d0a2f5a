//! Checks against real sockets on loopback, and the runner on virtual time.

#![expect(clippy::unwrap_used, reason = "a helper of tests fails as loudly as they do")]

mod runner;
mod sockets;
