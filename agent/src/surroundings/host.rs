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
    /// Whether it has a carrier: somebody is at the other end.
    pub carrier: bool,
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
        nearest(&self.networks(), address)
    }

    /// The same, to be asked about thousands of addresses.
    pub(super) fn map(&self) -> Map<'_> {
        let mut addresses: BTreeMap<IpAddr, Vec<&Assigned>> = BTreeMap::new();
        for assigned in &self.addresses {
            addresses.entry(assigned.place.address).or_default().push(assigned);
        }
        Map { addresses, networks: self.networks() }
    }

    /// Where `address` is, made by somebody else; none where it is not there, or the agent made it.
    pub fn foreign(&self, address: IpAddr) -> Option<&Place> {
        let found =
            self.addresses.iter().find(|assigned| assigned.place.address == address && !assigned.ours)?;
        Some(&found.place)
    }

    fn networks(&self) -> Vec<(IpNet, &str)> {
        let outside = self.addresses.iter().filter(|assigned| {
            let loopback = self.links.get(&assigned.place.device).is_none_or(|link| link.loopback);
            !loopback && !assigned.ours
        });
        let network = |Assigned { place, .. }: &'_ Assigned| IpNet::new(place.address, place.prefix).ok();
        outside.filter_map(|assigned| Some((network(assigned)?, assigned.place.device.as_str()))).collect()
    }
}

impl Link {
    /// Whether frames that are sent there now reach somebody.
    pub fn hears(&self) -> bool {
        self.up && self.carrier && self.mac.is_some()
    }
}

/// A host's addresses, by address.
#[derive(Debug)]
pub(super) struct Map<'a> {
    addresses: BTreeMap<IpAddr, Vec<&'a Assigned>>,
    networks: Vec<(IpNet, &'a str)>,
}

impl<'a> Map<'a> {
    /// Where `address` is.
    pub(super) fn of(&self, address: IpAddr) -> &[&'a Assigned] {
        self.addresses.get(&address).map_or(&[], Vec::as_slice)
    }

    /// What is at `place`.
    pub(super) fn at(&self, place: &Place) -> Option<&'a Assigned> {
        self.of(place.address).iter().copied().find(|assigned| assigned.place == *place)
    }

    /// As [`Host::foreign`].
    pub(super) fn foreign(&self, address: IpAddr) -> Option<&'a Place> {
        self.of(address).iter().find(|assigned| !assigned.ours).map(|assigned| &assigned.place)
    }

    /// Where the agent has put `address`.
    pub(super) fn ours(&self, address: IpAddr) -> Option<&'a Place> {
        self.of(address).iter().find(|assigned| assigned.ours).map(|assigned| &assigned.place)
    }

    /// As [`Host::towards`].
    pub(super) fn towards(&self, address: IpAddr) -> Option<&'a str> {
        nearest(&self.networks, address)
    }
}

/// Of equals the first, so that the answer does not change from one look to the next.
fn nearest<'a>(networks: &[(IpNet, &'a str)], address: IpAddr) -> Option<&'a str> {
    let holding = networks.iter().rev().filter(|(network, _)| network.contains(&address));
    holding.max_by_key(|(network, _)| network.prefix_len()).map(|(_, device)| *device)
}
