//! The table's entries.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::show::Invalid;
use crate::{
    Family, FirewallMark, Forwarding, HostAddress, Persistence, Port, Ports, Protocol, Reason, Scheduler,
    Thresholds, Timeouts, Weight,
};

/// A whole table. Everything in it is meant to be offered now: nothing is inactive here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Idle times.
    pub timeouts: Timeouts,
    /// The services.
    pub services: BTreeMap<TableKey, TableService>,
}

/// What the data plane knows a service by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TableKey {
    /// By protocol, VIP and ports. More than one port is one service nevertheless: connections, persistence and
    /// counters are shared. (The kernel does that with a mark of the agent's own.)
    Address {
        /// The protocol.
        protocol: Protocol,
        /// The VIP.
        vip: HostAddress,
        /// The ports.
        ports: Ports,
    },
    /// By firewall mark.
    Mark {
        /// The mark.
        mark: FirewallMark,
        /// The address family.
        family: Family,
    },
}

/// A service with its destinations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableService {
    /// What can be edited.
    pub settings: TableServiceSettings,
    /// The destinations.
    pub destinations: BTreeMap<TableDestinationKey, TableDestination>,
}

/// What can be edited on a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableServiceSettings {
    /// How a destination is chosen.
    pub scheduler: Scheduler,
    /// Whether and how clients stay.
    pub persistence: Option<Persistence>,
    /// Every packet is scheduled for itself.
    pub one_packet: bool,
    /// Sends the client's address ahead (user space, TCP).
    pub proxy_protocol: bool,
}

/// What the data plane knows a destination by, within its service. Written as `192.0.2.1:80`, `[2001:db8::1]:80`, or the address
/// alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TableDestinationKey {
    /// The real server's address.
    pub address: HostAddress,
    /// Its port; `None`: the port that the client used.
    pub port: Option<Port>,
}

/// What can be edited on a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDestination {
    /// How packets reach it.
    pub forwarding: Forwarding,
    /// Its share; 0 takes no new connections.
    pub weight: Weight,
    /// Connection limits.
    pub thresholds: Thresholds,
    /// Real server or sorry server. The kernel has no such difference: there it is a destination like others.
    pub role: Role,
}

/// What a destination is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It serves.
    RealServer,
    /// It says sorry.
    SorryServer,
}

// === impl TableKey ===

impl TableKey {
    /// IPv4 or IPv6.
    pub fn family(&self) -> Family {
        match self {
            Self::Address { vip, .. } => vip.family(),
            Self::Mark { family, .. } => *family,
        }
    }
}

impl fmt::Display for TableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { protocol, vip, ports } => match vip.family() {
                Family::V4 => write!(f, "{protocol} {vip}:{ports}"),
                Family::V6 => write!(f, "{protocol} [{vip}]:{ports}"),
            },
            Self::Mark { mark, family } => write!(f, "mark {mark} ({family})"),
        }
    }
}

// === impl TableDestinationKey ===

impl TableDestinationKey {
    /// The socket address for a client that used `client_port` of the VIP.
    pub fn socket(&self, client_port: Port) -> SocketAddr {
        let address: IpAddr = self.address.get();
        SocketAddr::new(address, self.port.unwrap_or(client_port).get())
    }

    /// Takes what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        if let Ok(address) = HostAddress::parse(text) {
            return Ok(Self { address, port: None });
        }
        let (address, port) = text.rsplit_once(':').ok_or(Reason::NotAnAddress)?;
        Ok(Self { address: HostAddress::parse(address)?, port: Some(Port::parse(port)?) })
    }
}

impl TryFrom<String> for TableDestinationKey {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl From<TableDestinationKey> for String {
    fn from(key: TableDestinationKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for TableDestinationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address.family(), self.port) {
            (Family::V4, Some(port)) => write!(f, "{}:{port}", self.address),
            (Family::V6, Some(port)) => write!(f, "[{}]:{port}", self.address),
            (_, None) => self.address.fmt(f),
        }
    }
}
