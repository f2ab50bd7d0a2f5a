//! Between the model's words and the kernel's. Pure.
//!
//! From the model everything has a form in the kernel; the other way round something may not: another program can set what the
//! model has no word for. Such an entry of somebody else's is reported with ipvsadm's words only; one of ours counts as
//! missing, and is set right in place.

use std::collections::BTreeMap;

use ipvs::{Checksum, Destination, DestinationKey, Netmask, SchedulerFlags, Service, ServiceKey, Tunnel};
use model::table::{Role, TableDestination, TableDestinationKey, TableKey, TableServiceSettings};
use model::{
    Family, FirewallMark, Forwarding, HostAddress, Persistence, PersistenceEngine, Port, Ports, PrefixLength,
    Protocol, Scheduler, SchedulerKind, Seconds, Threshold, Thresholds, TunnelChecksum, Weight,
};

/// Whether the kernel serves this by a firewall mark of the agent's own: it knows one port of a service, or all.
pub fn needs_mark(key: &TableKey) -> bool {
    matches!(key, TableKey::Address { ports, .. } if ports.are_several())
}

/// Which own mark means which service.
pub(super) type ByMark = BTreeMap<(u32, Family), TableKey>;

/// The same the other way round.
pub(super) fn by_mark(marks: &BTreeMap<TableKey, u32>) -> ByMark {
    marks.iter().map(|(key, mark)| ((*mark, key.family()), key.clone())).collect()
}

// === to the kernel ===

/// The kernel's key; none for a service with several ports that has no mark.
pub(super) fn to_service_key(key: &TableKey, marks: &BTreeMap<TableKey, u32>) -> Option<ServiceKey> {
    Some(match key {
        TableKey::Mark { mark, family } => ServiceKey::Mark { mark: mark.get(), family: to_family(*family) },
        TableKey::Address { .. } if needs_mark(key) => {
            ServiceKey::Mark { mark: *marks.get(key)?, family: to_family(key.family()) }
        }
        TableKey::Address { protocol, vip, ports } => {
            let port = ports.only().map_or(0, Port::get);
            ServiceKey::address(to_protocol(*protocol), vip.get(), port)
        }
    })
}

/// A service for the kernel.
pub(super) fn to_service(
    key: ServiceKey,
    settings: &TableServiceSettings,
) -> Result<Service, ipvs::InvalidName> {
    let TableServiceSettings { scheduler, persistence, one_packet, proxy_protocol: _ } = settings;
    let family = key.family();
    let flag = |set: bool, flag| if set { flag } else { SchedulerFlags::NONE };
    let flags = flag(scheduler.fallback(), SchedulerFlags::SH_FALLBACK)
        .union(flag(scheduler.port(), SchedulerFlags::SH_PORT));
    let netmask = |mask: Option<PrefixLength>| {
        mask.map_or(Netmask::host(family), |mask| Netmask::from_prefix(family, mask.get()))
    };
    let engine = match persistence.and_then(|persistence| persistence.engine) {
        None => None,
        Some(PersistenceEngine::Sip) => Some("sip".parse()?),
    };
    Ok(Service {
        scheduler: scheduler.kind().name().parse()?,
        flags,
        persistence: persistence.map(|Persistence { timeout, mask, .. }| ipvs::Persistence {
            timeout: timeout.get(),
            netmask: netmask(mask),
        }),
        engine,
        one_packet: *one_packet,
        ..Service::new(key, scheduler.kind().name().parse()?)
    })
}

/// A destination's key for the kernel.
pub(super) fn to_destination_key(key: TableDestinationKey) -> DestinationKey {
    DestinationKey { address: key.address.get(), port: key.port.map_or(0, Port::get) }
}

/// A destination for the kernel.
pub(super) fn to_destination(key: TableDestinationKey, settings: &TableDestination) -> Destination {
    let TableDestination { forwarding, weight, thresholds, role: _ } = settings;
    let threshold = |threshold: Option<Threshold>| threshold.map_or(0, |threshold| threshold.get().into());
    Destination {
        key: to_destination_key(key),
        forwarding: to_forwarding(*forwarding),
        weight: weight.get(),
        upper_threshold: threshold(thresholds.upper()),
        lower_threshold: threshold(thresholds.lower()),
    }
}

fn to_forwarding(forwarding: Forwarding) -> ipvs::Forwarding {
    let checksum = |checksum| match checksum {
        TunnelChecksum::None => Checksum::None,
        TunnelChecksum::Full => Checksum::Full,
        TunnelChecksum::Remote => Checksum::Remote,
    };
    match forwarding {
        Forwarding::Masquerading => ipvs::Forwarding::Masquerade,
        Forwarding::DirectRouting => ipvs::Forwarding::DirectRouting,
        Forwarding::Local => ipvs::Forwarding::Local,
        Forwarding::Ipip => ipvs::Forwarding::Tunnel(Tunnel::Ipip),
        Forwarding::Gue(port, of) => {
            ipvs::Forwarding::Tunnel(Tunnel::Gue { port: port.get(), checksum: checksum(of) })
        }
        Forwarding::Gre(of) => ipvs::Forwarding::Tunnel(Tunnel::Gre { checksum: checksum(of) }),
    }
}

fn to_family(family: Family) -> ipvs::Family {
    match family {
        Family::V4 => ipvs::Family::V4,
        Family::V6 => ipvs::Family::V6,
    }
}

fn to_protocol(protocol: Protocol) -> ipvs::Protocol {
    match protocol {
        Protocol::Tcp => ipvs::Protocol::Tcp,
        Protocol::Udp => ipvs::Protocol::Udp,
        Protocol::Sctp => ipvs::Protocol::Sctp,
    }
}

// === from the kernel ===

/// The service that a key means.
pub(super) fn from_service_key(key: &ServiceKey, by_mark: &ByMark) -> Option<TableKey> {
    match *key {
        ServiceKey::Mark { mark, family } => {
            let family = from_family(family);
            if let Some(key) = by_mark.get(&(mark, family)) {
                return Some(key.clone());
            }
            Some(TableKey::Mark { mark: FirewallMark::try_new(mark.into()).ok()?, family })
        }
        ServiceKey::Address { protocol, address, port } => {
            let vip = from_address(address)?;
            let ports = match port {
                0 => Ports::All,
                port => Ports::single(Port::try_new(port.into()).ok()?),
            };
            Some(TableKey::Address { protocol: from_protocol(protocol)?, vip, ports })
        }
    }
}

/// A service's settings.
pub(super) fn from_service(service: &Service) -> Option<TableServiceSettings> {
    let kind = SchedulerKind::parse(service.scheduler.as_str()).ok()?;
    let fallback = service.flags.contains(SchedulerFlags::SH_FALLBACK);
    let port = service.flags.contains(SchedulerFlags::SH_PORT);
    let engine = match service.engine.as_ref().map(ipvs::Name::as_str) {
        None | Some("") => None,
        Some("sip") => Some(PersistenceEngine::Sip),
        Some(_) => return None,
    };
    let persistence = match service.persistence {
        None if engine.is_some() => return None,
        None => None,
        Some(persistence) => {
            let prefix = persistence.netmask.prefix()?;
            let host = persistence.netmask == Netmask::host(service.key.family());
            let mask = if host { None } else { Some(PrefixLength::try_new(prefix).ok()?) };
            Some(Persistence { timeout: Seconds::try_new(persistence.timeout.into()).ok()?, mask, engine })
        }
    };
    Some(TableServiceSettings {
        scheduler: Scheduler::new(kind, fallback, port),
        persistence,
        one_packet: service.one_packet,
        proxy_protocol: false,
    })
}

/// A destination's key.
pub(super) fn from_destination_key(key: DestinationKey) -> Option<TableDestinationKey> {
    let port = match key.port {
        0 => None,
        port => Some(Port::try_new(port.into()).ok()?),
    };
    Some(TableDestinationKey { address: from_address(key.address)?, port })
}

/// A destination's settings; what it is for the kernel does not know.
pub(super) fn from_destination(destination: &Destination, role: Role) -> Option<TableDestination> {
    let threshold = |number: u32| match number {
        0 => Some(None),
        number => Threshold::try_new(number.into()).ok().map(Some),
    };
    let (upper, lower) = (threshold(destination.upper_threshold)?, threshold(destination.lower_threshold)?);
    Some(TableDestination {
        forwarding: from_forwarding(destination.forwarding)?,
        weight: Weight::try_new(destination.weight.into()).ok()?,
        thresholds: Thresholds::try_new(upper, lower).ok()?,
        role,
    })
}

fn from_forwarding(forwarding: ipvs::Forwarding) -> Option<Forwarding> {
    let checksum = |checksum| match checksum {
        Checksum::None => Some(TunnelChecksum::None),
        Checksum::Full => Some(TunnelChecksum::Full),
        Checksum::Remote => Some(TunnelChecksum::Remote),
        Checksum::Other(_) => None,
    };
    Some(match forwarding {
        ipvs::Forwarding::Masquerade => Forwarding::Masquerading,
        ipvs::Forwarding::DirectRouting => Forwarding::DirectRouting,
        ipvs::Forwarding::Local => Forwarding::Local,
        ipvs::Forwarding::Tunnel(Tunnel::Ipip) => Forwarding::Ipip,
        ipvs::Forwarding::Tunnel(Tunnel::Gue { port, checksum: of }) => {
            Forwarding::Gue(Port::try_new(port.into()).ok()?, checksum(of)?)
        }
        ipvs::Forwarding::Tunnel(Tunnel::Gre { checksum: of }) => Forwarding::Gre(checksum(of)?),
        ipvs::Forwarding::Tunnel(Tunnel::Other { .. })
        | ipvs::Forwarding::Bypass
        | ipvs::Forwarding::Other(_) => return None,
    })
}

fn from_family(family: ipvs::Family) -> Family {
    match family {
        ipvs::Family::V4 => Family::V4,
        ipvs::Family::V6 => Family::V6,
    }
}

fn from_protocol(protocol: ipvs::Protocol) -> Option<Protocol> {
    match protocol {
        ipvs::Protocol::Tcp => Some(Protocol::Tcp),
        ipvs::Protocol::Udp => Some(Protocol::Udp),
        ipvs::Protocol::Sctp => Some(Protocol::Sctp),
        ipvs::Protocol::Other(_) => None,
    }
}

/// An address that would become another one on its way through the model has no form there.
fn from_address(address: std::net::IpAddr) -> Option<HostAddress> {
    HostAddress::try_new(address).ok().filter(|taken| taken.get() == address)
}

#[cfg(test)]
mod tests;
