//! The kernel's answers, as `ipvsadm` got them.

use crate::conversation::{FAMILY, exchange, exchanges};
use ipvs::wire::{Frame, Meaning, Reply, frames};
use ipvs::{
    Checksum, Daemon, DaemonState, Destination, Family, Forwarding, Info, Netmask, Persistence, Protocol,
    SchedulerFlags, Service, ServiceKey, Stats, Timeouts, Tunnel, Version,
};

fn heard(command: &str) -> Vec<Reply> {
    let exchange = exchange(command);
    let all = exchange.received.iter().flat_map(|datagram| frames(datagram)).map(Result::unwrap);
    let data = all.filter_map(|frame| match frame.meaning {
        Meaning::Data { family: FAMILY, payload } => Some(Reply::parse(payload).unwrap()),
        _ => None,
    });
    data.collect()
}

fn last_answer(command: &str) -> Meaning<'static> {
    let datagram = exchange(command).received.pop().unwrap().leak();
    let Frame { meaning, .. } = frames(datagram).next().unwrap().unwrap();
    meaning
}

#[test]
fn the_listing_is_what_was_added() {
    let (mut services, mut destinations) = (Vec::new(), Vec::new());
    for reply in heard("-Ln") {
        match reply {
            Reply::Service(entry) => {
                assert_eq!((entry.stats, entry.unknown), (Stats::default(), Vec::new()));
                services.push(entry.service);
            }
            Reply::Destination(entry) => {
                assert_eq!((entry.stats, entry.unknown), (Stats::default(), Vec::new()));
                destinations.push(entry.destination);
            }
            Reply::Info(_) => {}
            other => panic!("{other:?}"),
        }
    }
    services.sort();
    destinations.sort();

    let key = |protocol, address: &str, port| ServiceKey::address(protocol, address.parse().unwrap(), port);
    let plain = |key, scheduler: &str| Service::new(key, scheduler.parse().unwrap());
    let mut expected = vec![
        plain(key(Protocol::Tcp, "10.0.0.2", 80), "rr"),
        Service {
            persistence: Some(Persistence { timeout: 60, netmask: Netmask::V6(128) }),
            engine: Some("sip".parse().unwrap()),
            ..plain(key(Protocol::Udp, "2001:db8::2", 5060), "rr")
        },
        Service {
            flags: SchedulerFlags::SH_FALLBACK.union(SchedulerFlags::SH_PORT),
            one_packet: true,
            ..plain(key(Protocol::Udp, "2001:db8::2", 53), "sh")
        },
        Service { flags: SchedulerFlags::MH_PORT, ..plain(key(Protocol::Sctp, "10.0.0.2", 99), "mh") },
        plain(ServiceKey::Mark { mark: 7, family: Family::V4 }, "rr"),
        Service {
            persistence: Some(Persistence { timeout: 300, netmask: Netmask::V6(64) }),
            ..plain(ServiceKey::Mark { mark: 8, family: Family::V6 }, "wrr")
        },
    ];
    expected.sort();
    assert_eq!(services, expected);

    let to = |socket: &str, forwarding| Destination::new(socket.parse().unwrap(), forwarding);
    let gue = |checksum| Forwarding::Tunnel(Tunnel::Gue { port: 6080, checksum });
    let mut expected = vec![
        Destination {
            weight: 3,
            upper_threshold: 100,
            lower_threshold: 50,
            ..to("192.168.10.100:8080", Forwarding::Masquerade)
        },
        Destination { weight: 7, ..to("192.168.10.101:80", gue(Checksum::Full)) },
        to("192.168.10.104:80", gue(Checksum::Remote)),
        to("192.168.10.102:53", Forwarding::Tunnel(Tunnel::Gre { checksum: Checksum::Full })),
        to("192.168.10.103:0", Forwarding::Tunnel(Tunnel::Ipip)),
        // The director's own address: the kernel delivers locally and says what was asked for.
        to("192.168.10.1:0", Forwarding::Masquerade),
    ];
    expected.sort();
    assert_eq!(destinations, expected);
}

#[test]
fn daemons_are_read_whole() {
    let daemons: Vec<Daemon> = heard("-Ln --daemon")
        .into_iter()
        .filter_map(|reply| match reply {
            Reply::Daemon(daemon) => Some(daemon),
            _ => None,
        })
        .collect();
    let interface: ipvs::Name = "v0".parse().unwrap();
    let master = Daemon {
        state: DaemonState::Master,
        interface: interface.clone(),
        sync_id: 7,
        max_length: Some(1000),
        group: Some("224.0.0.82".parse().unwrap()),
        port: Some(8849),
        ttl: Some(2),
    };
    let backup = Daemon {
        state: DaemonState::Backup,
        interface,
        sync_id: 8,
        max_length: daemons[1].max_length,
        group: Some("ff02::7".parse().unwrap()),
        port: Some(8848),
        ttl: Some(1),
    };
    assert!(backup.max_length.is_some_and(|length| length > 1000), "the kernel's default fills the MTU");
    assert_eq!(daemons, [master, backup]);
}

#[test]
fn timeouts_and_version_are_read() {
    let timeouts = Timeouts { tcp: 901, tcp_fin: 121, udp: 301 };
    let info = Info { version: Version { major: 1, minor: 2, patch: 1 }, connection_table_size: 4096 };
    assert_eq!(heard("-Ln --timeout"), [Reply::Info(info), Reply::Timeouts(timeouts)]);
}

#[test]
fn the_number_of_the_family_is_read() {
    let datagram = &exchanges()[0].received[0];
    assert_eq!(Reply::parse_family(&datagram[16..]), Ok(FAMILY));
}

#[test]
fn refusals_and_acknowledgements_are_told_apart() {
    assert_eq!(last_answer("-C"), Meaning::Acknowledged);
    let errno = |meaning| match meaning {
        Meaning::Refused(refusal) => refusal.errno,
        other => panic!("{other:?}"),
    };
    assert_eq!(errno(last_answer("-A -t 10.0.0.2:80 -s rr")), 17, "EEXIST");
    assert_eq!(errno(last_answer("-A -t 10.0.0.3:80 -s nope")), 2, "ENOENT");
    assert_eq!(last_answer("-Ln"), Meaning::Done(None));
}
