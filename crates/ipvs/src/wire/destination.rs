//! Destinations.

use super::numbers::{AF_INET, AF_INET6, dest as number, forward, tunnel};
use super::read::{self, attributes, needed};
use super::stats;
use super::write::Writer;
use crate::{Checksum, Destination, DestinationEntry, DestinationKey, Family, Forwarding, Malformed, Tunnel};

const WHAT: &str = "destination";

/// What names a destination.
pub(super) fn key(key: DestinationKey, to: &mut Writer<'_>) {
    let family = if key.address.is_ipv4() { AF_INET } else { AF_INET6 };
    to.u16(number::ADDR_FAMILY, family);
    to.address(number::ADDR, key.address);
    to.port(number::PORT, key.port);
}

/// All of a destination.
pub(super) fn whole(destination: &Destination, to: &mut Writer<'_>) {
    key(destination.key, to);
    let method = match destination.forwarding {
        Forwarding::Masquerade => forward::MASQ,
        Forwarding::Local => forward::LOCALNODE,
        Forwarding::Tunnel(_) => forward::TUNNEL,
        Forwarding::DirectRouting => forward::DROUTE,
        Forwarding::Bypass => forward::BYPASS,
        Forwarding::Other(method) => method,
    };
    to.u32(number::FWD_METHOD, method);
    to.u32(number::WEIGHT, destination.weight);
    // As ipvsadm does, whatever the method; kernels before 5.2 do not know these three and skip them.
    let (kind, port, flags) = match destination.forwarding {
        Forwarding::Tunnel(tunnel) => numbers_of(tunnel),
        _ => (tunnel::IPIP, 0, tunnel::NOCSUM),
    };
    to.u8(number::TUN_TYPE, kind);
    to.port(number::TUN_PORT, port);
    to.u16(number::TUN_FLAGS, flags);
    to.u32(number::U_THRESH, destination.upper_threshold);
    to.u32(number::L_THRESH, destination.lower_threshold);
}

fn numbers_of(tunnel: Tunnel) -> (u8, u16, u16) {
    let flags = |checksum| match checksum {
        Checksum::None => tunnel::NOCSUM,
        Checksum::Full => tunnel::CSUM,
        Checksum::Remote => tunnel::REMCSUM,
        Checksum::Other(flags) => flags,
    };
    match tunnel {
        Tunnel::Ipip => (tunnel::IPIP, 0, tunnel::NOCSUM),
        Tunnel::Gue { port, checksum } => (tunnel::GUE, port, flags(checksum)),
        Tunnel::Gre { checksum } => (tunnel::GRE, 0, flags(checksum)),
        Tunnel::Other { kind, port, flags } => (kind, port, flags),
    }
}

/// Reads a `DEST` attribute.
pub(super) fn read(bytes: &[u8]) -> Result<DestinationEntry, Malformed> {
    let (mut family, mut address, mut port, mut method, mut weight) = (None, None, None, None, None);
    let (mut upper_threshold, mut lower_threshold) = (0, 0);
    let (mut active_connections, mut inactive_connections, mut persistent_connections) = (0, 0, 0);
    let (mut kind, mut tunnel_port, mut flags) = (tunnel::IPIP, 0, tunnel::NOCSUM);
    let (mut narrow, mut wide, mut unknown) = (None, None, Vec::new());
    for attribute in attributes(WHAT, bytes) {
        let attribute = attribute?;
        match attribute.kind {
            number::ADDR => address = Some(attribute.sixteen()?),
            number::PORT => port = Some(attribute.port()?),
            number::FWD_METHOD => method = Some(attribute.u32()?),
            number::WEIGHT => weight = Some(attribute.u32()?),
            number::U_THRESH => upper_threshold = attribute.u32()?,
            number::L_THRESH => lower_threshold = attribute.u32()?,
            number::ACTIVE_CONNS => active_connections = attribute.u32()?,
            number::INACT_CONNS => inactive_connections = attribute.u32()?,
            number::PERSIST_CONNS => persistent_connections = attribute.u32()?,
            number::ADDR_FAMILY => family = Some(attribute.family()?),
            number::TUN_TYPE => kind = attribute.u8()?,
            number::TUN_PORT => tunnel_port = attribute.port()?,
            number::TUN_FLAGS => flags = attribute.u16()?,
            number::STATS => narrow = Some(attribute.value),
            number::STATS64 => wide = Some(attribute.value),
            _ => unknown.push(attribute.unknown()),
        }
    }
    let address = needed(WHAT, "address", address)?;
    let family = family.unwrap_or_else(|| family_of(address));
    let forwarding = match needed(WHAT, "forwarding method", method)? & forward::MASK {
        forward::MASQ => Forwarding::Masquerade,
        forward::LOCALNODE => Forwarding::Local,
        forward::TUNNEL => Forwarding::Tunnel(tunnel_of(kind, tunnel_port, flags)),
        forward::DROUTE => Forwarding::DirectRouting,
        forward::BYPASS => Forwarding::Bypass,
        other => Forwarding::Other(other),
    };
    Ok(DestinationEntry {
        destination: Destination {
            key: DestinationKey {
                address: read::address(family, address),
                port: needed(WHAT, "port", port)?,
            },
            forwarding,
            weight: needed(WHAT, "weight", weight)?,
            upper_threshold,
            lower_threshold,
        },
        active_connections,
        inactive_connections,
        persistent_connections,
        stats: wide.or(narrow).map(stats::read).transpose()?.unwrap_or_default(),
        unknown,
    })
}

/// Kernels before 3.18 do not name the family. They leave twelve zeros after an IPv4 address, which no IPv6 host's address ends with.
fn family_of(address: [u8; 16]) -> Family {
    if address[4..] == [0; 12] { Family::V4 } else { Family::V6 }
}

fn tunnel_of(kind: u8, port: u16, flags: u16) -> Tunnel {
    let checksum = match flags {
        tunnel::NOCSUM => Checksum::None,
        tunnel::CSUM => Checksum::Full,
        tunnel::REMCSUM => Checksum::Remote,
        other => Checksum::Other(other),
    };
    match (kind, port, flags) {
        (tunnel::IPIP, 0, tunnel::NOCSUM) => Tunnel::Ipip,
        (tunnel::GUE, ..) => Tunnel::Gue { port, checksum },
        (tunnel::GRE, 0, _) => Tunnel::Gre { checksum },
        _ => Tunnel::Other { kind, port, flags },
    }
}
