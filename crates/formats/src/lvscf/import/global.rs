//! What stands outside of every block: global settings and redundancy.

use model::{Forwarding, NatRouter, Port, Redundancy, Seconds, Settings, SyncDaemon, SyncId, Timeouts};

use super::context::{About, Context};
use crate::lvscf::parse::Parsed;
use crate::lvscf::values::LvsCf;
use crate::lvscf::words::{Network, ServiceType};
use crate::report::LossReason;

pub(super) fn settings(parsed: &Parsed, context: &mut Context) -> Settings {
    let values = &parsed.values;
    let mut about = context.global(&parsed.places.global);
    let primary_public = about.address("primary", values.primary);
    if !about.is_set("primary") {
        about.wrong(Some("primary"), String::new(), LossReason::NoPrimary);
    }
    // Left out, the daemon takes the public address: then there is no second path.
    let primary_private = match about.is_set("primary_private") {
        true => about.address("primary_private", values.primary_private),
        false => None,
    };
    Settings {
        primary_public,
        primary_private,
        forwarding: match values.network {
            Network::Nat => Forwarding::Masquerading,
            Network::Direct => Forwarding::DirectRouting,
            Network::Tunnel => Forwarding::Ipip,
        },
        nat_router: nat_router(values, &mut about),
        own_clients: false,
        timeouts: Timeouts {
            tcp: idle_time("tcp_timeout", values.tcp_timeout, &mut about),
            tcp_fin: idle_time("tcpfin_timeout", values.tcpfin_timeout, &mut about),
            udp: idle_time("udp_timeout", values.udp_timeout, &mut about),
        },
    }
}

pub(super) fn redundancy(parsed: &Parsed, context: &mut Context) -> Redundancy {
    let values = &parsed.values;
    let mut about = context.global(&parsed.places.global);
    let backup_public = about.address("backup", values.backup);
    let backup_private =
        match (about.is_set("backup_private"), about.is_set("primary_private") || !about.is_set("primary")) {
            (false, _) => None,
            (true, true) => about.address("backup_private", values.backup_private),
            (true, false) => {
                let reason = LossReason::NoEffectWithout { keyword: "primary_private".into() };
                about.lost(Some("backup_private"), String::new(), reason);
                None
            }
        };
    let mut active = values.backup_active;
    if active && backup_public.is_none() {
        about.changed(Some("backup_active"), "1".to_owned(), LossReason::NoBackupAddress);
        active = false;
    }
    if active && !values.heartbeat {
        about.changed(Some("heartbeat"), "0".to_owned(), LossReason::HeartbeatAlways);
    }
    let heartbeat_interval = seconds("keepalive", values.keepalive, 2, &mut about);
    let mut dead_after = seconds("deadtime", values.deadtime, 5, &mut about);
    let mut heartbeat_interval = heartbeat_interval;
    if dead_after <= heartbeat_interval {
        let used = heartbeat_interval.get().saturating_mul(2).min(Seconds::MAX.get());
        about.wrong(Some("deadtime"), values.deadtime.to_string(), LossReason::DeadBeforeHeartbeat { used });
        dead_after = Seconds::try_new(used.into()).unwrap_or(Seconds::MAX);
        if dead_after <= heartbeat_interval {
            // The longest interval leaves no longer dead time.
            heartbeat_interval = Seconds::try_new(u64::from(used / 2)).unwrap_or(Seconds::MIN);
            let used = i64::from(heartbeat_interval.get());
            about.wrong(Some("keepalive"), values.keepalive.to_string(), LossReason::OutOfRange { used });
        }
    }
    Redundancy {
        active,
        backup_public,
        backup_private,
        heartbeat_interval,
        dead_after,
        heartbeat_port: heartbeat_port(values, &mut about),
        monitor_links: monitor_links(values, &mut about),
        sync_daemon: sync_daemon(values, &mut about),
    }
}

/// What the file says and a cluster has no place for.
pub(super) fn not_taken_over(parsed: &Parsed, context: &mut Context) {
    let values = &parsed.values;
    let default = LvsCf::default();
    let mut about = context.global(&parsed.places.global);
    if values.service == ServiceType::Fos {
        about.changed(Some("service"), "fos".to_owned(), LossReason::FailoverWasLive);
    }
    let mut lost = |keyword: &'static str, differs: bool, value: String, reason: LossReason| {
        if differs {
            about.lost(Some(keyword), value, reason);
        }
    };
    lost(
        "serial_no",
        values.serial_no != default.serial_no,
        values.serial_no.to_string(),
        LossReason::NotNeeded,
    );
    lost(
        "rsh_command",
        values.rsh_command != default.rsh_command,
        values.rsh_command.to_lossy(),
        LossReason::NotNeeded,
    );
    lost(
        "debug_level",
        values.debug_level != default.debug_level,
        values.debug_level.to_lossy(),
        LossReason::NotNeeded,
    );
    lost("ipvsadm", values.ipvsadm != default.ipvsadm, values.ipvsadm.to_lossy(), LossReason::NotNeeded);
    lost("hard_shutdown", !values.hard_shutdown, "0".to_owned(), LossReason::NotNeeded);
    lost("sync", values.sync, "1".to_owned(), LossReason::FileSync);
    for (keyword, command) in [("active_cmd", &values.active_cmd), ("inactive_cmd", &values.inactive_cmd)] {
        if let Some(command) = command {
            lost(keyword, true, command.to_lossy(), LossReason::CommandNotRun);
        }
    }
    for (keyword, device) in
        [("primary_shared", &values.primary_shared), ("backup_shared", &values.backup_shared)]
    {
        if let Some(device) = device {
            lost(keyword, true, device.to_lossy(), LossReason::SharedDisk);
        }
    }
    if let Some(action) = values.reservation_conflict_action {
        lost("reservation_conflict_action", true, action.as_str().to_owned(), LossReason::SharedDisk);
    }
}

fn nat_router(values: &LvsCf, about: &mut About<'_, '_>) -> Option<NatRouter> {
    let router = values.nat_router_device.as_ref().and_then(|device| {
        let Some(address) = about.address("nat_router", values.nat_router) else {
            if values.nat_router.is_unspecified() {
                about.lost(
                    Some("nat_router"),
                    format!("{} {device}", values.nat_router),
                    LossReason::NoAddress,
                );
            }
            return None;
        };
        let device = about.device("nat_router", device)?;
        Some((address, device))
    });
    let Some((address, device)) = router else {
        if !values.nat_nmask.is_unspecified() {
            let reason = LossReason::NoEffectWithout { keyword: "nat_router".into() };
            about.lost(Some("nat_nmask"), values.nat_nmask.to_string(), reason);
        }
        return None;
    };
    let netmask = about.mask("nat_nmask", values.nat_nmask);
    Some(NatRouter { address, device, netmask })
}

/// 0 leaves the data plane's own.
fn idle_time(keyword: &'static str, value: i32, about: &mut About<'_, '_>) -> Option<Seconds> {
    match u64::try_from(value) {
        Ok(0) => None,
        Ok(value) => Some(at_most_possible(keyword, value, about)),
        Err(_) => {
            about.wrong(Some(keyword), value.to_string(), LossReason::OutOfRange { used: 0 });
            None
        }
    }
}

/// A time that cannot be nothing: where it is, Piranha's default takes its place.
pub(super) fn seconds(keyword: &'static str, value: i32, default: u32, about: &mut About<'_, '_>) -> Seconds {
    match u64::try_from(value) {
        Ok(positive @ 1..) => at_most_possible(keyword, positive, about),
        _ => {
            about.wrong(Some(keyword), value.to_string(), LossReason::OutOfRange { used: default.into() });
            Seconds::try_new(default.into()).unwrap_or(Seconds::MIN)
        }
    }
}

/// A positive time, cut to what is possible.
pub(super) fn at_most_possible(keyword: &'static str, value: u64, about: &mut About<'_, '_>) -> Seconds {
    Seconds::try_new(value).unwrap_or_else(|_| {
        about.changed(
            Some(keyword),
            value.to_string(),
            LossReason::OutOfRange { used: Seconds::MAX.get().into() },
        );
        Seconds::MAX
    })
}

fn heartbeat_port(values: &LvsCf, about: &mut About<'_, '_>) -> Port {
    let port = u64::try_from(values.heartbeat_port).ok().and_then(|port| Port::try_new(port).ok());
    port.unwrap_or_else(|| {
        let default = Redundancy::default().heartbeat_port;
        let reason = LossReason::OutOfRange { used: default.get().into() };
        about.wrong(Some("heartbeat_port"), values.heartbeat_port.to_string(), reason);
        default
    })
}

fn monitor_links(values: &LvsCf, about: &mut About<'_, '_>) -> bool {
    if !matches!(values.monitor_links, 0 | 1) {
        about.wrong(Some("monitor_links"), values.monitor_links.to_string(), LossReason::MeansOne);
    }
    values.monitor_links != 0
}

fn sync_daemon(values: &LvsCf, about: &mut About<'_, '_>) -> Option<SyncDaemon> {
    let default = LvsCf::default();
    if !values.syncdaemon {
        let reason = LossReason::NoEffectWithout { keyword: "syncdaemon".into() };
        if values.syncd_iface != default.syncd_iface {
            about.lost(Some("syncd_iface"), values.syncd_iface.to_lossy(), reason.clone());
        }
        if values.syncd_id != default.syncd_id {
            about.lost(Some("syncd_id"), values.syncd_id.to_string(), reason);
        }
        return None;
    }
    let id =
        u64::try_from(values.syncd_id).ok().and_then(|id| SyncId::try_new(id).ok()).unwrap_or_else(|| {
            // The kernel would have refused it, or kept its last 8 bits.
            about.wrong(Some("syncd_id"), values.syncd_id.to_string(), LossReason::OutOfRange { used: 0 });
            SyncId::MIN
        });
    let Some(interface) = about.device("syncd_iface", &values.syncd_iface) else {
        let reason = LossReason::NoEffectWithout { keyword: "syncd_iface".into() };
        about.lost(Some("syncdaemon"), "1".to_owned(), reason.clone());
        if values.syncd_id != default.syncd_id {
            about.lost(Some("syncd_id"), values.syncd_id.to_string(), reason);
        }
        return None;
    };
    Some(SyncDaemon::new(interface, id))
}
