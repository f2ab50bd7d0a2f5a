use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::testing;
use crate::{
    Cluster, Desired, Destination, DestinationId, Forwarding, Frontend, HostAddress, Name, Port, Ports,
    Protocol, ReentrySeconds, Scheduler, Seconds, ServiceId, ServiceKey, ServiceSettings, SorryServer,
    Thresholds, VirtualService, Weight,
};

/// A data plane that refuses what does not fit.
fn carry_out(table: &Table, steps: &[Step]) -> Table {
    let mut table = table.clone();
    for step in steps {
        match step {
            Step::SetTimeouts(timeouts) => table.timeouts = *timeouts,
            Step::RemoveService { key } => assert!(table.services.remove(key).is_some(), "{step}"),
            Step::AddService { key, settings } => {
                let service = TableService { settings: *settings, destinations: BTreeMap::new() };
                assert_eq!(table.services.insert(key.clone(), service), None, "{step}");
            }
            Step::EditService { key, settings } => table.services.get_mut(key).unwrap().settings = *settings,
            Step::AddDestination { key, destination, settings } => {
                let within = &mut table.services.get_mut(key).unwrap().destinations;
                assert_eq!(within.insert(*destination, *settings), None, "{step}");
            }
            Step::EditDestination { key, destination, settings } => {
                *table.services.get_mut(key).unwrap().destinations.get_mut(destination).unwrap() = *settings;
            }
            Step::RemoveDestination { key, destination } => {
                let within = &mut table.services.get_mut(key).unwrap().destinations;
                assert!(within.remove(destination).is_some(), "{step}");
            }
        }
    }
    table
}

fn tables() -> impl Strategy<Value = (Table, Desired, BTreeMap<DestinationId, Health>)> {
    (testing::cluster_and_next(), prop::bool::weighted(0.9)).prop_flat_map(|((from, to), running)| {
        let (before, after) = (testing::health(&from), testing::health(&to));
        let from = Desired { running: true, cluster: from };
        let to = Desired { running, cluster: to };
        (before, after).prop_map(move |(before, after)| {
            let up: BTreeMap<_, _> = before.keys().map(|id| (*id, Health::Up)).collect();
            let first = effective(&from, &up, &Table::default(), Marking::ByMark).table;
            (effective(&from, &before, &first, Marking::ByMark).table, to.clone(), after)
        })
    })
}

proptest! {
    #[test]
    fn steps_lead_from_one_table_to_the_other((from, desired, health) in tables()) {
        let to = effective(&desired, &health, &from, Marking::ByMark).table;
        prop_assert_eq!(&carry_out(&from, &steps(&from, &to)), &to);
        prop_assert_eq!(&carry_out(&to, &steps(&to, &from)), &from);
    }

    #[test]
    fn no_step_leads_nowhere((table, _, _) in tables()) {
        prop_assert_eq!(steps(&table, &table), vec![]);
    }

    #[test]
    fn the_effective_table_is_settled_once_reached((from, desired, health) in tables()) {
        let reached = effective(&desired, &health, &from, Marking::ByMark);
        let again = effective(&desired, &health, &reached.table, Marking::ByMark);
        prop_assert_eq!(again, reached);
    }

    #[test]
    fn every_entry_is_somebodys((from, desired, health) in tables()) {
        let effective = effective(&desired, &health, &from, Marking::ByMark);
        for (key, service) in &effective.table.services {
            prop_assert!(effective.services.contains_key(key));
            for (destination, entry) in &service.destinations {
                let known = effective.destinations[key].contains_key(destination);
                prop_assert_eq!(known, entry.role == Role::RealServer);
            }
        }
    }

    #[test]
    fn no_service_is_emptied_on_the_way((from, desired, health) in tables()) {
        let to = effective(&desired, &health, &from, Marking::ByMark).table;
        let all = steps(&from, &to);
        for done in 0..all.len() {
            let between = carry_out(&from, &all[..done]);
            for (key, service) in &between.services {
                let both = from.services.get(key).zip(to.services.get(key));
                let filled = both.is_some_and(|(a, b)| !a.destinations.is_empty() && !b.destinations.is_empty());
                prop_assert!(!filled || !service.destinations.is_empty());
            }
        }
    }
}

const REAL1: DestinationId = DestinationId(1);
const REAL2: DestinationId = DestinationId(2);

/// One service with `real1` (weight 3) and `real2` (weight 2), edited.
fn desired(edit: impl FnOnce(&mut VirtualService)) -> Desired {
    let address = |text: &str| HostAddress::parse(text).unwrap();
    let real = |name: &str, at: &str, weight| Destination {
        name: Name::parse(name).unwrap(),
        address: address(at),
        port: None,
        weight,
        forwarding: None,
        thresholds: Thresholds::default(),
        active: true,
        note: None,
    };
    let frontend = Frontend {
        protocol: Protocol::Tcp,
        vip: address("192.0.2.1"),
        ports: Ports::single(Port::new_const(80)),
    };
    let settings = ServiceSettings {
        name: Name::parse("web").unwrap(),
        active: true,
        key: ServiceKey::Address(frontend),
        device: None,
        vip_netmask: None,
        scheduler: Scheduler::default(),
        persistence: None,
        one_packet: false,
        check: crate::Check::Connect,
        timeout: Seconds::new_const(6),
        reentry: ReentrySeconds::new_const(15),
        quiesce: false,
        load_monitor: crate::LoadMonitor::None,
        sorry_server: None,
        proxy_protocol: false,
        note: None,
    };
    let destinations = [
        (REAL1, real("real1", "10.0.0.1", Weight::new_const(3))),
        (REAL2, real("real2", "10.0.0.2", Weight::new_const(2))),
    ]
    .into();
    let mut service = VirtualService { settings, destinations };
    edit(&mut service);
    let mut cluster = Cluster::new(Name::parse("shop").unwrap());
    cluster.put_service(ServiceId(1), service).unwrap();
    Desired { running: true, cluster }
}

/// The table's entries as `address:port weight`, `!` before sorry servers.
fn entries(table: &Table) -> Vec<String> {
    let services = table.services.values().flat_map(|service| &service.destinations);
    services
        .map(|(key, entry)| {
            let sorry = if entry.role == Role::SorryServer { "!" } else { "" };
            format!("{sorry}{key} {}", entry.weight)
        })
        .collect()
}

fn check(desired: &Desired, health: &[(DestinationId, Health)], present: &Table, expected: &[&str]) -> Table {
    let health = health.iter().copied().collect();
    let table = effective(desired, &health, present, Marking::ByMark).table;
    assert_eq!(entries(&table), expected);
    table
}

fn sorry(service: &mut VirtualService) {
    let address = HostAddress::parse("10.0.0.99").unwrap();
    service.settings.sorry_server = Some(SorryServer { address, port: None });
}

const UP: &[(DestinationId, Health)] = &[(REAL1, Health::Up), (REAL2, Health::Up)];

#[test]
fn a_stopped_cluster_holds_nothing() {
    let mut desired = desired(|_| {});
    desired.running = false;
    assert_eq!(check(&desired, UP, &Table::default(), &[]).services, BTreeMap::new());
}

#[test]
fn what_is_inactive_is_left_out() {
    let both = desired(|_| {});
    check(&both, UP, &Table::default(), &["10.0.0.1:80 3", "10.0.0.2:80 2"]);
    let one = desired(|service| service.destinations.get_mut(&REAL2).unwrap().active = false);
    check(&one, UP, &Table::default(), &["10.0.0.1:80 3"]);
    let none = desired(|service| service.settings.active = false);
    assert_eq!(check(&none, UP, &Table::default(), &[]).services, BTreeMap::new());
}

#[test]
fn a_failing_server_goes_or_is_quiesced() {
    let health = [(REAL1, Health::Up), (REAL2, Health::Down)];
    check(&desired(|_| {}), &health, &Table::default(), &["10.0.0.1:80 3"]);
    let quiescing = desired(|service| service.settings.quiesce = true);
    check(&quiescing, &health, &Table::default(), &["10.0.0.1:80 3", "10.0.0.2:80 0"]);
}

#[test]
fn an_unjudged_server_keeps_its_place() {
    let plain = desired(|service| service.settings.quiesce = true);
    let health = [(REAL1, Health::Up), (REAL2, Health::Down)];
    let present = check(&plain, &health, &Table::default(), &["10.0.0.1:80 3", "10.0.0.2:80 0"]);
    check(&plain, &[], &present, &["10.0.0.1:80 3", "10.0.0.2:80 0"]);
    // A weight edited meanwhile takes effect, but a quiesced server stays so until it is judged.
    let heavier = desired(|service| {
        service.settings.quiesce = true;
        for destination in service.destinations.values_mut() {
            destination.weight = Weight::new_const(9);
        }
    });
    check(&heavier, &[], &present, &["10.0.0.1:80 9", "10.0.0.2:80 0"]);
}

#[test]
fn an_unjudged_server_waits_unless_nobody_serves() {
    let plain = desired(|_| {});
    let both = &["10.0.0.1:80 3", "10.0.0.2:80 2"];
    check(&plain, &[], &Table::default(), both);
    check(&plain, &[(REAL1, Health::Up)], &Table::default(), &both[..1]);
    check(&plain, &[(REAL1, Health::Down)], &Table::default(), &both[1..]);
    // An address that changes: the old entry goes in the same list of steps in which the new one comes.
    let present = check(&plain, UP, &Table::default(), both);
    let moved = desired(|service| {
        for destination in service.destinations.values_mut() {
            destination.port = Some(Port::new_const(8080));
        }
    });
    check(&moved, &[], &present, &["10.0.0.1:8080 3", "10.0.0.2:8080 2"]);
    // The sorry server stands in already: it does so until somebody is known to serve.
    let with_sorry = desired(sorry);
    check(&with_sorry, &[], &Table::default(), both);
    let down = [(REAL1, Health::Down), (REAL2, Health::Down)];
    let present = check(&with_sorry, &down, &Table::default(), &["!10.0.0.99:80 1"]);
    check(&with_sorry, &[], &present, &["!10.0.0.99:80 1"]);
    // It is not wanted any more: it goes, and does not keep the others out.
    check(&plain, &[], &present, both);
}

#[test]
fn the_sorry_server_stands_in_when_nobody_serves() {
    let down = [(REAL1, Health::Down), (REAL2, Health::Down)];
    let with_sorry = desired(sorry);
    check(&with_sorry, UP, &Table::default(), &["10.0.0.1:80 3", "10.0.0.2:80 2"]);
    let present = check(&with_sorry, &down, &Table::default(), &["!10.0.0.99:80 1"]);
    let one_up = [(REAL1, Health::Up), (REAL2, Health::Down)];
    check(&with_sorry, &one_up, &present, &["10.0.0.1:80 3"]);
    check(&desired(|_| {}), &down, &Table::default(), &[]);
    let quiescing = desired(|service| {
        sorry(service);
        service.settings.quiesce = true;
    });
    check(&quiescing, &down, &Table::default(), &["10.0.0.1:80 0", "10.0.0.2:80 0", "!10.0.0.99:80 1"]);
    let drained = desired(|service| {
        sorry(service);
        service.destinations.values_mut().for_each(|destination| destination.weight = Weight::MIN);
    });
    check(&drained, UP, &Table::default(), &["10.0.0.1:80 0", "10.0.0.2:80 0", "!10.0.0.99:80 1"]);
}

#[test]
fn a_sorry_servers_entry_is_not_the_real_servers_own() {
    // The sorry server is one of the real servers, on the same port.
    let same = desired(|service| {
        let address = HostAddress::parse("10.0.0.1").unwrap();
        service.settings.sorry_server = Some(SorryServer { address, port: None });
    });
    let down = [(REAL1, Health::Down), (REAL2, Health::Down)];
    let present = check(&same, &down, &Table::default(), &["!10.0.0.1:80 1"]);
    check(&same, &[], &present, &["!10.0.0.1:80 1"]);
}

#[test]
fn destinations_inherit_the_clusters_forwarding() {
    let mut desired = desired(|service| {
        service.destinations.get_mut(&REAL2).unwrap().forwarding = Some(Forwarding::Masquerading);
    });
    let mut settings = desired.cluster.settings().clone();
    settings.forwarding = Forwarding::DirectRouting;
    desired.cluster.set_settings(settings).unwrap();
    let table = check(&desired, UP, &Table::default(), &["10.0.0.1:80 3", "10.0.0.2:80 2"]);
    let service = table.services.values().next().unwrap();
    let methods: Vec<_> = service.destinations.values().map(|entry| entry.forwarding).collect();
    assert_eq!(methods, [Forwarding::DirectRouting, Forwarding::Masquerading]);
}
