//! Checks against real sockets on loopback, and the runner on virtual time.

mod runner;
mod sockets;
