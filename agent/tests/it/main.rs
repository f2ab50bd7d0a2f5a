//! The agent's parts together: the reconciler over the simulated data plane on virtual time, and over the embedded one with
//! real sockets on loopback.

mod director;
mod process;
mod real;
mod running;
mod simulation;
mod support;
