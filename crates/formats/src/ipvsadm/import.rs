//! Saved commands to a cluster.
//!
//! A table has less than a cluster: no names, no checks, no interfaces, and `ipvsadm-save` leaves out even some of what the kernel
//! holds. Whoever imports can say it beside the file ([`Supplement`]); what nobody said is in the report.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::{
    Check, Cluster, DestinationId, Family, Forwarding, Frontend, HostAddress, LoadMonitor, MarkedTraffic,
    Name, Port, Ports, Protocol, Redundancy, ReentrySeconds, Scheduler, Seconds, ServiceId, ServiceKey,
    ServiceSettings, Settings, SyncDaemon, Thresholds, Timeouts, VirtualService,
};

use super::diagnostic::Diagnostic;
use super::parse::{Parsed, ServicePlaces, parse};
use super::values::{Daemon, Destination, Key, SchedulerFlags, Service, Socket};
use crate::assemble::assemble;
use crate::report::{Loss, LossReason, LossReport, Severity, Subject};

/// Piranha's defaults, which a new service begins with as well.
const TIMEOUT: Seconds = Seconds::new_const(6);
const REENTRY: ReentrySeconds = ReentrySeconds::new_const(15);

/// What the commands do not say, from whoever imports them. What they do say counts more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supplement {
    /// Idle times.
    pub timeouts: Timeouts,
    /// Limits for every real server.
    pub thresholds: Thresholds,
    /// The sync daemon.
    pub sync_daemon: Option<SyncDaemon>,
}

/// A cluster with the report of what it does not keep, and what was never said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The cluster, a draft: nothing about it is applied.
    pub cluster: Cluster,
    /// In the order of the file; what no line says comes first.
    pub report: LossReport,
}

/// Reads commands and makes a cluster of them. They have no name for the cluster, so the caller gives one.
///
/// # Errors
/// Where [`parse`] refuses the commands.
pub fn import(source: &[u8], name: Name, supplement: &Supplement) -> Result<Imported, Diagnostic> {
    let parsed = parse(source)?;
    let mut import = Import { report: LossReport::default(), last_id: 0, taken: BTreeMap::new() };
    let mut settings = import.settings(&parsed, supplement);
    settings.forwarding = most_common(&parsed);
    let redundancy = import.redundancy(&parsed, supplement);
    let mut services = BTreeMap::new();
    for (service, places) in parsed.rules.services.iter().zip(&parsed.places.services) {
        if services.len() >= Cluster::MAX_SERVICES {
            import.about(
                service,
                Severity::NotTakenOver,
                places.line,
                None,
                String::new(),
                LossReason::TooMany,
            );
            continue;
        }
        if let Some((id, converted)) = import.service(service, places, &settings, supplement.thresholds) {
            services.insert(id, converted);
        }
    }
    let cluster = assemble(name, settings, redundancy, services, &mut import.report);
    import.report.sort();
    Ok(Imported { cluster, report: import.report })
}

struct Import {
    report: LossReport,
    last_id: u32,
    /// Active services by VIP and protocol; port `None` stands for all.
    taken: BTreeMap<(HostAddress, Protocol), BTreeMap<Option<Port>, String>>,
}

impl Import {
    fn settings(&mut self, parsed: &Parsed, supplement: &Supplement) -> Settings {
        let services = &parsed.rules.services;
        let destinations = || services.iter().flat_map(|service| &service.destinations);
        let Timeouts { tcp, tcp_fin, udp } = parsed.rules.timeouts;
        let timeouts = Timeouts {
            tcp: tcp.or(supplement.timeouts.tcp),
            tcp_fin: tcp_fin.or(supplement.timeouts.tcp_fin),
            udp: udp.or(supplement.timeouts.udp),
        };
        if timeouts == Timeouts::default() {
            self.not_said(LossReason::NoTimeouts);
        }
        if supplement.thresholds.is_none()
            && destinations().all(|destination| destination.thresholds.is_none())
        {
            self.not_said(LossReason::NoThresholds);
        }
        if !services.is_empty() {
            self.not_said(LossReason::NoNames);
            self.not_said(LossReason::NoChecks);
        }
        if services.iter().any(|service| matches!(service.key, Key::Address(..))) {
            self.not_said(LossReason::NoDevices);
        }
        Settings { timeouts, ..Settings::default() }
    }

    fn redundancy(&mut self, parsed: &Parsed, supplement: &Supplement) -> Redundancy {
        let mut redundancy = Redundancy::default();
        redundancy.sync_daemon.clone_from(&supplement.sync_daemon);
        if let Some(Daemon { settings, .. }) = parsed.rules.daemons.first() {
            redundancy.sync_daemon = Some(settings.clone());
        }
        if redundancy.sync_daemon.is_none() {
            self.not_said(LossReason::NoSyncDaemon);
        }
        redundancy
    }

    fn service(
        &mut self,
        service: &Service,
        places: &ServicePlaces,
        settings: &Settings,
        thresholds: Thresholds,
    ) -> Option<(ServiceId, VirtualService)> {
        let name = name_of(&service.key);
        let active = self.is_free(service, places, &name);
        let id = ServiceId(self.next_id());
        let SchedulerFlags([fallback, port, third]) = service.flags;
        let scheduler = Scheduler::new(service.scheduler, fallback, port);
        let dropped = (fallback || port) && !service.scheduler.has_flags() || third;
        if dropped {
            let value = service.scheduler.to_string();
            let reason = LossReason::FlagWithoutMeaning;
            self.about(service, Severity::NotTakenOver, places.line, Some("-b"), value, reason);
        }
        if let Key::Mark(mark, _) = service.key {
            let reason = LossReason::MarkedElsewhere;
            self.about(service, Severity::NotSaid, places.line, Some("-f"), mark.to_string(), reason);
        }
        let mut destinations = BTreeMap::new();
        for (destination, &line) in service.destinations.iter().zip(&places.destinations) {
            if destinations.len() >= Cluster::MAX_DESTINATIONS {
                let server = Socket(destination.address, destination.port).to_string();
                self.about(service, Severity::NotTakenOver, line, Some("-r"), server, LossReason::TooMany);
                continue;
            }
            let alone =
                service.destinations.iter().filter(|other| other.address == destination.address).count() == 1;
            let converted = converted(service, destination, alone, settings.forwarding, thresholds)?;
            destinations.insert(DestinationId(self.next_id()), converted);
        }
        let settings = ServiceSettings {
            name: Name::parse(&name).ok()?,
            active,
            key: service_key(&service.key),
            device: None,
            vip_netmask: None,
            scheduler,
            persistence: service.persistence,
            one_packet: service.one_packet,
            check: Check::Connect,
            timeout: TIMEOUT,
            reentry: REENTRY,
            quiesce: false,
            load_monitor: LoadMonitor::None,
            sorry_server: None,
            proxy_protocol: false,
            note: None,
        };
        Some((id, VirtualService { settings, destinations }))
    }

    /// The kernel takes a service for all ports beside one for a single port, and asks the single one first; a cluster has no such
    /// order, so the later of the two waits for an operator.
    fn is_free(&mut self, service: &Service, places: &ServicePlaces, name: &str) -> bool {
        let Key::Address(protocol, vip, port) = service.key else { return true };
        let ports = self.taken.entry((vip, protocol)).or_default();
        let other = match port {
            None => ports.values().next(),
            Some(_) => ports.get(&None),
        };
        if let Some(other) = other.cloned() {
            let reason = LossReason::SameTraffic { other };
            self.about(service, Severity::Changed, places.line, None, service.key.to_string(), reason);
            return false;
        }
        ports.insert(port, name.to_owned());
        true
    }

    fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    fn not_said(&mut self, reason: LossReason) {
        self.add(Severity::NotSaid, 0, Subject::Whole, None, String::new(), reason);
    }

    fn about(
        &mut self,
        service: &Service,
        severity: Severity,
        line: usize,
        option: Option<&'static str>,
        value: String,
        reason: LossReason,
    ) {
        let subject = Subject::Service { name: name_of(&service.key) };
        self.add(severity, line, subject, option, value, reason);
    }

    fn add(
        &mut self,
        severity: Severity,
        line: usize,
        subject: Subject,
        option: Option<&'static str>,
        value: String,
        reason: LossReason,
    ) {
        let keyword = option.map(Cow::Borrowed);
        self.report.entries.push(Loss { severity, line, subject, keyword, value, reason });
    }
}

/// The method of most servers becomes the cluster's own, so that few have to say theirs; masquerading where there are none.
fn most_common(parsed: &Parsed) -> Forwarding {
    let mut counts: BTreeMap<Forwarding, usize> = BTreeMap::new();
    for destination in parsed.rules.services.iter().flat_map(|service| &service.destinations) {
        *counts.entry(destination.forwarding).or_default() += 1;
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map(|(forwarding, _)| forwarding).unwrap_or_default()
}

fn converted(
    service: &Service,
    destination: &Destination,
    alone: bool,
    inherited: Forwarding,
    thresholds: Thresholds,
) -> Option<model::Destination> {
    let address = destination.address;
    let name = if alone { address.to_string() } else { Socket(address, destination.port).to_string() };
    Some(model::Destination {
        name: Name::parse(&name).ok()?,
        address,
        port: destination.port.filter(|port| service.key.port() != Some(*port)),
        weight: destination.weight,
        forwarding: (destination.forwarding != inherited).then_some(destination.forwarding),
        thresholds: if destination.thresholds.is_none() { thresholds } else { destination.thresholds },
        active: true,
        note: None,
    })
}

fn service_key(key: &Key) -> ServiceKey {
    match *key {
        Key::Address(protocol, vip, port) => {
            ServiceKey::Address(Frontend { protocol, vip, ports: port.map_or(Ports::All, Ports::single) })
        }
        Key::Mark(mark, family) => ServiceKey::Mark { mark, traffic: MarkedTraffic::Elsewhere(family) },
    }
}

/// What stands for a service's name: keys differ, so these do.
fn name_of(key: &Key) -> String {
    match key {
        Key::Address(protocol, vip, Some(port)) => format!("{protocol} {}", Socket(*vip, Some(*port))),
        Key::Address(protocol, vip, None) => format!("{protocol} {vip}"),
        Key::Mark(mark, Family::V4) => format!("mark {mark}"),
        Key::Mark(mark, Family::V6) => format!("mark {mark} IPv6"),
    }
}
