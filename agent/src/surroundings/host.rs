//! The machine as far as it matters here: interfaces, addresses, gateways.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::Place;

/// A machine's interfaces, addresses and gateways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Interfaces by name.
    pub links: BTreeMap<String, Link>,
    /// Addresses of interfaces.
    pub addresses: Vec<Assigned>,
    /// The gateways of default routes.
    pub gateways: BTreeSet<IpAddr>,
}

/// An interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The kernel's number for it.
    pub index: u32,
    /// Whether it is switched on.
    pub up: bool,
    /// Whether it is the loopback interface.
    pub loopback: bool,
    /// Its Ethernet address, where it has one.
    pub mac: Option<[u8; 6]>,
    /// What it is: `veth`, `ipip`, …; none for hardware.
    pub kind: Option<String>,
}

/// An address that an interface has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// Where.
    pub place: Place,
    /// Whether the agent made it: it is in the notes ([`super::Owned`]) and carries the agent's mark.
    pub ours: bool,
}

impl Host {
    /// The interface that the machine would use towards `address`, by its own networks: the one with the longest prefix that
    /// holds it. Addresses that the agent made do not count.
    pub fn towards(&self, address: IpAddr) -> Option<&str> {
        let of_network = self.addresses.iter().filter(|assigned| {
            let loopback = self.links.get(&assigned.place.device).is_none_or(|link| link.loopback);
            let net = IpNet::new(assigned.place.address, assigned.place.prefix);
            !loopback && !assigned.ours && net.is_ok_and(|net| net.contains(&address))
        });
        // Of equals the first, so that the answer does not change from one look to the next.
        let best = of_network.rev().max_by_key(|assigned| assigned.place.prefix)?;
        Some(&best.place.device)
    }

    /// Where `address` is, made by somebody else; none where it is not there, or the agent made it.
    pub fn foreign(&self, address: IpAddr) -> Option<&Place> {
        let found =
            self.addresses.iter().find(|assigned| assigned.place.address == address && !assigned.ours)?;
        Some(&found.place)
    }

    /// What is at `place`.
    pub fn at(&self, place: &Place) -> Option<&Assigned> {
        self.addresses.iter().find(|assigned| assigned.place == *place)
    }
}
