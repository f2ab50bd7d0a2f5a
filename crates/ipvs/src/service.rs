//! Virtual services.

use crate::{Name, Stats, Unknown};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4
    V4,
    /// IPv6
    V6,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

/// The transport protocol of a virtual service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP
    Tcp,
    /// UDP
    Udp,
    /// SCTP
    Sctp,
    /// Another IP protocol, by its number; the kernel schedules none of them, and connections may be of any.
    Other(u16),
}

impl Protocol {
    /// The number in an IP header.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Sctp => 132,
            Self::Other(number) => number,
        }
    }

    /// The protocol of a number.
    #[must_use]
    pub fn from_number(number: u16) -> Self {
        match number {
            6 => Self::Tcp,
            17 => Self::Udp,
            132 => Self::Sctp,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp => f.write_str("TCP"),
            Self::Udp => f.write_str("UDP"),
            Self::Sctp => f.write_str("SCTP"),
            Self::Other(number) => write!(f, "IP protocol {number}"),
        }
    }
}

/// What a virtual service is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceKey {
    /// Traffic to an address and port.
    Address {
        /// The protocol.
        protocol: Protocol,
        /// The virtual address (VIP).
        address: IpAddr,
        /// The port; 0 means every port, and the kernel wants such a service to be persistent.
        port: u16,
    },
    /// Packets with a firewall mark.
    Mark {
        /// The mark, not 0.
        mark: u32,
        /// The packets' family: the same mark may stand for one service of each.
        family: Family,
    },
}

impl ServiceKey {
    /// The key of an address and port.
    #[must_use]
    pub fn address(protocol: Protocol, address: IpAddr, port: u16) -> Self {
        Self::Address { protocol, address, port }
    }

    /// The family of the clients' packets.
    #[must_use]
    pub fn family(&self) -> Family {
        match self {
            Self::Address { address, .. } => Family::of(*address),
            Self::Mark { family, .. } => *family,
        }
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { protocol, address, port } => {
                write!(f, "{protocol} {}", SocketAddr::new(*address, *port))
            }
            Self::Mark { mark, family: Family::V4 } => write!(f, "firewall mark {mark}"),
            Self::Mark { mark, family: Family::V6 } => write!(f, "firewall mark {mark} (IPv6)"),
        }
    }
}

/// Bits a scheduler reads; what they mean is the scheduler's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchedulerFlags(u8);

impl SchedulerFlags {
    /// None set.
    pub const NONE: Self = Self(0);
    /// `flag-1`.
    pub const FLAG_1: Self = Self(1);
    /// `flag-2`.
    pub const FLAG_2: Self = Self(2);
    /// `flag-3`.
    pub const FLAG_3: Self = Self(4);
    /// `sh-fallback`: with `sh`, go to the next destination where the hashed one has weight 0 or is overloaded.
    pub const SH_FALLBACK: Self = Self::FLAG_1;
    /// `sh-port`: with `sh`, hash the client's port too.
    pub const SH_PORT: Self = Self::FLAG_2;
    /// `mh-fallback`: as `sh-fallback`, with `mh`.
    pub const MH_FALLBACK: Self = Self::FLAG_1;
    /// `mh-port`: as `sh-port`, with `mh`.
    pub const MH_PORT: Self = Self::FLAG_2;

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// `flag-1` as 1, `flag-2` as 2, `flag-3` as 4.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// From [`Self::bits`]; other bits are dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 7)
    }
}

/// Which clients count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Netmask {
    /// IPv4: a mask.
    V4(Ipv4Addr),
    /// IPv6: the length of a prefix, 1 to 128 bits.
    V6(u8),
}

impl Netmask {
    /// Each client by itself.
    #[must_use]
    pub fn host(family: Family) -> Self {
        match family {
            Family::V4 => Self::V4(Ipv4Addr::BROADCAST),
            Family::V6 => Self::V6(128),
        }
    }

    /// All clients of a network with this prefix length; lengths beyond the family's are its longest.
    #[must_use]
    pub fn from_prefix(family: Family, length: u8) -> Self {
        match family {
            Family::V4 => {
                let host_bits = 32_u32.saturating_sub(length.into());
                Self::V4(Ipv4Addr::from(u32::MAX.checked_shl(host_bits).unwrap_or(0)))
            }
            Family::V6 => Self::V6(length.min(128)),
        }
    }

    /// The prefix length; `None` for an IPv4 mask with holes.
    #[must_use]
    pub fn prefix(self) -> Option<u8> {
        match self {
            Self::V4(mask) => {
                let bits = u32::from(mask);
                let ones = bits.leading_ones();
                let whole = bits.count_ones() == ones;
                if whole { u8::try_from(ones).ok() } else { None }
            }
            Self::V6(length) => Some(length),
        }
    }
}

/// Clients keep their destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Persistence {
    /// Seconds a client is remembered after its last connection; `ipvsadm`'s default is 300.
    pub timeout: u32,
    /// Which clients count as one.
    pub netmask: Netmask,
}

/// A virtual service as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Service {
    /// What it is known by; the kernel cannot edit it.
    pub key: ServiceKey,
    /// The scheduler: `rr`, `wrr`, `lc`, `wlc`, `lblc`, `lblcr`, `dh`, `sh`, `sed`, `nq`, `fo`, `ovf`, `mh`, `twos` or a module of
    /// somebody's own. An empty name (only ever read) is a service whose scheduler was taken away.
    pub scheduler: Name,
    /// What the scheduler is told.
    pub flags: SchedulerFlags,
    /// Whether clients keep their destination.
    pub persistence: Option<Persistence>,
    /// The persistence engine, which finds the client's identity inside its packets; the kernel has `sip`, for UDP.
    pub engine: Option<Name>,
    /// One-packet scheduling: every datagram by itself. For UDP and firewall marks.
    pub one_packet: bool,
}

impl Service {
    /// A service with nothing but a scheduler.
    #[must_use]
    pub fn new(key: ServiceKey, scheduler: Name) -> Self {
        Self {
            key,
            scheduler,
            flags: SchedulerFlags::NONE,
            persistence: None,
            engine: None,
            one_packet: false,
        }
    }
}

/// A virtual service as the kernel has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEntry {
    /// What it is.
    pub service: Service,
    /// What passed through it.
    pub stats: Stats,
    /// What the kernel said beyond that.
    pub unknown: Vec<Unknown>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_masks_are_the_same_thing() {
        for length in 0..=32 {
            assert_eq!(Netmask::from_prefix(Family::V4, length).prefix(), Some(length));
        }
        assert_eq!(Netmask::from_prefix(Family::V4, 24), Netmask::V4(Ipv4Addr::new(255, 255, 255, 0)));
        assert_eq!(Netmask::from_prefix(Family::V6, 200), Netmask::host(Family::V6));
        assert_eq!(Netmask::V4(Ipv4Addr::new(255, 0, 255, 0)).prefix(), None);
    }

    #[test]
    fn keys_read_as_an_operator_writes_them() {
        let v6 = ServiceKey::address(Protocol::Udp, "2001:db8::2".parse().unwrap(), 53);
        assert_eq!(v6.to_string(), "UDP [2001:db8::2]:53");
        assert_eq!(ServiceKey::Mark { mark: 7, family: Family::V6 }.to_string(), "firewall mark 7 (IPv6)");
    }
}
