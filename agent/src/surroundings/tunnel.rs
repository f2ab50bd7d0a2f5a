//! Where a real server takes tunnelled packets in.

use std::fmt;
use std::net::IpAddr;

use model::Family;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How the names of our devices begin.
pub(super) const PREFIX: &str = "lvs-";

/// A tunnel device that takes in what arrives at one of the machine's addresses, whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tunnel {
    /// How packets are wrapped.
    pub kind: TunnelKind,
    /// The machine's address (RIP) at which they arrive.
    pub local: IpAddr,
}

/// How packets are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TunnelKind {
    /// IPv4 in IPv4.
    Ipip,
    /// IPv6 in IPv4.
    Sit,
    /// Either in IPv6.
    Ip6Tunnel,
    /// Either in GRE. A device takes packets with checksums or those without (`ip_tunnel_rcv`, net/ipv4/ip_tunnel.c).
    Gre {
        /// Whether packets have one.
        checksum: bool,
    },
}

/// A UDP port at which the kernel takes in Generic UDP Encapsulation; what is inside goes to the tunnel device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EncapPort {
    /// The port.
    pub port: u16,
    /// The family of the outer packets.
    pub family: Family,
}

impl Tunnel {
    /// The device's name, the same for the same tunnel and within the kernel's 15 bytes: two machines' tunnels may share it, two
    /// tunnels of one machine do not (24 bits of SHA-256 tell its addresses apart).
    pub fn name(&self) -> String {
        let hash = Sha256::digest(self.local.to_string());
        let kind = match (self.kind, self.local.is_ipv6()) {
            (TunnelKind::Ipip, _) => "ipip",
            (TunnelKind::Sit, _) => "sit",
            (TunnelKind::Ip6Tunnel, _) => "ip6",
            (TunnelKind::Gre { checksum: false }, _) => "gre",
            (TunnelKind::Gre { checksum: true }, _) => "grec",
        };
        format!("{PREFIX}{kind}-{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2])
    }

    /// The one that cannot be there at the same time: `ip_tunnel_find` knows GRE devices without keys by their addresses alone
    /// (net/ipv4/ip_tunnel.c).
    pub fn rival(&self) -> Option<Self> {
        let TunnelKind::Gre { checksum } = self.kind else { return None };
        Some(Self { kind: TunnelKind::Gre { checksum: !checksum }, local: self.local })
    }

    /// Whether packets have a checksum in the outer header, as far as the device has to know.
    pub fn checksum(&self) -> bool {
        matches!(self.kind, TunnelKind::Gre { checksum: true })
    }

    /// What the kernel calls its kind.
    pub fn link_kind(&self) -> &'static str {
        match (self.kind, self.local.is_ipv6()) {
            (TunnelKind::Ipip, _) => "ipip",
            (TunnelKind::Sit, _) => "sit",
            (TunnelKind::Ip6Tunnel, _) => "ip6tnl",
            (TunnelKind::Gre { .. }, false) => "gre",
            (TunnelKind::Gre { .. }, true) => "ip6gre",
        }
    }
}

impl fmt::Display for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} at {})", self.name(), self.link_kind(), self.local)
    }
}

impl fmt::Display for EncapPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} UDP port {}", self.family, self.port)
    }
}
