//! Whose a connection is.
//!
//! Its virtual address tells that of most. Those of a service by firewall mark are told by the real servers that they go to, so
//! that two such services with the same real server at the same port cannot be told apart.

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::connections::Seen;
use model::table::TableKey;
use model::{Ports, Protocol};

use super::super::registry::Content;

/// This agent's services, for looking up.
pub(super) struct Owners<'a> {
    by_port: BTreeMap<(Protocol, IpAddr, u16), &'a TableKey>,
    by_ports: BTreeMap<(Protocol, IpAddr), Vec<(&'a Ports, &'a TableKey)>>,
    /// By a real server of theirs; without a port where any will do.
    by_server: BTreeMap<(IpAddr, Option<u16>), Vec<&'a TableKey>>,
}

impl<'a> Owners<'a> {
    /// Of what the agent has made.
    pub(super) fn of(content: &'a Content) -> Self {
        let (mut by_port, mut by_ports, mut by_server) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (key, servers) in &content.services {
            match key {
                TableKey::Address { protocol, vip, ports } => match ports.only() {
                    Some(port) => _ = by_port.insert((*protocol, vip.get(), port.get()), key),
                    None => {
                        by_ports.entry((*protocol, vip.get())).or_insert_with(Vec::new).push((ports, key));
                    }
                },
                TableKey::Mark { .. } => {
                    for place in servers.keys() {
                        let server = (place.address.get(), place.port.map(|port| port.get()));
                        by_server.entry(server).or_insert_with(Vec::new).push(key);
                    }
                }
            }
        }
        Self { by_port, by_ports, by_server }
    }

    /// Adds the services that a connection may belong to.
    pub(super) fn find(&self, seen: &Seen<'_>, services: &mut Vec<&'a TableKey>) {
        let (vip, port) = (seen.virtual_address.ip(), seen.virtual_address.port());
        if let Some(service) = self.by_port.get(&(seen.protocol, vip, port)) {
            services.push(service);
        } else if let Some((_, service)) = self
            .by_ports
            .get(&(seen.protocol, vip))
            .and_then(|of_vip| of_vip.iter().find(|(ports, _)| takes(ports, port)))
        {
            services.push(service);
        } else {
            let server = seen.destination;
            for place in [(server.ip(), Some(server.port())), (server.ip(), None)] {
                services.extend(self.by_server.get(&place).into_iter().flatten());
            }
        }
    }
}

fn takes(ports: &Ports, port: u16) -> bool {
    match ports {
        Ports::All => true,
        Ports::Listed(ranges) => {
            ranges.iter().any(|range| (range.first().get()..=range.last().get()).contains(&port))
        }
    }
}
