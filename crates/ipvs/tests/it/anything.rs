//! Whatever the bytes: words, or a value; never a panic.

use crate::conversation::exchanges;
use ipvs::connections::{Filter, scan};
use ipvs::wire::{Encoder, Meaning, Payload, Question, Reply, frames};
use ipvs::{
    Checksum, Destination, DestinationKey, Family, Forwarding, Netmask, Persistence, Protocol, Request,
    SchedulerFlags, Service, ServiceKey, Tunnel,
};
use netlink_packet_core::{NetlinkMessage, NetlinkPayload};
use netlink_packet_generic::GenlMessage;
use proptest::prelude::*;
use std::net::IpAddr;

fn read(datagram: &[u8]) {
    for frame in frames(datagram).map_while(Result::ok) {
        if let Meaning::Data { payload, .. } = frame.meaning {
            _ = Reply::parse(payload);
            _ = Reply::parse_family(payload);
        }
    }
}

fn address(family: Family) -> BoxedStrategy<IpAddr> {
    match family {
        Family::V4 => any::<[u8; 4]>().prop_map(IpAddr::from).boxed(),
        // Kernels that do not name a destination's family are told by twelve zeros; ours always name it.
        Family::V6 => any::<[u8; 16]>().prop_map(IpAddr::from).boxed(),
    }
}

fn family() -> impl Strategy<Value = Family> {
    prop_oneof![Just(Family::V4), Just(Family::V6)]
}

fn key() -> impl Strategy<Value = ServiceKey> {
    let protocol = prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp), Just(Protocol::Sctp)];
    prop_oneof![
        (protocol, family().prop_flat_map(address), any::<u16>())
            .prop_map(|(protocol, address, port)| ServiceKey::Address { protocol, address, port }),
        (1..u32::MAX, family()).prop_map(|(mark, family)| ServiceKey::Mark { mark, family }),
    ]
}

fn service() -> impl Strategy<Value = Service> {
    let persistence = proptest::option::of((any::<u32>(), any::<[u8; 4]>(), 1_u8..=128));
    let engine = proptest::option::of(Just("sip".parse::<ipvs::Name>().unwrap()));
    (key(), "[!-~]{1,15}", 0_u8..8, persistence, engine, any::<bool>()).prop_map(
        |(key, scheduler, flags, persistence, engine, one_packet)| {
            let netmask = |mask: [u8; 4], length| match key.family() {
                Family::V4 => Netmask::V4(mask.into()),
                Family::V6 => Netmask::V6(length),
            };
            let persistence = persistence
                .map(|(timeout, mask, length)| Persistence { timeout, netmask: netmask(mask, length) });
            let (scheduler, flags) = (scheduler.parse().unwrap(), SchedulerFlags::from_bits(flags));
            Service { key, scheduler, flags, persistence, engine, one_packet }
        },
    )
}

fn destination() -> impl Strategy<Value = Destination> {
    let checksum = prop_oneof![Just(Checksum::None), Just(Checksum::Full), Just(Checksum::Remote)];
    let forwarding = prop_oneof![
        Just(Forwarding::Masquerade),
        Just(Forwarding::Local),
        Just(Forwarding::DirectRouting),
        Just(Forwarding::Bypass),
        Just(Forwarding::Tunnel(Tunnel::Ipip)),
        (any::<u16>(), checksum.clone())
            .prop_map(|(port, checksum)| Forwarding::Tunnel(Tunnel::Gue { port, checksum })),
        checksum.prop_map(|checksum| Forwarding::Tunnel(Tunnel::Gre { checksum })),
    ];
    let numbers = (any::<u32>(), any::<u32>(), any::<u32>());
    (family().prop_flat_map(address), any::<u16>(), forwarding, numbers).prop_map(
        |(address, port, forwarding, (weight, upper_threshold, lower_threshold))| Destination {
            key: DestinationKey { address, port },
            forwarding,
            weight,
            upper_threshold,
            lower_threshold,
        },
    )
}

/// What was written, as a reply: `NEW_SERVICE` and `NEW_DEST` are the same numbers both ways.
fn back(request: &Request) -> Reply {
    let mut bytes = Vec::new();
    Encoder::new(23).request(request, 9, false, &mut bytes);
    let frame = frames(&bytes).next().unwrap().unwrap();
    let Meaning::Data { payload, family: 23 } = frame.meaning else { panic!("{frame:?}") };
    Reply::parse(payload).unwrap()
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
        _ = scan(&bytes[..], &Filter::default(), || false, |_| {});
    }

    #[test]
    fn damaged_answers_are_read(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let all: Vec<Vec<u8>> = exchanges().into_iter().flat_map(|exchange| exchange.received).collect();
        let mut datagram = which.get(&all).clone();
        let at = at.index(datagram.len());
        datagram[at] = byte;
        read(&datagram);
        datagram.truncate(cut.index(datagram.len()));
        read(&datagram);
    }

    #[test]
    fn services_come_back_as_they_were(service in service()) {
        let Reply::Service(entry) = back(&Request::AddService(service.clone())) else { panic!("a service") };
        prop_assert_eq!(entry.service, service);
    }

    #[test]
    fn destinations_come_back_as_they_were(service in key(), destination in destination()) {
        let request = Request::AddDestination { service, destination };
        let Reply::Destination(entry) = back(&request) else { panic!("a destination") };
        prop_assert_eq!(entry.destination, destination);
    }

    #[test]
    fn other_programs_sockets_can_send_the_same(service in service()) {
        let request = Request::AddService(service);
        let mut ours = Vec::new();
        Encoder::new(23).request(&request, 0, false, &mut ours);
        let mut message = GenlMessage::from_payload(Payload::request(&request));
        message.set_resolved_family_id(23);
        let mut message = NetlinkMessage::new(Default::default(), NetlinkPayload::InnerMessage(message));
        message.header.flags = 1;
        message.finalize();
        let mut theirs = vec![0; message.buffer_len()];
        message.serialize(&mut theirs);
        prop_assert_eq!(ours, theirs);
    }
}

#[test]
fn questions_have_payloads() {
    assert_ne!(Payload::question(&Question::Services), Payload::question(&Question::Daemons));
}
