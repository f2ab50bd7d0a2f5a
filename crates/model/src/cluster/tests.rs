use super::*;
use crate::input::{DestinationInput, ServiceInput};
use crate::{Check, Forwarding};

/// A service by `protocol vip ports`, which may be followed by a mark.
fn service(name: &str, key: &str) -> VirtualService {
    let mut words = key.split(' ').map(str::to_owned);
    let mut next = || words.next().unwrap_or_default();
    let (protocol, address, ports, fwmark) = (next(), next(), next(), next());
    let input = ServiceInput { name: name.into(), protocol, address, ports, fwmark, ..ServiceInput::new() };
    VirtualService { settings: input.parse(Check::Connect).unwrap(), destinations: BTreeMap::new() }
}

fn real(name: &str, socket: &str) -> Destination {
    let input = DestinationInput {
        server_name: name.into(),
        server_address: socket.into(),
        ..DestinationInput::new()
    };
    input.parse().unwrap()
}

fn shop() -> Cluster {
    Cluster::new(Name::parse("shop").unwrap())
}

fn found(outcome: Result<(), Problems>) -> Vec<(Field, Reason)> {
    let problems =
        outcome.err().map(|problems| problems.iter().cloned().collect::<Vec<_>>()).unwrap_or_default();
    problems.into_iter().map(|problem| (problem.field, problem.reason)).collect()
}

/// Two services clash or not, whether they come one by one or at once.
fn check(first: &str, second: &str, expected: &[Field]) {
    let (first, second) = (service("first", first), service("second", second));
    let mut cluster = shop();
    cluster.put_service(ServiceId(1), first.clone()).unwrap();
    let one_by_one = found(cluster.put_service(ServiceId(2), second.clone()));
    let services = [(ServiceId(1), first), (ServiceId(2), second)].into();
    let at_once = Cluster::from_parts(shop().name, Settings::default(), Redundancy::default(), services);
    assert_eq!(found(at_once.map(drop)), one_by_one);
    let fields: Vec<_> = one_by_one.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, expected);
}

#[test]
fn two_services_never_take_the_same_traffic() {
    check("tcp 192.0.2.1 80", "tcp 192.0.2.1 80", &[Field::Ports]);
    check("tcp 192.0.2.1 80", "tcp 192.0.2.1 81", &[]);
    check("tcp 192.0.2.1 80", "udp 192.0.2.1 80", &[]);
    check("tcp 192.0.2.1 80", "tcp 192.0.2.2 80", &[]);
    check("tcp 192.0.2.1 80,8000-9000", "tcp 192.0.2.1 443,8500", &[Field::Ports]);
    check("tcp 192.0.2.1 8500", "tcp 192.0.2.1 443,8000-9000", &[Field::Ports]);
    check("tcp 192.0.2.1 80 7", "tcp 192.0.2.1 443 7", &[Field::FirewallMark]);
    check("tcp 192.0.2.1 80 7", "tcp 192.0.2.1 80", &[Field::Ports]);
    check("tcp 192.0.2.1 80 7", "tcp 2001:db8::1 80 7", &[]);
    check("tcp 192.0.2.1 all 7", "tcp 192.0.2.1 443", &[Field::Ports]);
}

#[test]
fn an_inactive_service_may_wait_for_anothers_address() {
    let mut cluster = shop();
    cluster.put_service(ServiceId(1), service("first", "tcp 192.0.2.1 80")).unwrap();
    let mut second = service("second", "tcp 192.0.2.1 80");
    second.settings.active = false;
    cluster.put_service(ServiceId(2), second.clone()).unwrap();
    second.settings.active = true;
    let other = "first".to_owned();
    assert_eq!(
        found(cluster.put_service(ServiceId(2), second)),
        [(Field::Ports, Reason::SameTrafficAs { other })]
    );
}

#[test]
fn names_are_unique_but_a_service_may_keep_its_own() {
    let mut cluster = shop();
    cluster.put_service(ServiceId(1), service("web", "tcp 192.0.2.1 80")).unwrap();
    cluster.put_service(ServiceId(1), service("web", "tcp 192.0.2.1 81")).unwrap();
    let second = service("web", "tcp 192.0.2.2 80");
    assert_eq!(
        found(cluster.put_service(ServiceId(2), second)),
        [(Field::ServiceName, Reason::DuplicateName)]
    );
}

#[test]
fn destinations_agree_with_their_service() {
    let mut cluster = shop();
    cluster.put_service(ServiceId(1), service("web", "tcp 192.0.2.1 80")).unwrap();
    let mut put =
        |id, destination| found(cluster.put_destination(ServiceId(1), DestinationId(id), destination));
    assert_eq!(put(1, real("real1", "10.0.0.1")), []);
    let other = "real1".to_owned();
    // Port 80 is what real1 has without saying so.
    assert_eq!(
        put(2, real("real2", "10.0.0.1:80")),
        [(Field::ServerAddress, Reason::SameServerAs { other })]
    );
    assert_eq!(put(2, real("real1", "10.0.0.2")), [(Field::ServerName, Reason::DuplicateName)]);
    assert_eq!(put(2, real("real2", "10.0.0.1:81")), []);
    assert_eq!(put(3, real("real3", "2001:db8::1")), [(Field::ServerAddress, Reason::FamiliesNeedTunneling)]);
    let direct =
        Destination { forwarding: Some(Forwarding::DirectRouting), ..real("real3", "10.0.0.3:8080") };
    assert_eq!(put(3, direct), [(Field::ServerPort, Reason::PortChangeNeedsMasquerading)]);
    let tunneled = Destination { forwarding: Some(Forwarding::Ipip), ..real("real3", "2001:db8::1") };
    assert_eq!(put(3, tunneled), []);
    assert_eq!(
        found(cluster.put_destination(ServiceId(9), DestinationId(1), real("a", "10.0.0.1"))).len(),
        1
    );
}

#[test]
fn the_clusters_method_must_suit_those_who_inherit_it() {
    let mut cluster = shop();
    cluster.put_service(ServiceId(1), service("web", "tcp 192.0.2.1 80")).unwrap();
    cluster.put_destination(ServiceId(1), DestinationId(1), real("real1", "10.0.0.1:8080")).unwrap();
    let direct = Settings { forwarding: Forwarding::DirectRouting, ..Settings::default() };
    assert_eq!(
        found(cluster.set_settings(direct)),
        [(Field::NetworkType, Reason::ServersCannot { service: "web".into(), more: 0 })]
    );
    assert_eq!(cluster.settings(), &Settings::default());
}

#[test]
fn a_service_agrees_with_itself() {
    let input = |edit: fn(&mut ServiceInput)| {
        let mut input = ServiceInput { name: "a".into(), address: "192.0.2.1".into(), ..ServiceInput::new() };
        edit(&mut input);
        found(input.parse(Check::Connect).map(drop))
    };
    assert_eq!(input(|i| i.ports = "0".into()), [(Field::Persistence, Reason::AllPortsNeedPersistence)]);
    assert_eq!(
        input(|i| i.vip_nmask = "33".into()),
        [(Field::VipNetmask, Reason::PrefixTooLong { max: 32 })]
    );
    assert_eq!(input(|i| i.ops = "1".into()), [(Field::OnePacket, Reason::OnePacketNeedsUdp)]);
    assert_eq!(
        input(|i| (i.proxy_protocol, i.protocol) = ("1".into(), "udp".into())),
        [(Field::ProxyProtocol, Reason::ProxyNeedsTcp)]
    );
    assert_eq!(input(|i| i.sorry_server = "::1".into()), [(Field::SorryServer, Reason::SorryServerFamily)]);
}

#[test]
fn a_cluster_has_a_stated_size() {
    let mut full = service("web", "tcp 192.0.2.1 80");
    let address = |n: usize| format!("10.{}.{}.{}", n >> 16, (n >> 8) & 255, n & 255);
    for n in 1..=Cluster::MAX_DESTINATIONS {
        let id = DestinationId(u32::try_from(n).unwrap());
        full.destinations.insert(id, real(&format!("r{n}"), &address(n)));
    }
    let mut cluster = shop();
    cluster.put_service(ServiceId(1), full.clone()).unwrap();
    let max = Cluster::MAX_DESTINATIONS;
    let more = real("more", "10.9.9.9");
    let refused = cluster.put_destination(ServiceId(1), DestinationId(9_999), more.clone());
    assert_eq!(found(refused), [(Field::ServerName, Reason::TooMany { max })]);
    full.destinations.insert(DestinationId(9_999), more);
    let services = [(ServiceId(1), full)].into();
    let at_once = Cluster::from_parts(shop().name, Settings::default(), Redundancy::default(), services);
    assert_eq!(found(at_once.map(drop)), [(Field::ServerName, Reason::TooMany { max })]);
}

/// 10,000 services on one VIP with two destinations each: what takes quadratic time shows here.
#[test]
fn large_clusters_are_planned_in_no_time() {
    let services: BTreeMap<_, _> = (1..=10_000_u32)
        .map(|n| {
            let mut service = service(&format!("s{n}"), &format!("tcp 192.0.2.1 {n}"));
            service.destinations.insert(DestinationId(2 * n), real("a", "10.0.0.1"));
            service.destinations.insert(DestinationId(2 * n + 1), real("b", "10.0.0.2"));
            (ServiceId(n), service)
        })
        .collect();
    let parts = (Settings::default(), Redundancy::default());
    let started = std::time::Instant::now();
    let from = Cluster::from_parts(shop().name, parts.0, parts.1, services).unwrap();
    let checked = started.elapsed();
    let mut to = from.clone();
    let mut heavier = to.services()[&ServiceId(5_000)].destinations[&DestinationId(10_000)].clone();
    heavier.weight = crate::Weight::new_const(7);
    to.put_destination(ServiceId(5_000), DestinationId(10_000), heavier).unwrap();
    to.remove_service(ServiceId(1)).unwrap();
    let started = std::time::Instant::now();
    let changes = crate::plan(&from, &to);
    let planned = started.elapsed();
    let everything = crate::plan(&Cluster::new(from.name().clone()), &from);
    println!("check {checked:?}, plan of 2 changes {planned:?}");
    assert_eq!((changes.len(), everything.len()), (2, 10_000));
    // Far above what is measured (65 and 45 ms unoptimised), far below what quadratic time would take.
    assert!(checked.as_secs() < 5 && planned.as_secs() < 1, "check {checked:?}, plan {planned:?}");
}

#[test]
fn many_services_are_edited_together_or_not_at_all() {
    let mut cluster = shop();
    for n in 1..=3 {
        let mut one = service(&format!("s{n}"), &format!("tcp 192.0.2.{n} 80"));
        one.settings.active = n == 1;
        cluster.put_service(ServiceId(n), one).unwrap();
    }
    let before = cluster.clone();
    let clash = cluster.edit_services(|services| {
        let key = services[&ServiceId(1)].settings.key.clone();
        for service in services.values_mut() {
            (service.settings.active, service.settings.key) = (true, key.clone());
        }
        Ok(())
    });
    let same = |other: &str| (Field::Ports, Reason::SameTrafficAs { other: other.into() });
    assert_eq!(found(clash), [same("s1"), same("s1")]);
    assert_eq!(cluster, before);
    let refused: Result<(), _> = cluster.edit_services(|services| {
        services.clear();
        Err(Problem::new(Field::ServiceName, "", Reason::Gone).into())
    });
    assert_eq!((found(refused), &cluster), (vec![(Field::ServiceName, Reason::Gone)], &before));
    let removed = cluster.edit_services(|services| Ok(services.remove(&ServiceId(2)).is_some()));
    assert_eq!((removed, cluster.services().len()), (Ok(true), 2));
}

#[test]
fn a_method_names_the_services_whose_servers_it_cannot_reach() {
    let mut cluster = shop();
    let nat = Settings { forwarding: Forwarding::Masquerading, ..Settings::default() };
    cluster.set_settings(nat.clone()).unwrap();
    for n in 1..=3 {
        let mut one = service(&format!("s{n}"), &format!("tcp 192.0.2.{n} 80"));
        one.destinations.insert(DestinationId(n + 10), real("a", "10.0.0.1:8080"));
        cluster.put_service(ServiceId(n), one).unwrap();
    }
    let refused = cluster.set_settings(Settings { forwarding: Forwarding::DirectRouting, ..nat.clone() });
    assert_eq!(
        found(refused),
        [(Field::NetworkType, Reason::ServersCannot { service: "s1".into(), more: 2 })]
    );
    assert_eq!(cluster.settings(), &nat);
}
