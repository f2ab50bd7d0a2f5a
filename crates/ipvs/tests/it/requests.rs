//! Our requests, byte for byte beside `ipvsadm`'s.

use crate::conversation::{self, FAMILY, exchange};
use ipvs::wire::{Encoder, Question};
use ipvs::{
    Checksum, Daemon, DaemonState, Destination, Family, Forwarding, Name, Netmask, Persistence, Protocol,
    Request, SchedulerFlags, Service, ServiceKey, Timeouts, Tunnel,
};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn http() -> ServiceKey {
    ServiceKey::address(Protocol::Tcp, "10.0.0.2".parse().unwrap(), 80)
}

fn dns(port: u16) -> ServiceKey {
    ServiceKey::address(Protocol::Udp, "2001:db8::2".parse().unwrap(), port)
}

fn mark(mark: u32, family: Family) -> ServiceKey {
    ServiceKey::Mark { mark, family }
}

fn written(request: &Request) -> Vec<u8> {
    let mut bytes = Vec::new();
    Encoder::new(FAMILY).request(request, 1, true, &mut bytes);
    conversation::payload(&bytes).to_vec()
}

/// The attributes of a level, by number; flag bits are left out.
fn attributes(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut attributes = Vec::new();
    while let [a, b, c, d, ..] = *bytes {
        let (length, kind) = (usize::from(u16::from_ne_bytes([a, b])), u16::from_ne_bytes([c, d]) & 0x3fff);
        attributes.push((kind, &bytes[4..length]));
        bytes = &bytes[length.next_multiple_of(4).min(bytes.len())..];
    }
    attributes
}

#[test]
fn services_are_written_as_ipvsadm_writes_them() {
    let network = Netmask::V4("255.255.255.0".parse().unwrap());
    let cases = [
        (
            "-A -t 10.0.0.2:80 -s wlc -p 600 -M 255.255.255.0",
            Request::AddService(Service {
                persistence: Some(Persistence { timeout: 600, netmask: network }),
                ..Service::new(http(), name("wlc"))
            }),
        ),
        (
            "-A -u [2001:db8::2]:5060 -s rr -p 60 --pe sip",
            Request::AddService(Service {
                persistence: Some(Persistence { timeout: 60, netmask: Netmask::host(Family::V6) }),
                engine: Some(name("sip")),
                ..Service::new(dns(5060), name("rr"))
            }),
        ),
        (
            "-A -u [2001:db8::2]:53 -s sh -b sh-fallback,sh-port -o",
            Request::AddService(Service {
                flags: SchedulerFlags::SH_FALLBACK.union(SchedulerFlags::SH_PORT),
                one_packet: true,
                ..Service::new(dns(53), name("sh"))
            }),
        ),
        (
            "-A --sctp-service 10.0.0.2:99 -s mh -b mh-port",
            Request::AddService(Service {
                flags: SchedulerFlags::MH_PORT,
                ..Service::new(
                    ServiceKey::address(Protocol::Sctp, "10.0.0.2".parse().unwrap(), 99),
                    name("mh"),
                )
            }),
        ),
        ("-A -f 7 -s rr", Request::AddService(Service::new(mark(7, Family::V4), name("rr")))),
        (
            "-A -f 8 -6 -s wrr -p 300 -M 64",
            Request::AddService(Service {
                persistence: Some(Persistence { timeout: 300, netmask: Netmask::V6(64) }),
                ..Service::new(mark(8, Family::V6), name("wrr"))
            }),
        ),
        ("-E -t 10.0.0.2:80 -s rr", Request::EditService(Service::new(http(), name("rr")))),
        ("--set 901 121 301", Request::SetTimeouts(Timeouts { tcp: 901, tcp_fin: 121, udp: 301 })),
        ("-C", Request::Flush),
    ];
    for (command, request) in cases {
        assert_eq!(written(&request), exchange(command).last_sent(), "{command}");
    }
}

#[test]
fn daemons_are_written_as_ipvsadm_writes_them() {
    let master = Daemon {
        max_length: Some(1000),
        group: Some("224.0.0.82".parse().unwrap()),
        port: Some(8849),
        ttl: Some(2),
        ..Daemon::new(DaemonState::Master, name("v0"), 7)
    };
    let backup =
        Daemon { group: Some("ff02::7".parse().unwrap()), ..Daemon::new(DaemonState::Backup, name("v0"), 8) };
    let long = "--start-daemon master --mcast-interface v0 --syncid 7 --sync-maxlen 1000 --mcast-group 224.0.0.82 \
        --mcast-port 8849 --mcast-ttl 2";
    let short = "--start-daemon backup --mcast-interface v0 --syncid 8 --mcast-group ff02::7";
    for (command, daemon) in [(long, master), (short, backup)] {
        let (ours, theirs) = (written(&Request::StartDaemon(daemon)), exchange(command));
        assert_eq!(ours[..4], theirs.last_sent()[..4], "{command}");
        // The same attributes; ipvsadm has them in an order of its own.
        let [(3, ours)] = attributes(&ours[4..])[..] else { panic!("{command}") };
        let [(3, theirs)] = attributes(&theirs.last_sent()[4..])[..] else { panic!("{command}") };
        let (mut ours, mut theirs) = (attributes(ours), attributes(theirs));
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs, "{command}");
    }
}

#[test]
fn destinations_are_written_as_ipvsadm_writes_them() {
    let to = |socket: &str, forwarding| Destination::new(socket.parse().unwrap(), forwarding);
    let gue = |checksum| Forwarding::Tunnel(Tunnel::Gue { port: 6080, checksum });
    let gre = Forwarding::Tunnel(Tunnel::Gre { checksum: Checksum::Full });
    let cases = [
        (
            "-a -t 10.0.0.2:80 -r 192.168.10.100:8080 -m -w 3 -x 100 -y 50",
            http(),
            Destination {
                weight: 3,
                upper_threshold: 100,
                lower_threshold: 50,
                ..to("192.168.10.100:8080", Forwarding::Masquerade)
            },
        ),
        (
            "-a -t 10.0.0.2:80 -r 192.168.10.101 -g -w 0",
            http(),
            Destination { weight: 0, ..to("192.168.10.101:80", Forwarding::DirectRouting) },
        ),
        (
            "-e -t 10.0.0.2:80 -r 192.168.10.101 -i -w 7 --tun-type gue --tun-port 6080 --tun-csum",
            http(),
            Destination { weight: 7, ..to("192.168.10.101:80", gue(Checksum::Full)) },
        ),
        (
            "-a -t 10.0.0.2:80 -r 192.168.10.104 -i --tun-type gue --tun-port 6080 --tun-remcsum",
            http(),
            to("192.168.10.104:80", gue(Checksum::Remote)),
        ),
        (
            "-a -u [2001:db8::2]:53 -r 192.168.10.102:53 -i --tun-type gre --tun-csum",
            dns(53),
            to("192.168.10.102:53", gre),
        ),
        (
            "-a -f 7 -r 192.168.10.103 -i",
            mark(7, Family::V4),
            to("192.168.10.103:0", Forwarding::Tunnel(Tunnel::Ipip)),
        ),
        ("-a -f 7 -r 192.168.10.1 -m", mark(7, Family::V4), to("192.168.10.1:0", Forwarding::Masquerade)),
    ];
    for (command, service, destination) in cases {
        let request = if command.starts_with("-e") {
            Request::EditDestination { service, destination }
        } else {
            Request::AddDestination { service, destination }
        };
        same_but_for_the_rest_of_the_service(command, &request, true);
    }
    let destination = "192.168.10.101:80".parse::<std::net::SocketAddr>().unwrap().into();
    let request = Request::RemoveDestination { service: http(), destination };
    same_but_for_the_rest_of_the_service("-d -t 10.0.0.2:80 -r 192.168.10.101", &request, false);
}

/// `ipvsadm` sends a whole service where its key is enough, and a whole destination to remove one.
fn same_but_for_the_rest_of_the_service(command: &str, request: &Request, whole: bool) {
    let (ours, theirs) = (written(request), exchange(command));
    let theirs = theirs.last_sent();
    assert_eq!(ours[..4], theirs[..4], "{command}");
    let [(1, our_service), (2, ours)] = attributes(&ours[4..])[..] else { panic!("{command}") };
    let [(1, their_service), (2, theirs)] = attributes(&theirs[4..])[..] else { panic!("{command}") };
    assert!(their_service.starts_with(our_service), "{command}");
    if whole {
        let mut theirs = theirs.to_vec();
        if command.contains("[2001:db8::2]") {
            // Behind an IPv4 address ipvsadm leaves the last byte of its service's IPv6 address.
            theirs[16..28].fill(0);
        }
        assert_eq!(ours, theirs, "{command}");
    } else {
        assert!(theirs.starts_with(ours), "{command}");
    }
}

#[test]
fn keys_are_written_as_ipvsadm_writes_them() {
    let cases = [
        ("-D -f 7", Request::RemoveService(mark(7, Family::V4))),
        ("-Z -f 7", Request::Zero(Some(mark(7, Family::V4)))),
    ];
    for (command, request) in cases {
        let (ours, theirs) = (written(&request), exchange(command));
        let theirs = theirs.last_sent();
        assert_eq!(ours[..4], theirs[..4], "{command}");
        let [(1, ours)] = attributes(&ours[4..])[..] else { panic!("{command}") };
        let [(1, theirs)] = attributes(&theirs[4..])[..] else { panic!("{command}") };
        assert!(theirs.starts_with(ours), "{command}");
    }
}

#[test]
fn questions_are_asked_as_ipvsadm_asks_them() {
    let listing = exchange("-Ln");
    let asked = |question: &Question, sequence| {
        let mut bytes = Vec::new();
        Encoder::new(FAMILY).question(question, sequence, &mut bytes);
        // The sender's port is left to the kernel.
        (bytes[..12].to_vec(), bytes[16..].to_vec())
    };
    let questions = [Question::Info, Question::Services, Question::Destinations(http())];
    for (question, theirs) in questions.iter().zip(&listing.sent) {
        let sequence = u32::from_ne_bytes([theirs[8], theirs[9], theirs[10], theirs[11]]);
        let mut theirs = (theirs[..12].to_vec(), theirs[16..].to_vec());
        // ipvsadm asks for an acknowledgement where there is an answer anyway.
        theirs.0[6] &= !4;
        assert_eq!(asked(question, sequence), theirs, "{question:?}");
    }
    let first = &conversation::exchanges()[0].sent[0];
    assert_eq!(asked(&Question::Family, 1).1[4..], first[20..], "the search for the family");
}

#[test]
fn an_acknowledgement_is_asked_for_as_ipvsadm_asks() {
    let theirs = exchange("-C");
    let (sequence, flags) = theirs.last_head();
    let mut bytes = Vec::new();
    Encoder::new(FAMILY).request(&Request::Flush, sequence, true, &mut bytes);
    assert_eq!(u16::from_ne_bytes([bytes[6], bytes[7]]), flags);
}
