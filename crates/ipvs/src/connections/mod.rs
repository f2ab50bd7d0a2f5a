//! The connections the kernel balances, from `/proc/net/ip_vs_conn`: netlink does not list them.
//!
//! The file is text, of no fixed order, and is made while it is read, a page at a time: a connection that comes or goes
//! meanwhile may be in it or not. Kernels before 6.14 seek from the start of the table for every page, so that a million
//! rows take minutes: hence the deadline. What was read until then counts, and [`Scan::complete`] says whether it was all.

mod filter;
mod row;
mod scan;

pub use filter::{Endpoint, Filter, Network};
pub use row::{Connection, EngineData};
pub use scan::{Scan, scan};

use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

/// The calling thread's network namespace, not the process's.
const FILE: &str = "/proc/thread-self/net/ip_vs_conn";

/// Connections that match a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// As many as were asked for, in the kernel's order.
    pub connections: Vec<Connection>,
    /// What was read, and how many matched beyond those kept.
    pub scan: Scan,
    /// How long it took.
    pub took: Duration,
}

/// Lists the connections of the calling thread's network namespace that match; at most `limit` are kept, and reading ends
/// after `time`. Rows beyond the limit are counted.
///
/// Memory is that of the rows kept and a buffer of 64 KiB, however many there are. Blocks.
///
/// # Errors
/// Where the file cannot be opened or read: no IPVS, or not root (it is readable by its owner alone).
pub fn list(filter: &Filter, limit: usize, time: Duration) -> io::Result<Listing> {
    let start = Instant::now();
    let file = File::open(FILE)?;
    let mut connections = Vec::new();
    let scan = scan(
        file,
        filter,
        || start.elapsed() >= time,
        |connection| {
            if connections.len() < limit {
                connections.push(connection.to_owned());
            }
        },
    )?;
    Ok(Listing { connections, scan, took: start.elapsed() })
}
