//! How a virtual service is reached: the key by which IPVS tells services apart.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{FirewallMark, HostAddress, Ports, Reason};

/// A transport protocol that IPVS balances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Transmission Control Protocol.
    Tcp,
    /// User Datagram Protocol.
    Udp,
    /// Stream Control Transmission Protocol.
    Sctp,
}

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// Where clients connect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Frontend {
    /// The protocol.
    pub protocol: Protocol,
    /// The virtual IP address.
    pub vip: HostAddress,
    /// The ports.
    pub ports: Ports,
}

/// What a virtual service is reached by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKey {
    /// By protocol, VIP and port.
    Address(Frontend),
    /// By firewall mark.
    Mark {
        /// The mark.
        mark: FirewallMark,
        /// Which traffic carries it.
        traffic: MarkedTraffic,
    },
}

/// Which traffic carries a service's firewall mark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkedTraffic {
    /// What arrives here; the agent sets the mark.
    Frontend(Frontend),
    /// Whatever rules made by hand mark; only the family is known.
    Elsewhere(Family),
}

// === impl Protocol ===

impl Protocol {
    /// Every protocol.
    pub const ALL: &[Self] = &[Self::Tcp, Self::Udp, Self::Sctp];

    /// Takes `tcp`, `udp` or `sctp`.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        let found = Self::ALL.iter().copied().find(|protocol| text.eq_ignore_ascii_case(protocol.name()));
        found.ok_or(Reason::NotOneOf { choices: "tcp, udp, sctp" })
    }

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

// === impl Family ===

impl Family {
    /// The bits of an address.
    pub fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

// === impl Frontend ===

impl fmt::Display for Frontend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.vip.family() {
            Family::V4 => write!(f, "{} {}:{}", self.protocol, self.vip, self.ports),
            Family::V6 => write!(f, "{} [{}]:{}", self.protocol, self.vip, self.ports),
        }
    }
}

// === impl ServiceKey ===

impl ServiceKey {
    /// Whether a service with this key is in the kernel's table what it is with that one: it has the same mark there, its own or,
    /// with several ports, the agent's.
    pub fn keeps_place(&self, to: &Self) -> bool {
        match (self, to) {
            (Self::Mark { mark, .. }, Self::Mark { mark: other, .. }) => {
                mark == other && self.family() == to.family()
            }
            (Self::Address(from), Self::Address(to)) => {
                let several = from.ports.are_several() && to.ports.are_several();
                let same = (from.protocol, from.vip) == (to.protocol, to.vip);
                several && same && from.ports.shared(&to.ports) > 0
            }
            _ => false,
        }
    }

    /// Where clients connect, where that is known.
    pub fn frontend(&self) -> Option<&Frontend> {
        match self {
            Self::Address(frontend) | Self::Mark { traffic: MarkedTraffic::Frontend(frontend), .. } => {
                Some(frontend)
            }
            Self::Mark { traffic: MarkedTraffic::Elsewhere(_), .. } => None,
        }
    }

    /// The mark, for a service by firewall mark.
    pub fn mark(&self) -> Option<FirewallMark> {
        match self {
            Self::Address(_) => None,
            Self::Mark { mark, .. } => Some(*mark),
        }
    }

    /// IPv4 or IPv6.
    pub fn family(&self) -> Family {
        match self {
            Self::Address(frontend) | Self::Mark { traffic: MarkedTraffic::Frontend(frontend), .. } => {
                frontend.vip.family()
            }
            Self::Mark { traffic: MarkedTraffic::Elsewhere(family), .. } => *family,
        }
    }

    /// Whether a packet could belong to both.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Mark { mark, .. }, Self::Mark { mark: other_mark, .. }) if mark == other_mark => {
                self.family() == other.family()
            }
            _ => match (self.frontend(), other.frontend()) {
                (Some(a), Some(b)) => {
                    a.protocol == b.protocol && a.vip == b.vip && a.ports.overlaps(&b.ports)
                }
                _ => false,
            },
        }
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(frontend) => frontend.fmt(f),
            Self::Mark { mark, traffic: MarkedTraffic::Frontend(frontend) } => {
                write!(f, "mark {mark} ({frontend})")
            }
            Self::Mark { mark, traffic: MarkedTraffic::Elsewhere(family) } => {
                write!(f, "mark {mark} ({family})")
            }
        }
    }
}
