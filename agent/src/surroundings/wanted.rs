//! What should be around the table, computed from the desired state and the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use model::table::{Marking, TableKey, service_key};
use model::{
    Cluster, Desired, Destination, Device, FirewallMark, Forwarding, Frontend, MachineRole, TunnelChecksum,
    VirtualService,
};

use super::host::Map;
use super::part::{Part, neither, part};
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

/// Which of the cluster's directors this machine is.
pub fn part_of(cluster: &Cluster, host: &Host) -> Part {
    part(cluster, |address| host.foreign(address.get()).is_some())
}

// === director ===

fn director(cluster: &Cluster, marks: &BTreeMap<TableKey, FirewallMark>, host: &Host, wanted: &mut Wanted) {
    let active = || cluster.services().values().filter(|service| service.settings.active);
    let map = host.map();
    let part = part(cluster, |address| map.foreign(address.get()).is_some());
    let mut addresses = Addresses { host, map: &map, part, seen: BTreeMap::new() };
    let mut outer = BTreeSet::new();
    for service in active() {
        mark(service, marks, &mut wanted.rules);
        let Some(vip) = service.settings.key.frontend().map(|frontend| frontend.vip.get()) else { continue };
        // The whole of 127.0.0.0/8 is there, without being listed.
        if vip.is_loopback() {
            continue;
        }
        // A VIP brings no network with it: with a shorter prefix it may become the address that the interface's others hang on, and
        // take them along when it goes (`promote_secondaries`). The service's netmask stays Piranha's.
        let device = service.settings.device.as_ref();
        outer.extend(addresses.want(vip, device, bits(vip), Purpose::Vip, wanted));
    }
    let inherited = cluster.settings().forwarding;
    let servers = active().flat_map(|service| service.destinations.values());
    masquerade(servers.filter(|server| is_masqueraded(server, inherited)), &map, wanted);
    if cluster.settings().own_clients && !wanted.rules.masquerade.is_empty() {
        let vips = active().filter_map(|service| service.settings.key.frontend());
        wanted.rules.own_clients_of.extend(vips.map(|frontend| frontend.vip.get()));
        // Without it the packets that IPVS sends on pass by the rules (`ip_vs_notrack`, net/netfilter/ipvs/ip_vs_xmit.c).
        wanted.sysctls.insert(Sysctl::ipvs("conntrack"), "1".into());
    }
    if let Some(router) = &cluster.settings().nat_router {
        let address = router.address.get();
        forward(address, wanted);
        wanted.rules.inner.insert(router.device.interface().to_owned());
        let prefix = router.netmask.map_or(bits(address), u8::from);
        addresses.want(address, Some(&router.device), prefix, Purpose::Gateway, wanted);
    }
    if part == Part::Unknown && !addresses.seen.is_empty() {
        let named = cluster
            .settings()
            .primary_public
            .map_or_else(|| "of the primary".to_owned(), |own| own.to_string());
        wanted.problems.push(Problem { thing: Thing::Address(named), words: neither(cluster) });
    }
    // Names come from the kernel here; what could not stand in a rule is left out.
    wanted.rules.inner.retain(|name| Device::parse(name).is_ok());
    // Clients and real servers on one network: "go there directly" (ICMP redirects) would lead the real servers' answers past us. And
    // what goes out goes out there too: it has to be masqueraded there.
    for device in wanted.rules.inner.clone().intersection(&outer) {
        for device in ["all", device] {
            wanted.sysctls.insert(Sysctl::conf_v4(device, "send_redirects"), "0".into());
        }
        wanted.rules.inner.remove(device);
    }
    if wanted.sysctls.contains_key(&Sysctl::forward_v6()) {
        heed_routers(host, wanted);
    }
}

/// Whoever begins to forward IPv6 forgets the default routes that routers advertised, but for interfaces where they are heeded
/// nevertheless: 2 (`rt6_purge_dflt_routers`, net/ipv6/route.c). [`super::Present::is_met`] says where that matters.
fn heed_routers(host: &Host, wanted: &mut Wanted) {
    let tunnels = super::tunnel::PREFIX;
    let others = host.links.iter().filter(|(name, link)| !link.loopback && !name.starts_with(tunnels));
    wanted.sysctls.extend(others.map(|(name, _)| (Sysctl::conf_v6(name, "accept_ra"), "2".to_owned())));
}

/// Where a director's addresses belong.
struct Addresses<'a> {
    host: &'a Host,
    map: &'a Map<'a>,
    part: Part,
    /// Those that have their place. Two services share a VIP: what the first says of it holds.
    seen: BTreeMap<IpAddr, String>,
}

impl Addresses<'_> {
    /// Wants `address` on `device`, or on the interface whose network it belongs to, where this director carries it; answers with the
    /// interface, carried or not.
    fn want(
        &mut self,
        address: IpAddr,
        device: Option<&Device>,
        prefix: u8,
        purpose: Purpose,
        wanted: &mut Wanted,
    ) -> Option<String> {
        if let Some(device) = self.seen.get(&address) {
            return Some(device.clone());
        }
        let place = match self.place(address, device, prefix) {
            Ok(place) => place,
            Err(words) => {
                if self.part == Part::Primary {
                    let thing = Thing::Address(address.to_string());
                    wanted.problems.push(Problem { thing, words });
                }
                return None;
            }
        };
        self.seen.insert(address, place.device.clone());
        let device = place.device.clone();
        let carried = match self.part {
            Part::Primary => Some(place),
            Part::Backup => None,
            Part::Unknown => self.map.of(address).first().map(|assigned| assigned.place.clone()),
        };
        wanted.addresses.extend(carried.map(|place| (place, purpose)));
        Some(device)
    }

    /// Where `address` belongs. One that somebody else has put somewhere already stays where it is.
    fn place(&self, address: IpAddr, device: Option<&Device>, prefix: u8) -> Result<Place, String> {
        if let Some(place) = self.map.foreign(address) {
            return Ok(place.clone());
        }
        let links = &self.host.links;
        let device = match device.map(Device::interface) {
            Some(device) if links.contains_key(device) => device,
            Some(device) => {
                let known: Vec<_> = links.keys().map(String::as_str).collect();
                return Err(format!("this director has no interface {device}; it has {}", known.join(", ")));
            }
            None => match (self.map.towards(address), self.map.ours(address)) {
                (Some(device), _) => device,
                // The interface has lost its own address for the moment.
                (None, Some(place)) => return Ok(place.clone()),
                (None, None) => {
                    let words = "no interface of this director has a network that the address belongs to; name the service's device";
                    return Err(words.to_owned());
                }
            },
        };
        Ok(Place { device: device.to_owned(), address, prefix })
    }
}

/// Marks the traffic of a service that the table knows by a mark.
fn mark(service: &VirtualService, marks: &BTreeMap<TableKey, FirewallMark>, rules: &mut Rules) {
    let key = &service.settings.key;
    let Some(Frontend { protocol, vip, ports }) = key.frontend() else { return };
    let own = || service_key(key, Marking::ByMark).ok().and_then(|key| marks.get(&key).copied());
    let Some(mark) = key.mark().or_else(own).map(FirewallMark::get) else { return };
    rules.marks.extend(Marked::of(vip.get(), *protocol, ports).map(|marked| (marked, mark)));
}

fn is_masqueraded(server: &Destination, inherited: Forwarding) -> bool {
    server.forwarding.unwrap_or(inherited) == Forwarding::Masquerading
}

/// Forwards for these real servers, and masquerades what they send of their own accord. IPv6 addresses that are good everywhere
/// need no masquerading; those of private use (RFC 4193) do.
fn masquerade<'a>(servers: impl Iterator<Item = &'a Destination>, map: &Map<'_>, wanted: &mut Wanted) {
    for server in servers {
        let address = server.address.get();
        // The director's own addresses: IPVS takes such a destination for a local one.
        if address.is_loopback() || !map.of(address).is_empty() {
            continue;
        }
        forward(address, wanted);
        wanted.rules.inner.extend(map.towards(address).map(str::to_owned));
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
    let map = host.map();
    for service in cluster.services().values().filter(|service| service.settings.active) {
        for server in service.destinations.values() {
            // An inactive destination may still have connections, and may be back at any moment.
            let Some(own) = map.foreign(server.address.get()) else { continue };
            let forwarding = server.forwarding.unwrap_or(inherited);
            match (forwarding, service.settings.key.frontend()) {
                (Forwarding::Masquerading, _) => gateway::check(cluster.settings(), host, own, wanted),
                // Which addresses rules made by hand mark is not known.
                (_, None) => {}
                (_, Some(frontend)) => {
                    let vip = frontend.vip.get();
                    quietly(vip, own, host, &map, wanted);
                    take_in(forwarding, vip, own, wanted);
                }
            }
        }
    }
}

/// The VIP on loopback, and nobody outside hears of it. IPv6 needs no sysctl for that: neighbour solicitations are answered only for
/// addresses of the interface at which they arrive (`ndisc_recv_ns`, net/ipv6/ndisc.c).
fn quietly(vip: IpAddr, own: &Place, host: &Host, map: &Map<'_>, wanted: &mut Wanted) {
    if vip.is_loopback() {
        return;
    }
    let loopback = host.links.iter().find(|(_, link)| link.loopback).map_or("lo", |(name, _)| name);
    match map.foreign(vip) {
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
    if tunnel.rival().is_some_and(|rival| wanted.tunnels.contains(&rival)) {
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
