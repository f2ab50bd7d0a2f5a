//! Services.

use super::numbers::{AF_INET, AF_INET6, flag, service as number};
use super::read::{self, attributes, needed};
use super::stats;
use super::write::Writer;
use crate::{
    Family, Malformed, Netmask, Persistence, Protocol, SchedulerFlags, Service, ServiceEntry, ServiceKey,
};
use std::net::Ipv4Addr;

const WHAT: &str = "service";

/// What names a service.
pub(super) fn key(key: &ServiceKey, to: &mut Writer<'_>) {
    let family = match key.family() {
        Family::V4 => AF_INET,
        Family::V6 => AF_INET6,
    };
    to.u16(number::AF, family);
    match key {
        ServiceKey::Address { protocol, address, port } => {
            to.u16(number::PROTOCOL, protocol.number());
            to.address(number::ADDR, *address);
            to.port(number::PORT, *port);
        }
        ServiceKey::Mark { mark, .. } => to.u32(number::FWMARK, *mark),
    }
}

/// All of a service.
pub(super) fn whole(service: &Service, to: &mut Writer<'_>) {
    let family = service.key.family();
    key(&service.key, to);
    to.text(number::SCHED_NAME, service.scheduler.as_str());
    if let Some(engine) = &service.engine {
        to.text(number::PE_NAME, engine.as_str());
    }
    // All bits are ours to set or clear, so the mask is full.
    to.flags(number::FLAGS, flags(service), u32::MAX);
    let timeout = service.persistence.map_or(0, |persistence| persistence.timeout);
    to.u32(number::TIMEOUT, timeout);
    let netmask = service.persistence.map_or(Netmask::host(family), |persistence| persistence.netmask);
    match netmask {
        Netmask::V4(mask) => to.four(number::NETMASK, mask.octets()),
        Netmask::V6(length) => to.u32(number::NETMASK, length.into()),
    }
}

fn flags(service: &Service) -> u32 {
    let persistent = if service.persistence.is_some() { flag::PERSISTENT } else { 0 };
    let one_packet = if service.one_packet { flag::ONE_PACKET } else { 0 };
    persistent | one_packet | (u32::from(service.flags.bits()) << flag::SCHEDULER_SHIFT)
}

/// Reads a `SERVICE` attribute.
pub(super) fn read(bytes: &[u8]) -> Result<ServiceEntry, Malformed> {
    let (mut family, mut protocol, mut address, mut port, mut mark) = (None, None, None, None, None);
    let (mut scheduler, mut engine, mut bits, mut timeout, mut netmask) = (None, None, 0, 0, None);
    let (mut narrow, mut wide, mut unknown) = (None, None, Vec::new());
    for attribute in attributes(WHAT, bytes) {
        let attribute = attribute?;
        match attribute.kind {
            number::AF => family = Some(attribute.family()?),
            number::PROTOCOL => protocol = Some(attribute.u16()?),
            number::ADDR => address = Some(attribute.sixteen()?),
            number::PORT => port = Some(attribute.port()?),
            number::FWMARK => mark = Some(attribute.u32()?),
            number::SCHED_NAME => scheduler = Some(attribute.name()),
            number::PE_NAME => engine = Some(attribute.name()).filter(|name| !name.as_str().is_empty()),
            number::FLAGS => bits = attribute.flags()?,
            number::TIMEOUT => timeout = attribute.u32()?,
            number::NETMASK => netmask = Some(attribute.four()?),
            number::STATS => narrow = Some(attribute.value),
            number::STATS64 => wide = Some(attribute.value),
            _ => unknown.push(attribute.unknown()),
        }
    }
    let family = needed(WHAT, "address family", family)?;
    // The kernel sends an address of zeros with no mark, and a mark with no address.
    let key = match mark {
        Some(mark) if mark != 0 => ServiceKey::Mark { mark, family },
        _ => ServiceKey::Address {
            protocol: Protocol::from_number(needed(WHAT, "protocol", protocol)?),
            address: read::address(family, needed(WHAT, "address", address)?),
            port: needed(WHAT, "port", port)?,
        },
    };
    let persistence = (bits & flag::PERSISTENT != 0)
        .then(|| Persistence { timeout, netmask: read_netmask(family, netmask) });
    let known = flag::PERSISTENT | flag::HASHED | flag::ONE_PACKET | (7 << flag::SCHEDULER_SHIFT);
    if bits & !known != 0 {
        unknown.push(crate::Unknown { kind: number::FLAGS, value: (bits & !known).to_ne_bytes().to_vec() });
    }
    Ok(ServiceEntry {
        service: Service {
            key,
            scheduler: needed(WHAT, "scheduler", scheduler)?,
            flags: SchedulerFlags::from_bits(
                u8::try_from((bits >> flag::SCHEDULER_SHIFT) & 7).unwrap_or_default(),
            ),
            persistence,
            engine,
            one_packet: bits & flag::ONE_PACKET != 0,
        },
        stats: wide.or(narrow).map(stats::read).transpose()?.unwrap_or_default(),
        unknown,
    })
}

fn read_netmask(family: Family, bytes: Option<[u8; 4]>) -> Netmask {
    match (family, bytes) {
        (_, None) => Netmask::host(family),
        (Family::V4, Some(bytes)) => Netmask::V4(Ipv4Addr::from(bytes)),
        (Family::V6, Some(bytes)) => Netmask::V6(u8::try_from(u32::from_ne_bytes(bytes)).unwrap_or(128)),
    }
}
