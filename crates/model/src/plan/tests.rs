use proptest::prelude::*;

use super::*;
use crate::testing;
use crate::{
    Cluster, Destination, DestinationId, Field, FirewallMark, Frontend, HostAddress, MarkedTraffic, Name,
    Port, Ports, Problems, Protocol, ReentrySeconds, Scheduler, Seconds, ServiceId, ServiceKey,
    ServiceSettings, Shown, Thresholds, VirtualService, Weight,
};

proptest! {
    #[test]
    fn applying_a_plan_gives_its_goal((from, to) in testing::cluster_and_next()) {
        prop_assert_eq!(apply(&from, &plan(&from, &to)), Ok(to));
    }

    #[test]
    fn applying_a_plan_between_strangers_gives_its_goal(from in testing::cluster(), to in testing::cluster()) {
        prop_assert_eq!(apply(&from, &plan(&from, &to)), Ok(to));
    }

    #[test]
    fn a_plan_to_the_same_is_empty(cluster in testing::cluster()) {
        prop_assert_eq!(plan(&cluster, &cluster), vec![]);
    }

    #[test]
    fn a_plan_back_undoes_as_much_as_was_done((from, to) in testing::cluster_and_next()) {
        let (there, back) = (plan(&from, &to), plan(&to, &from));
        prop_assert_eq!(there.len(), back.len());
        prop_assert_eq!(apply(&to, &back), Ok(from));
    }

    #[test]
    fn no_change_is_superfluous((from, to) in testing::cluster_and_next()) {
        let changes = plan(&from, &to);
        for left_out in 0..changes.len() {
            let mut some = changes.clone();
            some.remove(left_out);
            prop_assert_ne!(apply(&from, &some), Ok(to.clone()));
        }
    }

    #[test]
    fn every_change_reads_as_one_line((from, to) in testing::cluster_and_next()) {
        for change in plan(&from, &to) {
            let text = change.to_string();
            prop_assert!(!text.is_empty() && !text.contains('\n') && !text.contains("Some("), "{}", text);
        }
    }
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn web(text: &str, vip: &str) -> ServiceSettings {
    let frontend = Frontend {
        protocol: Protocol::Tcp,
        vip: HostAddress::parse(vip).unwrap(),
        ports: Ports::single(Port::new_const(80)),
    };
    ServiceSettings {
        name: name(text),
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
    }
}

fn real(text: &str, address: &str) -> Destination {
    Destination {
        name: name(text),
        address: HostAddress::parse(address).unwrap(),
        port: None,
        weight: Weight::new_const(1),
        forwarding: None,
        thresholds: Thresholds::default(),
        active: true,
        note: None,
    }
}

/// One service `web` with `real1` and `real2`.
fn shop() -> Cluster {
    let mut cluster = Cluster::new(name("shop"));
    let destinations =
        [(DestinationId(1), real("real1", "10.0.0.1")), (DestinationId(2), real("real2", "10.0.0.2"))].into();
    cluster
        .put_service(ServiceId(1), VirtualService { settings: web("web", "192.0.2.1"), destinations })
        .unwrap();
    cluster
}

#[test]
fn what_the_kernel_knows_by_the_same_mark_keeps_its_connections() {
    let frontend = |ports: &str| Frontend {
        protocol: Protocol::Tcp,
        vip: HostAddress::parse("192.0.2.1").unwrap(),
        ports: Ports::parse(ports).unwrap(),
    };
    let at = |ports: &str| ServiceKey::Address(frontend(ports));
    let mark = |mark: u32, ports: &str| ServiceKey::Mark {
        mark: FirewallMark::try_new(mark.into()).unwrap(),
        traffic: MarkedTraffic::Frontend(frontend(ports)),
    };
    for (from, to, kept) in [
        (at("80,443"), at("80,443,8080"), true),
        (at("80,443"), at("25,110"), false),
        (at("80"), at("80,443"), false),
        (at("80,443"), at("80"), false),
        (mark(7, "80"), mark(7, "8080"), true),
        (mark(7, "80"), mark(8, "80"), false),
        (mark(7, "80,443"), at("80,443"), false),
    ] {
        let edit = |key: ServiceKey| {
            let mut cluster = shop();
            let settings = ServiceSettings { key, ..cluster.services()[&ServiceId(1)].settings.clone() };
            cluster.set_service(ServiceId(1), settings).unwrap();
            cluster
        };
        let effects: Vec<_> =
            plan(&edit(from.clone()), &edit(to.clone())).iter().map(Change::effect).collect();
        let expected = if kept { Effect::InPlace } else { Effect::Recreate };
        assert_eq!(effects, [expected], "{from} → {to}");
    }
}

fn edited(edit: impl FnOnce(&mut Cluster) -> Result<(), Problems>) -> Vec<Change> {
    let from = shop();
    let mut to = from.clone();
    edit(&mut to).unwrap();
    plan(&from, &to)
}

fn check(edit: impl FnOnce(&mut Cluster) -> Result<(), Problems>, expected: &[(&str, Effect)]) {
    let changes = edited(edit);
    let found: Vec<_> = changes.iter().map(|change| (change.to_string(), change.effect())).collect();
    let expected: Vec<_> = expected.iter().map(|(text, effect)| ((*text).to_owned(), *effect)).collect();
    assert_eq!(found, expected);
}

#[test]
fn changes_speak_an_operators_words() {
    let destination =
        |cluster: &Cluster, id| cluster.services()[&ServiceId(1)].destinations[&DestinationId(id)].clone();
    check(
        |cluster| {
            cluster.rename(name("store"));
            Ok(())
        },
        &[("cluster: cluster name shop → store", Effect::InPlace)],
    );
    check(
        |cluster| {
            let mut heavier = destination(cluster, 1);
            heavier.weight = Weight::new_const(3);
            cluster.put_destination(ServiceId(1), DestinationId(1), heavier)
        },
        &[("virtual service web, real server real1: weight 1 → 3", Effect::InPlace)],
    );
    check(
        |cluster| {
            let mut moved = destination(cluster, 2);
            moved.address = HostAddress::parse("10.0.0.9").unwrap();
            moved.port = Some(Port::new_const(8080));
            cluster.put_destination(ServiceId(1), DestinationId(2), moved)
        },
        &[
            ("virtual service web, real server real2: address 10.0.0.2 → 10.0.0.9", Effect::Recreate),
            ("virtual service web, real server real2: port not set → 8080", Effect::Recreate),
        ],
    );
    check(
        |cluster| {
            cluster.remove_destination(ServiceId(1), DestinationId(1))?;
            let mut third = real("real3", "10.0.0.3");
            third.active = false;
            third.port = Some(Port::new_const(81));
            cluster.put_destination(ServiceId(1), DestinationId(3), third)
        },
        &[
            ("virtual service web: add real server real3 (10.0.0.3:81, weight 1, inactive)", Effect::InPlace),
            ("virtual service web: remove real server real1 (10.0.0.1)", Effect::Ends),
        ],
    );
    check(
        |cluster| {
            let mut settings = cluster.service(ServiceId(1))?.settings.clone();
            settings.name = name("www");
            settings.active = false;
            settings.quiesce = true;
            cluster.set_service(ServiceId(1), settings)
        },
        &[
            ("virtual service www: name web → www", Effect::InPlace),
            ("virtual service www: active on → off", Effect::Ends),
            ("virtual service www: quiesce server off → on", Effect::InPlace),
        ],
    );
    check(
        |cluster| {
            cluster.remove_service(ServiceId(1))?;
            let service = VirtualService {
                settings: web("mail", "192.0.2.1"),
                destinations: [(DestinationId(9), real("m", "10.0.0.1"))].into(),
            };
            cluster.put_service(ServiceId(7), service)
        },
        &[
            ("remove virtual service web (tcp 192.0.2.1:80)", Effect::Ends),
            ("add virtual service mail (tcp 192.0.2.1:80, wlc) with 1 real server", Effect::InPlace),
        ],
    );
}

#[test]
fn two_services_may_exchange_their_addresses() {
    let mut from = shop();
    let second = VirtualService { settings: web("mail", "192.0.2.2"), destinations: Default::default() };
    from.put_service(ServiceId(2), second.clone()).unwrap();
    let first = from.service(ServiceId(1)).unwrap().clone();
    let mut services = from.services().clone();
    services.get_mut(&ServiceId(1)).unwrap().settings.key = second.settings.key;
    services.get_mut(&ServiceId(2)).unwrap().settings.key = first.settings.key;
    let to = Cluster::from_parts(name("shop"), from.settings().clone(), from.redundancy().clone(), services)
        .unwrap();
    assert_eq!(apply(&from, &plan(&from, &to)), Ok(to));
}

#[test]
fn a_plan_for_another_cluster_does_nothing() {
    let changes = edited(|cluster| cluster.remove_service(ServiceId(1)).map(drop));
    let mut moved_on = shop();
    let mut settings = moved_on.service(ServiceId(1)).unwrap().settings.clone();
    settings.quiesce = true;
    moved_on.set_service(ServiceId(1), settings).unwrap();
    assert!(matches!(apply(&moved_on, &changes), Err(Misfit::Conflict(_))));
}

#[test]
fn what_both_changed_is_asked_with_all_three_values() {
    let base = web("web", "192.0.2.1");
    let (mut mine, mut theirs) = (base.clone(), base.clone());
    (mine.timeout, mine.quiesce) = (Seconds::new_const(10), true);
    theirs.timeout = Seconds::new_const(20);
    let clash = Clash::settle(&base, &base, &mine, &theirs, &|_| None).unwrap_err();
    let text = |text: &str| Shown::Text(text.into());
    let [timeout, quiesce] = &clash.forks()[..] else { panic!("{clash:?}") };
    assert_eq!((timeout.field, timeout.changed), (Field::ServiceTimeout, Changed::Both));
    assert_eq!([&timeout.base, &timeout.theirs, &timeout.mine], [&text("6"), &text("20"), &text("10")]);
    assert_eq!((quiesce.field, quiesce.changed), (Field::Quiesce, Changed::Mine));
}
