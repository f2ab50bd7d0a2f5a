//! Rules to text, in the words and order of `ipvsadm-save -n`.

use std::fmt::{Display, Write as _};

use model::{
    Forwarding, PersistenceEngine, PrefixLength, SchedulerKind, Seconds, SyncDaemon, Timeouts, TunnelChecksum,
};

use super::values::{Daemon, Destination, Key, Rules, SchedulerFlags, Service, Socket};

/// What `ipvsadm -R` takes and [`super::parse()`] reads back the same. Thresholds, idle times and sync daemons, which `ipvsadm-save`
/// would leave out, are written: `ipvsadm -R` takes them.
#[must_use]
pub fn print(rules: &Rules) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ok = write(&mut text, rules);
    text
}

fn write(text: &mut String, rules: &Rules) -> std::fmt::Result {
    if rules.timeouts != Timeouts::default() {
        let Timeouts { tcp, tcp_fin, udp } = rules.timeouts;
        let number = |time: Option<Seconds>| time.map_or(0, Seconds::get);
        writeln!(text, "--set {} {} {}", number(tcp), number(tcp_fin), number(udp))?;
    }
    for Daemon { state, settings } in &rules.daemons {
        let SyncDaemon { interface, id, group, port, ttl, max_length } = settings;
        write!(text, "--start-daemon {state} --mcast-interface {interface} --syncid {id}")?;
        option(text, "--mcast-group", *group)?;
        option(text, "--mcast-port", *port)?;
        option(text, "--mcast-ttl", *ttl)?;
        option(text, "--sync-maxlen", *max_length)?;
        writeln!(text)?;
    }
    for service in &rules.services {
        write_service(text, service)?;
        for destination in &service.destinations {
            write_destination(text, &service.key, destination)?;
        }
    }
    Ok(())
}

fn write_service(text: &mut String, service: &Service) -> std::fmt::Result {
    write!(text, "-A {} -s {}", service.key, service.scheduler)?;
    if let Some(persistence) = &service.persistence {
        write!(text, " -p {}", persistence.timeout)?;
        match (persistence.mask, service.key.family()) {
            (None, _) => {}
            (Some(mask), model::Family::V4) => write!(text, " -M {}", dotted(mask))?,
            (Some(mask), model::Family::V6) => write!(text, " -M {}", mask.get())?,
        }
        if let Some(PersistenceEngine::Sip) = persistence.engine {
            write!(text, " --pe sip")?;
        }
    }
    if service.one_packet {
        write!(text, " -o")?;
    }
    let flags = flags(service.scheduler, service.flags);
    if !flags.is_empty() {
        write!(text, " -b {}", flags.join(","))?;
    }
    writeln!(text)
}

fn write_destination(text: &mut String, key: &Key, destination: &Destination) -> std::fmt::Result {
    let method = match destination.forwarding {
        Forwarding::Masquerading => "-m",
        // The kernel finds out by itself that a server is its own.
        Forwarding::DirectRouting | Forwarding::Local => "-g",
        Forwarding::Ipip | Forwarding::Gue(..) | Forwarding::Gre(_) => "-i",
    };
    let server = Socket(destination.address, destination.port);
    write!(text, "-a {key} -r {server} {method} -w {}", destination.weight)?;
    let checksum = |checksum| match checksum {
        TunnelChecksum::None => "--tun-nocsum",
        TunnelChecksum::Full => "--tun-csum",
        TunnelChecksum::Remote => "--tun-remcsum",
    };
    match destination.forwarding {
        Forwarding::Ipip => write!(text, " --tun-type ipip")?,
        Forwarding::Gue(port, sum) => write!(text, " --tun-type gue --tun-port {port} {}", checksum(sum))?,
        Forwarding::Gre(sum) => write!(text, " --tun-type gre {}", checksum(sum))?,
        Forwarding::Masquerading | Forwarding::DirectRouting | Forwarding::Local => {}
    }
    option(text, "-x", destination.thresholds.upper())?;
    option(text, "-y", destination.thresholds.lower())?;
    writeln!(text)
}

fn option(text: &mut String, name: &str, value: Option<impl Display>) -> std::fmt::Result {
    value.map_or(Ok(()), |value| write!(text, " {name} {value}"))
}

fn flags(scheduler: SchedulerKind, flags: SchedulerFlags) -> Vec<&'static str> {
    let names = match scheduler {
        SchedulerKind::Sh => ["sh-fallback", "sh-port", "flag-3"],
        SchedulerKind::Mh => ["mh-fallback", "mh-port", "flag-3"],
        _ => ["flag-1", "flag-2", "flag-3"],
    };
    names.into_iter().zip(flags.0).filter_map(|(name, set)| set.then_some(name)).collect()
}

pub(super) fn dotted(mask: PrefixLength) -> std::net::Ipv4Addr {
    let bits = u32::MAX.checked_shl(32_u32.saturating_sub(mask.get().into())).unwrap_or(0);
    std::net::Ipv4Addr::from_bits(bits)
}
