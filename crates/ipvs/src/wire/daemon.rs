//! Sync daemons.

use super::numbers::daemon as number;
use super::read::{attributes, needed};
use super::write::Writer;
use crate::{Daemon, DaemonState, Malformed, Name};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const WHAT: &str = "sync daemon";

/// What a daemon is started or stopped by.
pub(super) fn key(state: DaemonState, interface: &Name, sync_id: u8, to: &mut Writer<'_>) {
    let state = match state {
        DaemonState::Master => number::MASTER,
        DaemonState::Backup => number::BACKUP,
    };
    to.u32(number::STATE, state);
    to.text(number::MCAST_IFN, interface.as_str());
    to.u32(number::SYNC_ID, sync_id.into());
}

/// All of a daemon.
pub(super) fn whole(daemon: &Daemon, to: &mut Writer<'_>) {
    key(daemon.state, &daemon.interface, daemon.sync_id, to);
    if let Some(length) = daemon.max_length {
        to.u16(number::SYNC_MAXLEN, length);
    }
    match daemon.group {
        Some(IpAddr::V4(v4)) => to.four(number::MCAST_GROUP, v4.octets()),
        Some(group @ IpAddr::V6(_)) => to.address(number::MCAST_GROUP6, group),
        None => {}
    }
    if let Some(port) = daemon.port {
        // Unlike a service's, this port is in the machine's byte order.
        to.u16(number::MCAST_PORT, port);
    }
    if let Some(ttl) = daemon.ttl {
        to.u8(number::MCAST_TTL, ttl);
    }
}

/// Reads a `DAEMON` attribute.
pub(super) fn read(bytes: &[u8]) -> Result<Daemon, Malformed> {
    let (mut state, mut interface, mut sync_id) = (None, None, None);
    let (mut max_length, mut group, mut port, mut ttl) = (None, None, None, None);
    for attribute in attributes(WHAT, bytes) {
        let attribute = attribute?;
        match attribute.kind {
            number::STATE => state = Some(attribute.u32()?),
            number::MCAST_IFN => interface = Some(attribute.name()),
            number::SYNC_ID => sync_id = Some(attribute.u32()?),
            number::SYNC_MAXLEN => max_length = Some(attribute.u16()?),
            number::MCAST_GROUP => group = Some(IpAddr::V4(Ipv4Addr::from(attribute.four()?))),
            number::MCAST_GROUP6 => group = Some(IpAddr::V6(Ipv6Addr::from(attribute.sixteen()?))),
            number::MCAST_PORT => port = Some(attribute.u16()?),
            number::MCAST_TTL => ttl = Some(attribute.u8()?),
            _ => {}
        }
    }
    let state = match needed(WHAT, "state", state)? {
        number::MASTER => DaemonState::Master,
        number::BACKUP => DaemonState::Backup,
        other => return Err(Malformed::new(WHAT, format!("state {other} is neither master nor backup"))),
    };
    let sync_id = needed(WHAT, "id", sync_id)?;
    Ok(Daemon {
        state,
        interface: needed(WHAT, "interface", interface)?,
        sync_id: u8::try_from(sync_id)
            .map_err(|_| Malformed::new(WHAT, format!("id {sync_id} is beyond 255")))?,
        max_length,
        group,
        port,
        ttl,
    })
}
