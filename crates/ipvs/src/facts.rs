//! What the kernel says of itself, and its timeouts.

use std::fmt;

/// Seconds an idle connection is remembered. The kernel starts with 900, 120 and 300.
///
/// When set, 0 leaves a value as it is. The kernel refuses more than 2³¹/HZ seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Established TCP connections.
    pub tcp: u32,
    /// TCP connections after a FIN.
    pub tcp_fin: u32,
    /// UDP.
    pub udp: u32,
}

/// The version of IPVS itself; 1.2.1 since 2004.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u8,
    /// The second.
    pub minor: u8,
    /// The third.
    pub patch: u8,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// What the kernel says of its IPVS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Its version.
    pub version: Version,
    /// Rows of the connection table; 0 where it is sized as needed and there is no service yet (Linux 7).
    pub connection_table_size: u32,
}
