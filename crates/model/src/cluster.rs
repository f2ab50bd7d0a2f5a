//! A cluster: what an operator draws. Always consistent as a whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Destination, DestinationId, Field, Name, Ports, Problem, Problems, Protocol, Reason, Redundancy, ServiceId,
    ServiceKey, ServiceSettings, Settings, VirtualService,
};

/// A cluster's whole configuration. Its parts agree: names are unique, no two active services take the same
/// traffic, no forwarding method is asked for what it cannot do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Cluster {
    pub(crate) name: Name,
    pub(crate) settings: Settings,
    pub(crate) redundancy: Redundancy,
    pub(crate) services: BTreeMap<ServiceId, VirtualService>,
}

#[derive(Deserialize)]
struct Raw {
    name: Name,
    #[serde(default)]
    settings: Settings,
    #[serde(default)]
    redundancy: Redundancy,
    #[serde(default)]
    services: BTreeMap<ServiceId, VirtualService>,
}

impl Cluster {
    /// The most virtual services of a cluster.
    pub const MAX_SERVICES: usize = 65_536;
    /// The most destinations of a virtual service.
    pub const MAX_DESTINATIONS: usize = 4_096;

    /// A cluster without services, with Piranha's defaults.
    pub fn new(name: Name) -> Self {
        Self { name, settings: Settings::default(), redundancy: Redundancy::default(), services: BTreeMap::new() }
    }

    /// From parts that were stored one by one.
    pub fn from_parts(
        name: Name,
        settings: Settings,
        redundancy: Redundancy,
        services: BTreeMap<ServiceId, VirtualService>,
    ) -> Result<Self, Problems> {
        let cluster = Self { name, settings, redundancy, services };
        cluster.check()?;
        Ok(cluster)
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The global settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The redundancy.
    pub fn redundancy(&self) -> &Redundancy {
        &self.redundancy
    }

    /// The virtual services in the order of their creation.
    pub fn services(&self) -> &BTreeMap<ServiceId, VirtualService> {
        &self.services
    }

    /// Gives it another name.
    pub fn rename(&mut self, name: Name) {
        self.name = name;
    }

    /// Replaces the global settings; destinations that inherit the forwarding method must be able to.
    pub fn set_settings(&mut self, settings: Settings) -> Result<(), Problems> {
        let before = std::mem::replace(&mut self.settings, settings);
        self.check().inspect_err(|_| self.settings = before)
    }

    /// Replaces the redundancy.
    pub fn set_redundancy(&mut self, redundancy: Redundancy) -> Result<(), Problems> {
        redundancy.check()?;
        self.redundancy = redundancy;
        Ok(())
    }

    /// Adds a virtual service with its destinations, or replaces the one with this id.
    pub fn put_service(&mut self, id: ServiceId, service: VirtualService) -> Result<(), Problems> {
        let mut problems = self.service_problems(id, &service);
        if !self.services.contains_key(&id) && self.services.len() >= Self::MAX_SERVICES {
            let max = Self::MAX_SERVICES;
            problems.push(Problem::new(Field::ServiceName, service.settings.name.as_str(), Reason::TooMany { max }));
        }
        Problems::none_or(problems)?;
        self.services.insert(id, service);
        Ok(())
    }

    /// Replaces what can be set on a virtual service; its destinations stay.
    pub fn set_service(&mut self, id: ServiceId, settings: ServiceSettings) -> Result<(), Problems> {
        let destinations = self.service(id)?.destinations.clone();
        self.put_service(id, VirtualService { settings, destinations })
    }

    /// Removes a virtual service with its destinations.
    pub fn remove_service(&mut self, id: ServiceId) -> Result<VirtualService, Problems> {
        self.services.remove(&id).ok_or_else(|| gone(Field::ServiceName, id.0))
    }

    /// Adds a destination to a virtual service, or replaces the one with this id.
    pub fn put_destination(
        &mut self,
        service: ServiceId,
        id: DestinationId,
        destination: Destination,
    ) -> Result<(), Problems> {
        let forwarding = self.settings.forwarding;
        let within = self.services.get_mut(&service).ok_or_else(|| gone(Field::ServiceName, service.0))?;
        let mut problems = destination_problems(within, id, &destination, forwarding);
        if !within.destinations.contains_key(&id) && within.destinations.len() >= Self::MAX_DESTINATIONS {
            let max = Self::MAX_DESTINATIONS;
            problems.push(Problem::new(Field::ServerName, destination.name.as_str(), Reason::TooMany { max }));
        }
        Problems::none_or(problems)?;
        within.destinations.insert(id, destination);
        Ok(())
    }

    /// Removes a destination.
    pub fn remove_destination(&mut self, service: ServiceId, id: DestinationId) -> Result<Destination, Problems> {
        let within = self.services.get_mut(&service).ok_or_else(|| gone(Field::ServiceName, service.0))?;
        within.destinations.remove(&id).ok_or_else(|| gone(Field::ServerName, id.0))
    }

    /// A virtual service; [`Reason::Gone`] where there is none with this id.
    pub fn service(&self, id: ServiceId) -> Result<&VirtualService, Problems> {
        self.services.get(&id).ok_or_else(|| gone(Field::ServiceName, id.0))
    }

    /// The highest id in use by a service or destination, 0 for none. The store gives the next ones.
    pub fn highest_id(&self) -> u32 {
        let services = self.services.keys().next_back().map_or(0, |id| id.0);
        let destinations = self.services.values().flat_map(|service| service.destinations.keys().next_back());
        destinations.map(|id| id.0).fold(services, u32::max)
    }

    pub(crate) fn check(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        if let Err(found) = self.redundancy.check() {
            problems.extend(found.iter().cloned());
        }
        let mut seen = Seen::default();
        for service in self.services.values() {
            let settings = &service.settings;
            seen.check(settings, &mut problems);
            problems.extend(own_problems(settings));
            for (&id, destination) in &service.destinations {
                problems.extend(destination_problems(service, id, destination, self.settings.forwarding));
            }
        }
        Problems::none_or(problems)
    }

    fn service_problems(&self, id: ServiceId, service: &VirtualService) -> Vec<Problem> {
        let settings = &service.settings;
        let mut problems = own_problems(settings);
        for (_, other) in self.services.iter().filter(|(other_id, _)| **other_id != id) {
            if other.settings.name == settings.name {
                problems.push(Problem::new(Field::ServiceName, settings.name.as_str(), Reason::DuplicateName));
            }
            if same_traffic(&other.settings, settings) {
                problems.push(traffic_problem(settings, &other.settings));
            }
        }
        for (&destination_id, destination) in &service.destinations {
            problems.extend(destination_problems(service, destination_id, destination, self.settings.forwarding));
        }
        problems
    }
}

impl TryFrom<Raw> for Cluster {
    type Error = Problems;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        Self::from_parts(raw.name, raw.settings, raw.redundancy, raw.services)
    }
}

/// Finds what two services have in common without comparing each with each: only services on one VIP (or without one) can clash.
#[derive(Default)]
struct Seen<'a> {
    names: std::collections::BTreeSet<&'a Name>,
    active: BTreeMap<Option<crate::HostAddress>, Vec<&'a ServiceSettings>>,
    marks: BTreeMap<(crate::FirewallMark, crate::Family), &'a ServiceSettings>,
}

impl<'a> Seen<'a> {
    fn check(&mut self, settings: &'a ServiceSettings, problems: &mut Vec<Problem>) {
        if !self.names.insert(&settings.name) {
            problems.push(Problem::new(Field::ServiceName, settings.name.as_str(), Reason::DuplicateName));
        }
        if !settings.active {
            return;
        }
        if let Some(mark) = settings.key.mark() {
            if let Some(other) = self.marks.insert((mark, settings.key.family()), settings) {
                problems.push(traffic_problem(settings, other));
                return;
            }
        }
        let vip = settings.key.frontend().map(|frontend| frontend.vip);
        let neighbours = self.active.entry(vip).or_default();
        if let Some(other) = neighbours.iter().find(|other| same_traffic(other, settings)) {
            problems.push(traffic_problem(settings, other));
        }
        neighbours.push(settings);
    }
}

/// Inactive services may prepare to take over another's address: only active ones clash.
fn same_traffic(a: &ServiceSettings, b: &ServiceSettings) -> bool {
    a.active && b.active && a.key.overlaps(&b.key)
}

fn traffic_problem(settings: &ServiceSettings, other: &ServiceSettings) -> Problem {
    let field = if settings.key.mark().is_some() && settings.key.mark() == other.key.mark() {
        Field::FirewallMark
    } else {
        Field::Ports
    };
    Problem::new(field, settings.key.to_string(), Reason::SameTrafficAs { other: other.name.to_string() })
}

/// What one service's own fields have to agree on.
fn own_problems(settings: &ServiceSettings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let family = settings.key.family();
    let udp = settings.key.mark().is_some()
        || settings.key.frontend().is_some_and(|frontend| frontend.protocol == Protocol::Udp);
    if let ServiceKey::Address(frontend) = &settings.key {
        if frontend.ports == Ports::All && settings.persistence.is_none() {
            problems.push(Problem::new(Field::Persistence, "", Reason::AllPortsNeedPersistence));
        }
    }
    if let Some(persistence) = &settings.persistence {
        if let Some(Err(reason)) = persistence.mask.map(|mask| mask.for_family(family)) {
            let mask = persistence.mask.map_or_else(String::new, |mask| mask.to_string());
            problems.push(Problem::new(Field::PersistenceMask, mask, reason));
        }
        if persistence.engine.is_some() && !udp {
            problems.push(Problem::new(Field::PersistenceEngine, "sip", Reason::EngineNeedsUdp));
        }
    }
    if let Some(mask) = settings.vip_netmask {
        if let Err(reason) = mask.for_family(family) {
            problems.push(Problem::new(Field::VipNetmask, mask.to_string(), reason));
        }
    }
    if settings.one_packet && !udp {
        problems.push(Problem::new(Field::OnePacket, "on", Reason::OnePacketNeedsUdp));
    }
    problems
}

/// What a destination has to agree on with its service and its neighbours.
fn destination_problems(
    service: &VirtualService,
    id: DestinationId,
    destination: &Destination,
    inherited: crate::Forwarding,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let key = &service.settings.key;
    let effective_port = |port: Option<crate::Port>| port.or_else(|| key.frontend().and_then(|f| f.ports.only()));
    for (_, other) in service.destinations.iter().filter(|(other_id, _)| **other_id != id) {
        if other.name == destination.name {
            problems.push(Problem::new(Field::ServerName, destination.name.as_str(), Reason::DuplicateName));
        }
        let same_port = effective_port(other.port) == effective_port(destination.port);
        if other.address == destination.address && same_port {
            let other = other.name.to_string();
            problems.push(Problem::new(Field::ServerAddress, destination.address.to_string(), Reason::SameServerAs { other }));
        }
    }
    let forwarding = destination.forwarding.unwrap_or(inherited);
    if let Some(port) = destination.port {
        // A service by mark has no port of its own to differ from (ipvsadm(8)).
        let differs = key.mark().is_none() && key.frontend().is_some_and(|f| f.ports.only() != Some(port));
        if differs && !forwarding.rewrites_ports() {
            problems.push(Problem::new(Field::ServerPort, port.to_string(), Reason::PortChangeNeedsMasquerading));
        }
    }
    if destination.address.family() != key.family() && !forwarding.is_tunnel() {
        problems.push(Problem::new(
            Field::ServerAddress,
            destination.address.to_string(),
            Reason::FamiliesNeedTunneling,
        ));
    }
    problems
}

fn gone(field: Field, id: u32) -> Problems {
    Problem::new(field, id.to_string(), Reason::Gone).into()
}
