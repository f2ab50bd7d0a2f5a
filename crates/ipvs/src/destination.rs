//! Destinations: real servers within a virtual service.

use crate::{Stats, Unknown};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// What a destination is known by within its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestinationKey {
    /// The real server's address (RIP); of the other family than the service only with a tunnel.
    pub address: IpAddr,
    /// Its port. With direct routing and tunnels the packet's port cannot be changed: it is the service's. For a service of a
    /// firewall mark, 0 leaves it as it is.
    pub port: u16,
}

impl From<SocketAddr> for DestinationKey {
    fn from(socket: SocketAddr) -> Self {
        Self { address: socket.ip(), port: socket.port() }
    }
}

impl fmt::Display for DestinationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SocketAddr::new(self.address, self.port).fmt(f)
    }
}

/// How a checksum is carried over a GUE or GRE tunnel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Checksum {
    /// None (`--tun-nocsum`).
    #[default]
    None,
    /// Computed for the outer packet (`--tun-csum`).
    Full,
    /// Left to the receiver (`--tun-remcsum`); GUE only.
    Remote,
    /// Flag bits this crate has no word for.
    Other(u16),
}

/// A tunnel's encapsulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tunnel {
    /// IP in IP (or IP in IPv6).
    Ipip,
    /// Generic UDP encapsulation.
    Gue {
        /// The UDP port the real server listens on, not 0.
        port: u16,
        /// How the checksum is carried.
        checksum: Checksum,
    },
    /// GRE.
    Gre {
        /// How the checksum is carried.
        checksum: Checksum,
    },
    /// One this crate has no word for.
    Other {
        /// Its number.
        kind: u8,
        /// Its port.
        port: u16,
        /// Its flags.
        flags: u16,
    },
}

/// How packets reach a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Forwarding {
    /// Network address translation (`-m`).
    Masquerade,
    /// The director itself. Any destination whose address is the director's own is delivered locally, whatever its method; the method
    /// that was asked for is what is read back.
    Local,
    /// Encapsulated (`-i`).
    Tunnel(Tunnel),
    /// Direct routing: only the link-layer address changes (`-g`, `ipvsadm`'s default).
    DirectRouting,
    /// Past IPVS, straight to the original address (cache clusters; the kernel's own use).
    Bypass,
    /// One this crate has no word for.
    Other(u32),
}

/// A destination as somebody wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// What it is known by.
    pub key: DestinationKey,
    /// How packets reach it.
    pub forwarding: Forwarding,
    /// Its share of new connections, 0 to 2,147,483,647. 0 is quiescent: what is established goes on, nothing new comes.
    pub weight: u32,
    /// Connections at which it takes no more; 0 for no limit. `ipvsadm` allows up to 65,535, the kernel the whole range.
    pub upper_threshold: u32,
    /// Connections below which it takes new ones again; 0 for three quarters of the upper threshold.
    pub lower_threshold: u32,
}

impl Destination {
    /// A destination of weight 1 without thresholds.
    #[must_use]
    pub fn new(socket: SocketAddr, forwarding: Forwarding) -> Self {
        Self { key: socket.into(), forwarding, weight: 1, upper_threshold: 0, lower_threshold: 0 }
    }
}

/// A destination as the kernel has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationEntry {
    /// What it is.
    pub destination: Destination,
    /// Connections established now.
    pub active_connections: u32,
    /// Connections in any other state: opening, closing, or UDP.
    pub inactive_connections: u32,
    /// Remembered clients.
    pub persistent_connections: u32,
    /// What passed through it.
    pub stats: Stats,
    /// What the kernel said beyond that.
    pub unknown: Vec<Unknown>,
}
