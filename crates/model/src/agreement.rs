//! What the parts of a cluster have to agree on.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Destination, Family, Field, FirewallMark, Forwarding, HostAddress, Name, Port, Ports, Problem, Protocol,
    Reason, ServiceKey, ServiceSettings, VirtualService,
};

/// Finds names and traffic that two services share, without comparing each with each.
#[derive(Default)]
pub(crate) struct Seen<'a> {
    names: BTreeSet<&'a Name>,
    marks: BTreeMap<(FirewallMark, Family), &'a ServiceSettings>,
    ports: BTreeMap<(Protocol, HostAddress), Taken<'a>>,
}

/// Disjoint ranges of ports: by the first port, the last one and whose they are.
type Taken<'a> = BTreeMap<u16, (u16, &'a ServiceSettings)>;

impl<'a> Seen<'a> {
    /// Notes what `settings` has in common with those seen before.
    pub(crate) fn check(&mut self, settings: &'a ServiceSettings, problems: &mut Vec<Problem>) {
        if !self.names.insert(&settings.name) {
            problems.push(Problem::new(Field::ServiceName, settings.name.as_str(), Reason::DuplicateName));
        }
        // Inactive services may prepare to take over another's address.
        if !settings.active {
            return;
        }
        if let Some(mark) = settings.key.mark()
            && let Some(other) = self.marks.insert((mark, settings.key.family()), settings)
        {
            problems.push(same_traffic(settings, other));
            return;
        }
        let Some(frontend) = settings.key.frontend() else { return };
        let taken = self.ports.entry((frontend.protocol, frontend.vip)).or_default();
        let ranges = ranges(&frontend.ports);
        let clash = ranges.iter().find_map(|&(first, last)| {
            taken
                .range(..=last)
                .next_back()
                .filter(|(_, (end, _))| *end >= first)
                .map(|(_, (_, other))| *other)
        });
        match clash {
            Some(other) => problems.push(same_traffic(settings, other)),
            None => taken.extend(ranges.into_iter().map(|(first, last)| (first, (last, settings)))),
        }
    }
}

/// That `settings` takes the same traffic as `other`.
pub(crate) fn same_traffic(settings: &ServiceSettings, other: &ServiceSettings) -> Problem {
    let field = if settings.key.mark().is_some() && settings.key.mark() == other.key.mark() {
        Field::FirewallMark
    } else {
        Field::Ports
    };
    Problem::new(field, settings.key.to_string(), Reason::SameTrafficAs { other: other.name.to_string() })
}

/// What one service's own fields have to agree on.
pub(crate) fn within_service(settings: &ServiceSettings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let family = settings.key.family();
    let protocol = settings.key.frontend().map(|frontend| frontend.protocol);
    let udp = settings.key.mark().is_some() || protocol == Some(Protocol::Udp);
    if let ServiceKey::Address(frontend) = &settings.key
        && frontend.ports == Ports::All
        && settings.persistence.is_none()
    {
        problems.push(Problem::new(Field::Persistence, "", Reason::AllPortsNeedPersistence));
    }
    if let Some(persistence) = &settings.persistence {
        if let Some(mask) = persistence.mask
            && let Err(reason) = mask.for_family(family)
        {
            problems.push(Problem::new(Field::PersistenceMask, mask.to_string(), reason));
        }
        if persistence.engine.is_some() && !udp {
            problems.push(Problem::new(Field::PersistenceEngine, "sip", Reason::EngineNeedsUdp));
        }
    }
    if let Some(mask) = settings.vip_netmask
        && let Err(reason) = mask.for_family(family)
    {
        problems.push(Problem::new(Field::VipNetmask, mask.to_string(), reason));
    }
    if settings.one_packet && !udp {
        problems.push(Problem::new(Field::OnePacket, "on", Reason::OnePacketNeedsUdp));
    }
    if settings.proxy_protocol && protocol != Some(Protocol::Tcp) {
        problems.push(Problem::new(Field::ProxyProtocol, "on", Reason::ProxyNeedsTcp));
    }
    if let Some(sorry) = settings.sorry_server.filter(|sorry| sorry.address.family() != family) {
        problems.push(Problem::new(Field::SorryServer, sorry.address.to_string(), Reason::SorryServerFamily));
    }
    problems
}

/// What a service's destinations have to agree on, each clash once.
pub(crate) fn among_destinations(service: &VirtualService, inherited: Forwarding) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (id, destination) in &service.destinations {
        let earlier = service.destinations.range(..id).map(|(_, other)| other);
        problems.extend(of_destination(&service.settings, earlier, destination, inherited));
    }
    problems
}

/// What a destination has to agree on with its service and with `others`.
pub(crate) fn of_destination<'a>(
    service: &ServiceSettings,
    others: impl Iterator<Item = &'a Destination>,
    destination: &Destination,
    inherited: Forwarding,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let key = &service.key;
    let only = key.frontend().and_then(|frontend| frontend.ports.only());
    let effective = |port: Option<Port>| port.or(only);
    for other in others {
        if other.name == destination.name {
            problems.push(Problem::new(Field::ServerName, destination.name.as_str(), Reason::DuplicateName));
        }
        if other.address == destination.address && effective(other.port) == effective(destination.port) {
            let (address, other) = (destination.address.to_string(), other.name.to_string());
            problems.push(Problem::new(Field::ServerAddress, address, Reason::SameServerAs { other }));
        }
    }
    let forwarding = destination.forwarding.unwrap_or(inherited);
    if let Some(port) = destination.port {
        // A service by mark has no port of its own to differ from (ipvsadm(8)).
        if key.mark().is_none() && only != Some(port) && !forwarding.rewrites_ports() {
            problems.push(Problem::new(
                Field::ServerPort,
                port.to_string(),
                Reason::PortChangeNeedsMasquerading,
            ));
        }
    }
    if destination.address.family() != key.family() && !forwarding.is_tunnel() {
        let address = destination.address.to_string();
        problems.push(Problem::new(Field::ServerAddress, address, Reason::FamiliesNeedTunneling));
    }
    problems
}

fn ranges(ports: &Ports) -> Vec<(u16, u16)> {
    match ports {
        Ports::All => vec![(0, u16::MAX)],
        Ports::Listed(ranges) => {
            ranges.iter().map(|range| (range.first().get(), range.last().get())).collect()
        }
    }
}
