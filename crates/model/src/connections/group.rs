//! What connections are grouped by.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::Seen;
use crate::{Protocol, Reason, ServiceId};

/// By what connections are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// By the network that the client is in.
    Client(Prefixes),
    /// By virtual service.
    Service,
    /// By the real server's address.
    Server,
    /// By state.
    State,
}

/// How many bits of a client's address make its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefixes {
    v4: u8,
    v6: u8,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Clients of this network.
    Client(IpNet),
    /// Of this virtual service.
    Service(ServiceId),
    /// To this address, where no virtual service is known for it.
    Address(Protocol, SocketAddr),
    /// To this real server.
    Server(IpAddr),
    /// In this state.
    State(String),
}

impl Prefixes {
    /// Each client for itself.
    pub const HOSTS: Self = Self { v4: 32, v6: 128 };

    /// Takes up to 32 bits for IPv4 and up to 128 for IPv6.
    pub fn try_new(v4: u8, v6: u8) -> Result<Self, Reason> {
        match (v4, v6) {
            (33.., _) => Err(Reason::OutOfRange { min: 0, max: 32 }),
            (_, 129..) => Err(Reason::OutOfRange { min: 0, max: 128 }),
            _ => Ok(Self { v4, v6 }),
        }
    }

    /// Of IPv4.
    pub fn v4(self) -> u8 {
        self.v4
    }

    /// Of IPv6.
    pub fn v6(self) -> u8 {
        self.v6
    }

    /// The network that an address is in.
    pub fn network(self, address: IpAddr) -> IpNet {
        let bits = if address.is_ipv4() { self.v4 } else { self.v6 };
        // Both are in range, so that the host's own network is never needed.
        IpNet::new(address, bits).map_or_else(|_| address.into(), |network| network.trunc())
    }
}

impl Group {
    /// The group that a connection is in. `services` are the virtual services that it may belong to: where there is not exactly
    /// one, its address stands for it.
    pub(super) fn of(grouping: Grouping, seen: &Seen<'_>, services: &[ServiceId]) -> Self {
        match grouping {
            Grouping::Client(prefixes) => Self::Client(prefixes.network(seen.client.ip())),
            Grouping::Service => match services {
                [service] => Self::Service(*service),
                _ => Self::Address(seen.protocol, seen.virtual_address),
            },
            Grouping::Server => Self::Server(seen.destination.ip()),
            Grouping::State => Self::State(seen.state.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_told_by_their_first_address() {
        let prefixes = Prefixes::try_new(24, 64).unwrap();
        let network = |address: &str| prefixes.network(address.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.7"), "192.0.2.0/24");
        assert_eq!(network("2001:db8::1:2:3:4"), "2001:db8::/64");
        assert_eq!(Prefixes::HOSTS.network("192.0.2.7".parse().unwrap()).to_string(), "192.0.2.7/32");
        assert_eq!(Prefixes::try_new(0, 0).unwrap().network("192.0.2.7".parse().unwrap()).prefix_len(), 0);
        assert!(Prefixes::try_new(33, 64).is_err() && Prefixes::try_new(32, 129).is_err());
    }

    #[test]
    fn a_connection_of_an_undecided_service_is_told_by_its_address() {
        let seen = Seen {
            protocol: Protocol::Tcp,
            client: "192.0.2.7:40000".parse().unwrap(),
            virtual_address: "10.0.0.2:80".parse().unwrap(),
            destination: "192.168.10.100:8080".parse().unwrap(),
            state: "ESTABLISHED",
            expires_s: 899,
        };
        let of = |services: &[ServiceId]| Group::of(Grouping::Service, &seen, services);
        assert_eq!(of(&[ServiceId(3)]), Group::Service(ServiceId(3)));
        let address = Group::Address(Protocol::Tcp, seen.virtual_address);
        assert_eq!((of(&[]), of(&[ServiceId(1), ServiceId(2)])), (address.clone(), address));
    }
}
