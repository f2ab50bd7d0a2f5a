//! A cluster: what an operator draws. Always consistent as a whole.

mod together;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Destination, DestinationId, Field, Name, Problem, Problems, Reason, Redundancy, ServiceId,
    ServiceSettings, Settings, VirtualService, agreement,
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
        Self {
            name,
            settings: Settings::default(),
            redundancy: Redundancy::default(),
            services: BTreeMap::new(),
        }
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

    /// Whether there is but one director: no address names a primary, and no backup is wanted. Every machine that is told so takes
    /// itself for that one.
    pub fn has_one_director(&self) -> bool {
        let primary = self.settings.primary_public.or(self.settings.primary_private);
        primary.is_none() && !self.redundancy.active
    }

    /// The virtual services in the order of their creation.
    pub fn services(&self) -> &BTreeMap<ServiceId, VirtualService> {
        &self.services
    }

    /// Gives it another name.
    pub fn rename(&mut self, name: Name) {
        self.name = name;
    }

    /// Replaces the redundancy.
    pub fn set_redundancy(&mut self, redundancy: Redundancy) -> Result<(), Problems> {
        Problems::none_or(redundancy.problems())?;
        self.redundancy = redundancy;
        Ok(())
    }

    /// Adds a virtual service with its destinations, or replaces the one with this id.
    pub fn put_service(&mut self, id: ServiceId, service: VirtualService) -> Result<(), Problems> {
        let mut problems = self.service_problems(Some(id), &service);
        if !self.services.contains_key(&id) && self.services.len() >= Self::MAX_SERVICES {
            problems.push(too_many(Field::ServiceName, Self::MAX_SERVICES));
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
        let within = self.service(service)?;
        let mut problems = self.destination_problems(within, Some(id), &destination);
        if !within.destinations.contains_key(&id) && within.destinations.len() >= Self::MAX_DESTINATIONS {
            problems.push(too_many(Field::ServerName, Self::MAX_DESTINATIONS));
        }
        Problems::none_or(problems)?;
        let within = self.services.get_mut(&service).ok_or_else(|| gone(Field::ServiceName, service.0))?;
        within.destinations.insert(id, destination);
        Ok(())
    }

    /// Removes a destination.
    pub fn remove_destination(
        &mut self,
        service: ServiceId,
        id: DestinationId,
    ) -> Result<Destination, Problems> {
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

    /// Everything that `service` would clash with if it were put here under `id`, or as a new one.
    pub fn service_problems(&self, id: Option<ServiceId>, service: &VirtualService) -> Vec<Problem> {
        let settings = &service.settings;
        let mut problems = agreement::within_service(settings);
        for other in
            self.services.iter().filter(|(other, _)| Some(**other) != id).map(|(_, other)| &other.settings)
        {
            if other.name == settings.name {
                problems.push(Problem::new(
                    Field::ServiceName,
                    settings.name.as_str(),
                    Reason::DuplicateName,
                ));
            }
            if settings.active && other.active && settings.key.overlaps(&other.key) {
                problems.push(agreement::same_traffic(settings, other));
            }
        }
        problems.extend(agreement::among_destinations(service, self.settings.forwarding));
        if service.destinations.len() > Self::MAX_DESTINATIONS {
            problems.push(too_many(Field::ServerName, Self::MAX_DESTINATIONS));
        }
        problems
    }

    /// Everything that `destination` would clash with if it were put into `service` under `id`, or as a new one.
    pub fn destination_problems(
        &self,
        service: &VirtualService,
        id: Option<DestinationId>,
        destination: &Destination,
    ) -> Vec<Problem> {
        let others =
            service.destinations.iter().filter(|(other, _)| Some(**other) != id).map(|(_, other)| other);
        agreement::of_destination(&service.settings, others, destination, self.settings.forwarding)
    }

    pub(crate) fn check(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        problems.extend(self.settings.problems());
        problems.extend(self.redundancy.problems());
        if self.services.len() > Self::MAX_SERVICES {
            problems.push(too_many(Field::ServiceName, Self::MAX_SERVICES));
        }
        let mut seen = agreement::Seen::default();
        for service in self.services.values() {
            seen.check(&service.settings, &mut problems);
            problems.extend(agreement::within_service(&service.settings));
            if service.destinations.len() > Self::MAX_DESTINATIONS {
                problems.push(too_many(Field::ServerName, Self::MAX_DESTINATIONS));
                continue;
            }
            problems.extend(agreement::among_destinations(service, self.settings.forwarding));
        }
        Problems::none_or(problems)
    }
}

impl TryFrom<Raw> for Cluster {
    type Error = Problems;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        Self::from_parts(raw.name, raw.settings, raw.redundancy, raw.services)
    }
}

fn gone(field: Field, id: u32) -> Problems {
    Problem::new(field, id.to_string(), Reason::Gone).into()
}

fn too_many(field: Field, max: usize) -> Problem {
    Problem::new(field, "", Reason::TooMany { max })
}

#[cfg(test)]
mod tests;
