//! A `virtual` block to a virtual service.

use std::collections::BTreeMap;

use model::{
    Destination, FirewallMark, Forwarding, Frontend, HostAddress, MarkedTraffic, Name, Persistence, Port,
    Ports, ReentrySeconds, Scheduler, SchedulerKind, ServiceKey, ServiceSettings, SorryServer,
};

use super::check::{check, load_monitor};
use super::context::{About, Context, Names};
use super::global::{at_most_possible, seconds};
use super::server;
use crate::lvscf::place::BlockPlaces;
use crate::lvscf::values::Virtual;
use crate::lvscf::words;
use crate::report::LossReason;

/// What earlier services of the file took.
#[derive(Default)]
pub(super) struct Taken {
    names: Names,
    marks: BTreeMap<FirewallMark, Name>,
    /// By VIP and protocol; port `None` stands for all.
    frontends: BTreeMap<(HostAddress, model::Protocol), BTreeMap<Option<Port>, Name>>,
}

/// A service whose destinations have no ids yet.
pub(super) struct Unnumbered {
    pub(super) settings: ServiceSettings,
    pub(super) destinations: Vec<Destination>,
}

/// The service, or `None` if nobody can tell what it is reached by; then its block's entry stands for all that is in it.
pub(super) fn convert(
    block: &Virtual,
    places: &BlockPlaces,
    forwarding: Forwarding,
    taken: &mut Taken,
    context: &mut Context,
) -> Option<Unnumbered> {
    let mut about = context.service(block, places);
    let Some(key) = key(block, &mut about) else {
        about.lost(None, String::new(), LossReason::NoAddress);
        return None;
    };
    let Some(name) = about.name(&block.name, &mut taken.names, "service") else {
        about.lost(None, String::new(), LossReason::TooMany);
        return None;
    };
    let possible_port = key.as_port_says(block);
    let mut active = block.active;
    if !possible_port {
        active = false;
    }
    if active {
        if let Some(other) = taken.other(&key.0) {
            about.changed(
                Some("active"),
                "1".to_owned(),
                LossReason::SameTraffic { other: other.to_string() },
            );
            active = false;
        } else {
            taken.take(&key.0, &name);
        }
    }
    let settings = ServiceSettings {
        name,
        active,
        device: block.device.as_ref().and_then(|device| about.device("address", device)),
        vip_netmask: about.mask("vip_nmask", block.vip_nmask),
        scheduler: scheduler(block.scheduler),
        persistence: persistence(block, &mut about),
        one_packet: false,
        check: check(block, &mut about),
        timeout: seconds("timeout", block.timeout, 10, &mut about),
        reentry: reentry(block, &mut about),
        quiesce: block.quiesce_server,
        load_monitor: load_monitor(block, &mut about),
        sorry_server: about
            .address("sorry_server", block.sorry_server)
            .map(|address| SorryServer { address, port: None }),
        proxy_protocol: false,
        note: None,
        key: key.0,
    };
    not_taken_over(block, &mut about);
    let destinations = server::convert_all(block, places, &settings.key, forwarding, context);
    Some(Unnumbered { settings, destinations })
}

/// A key whose port may stand for one that cannot be.
struct Key(ServiceKey);

impl Key {
    /// Whether the port is the block's own.
    fn as_port_says(&self, block: &Virtual) -> bool {
        match self.0.frontend().map(|frontend| &frontend.ports) {
            None => true,
            Some(Ports::All) => block.port == 0,
            Some(ports) => ports.only().is_some_and(|port| i32::from(port.get()) == block.port),
        }
    }
}

/// The port that takes the place of an impossible one, in a service that is then inactive: Piranha's default.
const PORT: u16 = 80;

fn key(block: &Virtual, about: &mut About<'_, '_>) -> Option<Key> {
    let mark = FirewallMark::try_new(block.fwmark.into()).ok();
    let protocol = match block.protocol {
        words::Protocol::Tcp => model::Protocol::Tcp,
        words::Protocol::Udp => model::Protocol::Udp,
    };
    let Some(vip) = about.address("address", block.address) else {
        // Without an address a mark is enough; protocol and port were for its check alone.
        let key = ServiceKey::Mark { mark: mark?, traffic: MarkedTraffic::Elsewhere(model::Family::V4) };
        if block.protocol != words::Protocol::Tcp {
            let reason = LossReason::NoEffectWithout { keyword: "address".into() };
            about.lost(Some("protocol"), block.protocol.as_str().to_owned(), reason);
        }
        if block.port != i32::from(PORT) {
            about.lost(
                Some("port"),
                block.port.to_string(),
                LossReason::NoEffectWithout { keyword: "address".into() },
            );
        }
        return Some(Key(key));
    };
    let frontend = Frontend { protocol, vip, ports: ports(block, mark.is_some(), about) };
    Some(Key(match mark {
        None => ServiceKey::Address(frontend),
        Some(mark) => {
            about.changed(Some("fwmark"), mark.to_string(), LossReason::MarkedHere);
            ServiceKey::Mark { mark, traffic: MarkedTraffic::Frontend(frontend) }
        }
    }))
}

fn ports(block: &Virtual, marked: bool, about: &mut About<'_, '_>) -> Ports {
    let persistent = block.persistent > 0;
    let instead = Ports::single(Port::try_new(PORT.into()).unwrap_or(Port::MIN));
    if block.port == 0 {
        if persistent || marked {
            return Ports::All;
        }
        let reason = LossReason::AllPortsNeedPersistence { used: PORT };
        about.wrong(Some("port"), "0".to_owned(), reason);
        return instead;
    }
    match u64::try_from(block.port).ok().and_then(|port| Port::try_new(port).ok()) {
        Some(port) => Ports::single(port),
        None => {
            let reason = LossReason::PortOutOfRange { used: Some(PORT) };
            about.wrong(Some("port"), block.port.to_string(), reason);
            instead
        }
    }
}

fn scheduler(scheduler: words::Scheduler) -> Scheduler {
    Scheduler::from(match scheduler {
        words::Scheduler::Rr => SchedulerKind::Rr,
        words::Scheduler::Wrr => SchedulerKind::Wrr,
        words::Scheduler::Lc => SchedulerKind::Lc,
        words::Scheduler::Wlc => SchedulerKind::Wlc,
        words::Scheduler::Lblc => SchedulerKind::Lblc,
        words::Scheduler::Lblcr => SchedulerKind::Lblcr,
        words::Scheduler::Dh => SchedulerKind::Dh,
        words::Scheduler::Sh => SchedulerKind::Sh,
    })
}

fn persistence(block: &Virtual, about: &mut About<'_, '_>) -> Option<Persistence> {
    let timeout = match u64::try_from(block.persistent) {
        Ok(0) => None,
        Ok(timeout) => Some(at_most_possible("persistent", timeout, about)),
        Err(_) => {
            about.wrong(Some("persistent"), block.persistent.to_string(), LossReason::OutOfRange { used: 0 });
            None
        }
    };
    let Some(timeout) = timeout else {
        if !block.pmask.is_unspecified() {
            let reason = LossReason::NoEffectWithout { keyword: "persistent".into() };
            about.lost(Some("pmask"), block.pmask.to_string(), reason);
        }
        return None;
    };
    Some(Persistence { timeout, mask: about.mask("pmask", block.pmask), engine: None })
}

fn reentry(block: &Virtual, about: &mut About<'_, '_>) -> ReentrySeconds {
    match u64::try_from(block.reentry) {
        Ok(reentry) => ReentrySeconds::try_new(reentry).unwrap_or_else(|_| {
            let used = ReentrySeconds::MAX.get().into();
            about.changed(Some("reentry"), reentry.to_string(), LossReason::OutOfRange { used });
            ReentrySeconds::MAX
        }),
        Err(_) => {
            // No number of successes is negative: it was back at once.
            about.wrong(Some("reentry"), block.reentry.to_string(), LossReason::OutOfRange { used: 0 });
            ReentrySeconds::MIN
        }
    }
}

fn not_taken_over(block: &Virtual, about: &mut About<'_, '_>) {
    let default = Virtual::new(block.name.clone());
    if block.client_monitor != default.client_monitor {
        about.lost(Some("client_monitor"), block.client_monitor.to_lossy(), LossReason::NotNeeded);
    }
    for (keyword, command) in [("start_cmd", &block.start_cmd), ("stop_cmd", &block.stop_cmd)] {
        if let Some(command) = command {
            about.lost(Some(keyword), command.to_lossy(), LossReason::FailoverService);
        }
    }
    if !block.master.is_unspecified() {
        about.lost(Some("master"), block.master.to_string(), LossReason::FileSync);
    }
    if let Some(dirs) = &block.dirs {
        let list: Vec<_> = dirs.iter().map(ToString::to_string).collect();
        about.lost(Some("dirs"), list.join(" "), LossReason::FileSync);
    }
}

impl Taken {
    /// The earlier active service that takes some of the traffic.
    fn other(&self, key: &ServiceKey) -> Option<&Name> {
        let same_mark = key.mark().and_then(|mark| self.marks.get(&mark));
        same_mark.or_else(|| {
            let frontend = key.frontend()?;
            let ports = self.frontends.get(&(frontend.vip, frontend.protocol))?;
            match frontend.ports.only() {
                None => ports.values().next(),
                port => ports.get(&port).or_else(|| ports.get(&None)),
            }
        })
    }

    fn take(&mut self, key: &ServiceKey, name: &Name) {
        if let Some(mark) = key.mark() {
            self.marks.insert(mark, name.clone());
        }
        if let Some(frontend) = key.frontend() {
            let ports = self.frontends.entry((frontend.vip, frontend.protocol)).or_default();
            ports.insert(frontend.ports.only(), name.clone());
        }
    }
}
