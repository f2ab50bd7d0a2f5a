//! What should be around the table, computed from the desired state and the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use model::table::{Marking, TableKey, service_key};
use model::{
    Cluster, Desired, Destination, Device, FirewallMark, Forwarding, Frontend, MachineRole, Ports,
    TunnelChecksum, VirtualService,
};

use super::{EncapPort, Host, Marked, Place, Rules, Sysctl, Tunnel, TunnelKind, gateway};

/// What should be around the table. Nothing, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Addresses, and what they are for.
    pub addresses: BTreeMap<Place, Purpose>,
    /// Sysctls with their values.
    pub sysctls: BTreeMap<Sysctl, String>,
    /// Packet filter rules.
    pub rules: Rules,
    /// Tunnel devices.
    pub tunnels: BTreeSet<Tunnel>,
    /// UDP ports at which tunnels are taken in.
    pub encap_ports: BTreeSet<EncapPort>,
    /// What is not as it should be, and is not ours to mend.
    pub problems: Vec<Problem>,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A virtual service's, on a director.
    Vip,
    /// The gateway of real servers behind masquerading, on a director.
    Gateway,
    /// A virtual service's on a real server's loopback, where nobody outside shall hear of it.
    Loopback,
}

/// A thing around the table, for reports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// An address on an interface.
    Address(String),
    /// A sysctl.
    Sysctl(Sysctl),
    /// Our table of packet filter rules.
    Rules,
    /// A tunnel device.
    Tunnel(String),
    /// A UDP port for tunnels.
    EncapPort(EncapPort),
    /// The machine's default gateway.
    Gateway(IpAddr),
}

/// Something that is not as it should be, and why the agent does not mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub thing: Thing,
    /// What is wrong and what to do about it.
    pub words: String,
}

/// What should be around the table on a machine of this `role`. `marks` are those by which the data plane knows services of several
/// ports. Pure: the same arguments, the same answer.
///
/// * Stopped: nothing.
/// * A **director** has the VIPs of active services and the gateway address, unless it is the backup; it forwards and masquerades for
///   real servers behind masquerading; it marks traffic to services of several ports and by firewall mark.
/// * A **real server** has, on its loopback, the VIP of every active service that sends it packets directly or by tunnel; it keeps
///   quiet about them (ARP); it has the tunnel devices; and it is told where its default gateway is not the one that masquerading needs.
pub fn wanted(
    desired: &Desired,
    role: MachineRole,
    marks: &BTreeMap<TableKey, FirewallMark>,
    host: &Host,
) -> Wanted {
    let mut wanted = Wanted::default();
    if desired.running {
        match role {
            MachineRole::Director => director(&desired.cluster, marks, host, &mut wanted),
            MachineRole::RealServer => real_server(&desired.cluster, host, &mut wanted),
        }
    }
    wanted
}

/// Whether this machine is the cluster's backup director: it carries the backup's address, and the cluster has a backup.
pub fn is_backup(cluster: &Cluster, host: &Host) -> bool {
    let redundancy = cluster.redundancy();
    let of_backup = [redundancy.backup_public, redundancy.backup_private];
    redundancy.active && of_backup.iter().flatten().any(|address| host.foreign(address.get()).is_some())
}

// === director ===

fn director(cluster: &Cluster, marks: &BTreeMap<TableKey, FirewallMark>, host: &Host, wanted: &mut Wanted) {
    let active = || cluster.services().values().filter(|service| service.settings.active);
    let carries_addresses = !is_backup(cluster, host);
    let mut outer = BTreeSet::new();
    for service in active() {
        mark(service, marks, &mut wanted.rules);
        let Some(vip) = service.settings.key.frontend().map(|frontend| frontend.vip.get()) else { continue };
        // The whole of 127.0.0.0/8 is there, without being listed.
        if vip.is_loopback() || !carries_addresses {
            continue;
        }
        let device = service.settings.device.as_ref();
        let prefix = service.settings.vip_netmask.map(u8::from);
        if let Some(device) = address(vip, device, prefix, Purpose::Vip, host, wanted) {
            outer.insert(device);
        }
    }
    let inherited = cluster.settings().forwarding;
    let servers = active().flat_map(|service| service.destinations.values());
    masquerade(servers.filter(|server| is_masqueraded(server, inherited)), host, wanted);
    if let Some(router) = &cluster.settings().nat_router {
        forward(router.address.get(), wanted);
        wanted.rules.inner.insert(router.device.interface().to_owned());
        if carries_addresses {
            let prefix = router.netmask.map(u8::from);
            address(router.address.get(), Some(&router.device), prefix, Purpose::Gateway, host, wanted);
        }
    }
    // Names come from the kernel here; what could not stand in a rule is left out.
    wanted.rules.inner.retain(|name| Device::parse(name).is_ok());
    // Clients and real servers on one network: "go there directly" (ICMP redirects) would lead the real servers' answers past us.
    for device in wanted.rules.inner.clone().intersection(&outer) {
        for device in ["all", device] {
            wanted.sysctls.insert(Sysctl::conf_v4(device, "send_redirects"), "0".into());
        }
    }
}

/// Puts an address on `device`, or on the interface whose network it belongs to; answers with the interface. One that somebody else
/// has put somewhere already stays where it is.
fn address(
    address: IpAddr,
    device: Option<&Device>,
    prefix: Option<u8>,
    purpose: Purpose,
    host: &Host,
    wanted: &mut Wanted,
) -> Option<String> {
    // Two services share a VIP: what the first says of it holds.
    if let Some(place) = wanted.addresses.keys().find(|place| place.address == address) {
        return Some(place.device.clone());
    }
    if let Some(place) = host.foreign(address) {
        wanted.addresses.insert(place.clone(), purpose);
        return Some(place.device.clone());
    }
    let words = match device.map(Device::interface) {
        Some(device) if host.links.contains_key(device) => {
            let prefix = prefix.unwrap_or(bits(address));
            let place = Place { device: device.to_owned(), address, prefix };
            wanted.addresses.insert(place, purpose);
            return Some(device.to_owned());
        }
        Some(device) => {
            let known: Vec<_> = host.links.keys().map(String::as_str).collect();
            format!("this director has no interface {device}; it has {}", known.join(", "))
        }
        None => match host.towards(address) {
            Some(device) => {
                let prefix = prefix.unwrap_or(bits(address));
                let place = Place { device: device.to_owned(), address, prefix };
                wanted.addresses.insert(place, purpose);
                return Some(device.to_owned());
            }
            None => "no interface of this director has a network that the address belongs to; name the service's device".into(),
        },
    };
    wanted.problems.push(Problem { thing: Thing::Address(address.to_string()), words });
    None
}

/// Marks the traffic of a service that the table knows by a mark.
fn mark(service: &VirtualService, marks: &BTreeMap<TableKey, FirewallMark>, rules: &mut Rules) {
    let key = &service.settings.key;
    let Some(Frontend { protocol, vip, ports }) = key.frontend() else { return };
    let own = || service_key(key, Marking::ByMark).ok().and_then(|key| marks.get(&key).copied());
    let Some(mark) = key.mark().or_else(own).map(FirewallMark::get) else { return };
    let ranges = match ports {
        Ports::All => vec![(0, u16::MAX)],
        Ports::Listed(ranges) => {
            ranges.iter().map(|range| (range.first().get(), range.last().get())).collect()
        }
    };
    rules.marks.extend(
        ranges
            .into_iter()
            .map(|(first, last)| (Marked { vip: vip.get(), protocol: *protocol, first, last }, mark)),
    );
}

fn is_masqueraded(server: &Destination, inherited: Forwarding) -> bool {
    server.forwarding.unwrap_or(inherited) == Forwarding::Masquerading
}

/// Forwards for these real servers, and masquerades what they send of their own accord. IPv6 addresses that are good everywhere
/// need no masquerading; those of private use (RFC 4193) do.
fn masquerade<'a>(servers: impl Iterator<Item = &'a Destination>, host: &Host, wanted: &mut Wanted) {
    for server in servers {
        let address = server.address.get();
        // The director's own addresses: IPVS takes such a destination for a local one.
        if address.is_loopback() || host.addresses.iter().any(|assigned| assigned.place.address == address) {
            continue;
        }
        forward(address, wanted);
        wanted.rules.inner.extend(host.towards(address).map(str::to_owned));
        if match address {
            IpAddr::V4(_) => true,
            IpAddr::V6(address) => address.is_unique_local(),
        } {
            wanted.rules.masquerade.insert(address);
        }
    }
}

fn forward(towards: IpAddr, wanted: &mut Wanted) {
    let sysctl = if towards.is_ipv4() { Sysctl::forward_v4() } else { Sysctl::forward_v6() };
    wanted.sysctls.insert(sysctl, "1".into());
}

// === real server ===

fn real_server(cluster: &Cluster, host: &Host, wanted: &mut Wanted) {
    let inherited = cluster.settings().forwarding;
    for service in cluster.services().values().filter(|service| service.settings.active) {
        for server in service.destinations.values() {
            // An inactive destination may still have connections, and may be back at any moment.
            let Some(own) = host.foreign(server.address.get()) else { continue };
            let forwarding = server.forwarding.unwrap_or(inherited);
            match (forwarding, service.settings.key.frontend()) {
                (Forwarding::Masquerading, _) => gateway::check(cluster.settings(), host, own, wanted),
                // Which addresses rules made by hand mark is not known.
                (_, None) => {}
                (_, Some(frontend)) => {
                    let vip = frontend.vip.get();
                    quietly(vip, own, host, wanted);
                    take_in(forwarding, vip, own, wanted);
                }
            }
        }
    }
}

/// The VIP on loopback, and nobody outside hears of it. IPv6 needs no sysctl for that: neighbour solicitations are answered only for
/// addresses of the interface at which they arrive (`ndisc_recv_ns`, net/ipv6/ndisc.c).
fn quietly(vip: IpAddr, own: &Place, host: &Host, wanted: &mut Wanted) {
    if vip.is_loopback() {
        return;
    }
    let loopback = host.links.iter().find(|(_, link)| link.loopback).map_or("lo", |(name, _)| name);
    match host.foreign(vip) {
        Some(place) if place.device != loopback => {
            let words = format!(
                "this real server has the VIP on {}, where it answers ARP for it; remove it there: `ip address del {}/{} dev {}`",
                place.device, place.address, place.prefix, place.device
            );
            let thing = Thing::Address(vip.to_string());
            if !wanted.problems.iter().any(|problem| problem.thing == thing) {
                wanted.problems.push(Problem { thing, words });
            }
            return;
        }
        Some(place) => {
            wanted.addresses.insert(place.clone(), Purpose::Loopback);
        }
        None => {
            let place = Place { device: loopback.to_owned(), address: vip, prefix: bits(vip) };
            wanted.addresses.insert(place, Purpose::Loopback);
        }
    }
    if vip.is_ipv4() {
        for device in ["all", &own.device] {
            // 1: answer only for addresses of the interface asked at. 2: ask with the best address for the target, never with the VIP
            // (Documentation/networking/ip-sysctl.rst).
            wanted.sysctls.insert(Sysctl::conf_v4(device, "arp_ignore"), "1".into());
            wanted.sysctls.insert(Sysctl::conf_v4(device, "arp_announce"), "2".into());
        }
    }
}

/// What unwraps tunnelled packets for `vip` that arrive at `own`.
fn take_in(forwarding: Forwarding, vip: IpAddr, own: &Place, wanted: &mut Wanted) {
    let local = own.address;
    let plain = match (local.is_ipv4(), vip.is_ipv4()) {
        (true, true) => TunnelKind::Ipip,
        (true, false) => TunnelKind::Sit,
        (false, _) => TunnelKind::Ip6Tunnel,
    };
    let kind = match forwarding {
        Forwarding::Masquerading | Forwarding::DirectRouting | Forwarding::Local => return,
        Forwarding::Ipip => plain,
        Forwarding::Gre(checksum) => TunnelKind::Gre { checksum: checksum != TunnelChecksum::None },
        Forwarding::Gue(port, _) => {
            let family = if local.is_ipv4() { model::Family::V4 } else { model::Family::V6 };
            wanted.encap_ports.insert(EncapPort { port: port.get(), family });
            plain
        }
    };
    let tunnel = Tunnel { kind, local };
    let other = match kind {
        TunnelKind::Gre { checksum } => Some(Tunnel { kind: TunnelKind::Gre { checksum: !checksum }, local }),
        _ => None,
    };
    if other.is_some_and(|other| wanted.tunnels.contains(&other)) {
        // `ip_tunnel_find` knows devices without keys by their addresses alone (net/ipv4/ip_tunnel.c).
        let words = format!(
            "destinations at {local} get GRE with checksums and without; the kernel takes in one of the two: choose one for all"
        );
        let problem = Problem { thing: Thing::Tunnel(tunnel.name()), words };
        if !wanted.problems.contains(&problem) {
            wanted.problems.push(problem);
        }
        return;
    }
    if vip.is_ipv4() {
        // Clients are not to be found behind the tunnel: 2 (loose) asks only whether there is a way back at all. The kernel takes the
        // higher one of `all` and the device's, so that a strict `all` is loosened for this device alone.
        wanted.sysctls.insert(Sysctl::conf_v4(&tunnel.name(), "rp_filter"), "2".into());
        // An interface without any address is never loose: the kernel drops what has another way back
        // (`__fib_validate_source`, net/ipv4/fib_frontend.c).
        let place = Place { device: tunnel.name(), address: vip, prefix: bits(vip) };
        wanted.addresses.insert(place, Purpose::Loopback);
    }
    wanted.tunnels.insert(tunnel);
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl Purpose {
    /// Whether the network is told where the address is.
    pub fn is_announced(self) -> bool {
        self != Self::Loopback
    }
}

impl Thing {
    /// What it is, for machines: `address`, `sysctl`, `rules`, `tunnel`, `encap-port`, `gateway`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Sysctl(_) => "sysctl",
            Self::Rules => "rules",
            Self::Tunnel(_) => "tunnel",
            Self::EncapPort(_) => "encap-port",
            Self::Gateway(_) => "gateway",
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(text) | Self::Tunnel(text) => f.write_str(text),
            Self::Sysctl(sysctl) => sysctl.fmt(f),
            Self::Rules => write!(f, "nftables table inet {}", super::rules::TABLE),
            Self::EncapPort(port) => port.fmt(f),
            Self::Gateway(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
