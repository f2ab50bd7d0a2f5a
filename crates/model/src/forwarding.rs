//! Forwarding methods: how a packet gets from the director to a real server.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::show::Invalid;
use crate::{Port, Reason};

/// A forwarding method with what it needs. Written as `masquerading`, `direct`, `ipip`, `gue:5555,csum`, `gre,nocsum`, `local`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Forwarding {
    /// Masquerading (NAT): addresses and ports are rewritten, answers return through the director.
    #[default]
    Masquerading,
    /// Direct routing: the packet goes unchanged to the real server's MAC address.
    DirectRouting,
    /// Tunneling, IP in IP.
    Ipip,
    /// Tunneling, Generic UDP Encapsulation to this port.
    Gue(Port, TunnelChecksum),
    /// Tunneling, Generic Routing Encapsulation.
    Gre(TunnelChecksum),
    /// The director itself is the real server.
    Local,
}

/// What a GUE or GRE tunnel does about checksums (`IP_VS_TUNNEL_ENCAP_FLAG_*`, linux/ip_vs.h).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TunnelChecksum {
    /// None.
    #[default]
    None,
    /// A checksum in the outer header.
    Full,
    /// Remote checksum offload; GUE alone has it.
    Remote,
}

// === impl Forwarding ===

impl Forwarding {
    const CHOICES: &'static str = "masquerading, direct, ipip, gue:PORT, gre, local";

    /// Takes what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let unknown = Reason::NotOneOf { choices: Self::CHOICES };
        let text = text.trim();
        let (method, checksum) = match text.split_once(',') {
            None => (text, TunnelChecksum::None),
            Some((method, "nocsum")) => (method, TunnelChecksum::None),
            Some((method, "csum")) => (method, TunnelChecksum::Full),
            Some((method, "remcsum")) => (method, TunnelChecksum::Remote),
            Some(_) => return Err(unknown),
        };
        let forwarding = match (method, checksum) {
            ("masquerading" | "nat", TunnelChecksum::None) => Self::Masquerading,
            ("direct", TunnelChecksum::None) => Self::DirectRouting,
            ("ipip" | "tunnel", TunnelChecksum::None) => Self::Ipip,
            ("local", TunnelChecksum::None) => Self::Local,
            ("gre", TunnelChecksum::None | TunnelChecksum::Full) => Self::Gre(checksum),
            (method, _) => match method.strip_prefix("gue:") {
                Some(port) => Self::Gue(Port::parse(port)?, checksum),
                None => return Err(unknown),
            },
        };
        Ok(forwarding)
    }

    /// Whether the destination's port may differ from the virtual service's.
    pub fn rewrites_ports(self) -> bool {
        matches!(self, Self::Masquerading)
    }

    /// Whether it is some kind of tunnel; only tunnels carry one address family in another.
    pub fn is_tunnel(self) -> bool {
        matches!(self, Self::Ipip | Self::Gue(..) | Self::Gre(_))
    }
}

impl TryFrom<String> for Forwarding {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl From<Forwarding> for String {
    fn from(forwarding: Forwarding) -> Self {
        forwarding.to_string()
    }
}

impl fmt::Display for Forwarding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checksum = match self {
            Self::Masquerading => return f.write_str("masquerading"),
            Self::DirectRouting => return f.write_str("direct"),
            Self::Ipip => return f.write_str("ipip"),
            Self::Local => return f.write_str("local"),
            Self::Gue(port, checksum) => {
                write!(f, "gue:{port}")?;
                checksum
            }
            Self::Gre(checksum) => {
                f.write_str("gre")?;
                checksum
            }
        };
        f.write_str(match checksum {
            TunnelChecksum::None => "",
            TunnelChecksum::Full => ",csum",
            TunnelChecksum::Remote => ",remcsum",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        for text in ["masquerading", "direct", "ipip", "gue:5555", "gue:5555,remcsum", "gre,csum", "local"] {
            assert_eq!(Forwarding::parse(text).map(|f| f.to_string()), Ok(text.to_owned()));
        }
        assert!(Forwarding::parse("gre,remcsum").is_err());
        assert!(Forwarding::parse("gue").is_err());
    }
}
