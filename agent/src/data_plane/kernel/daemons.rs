//! The kernel's sync daemons: which one should run here, and what it takes. Pure.
//!
//! The primary director sends what it knows of its connections, the other one listens. Which of them this machine is, its own
//! addresses say. A daemon cannot be edited: it is stopped and started.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use ipvs::{Daemon, DaemonState, Request};
use model::{Code, Desired, HostAddress, SyncDaemon, Why};

use super::registry::Side;
use crate::surroundings::{Part, part};

/// What the kernel takes where nothing is asked for (`IP_VS_SYNC_GROUP`, `IP_VS_SYNC_PORT`, `IP_VS_SYNC_TTL`: net/netfilter/ipvs/ip_vs_sync.c).
const DEFAULT_GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 81));
const DEFAULT_PORT: u16 = 8848;
const DEFAULT_TTL: u8 = 1;
/// A backup's messages are at least so long (`start_sync_thread` of the same file: `min_mtu`).
const LEAST_RECEIVED: u16 = 1024;
/// The longest messages: 65,535 bytes less the headers of IP and UDP (there too: `hlen`).
const MOST_V4: u16 = 65_507;
const MOST_V6: u16 = 65_487;

/// Whether connections are synchronised, and this machine cannot tell which side is its: then daemons stay as they are.
pub fn is_undecided(desired: &Desired, is_own: impl Fn(HostAddress) -> bool) -> bool {
    let redundancy = desired.cluster.redundancy();
    let asked = desired.running && redundancy.active && redundancy.sync_daemon.is_some();
    asked && part(&desired.cluster, is_own) == Part::Unknown
}

/// The daemon that should run on the machine with these addresses; none where connections are not synchronised, or it is undecided
/// ([`is_undecided`]).
pub fn wanted(desired: &Desired, is_own: impl Fn(HostAddress) -> bool) -> Option<(Side, SyncDaemon)> {
    let redundancy = desired.cluster.redundancy();
    if !desired.running || !redundancy.active {
        return None;
    }
    let daemon = redundancy.sync_daemon.clone()?;
    let side = match part(&desired.cluster, is_own) {
        Part::Primary => Side::Master,
        Part::Backup => Side::Backup,
        Part::Unknown => return None,
    };
    Some((side, daemon))
}

/// What to ask the kernel for, stops first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) stop: Vec<(Side, Request)>,
    pub(super) start: Option<(Side, Request)>,
}

/// From the daemons that run, of which `own` are this agent's, to the one that should. Somebody else's daemon is left alone; where
/// it is in the way, that is the error.
pub(super) fn changes(
    wanted: Option<&(Side, SyncDaemon)>,
    running: &[Daemon],
    own: &BTreeSet<Side>,
) -> Result<Changes, Why> {
    let mut changes = Changes::default();
    let mut start = wanted.map(|(side, daemon)| (*side, daemon));
    for present in running {
        let side = side(present.state);
        let wanted_here = start.filter(|(wanted, _)| *wanted == side);
        match (wanted_here, own.contains(&side)) {
            (Some((_, daemon)), true) if is_as(present, daemon) => start = None,
            (_, true) => changes.stop.push((side, stop(present))),
            (Some(_), false) => {
                let words = format!(
                    "somebody else has started a {} sync daemon (id {} on {}): stop it with `ipvsadm --stop-daemon {}`",
                    present.state, present.sync_id, present.interface, present.state
                );
                return Err(Why::of(words, Code::Foreign));
            }
            (None, false) => {}
        }
    }
    if let Some((side, daemon)) = start {
        changes.start = Some((side, Request::StartDaemon(to_daemon(side, daemon)?)));
    }
    Ok(changes)
}

pub(super) fn side(state: DaemonState) -> Side {
    match state {
        DaemonState::Master => Side::Master,
        DaemonState::Backup => Side::Backup,
    }
}

fn stop(daemon: &Daemon) -> Request {
    Request::StopDaemon { state: daemon.state, interface: daemon.interface.clone(), sync_id: daemon.sync_id }
}

fn to_daemon(side: Side, wanted: &SyncDaemon) -> Result<Daemon, Why> {
    let state = match side {
        Side::Master => DaemonState::Master,
        Side::Backup => DaemonState::Backup,
    };
    let interface =
        wanted.interface.interface().parse().map_err(|error: ipvs::InvalidName| error.to_string())?;
    Ok(Daemon {
        group: wanted.group.map(model::MulticastGroup::get),
        port: wanted.port.map(model::Port::get),
        ttl: wanted.ttl.map(model::SyncTtl::get),
        max_length: wanted.max_length.map(model::SyncLength::get),
        ..Daemon::new(state, interface, wanted.id.get())
    })
}

/// Whether a running daemon is what is wanted. The longest message that the kernel chooses depends on the interface: where
/// none is asked for, any is right.
fn is_as(present: &Daemon, wanted: &SyncDaemon) -> bool {
    present.interface.as_str() == wanted.interface.interface()
        && present.sync_id == wanted.id.get()
        && present.group.unwrap_or(DEFAULT_GROUP)
            == wanted.group.map_or(DEFAULT_GROUP, model::MulticastGroup::get)
        && present.port.unwrap_or(DEFAULT_PORT) == wanted.port.map_or(DEFAULT_PORT, model::Port::get)
        && present.ttl.unwrap_or(DEFAULT_TTL) == wanted.ttl.map_or(DEFAULT_TTL, model::SyncTtl::get)
        && wanted.max_length.is_none_or(|length| is_length(present, length.get()))
}

/// A backup never takes less than [`LEAST_RECEIVED`], and both sides take no more than fits into a datagram.
fn is_length(present: &Daemon, wanted: u16) -> bool {
    let least = if present.state == DaemonState::Backup { LEAST_RECEIVED } else { 1 };
    let most = if present.group.is_some_and(|group| group.is_ipv6()) { MOST_V6 } else { MOST_V4 };
    present.max_length == Some(wanted.clamp(least, most))
}

#[cfg(test)]
mod tests;
