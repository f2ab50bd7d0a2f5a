//! Which connections are wanted.

use super::Connection;
use crate::Protocol;
use std::net::{IpAddr, SocketAddr};

/// A network: an address and the length of its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Any address of it.
    pub address: IpAddr,
    /// Bits that count, 0 to 32 or 128; more is the same as all.
    pub prefix: u8,
}

impl Network {
    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(net), IpAddr::V4(address)) => {
                let ignored = 32_u32.saturating_sub(self.prefix.into());
                (u32::from(net) ^ u32::from(address)).checked_shr(ignored).unwrap_or(0) == 0
            }
            (IpAddr::V6(net), IpAddr::V6(address)) => {
                let ignored = 128_u32.saturating_sub(self.prefix.into());
                (u128::from(net) ^ u128::from(address)).checked_shr(ignored).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// An address, and a port unless any will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The address.
    pub address: IpAddr,
    /// The port.
    pub port: Option<u16>,
}

impl Endpoint {
    fn is(self, socket: SocketAddr) -> bool {
        self.address == socket.ip() && self.port.is_none_or(|port| port == socket.port())
    }
}

/// What a connection must be; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The protocol.
    pub protocol: Option<Protocol>,
    /// The network the client is in.
    pub client: Option<Network>,
    /// The virtual address and port. For services of a firewall mark it is what the client addressed.
    pub service: Option<Endpoint>,
    /// The real server.
    pub destination: Option<Endpoint>,
    /// The state, in the kernel's word (`ESTABLISHED`).
    pub state: Option<String>,
}

impl Filter {
    pub(super) fn admits(&self, connection: &Connection<&str>) -> bool {
        self.protocol.is_none_or(|protocol| protocol == connection.protocol)
            && self.client.is_none_or(|network| network.contains(connection.client.ip()))
            && self.service.is_none_or(|endpoint| endpoint.is(connection.service))
            && self.destination.is_none_or(|endpoint| endpoint.is(connection.destination))
            && self.state.as_deref().is_none_or(|state| state == connection.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_own() {
        let network = |address: &str, prefix| Network { address: address.parse().unwrap(), prefix };
        let holds = |net: Network, address: &str| net.contains(address.parse().unwrap());
        assert!(holds(network("10.0.0.9", 24), "10.0.0.255"));
        assert!(!holds(network("10.0.0.9", 24), "10.0.1.0"));
        assert!(holds(network("10.0.0.9", 0), "192.0.2.1"));
        assert!(holds(network("10.0.0.9", 32), "10.0.0.9") && !holds(network("10.0.0.9", 32), "10.0.0.8"));
        assert!(holds(network("2001:db8::", 32), "2001:db8:ffff::1"));
        assert!(!holds(network("0.0.0.0", 0), "::1"));
        assert!(holds(network("::", 0), "::1"));
    }
}
