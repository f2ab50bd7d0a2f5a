//! The kernel's sync daemons, which tell another director of the connections.

use crate::Name;
use std::fmt;
use std::net::IpAddr;

/// What a sync daemon does. A director may run one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DaemonState {
    /// Sends this director's connections.
    Master,
    /// Takes another's in.
    Backup,
}

impl fmt::Display for DaemonState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Backup => "backup",
        })
    }
}

/// A sync daemon. What is `None` is the kernel's default when one is started; a running one is read with all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Daemon {
    /// Master or backup.
    pub state: DaemonState,
    /// The interface it speaks on; it must be up and have an address.
    pub interface: Name,
    /// Groups of directors tell each other apart by this, 0 to 255; a backup with 0 takes every group's.
    pub sync_id: u8,
    /// Bytes of a message, at most; by default what the interface's MTU holds (at most 1,472 for a master).
    pub max_length: Option<u16>,
    /// The multicast group, 224.0.0.81 by default.
    pub group: Option<IpAddr>,
    /// The UDP port, 8848 by default.
    pub port: Option<u16>,
    /// How many hops messages may travel, 1 by default.
    pub ttl: Option<u8>,
}

impl Daemon {
    /// A daemon with the kernel's defaults.
    #[must_use]
    pub fn new(state: DaemonState, interface: Name, sync_id: u8) -> Self {
        Self { state, interface, sync_id, max_length: None, group: None, port: None, ttl: None }
    }
}
