//! The agent's parts together: the reconciler over the simulated data plane on virtual time, and over the embedded one with
//! real sockets on loopback.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper of tests fails as loudly as they do")]

mod around;
mod connections;
mod director;
mod kernel;
mod machine;
mod played;
mod process;
mod real;
mod running;
mod simulation;
mod support;
mod surroundings;
mod within;
