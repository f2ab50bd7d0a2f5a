//! Strategies that make whole clusters, for property tests.
//!
//! Names, addresses and ports come from small pools, so that objects do collide; what a cluster refuses is left out.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::table::Health;
use crate::{
    Check, Cluster, Desired, Destination, DestinationId, Device, Family, FirewallMark, Forwarding, Frontend,
    HostAddress, LoadMonitor, MarkedTraffic, MulticastGroup, Name, NatRouter, Note, Payload, Persistence,
    PersistenceEngine, Port, PortRange, Ports, PrefixLength, ProgramName, Protocol, Redundancy,
    ReentrySeconds, Scheduler, SchedulerKind, Seconds, ServiceId, ServiceKey, ServiceSettings, Settings,
    SorryServer, SyncDaemon, SyncId, SyncLength, SyncTtl, Threshold, Thresholds, Timeouts, TunnelChecksum,
    VirtualService, Weight,
};

/// A number of a bounded type.
macro_rules! number {
    ($ty:ident, $range:expr) => {
        ($range).prop_filter_map("within range", |number: u64| $ty::try_new(number).ok())
    };
}

/// A name, often one that another object has too.
pub fn name() -> impl Strategy<Value = Name> {
    let text = prop_oneof!["[a-f]", "网站[一二三]", "[a-z][a-z0-9 _.-]{0,20}[a-z]"];
    text.prop_filter_map("a name", |text| Name::parse(&text).ok())
}

/// An address from a small pool of both families.
pub fn address() -> impl Strategy<Value = HostAddress> {
    let v4 = (1..12_u8).prop_map(|last| IpAddr::from(Ipv4Addr::new(192, 0, 2, last)));
    let v6 = (1..6_u16).prop_map(|last| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last)));
    prop_oneof![4 => v4, 1 => v6].prop_filter_map("a host", |address| HostAddress::try_new(address).ok())
}

/// A port from a small pool, sometimes any.
pub fn port() -> impl Strategy<Value = Port> {
    prop_oneof![3 => number!(Port, 80..90_u64), 1 => number!(Port, 1..=65_535_u64)]
}

/// Ports of a service.
pub fn ports() -> impl Strategy<Value = Ports> {
    let range =
        (port(), port()).prop_filter_map("in order", |(first, last)| PortRange::try_new(first, last).ok());
    let listed = vec(range, 1..4)
        .prop_map(|ranges| ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    prop_oneof![
        6 => port().prop_map(Ports::single),
        2 => listed.prop_filter_map("ports", |text| Ports::parse(&text).ok()),
        1 => Just(Ports::All),
    ]
}

/// What a service is reached by.
pub fn service_key() -> impl Strategy<Value = ServiceKey> {
    let protocol = || prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp), Just(Protocol::Sctp)];
    let frontend = || {
        (protocol(), address(), ports()).prop_map(|(protocol, vip, ports)| Frontend { protocol, vip, ports })
    };
    let family = prop_oneof![Just(Family::V4), Just(Family::V6)];
    let traffic =
        prop_oneof![frontend().prop_map(MarkedTraffic::Frontend), family.prop_map(MarkedTraffic::Elsewhere),];
    let mark = (number!(FirewallMark, 1..9_u64), traffic)
        .prop_map(|(mark, traffic)| ServiceKey::Mark { mark, traffic });
    prop_oneof![4 => frontend().prop_map(ServiceKey::Address), 1 => mark]
}

/// A forwarding method.
pub fn forwarding() -> impl Strategy<Value = Forwarding> {
    let gue_checksum =
        prop_oneof![Just(TunnelChecksum::None), Just(TunnelChecksum::Full), Just(TunnelChecksum::Remote)];
    prop_oneof![
        Just(Forwarding::Masquerading),
        Just(Forwarding::DirectRouting),
        Just(Forwarding::Ipip),
        Just(Forwarding::Local),
        Just(Forwarding::Gre(TunnelChecksum::None)),
        Just(Forwarding::Gre(TunnelChecksum::Full)),
        (port(), gue_checksum).prop_map(|(port, checksum)| Forwarding::Gue(port, checksum)),
    ]
}

/// How a real server is checked.
pub fn check() -> impl Strategy<Value = Check> {
    let payload = || "[ -~]{1,20}".prop_filter_map("a payload", |text| Payload::parse(&text).ok());
    let program = "[a-z]{1,8}".prop_filter_map("a program", |text| ProgramName::parse(&text).ok());
    prop_oneof![
        Just(Check::Connect),
        (option::of(payload()), option::of(payload()), any::<bool>()).prop_map(|(send, expect, regex)| {
            let regex = regex && expect.as_ref().is_none_or(Payload::is_regex);
            Check::SendExpect { send, expect, regex }
        }),
        (program, option::of(payload())).prop_map(|(program, expect)| Check::Program { program, expect }),
    ]
}

fn scheduler() -> impl Strategy<Value = Scheduler> {
    let kind = prop::sample::select(SchedulerKind::ALL);
    (kind, any::<bool>(), any::<bool>())
        .prop_map(|(kind, fallback, port)| Scheduler::new(kind, fallback, port))
}

fn persistence() -> impl Strategy<Value = Persistence> {
    let mask = number!(Prefix, 1..=32_u64);
    (number!(Seconds, 1..1_000_u64), option::of(mask), any::<bool>()).prop_map(|(timeout, mask, sip)| {
        Persistence {
            timeout,
            mask: mask.map(|Prefix(mask)| mask),
            engine: sip.then_some(PersistenceEngine::Sip),
        }
    })
}

/// A note, mostly none.
fn note() -> impl Strategy<Value = Option<Note>> {
    let text = "[ -~]{1,20}(\\n[网站 -~]{1,20})?".prop_filter_map("a note", |text| Note::parse(&text).ok());
    option::weighted(0.2, text)
}

fn device() -> impl Strategy<Value = Device> {
    "eth[0-3](:[1-9])?".prop_filter_map("a device", |text| Device::parse(&text).ok())
}

/// What can be set on a virtual service, agreeing with itself or not.
pub fn service_settings() -> impl Strategy<Value = ServiceSettings> {
    let load_monitor = prop_oneof![
        4 => Just(LoadMonitor::None),
        1 => Just(LoadMonitor::Rup),
        1 => Just(LoadMonitor::Ruptime),
        1 => Just(LoadMonitor::Uptime),
        1 => "[g-t]{1,8}".prop_filter_map("a program", |text| {
            ProgramName::parse(&text).ok().filter(|name| !["none", "program"].contains(&name.as_str())).map(LoadMonitor::Program)
        }),
    ];
    let sorry = (address(), option::of(port())).prop_map(|(address, port)| SorryServer { address, port });
    let mostly_off = || prop::bool::weighted(0.1);
    (
        (name(), prop::bool::weighted(0.8), service_key(), option::of(device())),
        (option::of(number!(Prefix, 1..=32_u64)), scheduler(), option::of(persistence()), mostly_off()),
        (check(), number!(Seconds, 1..100_u64), number!(ReentrySeconds, 0..100_u64), any::<bool>()),
        (load_monitor, option::of(sorry), mostly_off(), note()),
    )
        .prop_map(|(reached, chosen, checked, rest)| {
            let (name, active, key, device) = reached;
            let (netmask, scheduler, persistence, one_packet) = chosen;
            let (check, timeout, reentry, quiesce) = checked;
            let (load_monitor, sorry_server, proxy_protocol, note) = rest;
            let vip_netmask = netmask.map(|Prefix(netmask)| netmask);
            ServiceSettings {
                name,
                active,
                key,
                device,
                vip_netmask,
                scheduler,
                persistence,
                one_packet,
                check,
                timeout,
                reentry,
                quiesce,
                load_monitor,
                sorry_server,
                proxy_protocol,
                note,
            }
        })
}

/// A destination.
pub fn destination() -> impl Strategy<Value = Destination> {
    let thresholds = (option::of(1..1_000_u64), option::of(1..1_000_u64)).prop_map(|(upper, lower)| {
        let threshold = |number: Option<u64>| number.and_then(|number| Threshold::try_new(number).ok());
        Thresholds::try_new(threshold(upper), threshold(lower)).unwrap_or_default()
    });
    let weight = prop_oneof![1 => Just(Weight::MIN), 4 => number!(Weight, 1..100_u64)];
    (
        (name(), address(), option::weighted(0.3, port()), weight),
        (option::weighted(0.3, forwarding()), thresholds, prop::bool::weighted(0.8), note()),
    )
        .prop_map(|((name, address, port, weight), (forwarding, thresholds, active, note))| {
            Destination { name, address, port, weight, forwarding, thresholds, active, note }
        })
}

/// Global settings, agreeing with themselves or not.
pub fn settings() -> impl Strategy<Value = Settings> {
    let nat_router = (address(), device(), option::of(number!(Prefix, 1..=32_u64))).prop_map(
        |(address, device, netmask)| NatRouter {
            address,
            device,
            netmask: netmask.map(|Prefix(netmask)| netmask),
        },
    );
    let timeout = || option::of(number!(Seconds, 1..1_000_u64));
    let timeouts =
        (timeout(), timeout(), timeout()).prop_map(|(tcp, tcp_fin, udp)| Timeouts { tcp, tcp_fin, udp });
    let nat = (option::of(nat_router), any::<bool>());
    (option::of(address()), option::of(address()), forwarding(), nat, timeouts).prop_map(
        |(primary_public, primary_private, forwarding, (nat_router, own_clients), timeouts)| Settings {
            primary_public,
            primary_private,
            forwarding,
            nat_router,
            own_clients,
            timeouts,
        },
    )
}

/// A redundancy, agreeing with itself or not.
pub fn redundancy() -> impl Strategy<Value = Redundancy> {
    let group = prop::sample::select(vec!["224.0.0.81", "239.1.2.3", "ff02::81"])
        .prop_filter_map("a multicast group", |text| MulticastGroup::parse(text).ok());
    let more = (option::of(group), option::of(port()), option::of(number!(SyncTtl, 1..=255_u64)));
    let length = option::of(number!(SyncLength, 1..=65_507_u64));
    let sync_daemon = (device(), number!(SyncId, 0..=255_u64), more, length).prop_map(
        |(interface, id, (group, port, ttl), max_length)| SyncDaemon {
            interface,
            id,
            group,
            port,
            ttl,
            max_length,
        },
    );
    (
        (any::<bool>(), option::of(address()), option::of(address())),
        (
            number!(Seconds, 1..20_u64),
            number!(Seconds, 1..60_u64),
            port(),
            any::<bool>(),
            option::of(sync_daemon),
        ),
    )
        .prop_map(|((active, backup_public, backup_private), rest)| {
            let (heartbeat_interval, dead_after, heartbeat_port, monitor_links, sync_daemon) = rest;
            Redundancy {
                active,
                backup_public,
                backup_private,
                heartbeat_interval,
                dead_after,
                heartbeat_port,
                monitor_links,
                sync_daemon,
            }
        })
}

/// Something that an operator does to a cluster.
#[derive(Clone, Debug)]
enum Edit {
    Rename(Name),
    Settings(Settings),
    Redundancy(Redundancy),
    Service(u32, Box<ServiceSettings>),
    RemoveService(u32),
    Destination(u32, u32, Box<Destination>),
    RemoveDestination(u32, u32),
}

fn edit() -> impl Strategy<Value = Edit> {
    let (service, server) = (1..8_u32, 1..12_u32);
    prop_oneof![
        1 => name().prop_map(Edit::Rename),
        1 => settings().prop_map(Edit::Settings),
        1 => redundancy().prop_map(Edit::Redundancy),
        6 => (service.clone(), service_settings()).prop_map(|(id, settings)| Edit::Service(id, Box::new(settings))),
        1 => service.clone().prop_map(Edit::RemoveService),
        12 => (service.clone(), server.clone(), destination())
            .prop_map(|(service, id, destination)| Edit::Destination(service, id, Box::new(destination))),
        2 => (service, server).prop_map(|(service, id)| Edit::RemoveDestination(service, id)),
    ]
}

/// Does what is possible; a refusal leaves the cluster as it is.
fn carry_out(mut cluster: Cluster, edits: Vec<Edit>) -> Cluster {
    for edit in edits {
        // Refused edits are part of the game.
        let _refused = match edit {
            Edit::Rename(name) => {
                cluster.rename(name);
                Ok(())
            }
            Edit::Settings(settings) => cluster.set_settings(settings),
            Edit::Redundancy(redundancy) => cluster.set_redundancy(redundancy),
            Edit::Service(id, settings) => {
                let id = ServiceId(id);
                if cluster.services().contains_key(&id) {
                    cluster.set_service(id, *settings)
                } else {
                    cluster.put_service(
                        id,
                        VirtualService { settings: *settings, destinations: BTreeMap::new() },
                    )
                }
            }
            Edit::RemoveService(id) => cluster.remove_service(ServiceId(id)).map(drop),
            Edit::Destination(service, id, destination) => {
                // Ids are unique in a cluster, so each service has its own.
                cluster.put_destination(ServiceId(service), DestinationId(service * 100 + id), *destination)
            }
            Edit::RemoveDestination(service, id) => {
                cluster.remove_destination(ServiceId(service), DestinationId(service * 100 + id)).map(drop)
            }
        };
    }
    cluster
}

/// A cluster.
pub fn cluster() -> impl Strategy<Value = Cluster> {
    (name(), vec(edit(), 0..60)).prop_map(|(name, edits)| carry_out(Cluster::new(name), edits))
}

/// A cluster, and the same some edits later.
pub fn cluster_and_next() -> impl Strategy<Value = (Cluster, Cluster)> {
    (cluster(), vec(edit(), 0..20)).prop_map(|(cluster, edits)| (cluster.clone(), carry_out(cluster, edits)))
}

/// A desired state.
pub fn desired() -> impl Strategy<Value = Desired> {
    (cluster(), prop::bool::weighted(0.9)).prop_map(|(cluster, running)| Desired { running, cluster })
}

/// What checks say, for each destination of `cluster` or not.
pub fn health(cluster: &Cluster) -> impl Strategy<Value = BTreeMap<DestinationId, Health>> + use<> {
    let ids: Vec<_> =
        cluster.services().values().flat_map(|service| service.destinations.keys().copied()).collect();
    let judged = prop_oneof![Just(Health::Unknown), Just(Health::Up), Just(Health::Down)];
    vec(option::of(judged), ids.len()).prop_map(move |judged| {
        ids.iter().zip(judged).filter_map(|(id, judged)| judged.map(|judged| (*id, judged))).collect()
    })
}

/// A prefix that fits both families.
#[derive(Debug)]
struct Prefix(PrefixLength);

impl Prefix {
    fn try_new(length: u64) -> Result<Self, crate::Reason> {
        u8::try_from(length).map_err(|_| crate::Reason::NotANetmask).and_then(PrefixLength::try_new).map(Self)
    }
}
