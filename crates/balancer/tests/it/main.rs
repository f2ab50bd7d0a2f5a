//! The data plane with real sockets on loopback addresses.
#![expect(clippy::unwrap_used, reason = "a failed assumption fails the test")]

mod distribution;
mod drain;
mod edit;
mod exhaustion;
mod half_close;
mod idle;
mod limit;
mod many;
mod persistence;
mod proxy;
mod query;
mod refused;
mod shutdown;
mod slow;
mod sorry;
mod support;
mod thresholds;
mod udp;
