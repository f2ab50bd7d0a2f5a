//! A cluster to commands, for a director that is to be set up by hand, or a copy of the table beside the console's.
//!
//! What is written is what the directors would hold with every server up. `ipvsadm -R` takes all of it; what it cannot say (names,
//! checks, what is not active) is in the report.

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::{
    Check, Cluster, Field, Forwarding, Frontend, LoadMonitor, MarkedTraffic, Port, Ports, ServiceKey,
    VirtualService, Weight,
};

use super::values::{Daemon, DaemonState, Destination, Key, Rules, SchedulerFlags, Service};
use crate::report::{Loss, LossReason, LossReport, Severity, Subject};

/// A service of more ports than these gets a mark from the directors and nothing from us: nobody wants ten thousand services.
const MOST_PORTS: usize = 16;

/// The largest weight that `ipvsadm` 1.31 takes; the kernel takes more.
const MOST_WEIGHT: u32 = 65_535;

/// The commands, for [`super::print()`], with the report of what they do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The commands.
    pub rules: Rules,
    /// What was not written, or otherwise.
    pub report: LossReport,
}

/// Says a cluster in `ipvsadm`'s words.
#[must_use]
pub fn export(cluster: &Cluster) -> Exported {
    let mut export = Export { report: LossReport::default(), subject: Subject::Whole };
    let mut rules = Rules { timeouts: cluster.settings().timeouts, ..Rules::default() };
    if let Some(daemon) = &cluster.redundancy().sync_daemon {
        rules.daemons.push(Daemon { state: DaemonState::Master, settings: daemon.clone() });
        export.changed(Some("--start-daemon"), "master".to_owned(), LossReason::MasterWritten);
    }
    if cluster.settings().own_clients {
        export.lost(None, Field::OwnClients.english().to_owned(), LossReason::NotInIpvsadm);
    }
    for service in cluster.services().values() {
        export.subject = Subject::Service { name: service.settings.name.to_string() };
        rules.services.extend(export.service(service, cluster.settings().forwarding));
    }
    Exported { rules, report: export.report }
}

struct Export {
    report: LossReport,
    subject: Subject,
}

impl Export {
    /// One service, or one for each of its ports.
    fn service(&mut self, service: &VirtualService, inherited: Forwarding) -> Vec<Service> {
        let settings = &service.settings;
        if !settings.active {
            self.lost(None, settings.key.to_string(), LossReason::Inactive);
            return Vec::new();
        }
        let keys = self.keys(&settings.key);
        self.unsayable(service);
        let destinations = self.destinations(service, inherited);
        let flags = SchedulerFlags([settings.scheduler.fallback(), settings.scheduler.port(), false]);
        let mut services = Vec::new();
        for key in keys {
            let mut service = Service {
                key,
                scheduler: settings.scheduler.kind(),
                flags,
                persistence: settings.persistence,
                one_packet: settings.one_packet,
                destinations: Vec::new(),
            };
            let mut sockets = BTreeSet::new();
            for destination in &destinations {
                // A server that follows the service has the port of each of its services.
                let port = destination.port.or_else(|| key.port());
                if sockets.insert((destination.address, port)) {
                    service.destinations.push(Destination { port, ..destination.clone() });
                } else {
                    let other = destination.address.to_string();
                    self.lost(Some("-r"), other.clone(), LossReason::SameServer { other });
                }
            }
            services.push(service);
        }
        services
    }

    fn keys(&mut self, key: &ServiceKey) -> Vec<Key> {
        match key {
            ServiceKey::Mark { mark, traffic } => {
                if let MarkedTraffic::Frontend(frontend) = traffic {
                    let reason = LossReason::MarkMustBeSet { traffic: frontend.to_string() };
                    self.changed(Some("-f"), mark.to_string(), reason);
                }
                vec![Key::Mark(*mark, key.family())]
            }
            ServiceKey::Address(Frontend { protocol, vip, ports }) => match ports {
                Ports::All => vec![Key::Address(*protocol, *vip, None)],
                Ports::Listed(ranges) => {
                    let numbers = ranges.iter().flat_map(|range| range.first().get()..=range.last().get());
                    let ports: Vec<Port> = numbers
                        .take(MOST_PORTS + 1)
                        .filter_map(|port| Port::try_new(port.into()).ok())
                        .collect();
                    if ports.len() > MOST_PORTS {
                        self.lost(None, key.to_string(), LossReason::NeedsMark);
                        return Vec::new();
                    }
                    if ports.len() > 1 {
                        self.changed(None, key.to_string(), LossReason::PortsApart);
                    }
                    ports.into_iter().map(|port| Key::Address(*protocol, *vip, Some(port))).collect()
                }
            },
        }
    }

    fn destinations(&mut self, service: &VirtualService, inherited: Forwarding) -> Vec<Destination> {
        let mut destinations = Vec::new();
        for destination in service.destinations.values() {
            if !destination.active {
                let value = format!("{} ({})", destination.name, destination.socket());
                self.lost(Some("-r"), value, LossReason::Inactive);
                continue;
            }
            let weight = Weight::new_const(MOST_WEIGHT);
            if destination.weight > weight {
                self.changed(
                    Some("-w"),
                    destination.weight.to_string(),
                    LossReason::WeightCut { most: MOST_WEIGHT },
                );
            }
            destinations.push(Destination {
                address: destination.address,
                port: destination.port,
                forwarding: destination.forwarding.unwrap_or(inherited),
                weight: destination.weight.min(weight),
                thresholds: destination.thresholds,
            });
        }
        destinations
    }

    fn unsayable(&mut self, service: &VirtualService) {
        let settings = &service.settings;
        let said = [
            (settings.check != Check::Connect).then(|| settings.check.to_string()),
            settings.device.as_ref().map(ToString::to_string),
            settings.sorry_server.map(|sorry| format!("sorry server {sorry}")),
            (settings.load_monitor != LoadMonitor::None).then(|| settings.load_monitor.to_string()),
            settings.proxy_protocol.then(|| "PROXY protocol".to_owned()),
            settings.note.as_ref().map(ToString::to_string),
        ];
        let notes = service.destinations.values().filter_map(|destination| destination.note.as_ref());
        for value in said.into_iter().flatten().chain(notes.map(ToString::to_string)) {
            self.lost(None, value, LossReason::NotInIpvsadm);
        }
    }

    fn lost(&mut self, option: Option<&'static str>, value: String, reason: LossReason) {
        self.add(Severity::NotTakenOver, option, value, reason);
    }

    fn changed(&mut self, option: Option<&'static str>, value: String, reason: LossReason) {
        self.add(Severity::Changed, option, value, reason);
    }

    fn add(&mut self, severity: Severity, option: Option<&'static str>, value: String, reason: LossReason) {
        let keyword = option.map(Cow::Borrowed);
        self.report.entries.push(Loss {
            severity,
            line: 0,
            subject: self.subject.clone(),
            keyword,
            value,
            reason,
        });
    }
}
