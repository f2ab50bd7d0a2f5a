//! A cluster to an `lvs.cf`, for a site that goes back to Piranha or keeps both for a while.
//!
//! What `lvs.cf` cannot say is reported. A cluster that it can say comes back the same from [`super::import()`], but for the ids,
//! which are numbered anew.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use model::{
    Check, Cluster, Device, Field, Forwarding, HostAddress, LoadMonitor, Payload, Ports, PrefixLength,
    Scheduler as ModelScheduler, SchedulerKind, Seconds, VirtualService,
};

use super::print::{quoted, sayable};
use super::text::Text;
use super::values::{LvsCf, Real, Virtual};
use super::words::{Network, Protocol, Scheduler};
use crate::report::{Loss, LossReason, LossReport, Severity, Subject};

/// The values of an `lvs.cf`, for [`super::print()`], with the report of what they do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The values.
    pub values: LvsCf,
    /// What was not written, or otherwise.
    pub report: LossReport,
}

/// Says a cluster in Piranha's words.
#[must_use]
pub fn export(cluster: &Cluster) -> Exported {
    let mut export = Export { report: LossReport::default(), subject: Subject::Whole };
    let mut values = LvsCf::default();
    export.settings(cluster, &mut values);
    export.redundancy(cluster, &mut values);
    for (index, service) in cluster.services().values().enumerate() {
        let name = service.settings.name.to_string();
        export.subject = Subject::Service { name: name.clone() };
        if let Some(mut block) = export.service(index + 1, service) {
            for destination in service.destinations.values() {
                export.subject =
                    Subject::Server { service: name.clone(), name: destination.name.to_string() };
                block.servers.extend(export.server(destination, &block, cluster.settings().forwarding));
            }
            values.virtuals.push(block);
        }
    }
    Exported { values, report: export.report }
}

struct Export {
    report: LossReport,
    subject: Subject,
}

impl Export {
    fn settings(&mut self, cluster: &Cluster, values: &mut LvsCf) {
        let settings = cluster.settings();
        self.lost(None, cluster.name().to_string(), LossReason::NotInLvsCf);
        values.primary = self.optional("primary", settings.primary_public);
        values.primary_private = self.optional("primary_private", settings.primary_private);
        values.network = match settings.forwarding {
            Forwarding::Masquerading => Network::Nat,
            Forwarding::DirectRouting => Network::Direct,
            Forwarding::Ipip => Network::Tunnel,
            other => {
                let nearest = if other.is_tunnel() { Network::Tunnel } else { Network::Nat };
                self.nearest("network", other.to_string(), nearest.as_str());
                nearest
            }
        };
        if let Some(router) = &settings.nat_router
            && let Some(address) = self.ipv4("nat_router", router.address)
        {
            values.nat_router = address;
            values.nat_router_device = Some(router.device.as_str().into());
            values.nat_nmask = self.mask("nat_nmask", router.netmask);
        }
        if settings.own_clients {
            self.lost(None, Field::OwnClients.english().to_owned(), LossReason::NotInLvsCf);
        }
        let seconds = |time: Option<Seconds>| time.map_or(0, |time| int(time.get()));
        values.tcp_timeout = seconds(settings.timeouts.tcp);
        values.tcpfin_timeout = seconds(settings.timeouts.tcp_fin);
        values.udp_timeout = seconds(settings.timeouts.udp);
    }

    fn redundancy(&mut self, cluster: &Cluster, values: &mut LvsCf) {
        let redundancy = cluster.redundancy();
        values.backup_active = redundancy.active;
        values.heartbeat = redundancy.active;
        values.backup = self.optional("backup", redundancy.backup_public);
        values.backup_private = self.optional("backup_private", redundancy.backup_private);
        if values.primary_private.is_unspecified() && !values.primary.is_unspecified() {
            // The daemon fills both in from the public ones.
            if !values.backup_private.is_unspecified() {
                let reason = LossReason::NoEffectWithout { keyword: "primary_private".into() };
                self.lost(Some("backup_private"), values.backup_private.to_string(), reason);
            }
            values.primary_private = values.primary;
            values.backup_private = values.backup;
        }
        values.heartbeat_port = redundancy.heartbeat_port.get().into();
        values.keepalive = int(redundancy.heartbeat_interval.get());
        values.deadtime = int(redundancy.dead_after.get());
        values.monitor_links = redundancy.monitor_links.into();
        if let Some(daemon) = &redundancy.sync_daemon {
            values.syncdaemon = true;
            values.syncd_iface = daemon.interface.as_str().into();
            values.syncd_id = daemon.id.get().into();
        }
    }

    /// The block without its servers, or `None` if `lvs.cf` cannot say what the service is reached by.
    fn service(&mut self, number: usize, service: &VirtualService) -> Option<Virtual> {
        let settings = &service.settings;
        let mut block = Virtual::new(self.name(settings.name.as_str()));
        block.active = settings.active;
        block.fwmark = settings.key.mark().map_or(0, |mark| mark.get());
        if let Some(frontend) = settings.key.frontend() {
            block.protocol = match frontend.protocol {
                model::Protocol::Tcp => Protocol::Tcp,
                model::Protocol::Udp => Protocol::Udp,
                other @ model::Protocol::Sctp => {
                    self.lost(Some("protocol"), other.to_string(), LossReason::NotInLvsCf);
                    return None;
                }
            };
            block.address = self.ipv4("address", frontend.vip)?;
            block.port = self.port(&frontend.ports);
        } else if settings.key.family() == model::Family::V6 {
            self.lost(Some("fwmark"), settings.key.to_string(), LossReason::Ipv4Only);
            return None;
        }
        block.device = self.device(number, settings.device.as_ref(), block.address);
        block.vip_nmask = self.mask("vip_nmask", settings.vip_netmask);
        block.scheduler = self.scheduler(settings.scheduler);
        if let Some(persistence) = &settings.persistence {
            block.persistent = int(persistence.timeout.get());
            block.pmask = self.mask("pmask", persistence.mask);
            if persistence.engine.is_some() {
                self.lost(None, "persistence engine sip".to_owned(), LossReason::NotInLvsCf);
            }
        }
        if settings.one_packet {
            self.lost(None, "one-packet scheduling".to_owned(), LossReason::NotInLvsCf);
        }
        if settings.proxy_protocol {
            self.lost(None, "PROXY protocol".to_owned(), LossReason::NotInLvsCf);
        }
        if let Some(note) = &settings.note {
            self.lost(None, note.to_string(), LossReason::NotInLvsCf);
        }
        self.check(&settings.check, &mut block);
        block.timeout = int(settings.timeout.get());
        block.reentry = int(settings.reentry.get());
        block.quiesce_server = settings.quiesce;
        block.load_monitor = self.load_monitor(&settings.load_monitor);
        if let Some(sorry) = &settings.sorry_server {
            block.sorry_server = self.ipv4("sorry_server", sorry.address).unwrap_or(Ipv4Addr::UNSPECIFIED);
            if sorry.port.is_some() {
                self.changed(Some("sorry_server"), sorry.to_string(), LossReason::NotInLvsCf);
            }
        }
        Some(block)
    }

    fn server(
        &mut self,
        destination: &model::Destination,
        block: &Virtual,
        forwarding: Forwarding,
    ) -> Option<Real> {
        let address = self.ipv4("address", destination.address)?;
        let mut real = Real::new(self.name(destination.name.as_str()), block.port);
        real.address = address;
        real.active = destination.active;
        real.weight = int(destination.weight.get());
        if let Some(port) = destination.port {
            real.port = port.get().into();
        }
        if let Some(own) = destination.forwarding.filter(|own| *own != forwarding) {
            self.lost(None, own.to_string(), LossReason::NotInLvsCf);
        }
        if !destination.thresholds.is_none() {
            self.lost(None, destination.thresholds.to_string(), LossReason::NotInLvsCf);
        }
        if let Some(note) = &destination.note {
            self.lost(None, note.to_string(), LossReason::NotInLvsCf);
        }
        Some(real)
    }

    fn check(&mut self, check: &Check, block: &mut Virtual) {
        match check {
            Check::Connect => {
                if block.port == 80 && block.protocol == Protocol::Tcp {
                    self.changed(Some("send"), String::new(), LossReason::DefaultRequest);
                }
            }
            Check::SendExpect { send, expect, regex } => {
                let (send, expect) = (send.as_ref().map(payload), expect.as_ref().map(payload));
                if send == Some(None) || expect == Some(None) {
                    self.lost(Some("send"), check.to_string(), LossReason::TextNotPossible);
                    return;
                }
                block.send = send.flatten();
                block.expect = expect.flatten();
                block.use_regex = *regex && block.expect.is_some();
            }
            Check::Program { program, expect } => {
                let expect = expect.as_ref().map(payload);
                if expect == Some(None) {
                    self.lost(Some("expect"), check.to_string(), LossReason::TextNotPossible);
                }
                block.send_program = Some(program.as_str().into());
                block.expect = expect.flatten();
                // Its directory is the director's business and not known here; Piranha needs a whole path.
                let used = program.to_string();
                self.changed(Some("send_program"), program.to_string(), LossReason::MustBeNamed { used });
            }
        }
    }

    fn load_monitor(&mut self, monitor: &LoadMonitor) -> Option<Text> {
        match monitor {
            LoadMonitor::None => None,
            LoadMonitor::Program(program) => {
                let used = program.to_string();
                self.changed(Some("load_monitor"), program.to_string(), LossReason::MustBeNamed { used });
                Some(program.as_str().into())
            }
            known => Some(known.to_string().as_str().into()),
        }
    }

    fn port(&mut self, ports: &Ports) -> i32 {
        let Some(lowest) = ports.lowest() else { return 0 };
        if ports.only().is_none() {
            self.nearest("port", ports.to_string(), &lowest.to_string());
        }
        lowest.get().into()
    }

    fn device(&mut self, number: usize, device: Option<&Device>, address: Ipv4Addr) -> Option<Text> {
        match device {
            Some(device) => Some(device.as_str().into()),
            None if address.is_unspecified() => None,
            None => {
                // `address` needs a second word. Piranha's own pages count the aliases of eth0 in this way.
                let used = format!("eth0:{number}");
                let text = used.as_str().into();
                self.changed(Some("address"), address.to_string(), LossReason::MustBeNamed { used });
                Some(text)
            }
        }
    }

    fn scheduler(&mut self, scheduler: ModelScheduler) -> Scheduler {
        let known = match scheduler.kind() {
            SchedulerKind::Rr => Some(Scheduler::Rr),
            SchedulerKind::Wrr => Some(Scheduler::Wrr),
            SchedulerKind::Lc => Some(Scheduler::Lc),
            SchedulerKind::Wlc => Some(Scheduler::Wlc),
            SchedulerKind::Lblc => Some(Scheduler::Lblc),
            SchedulerKind::Lblcr => Some(Scheduler::Lblcr),
            SchedulerKind::Dh => Some(Scheduler::Dh),
            SchedulerKind::Sh => Some(Scheduler::Sh),
            _ => None,
        };
        // Maglev is source hashing by another table; the rest weighs connections.
        let nearest = if scheduler.kind() == SchedulerKind::Mh { Scheduler::Sh } else { Scheduler::Wlc };
        let used = known.unwrap_or(nearest);
        if known.is_none() || scheduler.fallback() || scheduler.port() {
            self.nearest("scheduler", scheduler.to_string(), used.as_str());
        }
        used
    }

    /// The name, or with `_` in place of quotes that cannot be written.
    fn name(&mut self, name: &str) -> Text {
        let text = Text::from(name);
        if sayable(&text) {
            return text;
        }
        let used = name.replace(['"', '\''], "_");
        let text = used.as_str().into();
        self.changed(None, name.to_owned(), LossReason::NameNotPossible { used });
        text
    }

    fn mask(&mut self, keyword: &'static str, mask: Option<PrefixLength>) -> Ipv4Addr {
        let Some(prefix) = mask else { return Ipv4Addr::UNSPECIFIED };
        match u32::MAX.checked_shl(32_u32.saturating_sub(prefix.get().into())) {
            Some(bits) if prefix.get() <= 32 => Ipv4Addr::from_bits(bits),
            _ => {
                self.lost(Some(keyword), prefix.to_string(), LossReason::Ipv4Only);
                Ipv4Addr::UNSPECIFIED
            }
        }
    }

    fn optional(&mut self, keyword: &'static str, address: Option<HostAddress>) -> Ipv4Addr {
        address.and_then(|address| self.ipv4(keyword, address)).unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    fn ipv4(&mut self, keyword: &'static str, address: HostAddress) -> Option<Ipv4Addr> {
        match address.get() {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => {
                self.lost(Some(keyword), address.to_string(), LossReason::Ipv4Only);
                None
            }
        }
    }

    fn nearest(&mut self, keyword: &'static str, value: String, used: &str) {
        self.changed(Some(keyword), value, LossReason::Nearest { used: used.to_owned() });
    }

    fn lost(&mut self, keyword: Option<&'static str>, value: String, reason: LossReason) {
        self.add(Severity::NotTakenOver, keyword, value, reason);
    }

    fn changed(&mut self, keyword: Option<&'static str>, value: String, reason: LossReason) {
        self.add(Severity::Changed, keyword, value, reason);
    }

    fn add(&mut self, severity: Severity, keyword: Option<&'static str>, value: String, reason: LossReason) {
        let keyword = keyword.map(Cow::Borrowed);
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

/// In quotes, if there are some that it can be written with.
fn payload(payload: &Payload) -> Option<Text> {
    quoted(payload.as_str())
}

/// The model's numbers all fit: their highest is `i32::MAX`.
fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
