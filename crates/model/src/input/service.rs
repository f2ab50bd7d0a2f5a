//! The form of a virtual service.

use super::reader::Reader;
use super::{input, shown, shown_note, ticked, typed};
use crate::{
    Check, Cluster, Device, Family, Field, FirewallMark, Frontend, HostAddress, LoadMonitor, MarkedTraffic,
    Name, Persistence, PersistenceEngine, Port, Ports, PrefixLength, Problems, ProgramName, Protocol, Reason,
    ReentrySeconds, Scheduler, SchedulerKind, Seconds, ServiceId, ServiceKey, ServiceSettings, SorryServer,
    VirtualService, agreement,
};

input! {
    /// What a form for a virtual service holds; the check has a form of its own.
    ServiceInput {
        name = ServiceName,
        active = ServiceActive,
        protocol = Protocol,
        address = Vip,
        ports = Ports,
        vip_nmask = VipNetmask,
        device = Device,
        fwmark = FirewallMark,
        marking = Marking,
        scheduler = Scheduler,
        sched_fallback = SchedulerFallback,
        sched_port = SchedulerPort,
        persistent = Persistence,
        pmask = PersistenceMask,
        pe = PersistenceEngine,
        ops = OnePacket,
        timeout = ServiceTimeout,
        reentry = Reentry,
        quiesce_server = Quiesce,
        load_monitor = LoadMonitor,
        load_program = LoadProgram,
        sorry_server = SorryServer,
        sorry_port = SorryPort,
        proxy_protocol = ProxyProtocol,
        note = ServiceNote,
    }
}

impl ServiceInput {
    /// An empty form with the values that Piranha's ADD began with. One differs: the service is active, since nothing
    /// reaches a director before the draft is applied.
    pub fn new() -> Self {
        Self {
            active: ticked(true),
            protocol: "tcp".into(),
            ports: "80".into(),
            marking: "director".into(),
            scheduler: "wlc".into(),
            timeout: "6".into(),
            reentry: "15".into(),
            load_monitor: "none".into(),
            ..Self::default()
        }
    }

    /// The settings meant, with `check` as it is; else everything that is wrong.
    pub fn parse(&self, check: Check) -> Result<ServiceSettings, Problems> {
        let mut reader = Reader::default();
        let settings = self.read(&mut reader, check);
        reader.finish(settings, Field::ServiceName)
    }

    /// As [`Self::parse`], and also what would clash in `cluster`, where the service is `id` or a new one.
    pub fn parse_in(
        &self,
        check: Check,
        cluster: &Cluster,
        id: Option<ServiceId>,
    ) -> Result<ServiceSettings, Problems> {
        let mut reader = Reader::default();
        let settings = self.read(&mut reader, check);
        match &settings {
            Some(settings) => {
                let destinations =
                    id.and_then(|id| cluster.services().get(&id)).map(|service| service.destinations.clone());
                let destinations = destinations.unwrap_or_default();
                let service = VirtualService { settings: settings.clone(), destinations };
                reader.extend(cluster.service_problems(id, &service));
            }
            // With a field wrong elsewhere, a name that is taken is worth telling nevertheless.
            None => {
                let mut others = cluster.services().iter().filter(|(other, _)| Some(**other) != id);
                if let Ok(name) = Name::parse(&self.name)
                    && others.any(|(_, other)| other.settings.name == name)
                {
                    reader.note(Field::ServiceName, &self.name, Reason::DuplicateName);
                }
            }
        }
        reader.finish(settings, Field::ServiceName)
    }

    fn read(&self, reader: &mut Reader, check: Check) -> Option<ServiceSettings> {
        let name = reader.required(Field::ServiceName, &self.name, Name::parse);
        let active = reader.flag(Field::ServiceActive, &self.active);
        let (key, address_mask) = self.read_key(reader);
        let typed_mask = if self.vip_nmask.trim().is_empty() { &address_mask } else { &self.vip_nmask };
        let vip_netmask =
            reader.optional(Field::VipNetmask, typed_mask, |text| PrefixLength::parse(&typed::fold(text)));
        let device = reader.optional(Field::Device, &self.device, |text| Device::parse(&typed::fold(text)));
        let scheduler = self.read_scheduler(reader);
        let persistence = self.read_persistence(reader);
        let one_packet = reader.flag(Field::OnePacket, &self.ops);
        let timeout = reader
            .required(Field::ServiceTimeout, &self.timeout, |text| Seconds::parse(&typed::number(text)));
        let reentry = reader
            .required(Field::Reentry, &self.reentry, |text| ReentrySeconds::parse(&typed::number(text)));
        let quiesce = reader.flag(Field::Quiesce, &self.quiesce_server);
        let load_monitor = self.read_load_monitor(reader);
        let sorry_server = self.read_sorry_server(reader);
        let proxy_protocol = reader.flag(Field::ProxyProtocol, &self.proxy_protocol);
        let note = reader.note_of(Field::ServiceNote, &self.note);
        // What the fields have to agree on is told even where some are wrong: those are stood in for by harmless values.
        let stand_in = ServiceSettings {
            name: name.clone().or_else(|| Name::parse("-").ok())?,
            active: active.unwrap_or(false),
            key: key.clone().unwrap_or_else(|| self.stand_in_key()),
            device: device.flatten(),
            vip_netmask: vip_netmask.flatten(),
            scheduler: scheduler.unwrap_or_default(),
            persistence: persistence.flatten(),
            one_packet: one_packet.unwrap_or(false),
            check,
            timeout: timeout.unwrap_or(Seconds::MIN),
            reentry: reentry.unwrap_or(ReentrySeconds::MIN),
            quiesce: quiesce.unwrap_or(false),
            load_monitor: load_monitor.unwrap_or_default(),
            sorry_server: sorry_server.flatten(),
            proxy_protocol: proxy_protocol.unwrap_or(false),
            note: note.flatten(),
        };
        let agreed = agreement::within_service(&stand_in).into_iter().filter(|problem| {
            let needs: &[Field] = match problem.reason {
                Reason::PrefixTooLong { .. } | Reason::SorryServerFamily => {
                    &[Field::Vip, Field::FirewallMark, Field::Marking]
                }
                Reason::AllPortsNeedPersistence => &[Field::Ports, Field::Persistence],
                _ => &[Field::Protocol, Field::FirewallMark, Field::Marking],
            };
            !reader.failed(needs)
        });
        let agreed: Vec<_> = agreed.collect();
        reader.extend(agreed);
        let complete = key.is_some() && name.is_some() && !reader.failed(Self::FIELDS);
        complete.then_some(stand_in)
    }

    /// The key, and the prefix length where it was typed behind the address.
    fn read_key(&self, reader: &mut Reader) -> (Option<ServiceKey>, String) {
        let mark = reader
            .unless_zero(Field::FirewallMark, &self.fwmark, |text| FirewallMark::parse(&typed::mark(text)));
        let elsewhere = match typed::fold(&self.marking).to_ascii_lowercase().as_str() {
            "" | "director" => None,
            "ipv4" => Some(Family::V4),
            "ipv6" => Some(Family::V6),
            _ => {
                reader.note(
                    Field::Marking,
                    &self.marking,
                    Reason::NotOneOf { choices: "director, ipv4, ipv6" },
                );
                return (None, String::new());
            }
        };
        if let Some(family) = elsewhere {
            let key = match mark {
                Some(Some(mark)) => {
                    Some(ServiceKey::Mark { mark, traffic: MarkedTraffic::Elsewhere(family) })
                }
                Some(None) => {
                    reader.note(Field::FirewallMark, &self.fwmark, Reason::Missing);
                    None
                }
                None => None,
            };
            return (key, String::new());
        }
        let (address, mask) = typed::prefix(&self.address);
        let (address, port) =
            if self.ports.trim().is_empty() { typed::socket(&address) } else { (address, String::new()) };
        let typed_ports = if port.is_empty() { &self.ports } else { &port };
        let protocol =
            reader.required(Field::Protocol, &self.protocol, |text| Protocol::parse(&typed::fold(text)));
        let vip = reader.required(Field::Vip, &self.address, |_| HostAddress::parse(&address));
        let ports = reader.required(Field::Ports, typed_ports, |text| Ports::parse(&typed::ports(text)));
        let (Some(protocol), Some(vip), Some(ports), Some(mark)) = (protocol, vip, ports, mark) else {
            return (None, mask);
        };
        let frontend = Frontend { protocol, vip, ports };
        let key = match mark {
            Some(mark) => ServiceKey::Mark { mark, traffic: MarkedTraffic::Frontend(frontend) },
            None => ServiceKey::Address(frontend),
        };
        (Some(key), mask)
    }

    /// A key of the protocol and family that were typed, for what can be said before the rest is right.
    fn stand_in_key(&self) -> ServiceKey {
        let vip = HostAddress::parse(&typed::prefix(&self.address).0);
        let localhost = std::net::IpAddr::from(std::net::Ipv4Addr::LOCALHOST);
        let frontend = Protocol::parse(&typed::fold(&self.protocol))
            .ok()
            .zip(vip.or_else(|_| HostAddress::try_new(localhost)).ok());
        let ports = Ports::parse(&typed::ports(&self.ports)).unwrap_or(Ports::single(Port::MIN));
        match (frontend, FirewallMark::parse(&typed::mark(&self.fwmark))) {
            (Some((protocol, vip)), Err(_)) => ServiceKey::Address(Frontend { protocol, vip, ports }),
            (Some((protocol, vip)), Ok(mark)) => {
                ServiceKey::Mark { mark, traffic: MarkedTraffic::Frontend(Frontend { protocol, vip, ports }) }
            }
            (None, _) => {
                ServiceKey::Mark { mark: FirewallMark::MIN, traffic: MarkedTraffic::Elsewhere(Family::V4) }
            }
        }
    }

    fn read_scheduler(&self, reader: &mut Reader) -> Option<Scheduler> {
        let kind = reader.required(Field::Scheduler, &self.scheduler, |text| {
            SchedulerKind::parse(&typed::fold(text).to_ascii_lowercase())
        });
        let mut flag = |field, text: &str| {
            let on = reader.flag(field, text)?;
            if on && kind.is_some_and(|kind| !kind.has_flags()) {
                reader.note(field, text, Reason::FlagNeedsHashing);
                return None;
            }
            Some(on)
        };
        let fallback = flag(Field::SchedulerFallback, &self.sched_fallback);
        let port = flag(Field::SchedulerPort, &self.sched_port);
        Some(Scheduler::new(kind?, fallback?, port?))
    }

    fn read_persistence(&self, reader: &mut Reader) -> Option<Option<Persistence>> {
        let timeout = reader
            .unless_zero(Field::Persistence, &self.persistent, |text| Seconds::parse(&typed::number(text)));
        let mask = reader
            .optional(Field::PersistenceMask, &self.pmask, |text| PrefixLength::parse(&typed::fold(text)));
        let engine = reader.optional(Field::PersistenceEngine, &self.pe, |text| {
            if typed::fold(text).eq_ignore_ascii_case("sip") {
                Ok(PersistenceEngine::Sip)
            } else {
                Err(Reason::NotOneOf { choices: "sip" })
            }
        });
        if timeout == Some(None) {
            if matches!(mask, Some(Some(_))) {
                reader.note(Field::PersistenceMask, &self.pmask, Reason::NeedsPersistence);
            }
            if matches!(engine, Some(Some(_))) {
                reader.note(Field::PersistenceEngine, &self.pe, Reason::NeedsPersistence);
            }
        }
        let (timeout, mask, engine) = (timeout?, mask?, engine?);
        Some(timeout.map(|timeout| Persistence { timeout, mask, engine }))
    }

    fn read_load_monitor(&self, reader: &mut Reader) -> Option<LoadMonitor> {
        if self.load_monitor.trim() == "program" {
            let program = |text: &str| ProgramName::parse(&typed::fold(text)).map(LoadMonitor::Program);
            return reader.required(Field::LoadProgram, &self.load_program, program);
        }
        reader.required(Field::LoadMonitor, &self.load_monitor, |text| LoadMonitor::parse(&typed::fold(text)))
    }

    fn read_sorry_server(&self, reader: &mut Reader) -> Option<Option<SorryServer>> {
        let no_port = self.sorry_port.trim().is_empty();
        let (address, port) = if no_port {
            typed::socket(&self.sorry_server)
        } else {
            (typed::fold(&self.sorry_server), String::new())
        };
        let typed_port = if port.is_empty() { &self.sorry_port } else { &port };
        let port = reader.optional(Field::SorryPort, typed_port, |text| Port::parse(&typed::fold(text)));
        let address =
            reader.optional(Field::SorryServer, &self.sorry_server, |_| HostAddress::parse(&address));
        if let (Some(Some(_)), Some(None)) = (port, address) {
            reader.note(Field::SorryServer, &self.sorry_server, Reason::Missing);
        }
        let (address, port) = (address?, port?);
        Some(address.map(|address| SorryServer { address, port }))
    }
}

impl From<&ServiceSettings> for ServiceInput {
    fn from(settings: &ServiceSettings) -> Self {
        let frontend = settings.key.frontend();
        let marking = match &settings.key {
            ServiceKey::Mark { traffic: MarkedTraffic::Elsewhere(Family::V4), .. } => "ipv4",
            ServiceKey::Mark { traffic: MarkedTraffic::Elsewhere(Family::V6), .. } => "ipv6",
            ServiceKey::Mark { .. } | ServiceKey::Address(_) => "director",
        };
        let (load_monitor, load_program) = match &settings.load_monitor {
            LoadMonitor::Program(program) => ("program".to_owned(), program.to_string()),
            known => (known.to_string(), String::new()),
        };
        let persistence = settings.persistence.as_ref();
        let engine = persistence.and_then(|persistence| persistence.engine);
        Self {
            name: settings.name.to_string(),
            active: ticked(settings.active),
            protocol: frontend.map_or(Protocol::Tcp, |frontend| frontend.protocol).to_string(),
            address: shown(frontend.map(|frontend| frontend.vip)),
            ports: shown(frontend.map(|frontend| &frontend.ports)),
            vip_nmask: shown(settings.vip_netmask.map(PrefixLength::get)),
            device: shown(settings.device.as_ref()),
            fwmark: shown(settings.key.mark()),
            marking: marking.into(),
            scheduler: settings.scheduler.kind().to_string(),
            sched_fallback: ticked(settings.scheduler.fallback()),
            sched_port: ticked(settings.scheduler.port()),
            persistent: shown(persistence.map(|persistence| persistence.timeout)),
            pmask: shown(persistence.and_then(|persistence| persistence.mask).map(PrefixLength::get)),
            pe: shown(engine.map(|PersistenceEngine::Sip| "sip")),
            ops: ticked(settings.one_packet),
            timeout: settings.timeout.to_string(),
            reentry: settings.reentry.to_string(),
            quiesce_server: ticked(settings.quiesce),
            load_monitor,
            load_program,
            sorry_server: shown(settings.sorry_server.map(|sorry| sorry.address)),
            sorry_port: shown(settings.sorry_server.and_then(|sorry| sorry.port)),
            proxy_protocol: ticked(settings.proxy_protocol),
            note: shown_note(settings.note.as_ref()),
        }
    }
}
