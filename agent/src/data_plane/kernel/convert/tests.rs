use std::net::IpAddr;

use proptest::option;
use proptest::prelude::*;

use super::*;

fn address() -> impl Strategy<Value = HostAddress> {
    prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from),]
        .prop_filter_map("a host's", |address| HostAddress::try_new(address).ok())
}

fn port() -> impl Strategy<Value = Port> {
    (1..=u16::MAX).prop_map(Port::new_const)
}

fn ports() -> impl Strategy<Value = Ports> {
    prop_oneof![
        Just(Ports::All),
        port().prop_map(Ports::single),
        prop::collection::vec((1..=u16::MAX, 0..50_u16), 1..5).prop_map(|ranges| {
            let texts: Vec<_> = ranges
                .iter()
                .map(|(first, more)| format!("{first}-{}", first.saturating_add(*more)))
                .collect();
            Ports::parse(&texts.join(",")).unwrap()
        }),
    ]
}

fn key() -> impl Strategy<Value = TableKey> {
    prop_oneof![
        (prop::sample::select(Protocol::ALL), address(), ports())
            .prop_map(|(protocol, vip, ports)| TableKey::Address { protocol, vip, ports }),
        (1..=u32::MAX, any::<bool>()).prop_map(|(mark, v4)| TableKey::Mark {
            mark: FirewallMark::new_const(mark),
            family: if v4 { Family::V4 } else { Family::V6 },
        }),
    ]
}

/// Masks of whole addresses are none: the table that should be has none either.
fn persistence(family: Family) -> impl Strategy<Value = Persistence> {
    let engine = option::of(Just(PersistenceEngine::Sip));
    (1..=2_678_400_u32, option::of(1..family.bits()), engine).prop_map(|(timeout, mask, engine)| {
        Persistence {
            timeout: Seconds::new_const(timeout),
            mask: mask.map(|mask| PrefixLength::try_new(mask).unwrap()),
            engine,
        }
    })
}

fn settings(family: Family) -> impl Strategy<Value = TableServiceSettings> {
    (prop::sample::select(SchedulerKind::ALL), any::<[bool; 3]>(), option::of(persistence(family))).prop_map(
        |(kind, [fallback, port, one_packet], persistence)| TableServiceSettings {
            scheduler: Scheduler::new(kind, fallback, port),
            persistence,
            one_packet,
            proxy_protocol: false,
        },
    )
}

fn forwarding() -> impl Strategy<Value = Forwarding> {
    let checksum =
        prop::sample::select(vec![TunnelChecksum::None, TunnelChecksum::Full, TunnelChecksum::Remote]);
    let gre = prop::sample::select(vec![TunnelChecksum::None, TunnelChecksum::Full]);
    prop_oneof![
        Just(Forwarding::Masquerading),
        Just(Forwarding::DirectRouting),
        Just(Forwarding::Ipip),
        Just(Forwarding::Local),
        (port(), checksum).prop_map(|(port, checksum)| Forwarding::Gue(port, checksum)),
        gre.prop_map(Forwarding::Gre),
    ]
}

fn thresholds() -> impl Strategy<Value = Thresholds> {
    let threshold = || (1..=u16::MAX).prop_map(Threshold::new_const);
    (option::of(threshold()), option::of(threshold()))
        .prop_filter_map("agreeing", |(upper, lower)| Thresholds::try_new(upper, lower).ok())
}

fn destination() -> impl Strategy<Value = (TableDestinationKey, TableDestination)> {
    let role = prop::sample::select(vec![Role::RealServer, Role::SorryServer]);
    (address(), option::of(port()), forwarding(), 0..=i32::MAX as u32, thresholds(), role).prop_map(
        |(address, port, forwarding, weight, thresholds, role)| {
            let settings =
                TableDestination { forwarding, weight: Weight::new_const(weight), thresholds, role };
            (TableDestinationKey { address, port }, settings)
        },
    )
}

proptest! {
    #[test]
    fn keys_read_back(keys in prop::collection::btree_set(key(), 1..6)) {
        let needing = keys.iter().filter(|key| needs_mark(key));
        // Above those that the strategy is likely to choose.
        let marks: BTreeMap<TableKey, u32> = needing.cloned().zip(0x4152_0000..).collect();
        for key in &keys {
            let kernels = to_service_key(key, &marks).unwrap();
            prop_assert_eq!(from_service_key(&kernels, &by_mark(&marks)), Some(key.clone()));
        }
    }

    #[test]
    fn settings_read_back((key, settings) in key().prop_flat_map(|key| {
        let family = key.family();
        (Just(key), settings(family))
    })) {
        let marks = BTreeMap::from([(key.clone(), 0x4152_0000)]);
        let service = to_service(to_service_key(&key, &marks).unwrap(), &settings).unwrap();
        prop_assert_eq!(from_service(&service), Some(settings));
    }

    #[test]
    fn destinations_read_back((key, settings) in destination()) {
        let kernels = to_destination(key, &settings);
        prop_assert_eq!(from_destination_key(kernels.key), Some(key));
        prop_assert_eq!(from_destination(&kernels, settings.role), Some(settings));
    }

    /// Whatever another program made: it is read as what it is, or not at all.
    #[test]
    fn what_is_read_is_written_the_same(weight in any::<u32>(), upper in any::<u32>(), lower in any::<u32>()) {
        let wild = Destination {
            weight,
            upper_threshold: upper,
            lower_threshold: lower,
            ..Destination::new("10.0.0.1:80".parse().unwrap(), ipvs::Forwarding::Masquerade)
        };
        if let Some(settings) = from_destination(&wild, Role::RealServer) {
            let key = from_destination_key(wild.key).unwrap();
            prop_assert_eq!(to_destination(key, &settings), wild);
        }
    }
}

#[test]
fn what_the_model_cannot_say_is_not_read() {
    let at = |address: &str| ServiceKey::address(ipvs::Protocol::Tcp, address.parse().unwrap(), 80);
    let none = ByMark::new();
    assert_eq!(from_service_key(&at("0.0.0.0"), &none), None);
    assert_eq!(from_service_key(&at("::ffff:10.0.0.1"), &none), None, "it would become an IPv4 address");
    let other = ServiceKey::address(ipvs::Protocol::Other(47), "10.0.0.2".parse().unwrap(), 80);
    assert_eq!(from_service_key(&other, &none), None);
    let mut service = Service::new(at("10.0.0.2"), "mine".parse().unwrap());
    assert_eq!(from_service(&service), None);
    service.scheduler = "rr".parse().unwrap();
    service.persistence =
        Some(ipvs::Persistence { timeout: 300, netmask: Netmask::V4("255.0.255.0".parse().unwrap()) });
    assert_eq!(from_service(&service), None);
    let bypass = Destination::new("10.0.0.1:80".parse().unwrap(), ipvs::Forwarding::Bypass);
    assert_eq!(from_destination(&bypass, Role::RealServer), None);
}
