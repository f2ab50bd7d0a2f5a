//! Entries of a data plane that somebody else made, and what can become of them: adopted, removed, or left alone.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{TableDestination, TableDestinationKey, TableKey, TableService};
use crate::{
    Check, Destination, Frontend, LoadMonitor, MarkedTraffic, Name, Reason, ReentrySeconds, Seconds,
    ServiceKey, ServiceSettings,
};

/// Which entry: a service with all its destinations, or a destination that somebody else has put into a service of ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The service.
    pub key: TableKey,
    /// The destination, where the service is ours and it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<TableDestinationKey>,
}

/// An entry that somebody else made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The service.
    pub key: TableKey,
    /// The destination, where the service is ours and one of its destinations is not.
    pub destination: Option<TableDestinationKey>,
    /// The service with its destinations, where it is what this is about and everything in it can be said in our words.
    pub service: Option<TableService>,
    /// The destination's settings, likewise.
    pub settings: Option<TableDestination>,
    /// The entry in ipvsadm's words, one command a line; perhaps not all of them.
    pub words: String,
    /// Whether it becomes ours as soon as it is desired.
    pub adopting: bool,
}

/// What a data plane is told to do with such an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ForeignAction {
    /// It becomes ours as soon as a desired state has it; until then it is left alone.
    Adopt,
    /// It goes, with everything in it.
    Remove,
}

/// A foreign service as a draft can take it in. What IPVS does not know begins as in Piranha: checked by connecting, every
/// six seconds, back after fifteen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The service.
    pub settings: ServiceSettings,
    /// Its destinations, named after their addresses.
    pub destinations: Vec<Destination>,
}

// === impl ForeignKey ===

impl ForeignKey {
    /// The canonical form, JSON: for forms, the wire and the store.
    pub fn canonical(&self) -> String {
        // Serialising enumerations, texts and numbers to memory does not fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the canonical form.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl fmt::Display for ForeignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.destination {
            None => write!(f, "service {}", self.key),
            Some(destination) => write!(f, "destination {destination} of {}", self.key),
        }
    }
}

// === impl Foreign ===

impl Foreign {
    /// An entry of which no more is known than that it is there.
    pub fn unknown(key: TableKey, destination: Option<TableDestinationKey>) -> Self {
        Self { key, destination, service: None, settings: None, words: String::new(), adopting: false }
    }

    /// Which entry it is.
    pub fn place(&self) -> ForeignKey {
        ForeignKey { key: self.key.clone(), destination: self.destination }
    }

    /// The service for a draft; none where this is a destination, or something that our words cannot say.
    pub fn take(&self, name: Name) -> Option<Taken> {
        let service = self.service.as_ref()?;
        let destinations: Result<Vec<_>, _> =
            service.destinations.iter().map(|(key, settings)| taken_destination(*key, settings)).collect();
        let settings = ServiceSettings {
            name,
            active: true,
            key: taken_key(&self.key),
            device: None,
            vip_netmask: None,
            scheduler: service.settings.scheduler,
            persistence: service.settings.persistence,
            one_packet: service.settings.one_packet,
            check: Check::Connect,
            timeout: Seconds::new_const(6),
            reentry: ReentrySeconds::new_const(15),
            quiesce: false,
            load_monitor: LoadMonitor::None,
            sorry_server: None,
            proxy_protocol: false,
            note: None,
        };
        Some(Taken { settings, destinations: destinations.ok()? })
    }
}

/// Who set the mark before goes on setting it.
fn taken_key(key: &TableKey) -> ServiceKey {
    match key {
        TableKey::Address { protocol, vip, ports } => {
            ServiceKey::Address(Frontend { protocol: *protocol, vip: *vip, ports: ports.clone() })
        }
        TableKey::Mark { mark, family } => {
            ServiceKey::Mark { mark: *mark, traffic: MarkedTraffic::Elsewhere(*family) }
        }
    }
}

fn taken_destination(key: TableDestinationKey, settings: &TableDestination) -> Result<Destination, Reason> {
    Ok(Destination {
        name: Name::parse(&key.to_string())?,
        address: key.address,
        port: key.port,
        weight: settings.weight,
        forwarding: Some(settings.forwarding),
        thresholds: settings.thresholds,
        active: true,
        note: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Role, TableServiceSettings};
    use crate::{
        Family, FirewallMark, Forwarding, HostAddress, Ports, Protocol, Scheduler, Thresholds, Weight,
    };

    fn key() -> TableKey {
        let vip = HostAddress::parse("2001:db8::2").unwrap();
        TableKey::Address { protocol: Protocol::Tcp, vip, ports: Ports::parse("80").unwrap() }
    }

    #[test]
    fn keys_read_back() {
        let mark = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V4 };
        for key in [key(), mark] {
            for destination in ["10.0.0.1", "10.0.0.1:80", "[2001:db8::1]:80", "2001:db8::1"] {
                let destination = TableDestinationKey::parse(destination).unwrap();
                let key = ForeignKey { key: key.clone(), destination: Some(destination) };
                assert_eq!(ForeignKey::parse(&key.canonical()).unwrap(), key);
            }
        }
        TableDestinationKey::parse("10.0.0.1:").unwrap_err();
    }

    #[test]
    fn a_service_is_taken_as_it_is() {
        let entry = TableDestination {
            forwarding: Forwarding::DirectRouting,
            weight: Weight::new_const(3),
            thresholds: Thresholds::default(),
            role: Role::RealServer,
        };
        let destination = TableDestinationKey::parse("[2001:db8::1]:80").unwrap();
        let settings = TableServiceSettings {
            scheduler: Scheduler::default(),
            persistence: None,
            one_packet: false,
            proxy_protocol: false,
        };
        let service = TableService { settings, destinations: [(destination, entry)].into() };
        let foreign = Foreign { service: Some(service), ..Foreign::unknown(key(), None) };
        let taken = foreign.take(Name::parse("web").unwrap()).unwrap();
        assert_eq!(taken.settings.key.to_string(), "tcp [2001:db8::2]:80");
        assert_eq!(taken.destinations[0].name.as_str(), "[2001:db8::1]:80");
        assert_eq!(taken.destinations[0].forwarding, Some(Forwarding::DirectRouting));
        assert_eq!(Foreign::unknown(key(), None).take(Name::parse("web").unwrap()), None);
    }
}
