use std::collections::BTreeMap;

use model::{
    DestinationId, FirewallMark, HostAddress, MarkedTraffic, Name, NatRouter, Port, Ports, PrefixLength,
    Protocol, ReentrySeconds, Scheduler, Seconds, ServiceId, ServiceKey, ServiceSettings, Settings,
    Thresholds, Weight,
};

use super::*;
use crate::surroundings::{Assigned, Link, Owned, Present, PresentRules, SurroundingStep, steps};

fn parse(text: &str) -> HostAddress {
    HostAddress::parse(text).unwrap()
}

/// The guide's director: eth0 outside, eth1 inside.
fn host() -> Host {
    let link = |index, loopback| Link { index, up: true, loopback, ..Link::default() };
    let own = [
        ("eth0", "10.0.0.1", 24),
        ("eth1", "192.168.10.1", 24),
        ("eth0", "2001:db8::1", 64),
        ("lo", "127.0.0.1", 8),
    ];
    Host {
        links: [
            ("lo".into(), link(1, true)),
            ("eth0".into(), link(2, false)),
            ("eth1".into(), link(3, false)),
        ]
        .into(),
        addresses: own
            .into_iter()
            .map(|(device, address, prefix)| assigned(device, address, prefix, false))
            .collect(),
        gateways: BTreeSet::new(),
    }
}

fn assigned(device: &str, address: &str, prefix: u8, ours: bool) -> Assigned {
    Assigned { place: Place { device: device.into(), address: address.parse().unwrap(), prefix }, ours }
}

fn cluster(vip: &str, rip: &str, forwarding: Forwarding) -> Cluster {
    let frontend =
        Frontend { protocol: Protocol::Tcp, vip: parse(vip), ports: Ports::single(Port::new_const(80)) };
    let settings = ServiceSettings {
        name: Name::parse("web").unwrap(),
        active: true,
        key: ServiceKey::Address(frontend),
        device: None,
        vip_netmask: None,
        scheduler: Scheduler::default(),
        persistence: None,
        one_packet: false,
        check: model::Check::Connect,
        timeout: Seconds::new_const(1),
        reentry: ReentrySeconds::new_const(0),
        quiesce: false,
        load_monitor: model::LoadMonitor::None,
        sorry_server: None,
        proxy_protocol: false,
        note: None,
    };
    let server = Destination {
        name: Name::parse("real1").unwrap(),
        address: parse(rip),
        port: None,
        weight: Weight::new_const(1),
        forwarding: Some(forwarding),
        thresholds: Thresholds::default(),
        active: true,
        note: None,
    };
    let mut cluster = Cluster::new(Name::parse("shop").unwrap());
    let service = VirtualService { settings, destinations: [(DestinationId(2), server)].into() };
    cluster.put_service(ServiceId(1), service).unwrap();
    cluster
}

fn edited(mut cluster: Cluster, edit: impl FnOnce(&mut ServiceSettings)) -> Cluster {
    let mut settings = cluster.services()[&ServiceId(1)].settings.clone();
    edit(&mut settings);
    cluster.set_service(ServiceId(1), settings).unwrap();
    cluster
}

fn on_director(cluster: &Cluster, host: &Host) -> Wanted {
    wanted(
        &Desired { running: true, cluster: cluster.clone() },
        MachineRole::Director,
        &BTreeMap::new(),
        host,
    )
}

fn on_real_server(cluster: &Cluster, host: &Host) -> Wanted {
    wanted(
        &Desired { running: true, cluster: cluster.clone() },
        MachineRole::RealServer,
        &BTreeMap::new(),
        host,
    )
}

/// Addresses and sysctls as they are reported.
fn shown(wanted: &Wanted) -> Vec<String> {
    let addresses = wanted.addresses.keys().map(ToString::to_string);
    addresses.chain(wanted.sysctls.iter().map(|(sysctl, value)| format!("{sysctl}={value}"))).collect()
}

#[test]
fn a_director_carries_the_vip_where_its_network_is() {
    let direct = |vip: &str| cluster(vip, "10.0.0.100", Forwarding::DirectRouting);
    assert_eq!(shown(&on_director(&direct("10.0.0.2"), &host())), ["10.0.0.2/32 on eth0"]);
    assert_eq!(shown(&on_director(&direct("192.168.10.2"), &host())), ["192.168.10.2/32 on eth1"]);
    let named = edited(direct("198.51.100.7"), |settings| {
        settings.device = Device::parse("eth1:1").ok();
        settings.vip_netmask = PrefixLength::try_new(24).ok();
    });
    assert_eq!(
        shown(&on_director(&named, &host())),
        ["198.51.100.7/32 on eth1"],
        "an address and no network"
    );
    let inactive = edited(direct("10.0.0.2"), |settings| settings.active = false);
    assert_eq!(on_director(&inactive, &host()), Wanted::default());
    let stopped = Desired { running: false, cluster: direct("10.0.0.2") };
    assert_eq!(wanted(&stopped, MachineRole::Director, &BTreeMap::new(), &host()), Wanted::default());
    assert_eq!(
        shown(&on_director(&direct("127.0.0.9"), &host())),
        Vec::<String>::new(),
        "loopback has it already"
    );
}

#[test]
fn a_vip_that_belongs_nowhere_is_a_problem_in_words() {
    let nowhere = cluster("198.51.100.7", "10.0.0.100", Forwarding::DirectRouting);
    let [problem] = &on_director(&nowhere, &host()).problems[..] else { panic!() };
    assert!(problem.words.contains("name the service's device"), "{}", problem.words);
    let elsewhere = edited(nowhere, |settings| settings.device = Device::parse("bond0").ok());
    let [problem] = &on_director(&elsewhere, &host()).problems[..] else { panic!() };
    assert!(problem.words.contains("has no interface bond0; it has eth0, eth1, lo"), "{}", problem.words);
}

#[test]
fn masquerading_needs_forwarding_rules_and_the_gateway() {
    let mut nat = cluster("10.0.0.2", "192.168.10.100", Forwarding::Masquerading);
    let found = on_director(&nat, &host());
    assert_eq!(shown(&found), ["10.0.0.2/32 on eth0", "net.ipv4.ip_forward=1"]);
    assert_eq!(found.rules.masquerade, BTreeSet::from(["192.168.10.100".parse().unwrap()]));
    assert_eq!(found.rules.inner, BTreeSet::from(["eth1".to_owned()]));
    let router = NatRouter {
        address: parse("192.168.10.254"),
        device: Device::parse("eth1:1").unwrap(),
        netmask: PrefixLength::try_new(24).ok(),
    };
    nat.set_settings(Settings { nat_router: Some(router), ..Settings::default() }).unwrap();
    let found = on_director(&nat, &host());
    assert_eq!(shown(&found)[..2], ["10.0.0.2/32 on eth0", "192.168.10.254/24 on eth1"]);

    // Clients and real servers on one network.
    let one = on_director(&cluster("10.0.0.2", "10.0.0.100", Forwarding::Masquerading), &host());
    assert!(shown(&one).contains(&"net.ipv4.conf.eth0.send_redirects=0".to_owned()), "{:?}", shown(&one));
    assert!(one.rules.inner.is_empty() && one.rules.masquerade.len() == 1, "their way out is there too");
    // The director itself as a real server is a local one.
    let own = on_director(&cluster("10.0.0.2", "192.168.10.1", Forwarding::Masquerading), &host());
    assert!(own.rules.is_empty() && own.sysctls.is_empty());
    // IPv6 addresses that are good everywhere speak for themselves.
    let six = on_director(&cluster("2001:db8::2", "2001:db8::100", Forwarding::Masquerading), &host());
    assert!(six.rules.is_empty() && shown(&six).contains(&"net.ipv6.conf.all.forwarding=1".to_owned()));
    let private = on_director(&cluster("2001:db8::2", "fd00::100", Forwarding::Masquerading), &host());
    assert_eq!(private.rules.masquerade.len(), 1);
}

#[test]
fn whoever_begins_to_forward_heeds_routers_as_before() {
    let (forward, heed) = (Sysctl::forward_v6(), Sysctl::conf_v6("eth0", "accept_ra"));
    let wanted = on_director(&cluster("2001:db8::2", "fd00::100", Forwarding::Masquerading), &host());
    assert_eq!(wanted.sysctls[&heed], "2");
    assert!(!wanted.sysctls.contains_key(&Sysctl::conf_v6("lo", "accept_ra")));
    let set = |forwards: &str, heeds: &str| {
        let sysctls =
            [(forward.clone(), Some(forwards.to_owned())), (heed.clone(), Some(heeds.to_owned()))].into();
        let present = Present { host: host(), sysctls, ..Present::default() };
        let steps = steps(&present, &wanted).appear.into_iter();
        let set = steps.filter_map(|step| match step {
            SurroundingStep::SetSysctl { sysctl, .. } => Some(sysctl),
            _ => None,
        });
        set.collect::<Vec<_>>()
    };
    assert_eq!(set("0", "1"), [heed.clone(), forward.clone()], "before the default routes are forgotten");
    assert_eq!(set("0", "0"), std::slice::from_ref(&forward));
    assert_eq!(set("1", "1"), Vec::new(), "a router before us");
}

#[test]
fn a_vip_comes_after_the_table_and_the_gateway_before() {
    let mut nat = cluster("10.0.0.2", "192.168.10.100", Forwarding::Masquerading);
    let address = parse("192.168.10.254");
    let router = NatRouter { address, device: Device::parse("eth1").unwrap(), netmask: None };
    nat.set_settings(Settings { nat_router: Some(router), ..Settings::default() }).unwrap();
    let steps = steps(&Present { host: host(), ..Present::default() }, &on_director(&nat, &host()));
    let added = |steps: &[SurroundingStep]| {
        let added = steps.iter().filter_map(|step| match step {
            SurroundingStep::AddAddress(place) => Some(place.to_string()),
            _ => None,
        });
        added.collect::<Vec<_>>()
    };
    assert_eq!(
        (added(&steps.appear), added(&steps.arrive)),
        (vec!["192.168.10.254/32 on eth1".into()], vec!["10.0.0.2/32 on eth0".into()])
    );
}

#[test]
fn ten_thousand_vips_take_no_time() {
    let mut whole = cluster("10.0.0.2", "10.0.0.100", Forwarding::DirectRouting);
    let service = whole.services()[&ServiceId(1)].clone();
    let mut host = host();
    for number in 0..10_000u32 {
        let vip = HostAddress::try_new(std::net::Ipv4Addr::from(0x0a01_0000 + number).into()).unwrap();
        let mut settings = service.settings.clone();
        settings.name = Name::parse(&format!("web{number}")).unwrap();
        settings.device = Device::parse("eth0").ok();
        let ports = Ports::single(Port::new_const(80));
        settings.key = ServiceKey::Address(Frontend { protocol: Protocol::Tcp, vip, ports });
        let added = VirtualService { settings, destinations: BTreeMap::new() };
        whole.put_service(ServiceId(10 + number), added).unwrap();
        host.addresses.push(assigned("eth0", &vip.to_string(), 32, true));
    }
    let owned = Owned {
        addresses: host.addresses.iter().filter(|one| one.ours).map(|one| one.place.clone()).collect(),
        ..Owned::default()
    };
    let present = Present { host, owned, ..Present::default() };
    let begun = std::time::Instant::now();
    let wanted = on_director(&whole, &present.host);
    let steps = steps(&present, &wanted);
    assert_eq!((wanted.addresses.len(), steps.all().count()), (10_001, 1));
    // Comparing each with each took half a minute unoptimised.
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn the_backup_carries_no_addresses() {
    let mut nat = cluster("10.0.0.2", "192.168.10.100", Forwarding::Masquerading);
    let mut redundancy = nat.redundancy().clone();
    redundancy.backup_public = Some(parse("10.0.0.1"));
    nat.set_redundancy(redundancy.clone()).unwrap();
    assert!(part_of(&nat, &host()) != Part::Backup, "there is no backup while redundancy is switched off");
    redundancy.active = true;
    nat.set_redundancy(redundancy).unwrap();
    let found = on_director(&nat, &host());
    assert!(part_of(&nat, &host()) == Part::Backup && found.addresses.is_empty());
    assert!(!found.rules.is_empty(), "all else is ready for a takeover");
}

#[test]
fn a_director_that_cannot_tell_which_it_is_changes_no_addresses() {
    let mut nat = cluster("10.0.0.2", "192.168.10.100", Forwarding::Masquerading);
    nat.set_settings(Settings { primary_public: Some(parse("10.0.0.7")), ..Settings::default() }).unwrap();
    let mut redundancy = nat.redundancy().clone();
    (redundancy.backup_public, redundancy.active) = (Some(parse("10.0.0.3")), true);
    nat.set_redundancy(redundancy).unwrap();
    let mut host = host();
    let backup = on_director(&nat, &host);
    assert!(backup.addresses.is_empty(), "a backup that boots");
    assert!(
        matches!(&backup.problems[..], [one] if one.words.contains("neither an address of the primary (10.0.0.7)"))
    );
    // A primary whose lease is renewed keeps what it has, also where the interface's network is gone.
    host.addresses.retain(|one| one.place.device != "eth0");
    host.addresses.push(assigned("eth0", "10.0.0.2", 32, true));
    let primary = on_director(&nat, &host);
    assert_eq!(
        primary.addresses.keys().map(ToString::to_string).collect::<Vec<_>>(),
        ["10.0.0.2/32 on eth0"]
    );
    // Redundancy switched off, with both still there: the one that is named serves.
    let mut redundancy = nat.redundancy().clone();
    redundancy.active = false;
    nat.set_redundancy(redundancy).unwrap();
    host.addresses.pop();
    host.addresses.push(assigned("eth0", "10.0.0.3", 24, false));
    assert!(on_director(&nat, &host).addresses.is_empty());
    host.addresses.push(assigned("eth0", "10.0.0.7", 24, false));
    assert_eq!(on_director(&nat, &host).addresses.len(), 1);
}

#[test]
fn several_ports_and_marks_with_a_frontend_are_marked() {
    let several = edited(cluster("10.0.0.2", "10.0.0.100", Forwarding::DirectRouting), |settings| {
        let frontend = Frontend {
            protocol: Protocol::Tcp,
            vip: parse("10.0.0.2"),
            ports: Ports::parse("80,443,10000-20000").unwrap(),
        };
        settings.key = ServiceKey::Address(frontend);
    });
    let key = service_key(&several.services()[&ServiceId(1)].settings.key, Marking::ByMark).unwrap();
    let mark = FirewallMark::try_new(0x4152_0007).unwrap();
    let desired = Desired { running: true, cluster: several.clone() };
    let found = wanted(&desired, MachineRole::Director, &[(key, mark)].into(), &host());
    let ranges: Vec<_> =
        found.rules.marks.iter().map(|(marked, mark)| (marked.first, marked.last, *mark)).collect();
    assert_eq!(ranges, [(80, 80, 0x4152_0007), (443, 443, 0x4152_0007), (10_000, 20_000, 0x4152_0007)]);

    let mark = FirewallMark::try_new(21).unwrap();
    let by_hand =
        |traffic| edited(several.clone(), |settings| settings.key = ServiceKey::Mark { mark, traffic });
    let frontend =
        Frontend { protocol: Protocol::Tcp, vip: parse("10.0.0.2"), ports: Ports::parse("21").unwrap() };
    let found = on_director(&by_hand(MarkedTraffic::Frontend(frontend)), &host());
    assert_eq!(found.rules.marks.values().collect::<Vec<_>>(), [&21]);
    assert_eq!(
        on_director(&by_hand(MarkedTraffic::Elsewhere(model::Family::V4)), &host()),
        Wanted::default()
    );
}

#[test]
fn real_servers_are_clients_where_somebody_says_so() {
    let nat = |own_clients, forwarding| {
        let mut nat = cluster("10.0.0.2", "192.168.10.100", forwarding);
        nat.set_settings(Settings { own_clients, ..Settings::default() }).unwrap();
        on_director(&nat, &host())
    };
    let tracks =
        |found: &Wanted| found.sysctls.get(&Sysctl::ipvs("conntrack")).is_some_and(|value| value == "1");
    let found = nat(true, Forwarding::Masquerading);
    assert_eq!(found.rules.own_clients_of, ["10.0.0.2".parse().unwrap()].into());
    assert!(tracks(&found));
    for found in [nat(false, Forwarding::Masquerading), nat(true, Forwarding::DirectRouting)] {
        assert!(found.rules.own_clients_of.is_empty() && !tracks(&found));
    }
}

#[test]
fn a_mark_leaves_the_rules_after_its_service_has_left_the_table() {
    let several = |ports: &str| {
        edited(cluster("10.0.0.2", "192.168.10.100", Forwarding::Masquerading), |settings| {
            let ports = Ports::parse(ports).unwrap();
            settings.key =
                ServiceKey::Address(Frontend { protocol: Protocol::Tcp, vip: parse("10.0.0.2"), ports });
        })
    };
    let key = |cluster: &Cluster| {
        service_key(&cluster.services()[&ServiceId(1)].settings.key, Marking::ByMark).unwrap()
    };
    let (two, one) = (several("80,443"), several("80"));
    let marks = BTreeMap::from([(key(&two), FirewallMark::try_new(0x4152_0007).unwrap())]);
    let on = |cluster: &Cluster, marks: &BTreeMap<_, _>| {
        let desired = Desired { running: true, cluster: cluster.clone() };
        wanted(&desired, MachineRole::Director, marks, &host())
    };
    let before = on(&two, &marks).rules;
    let owned = Owned { rules: true, ..Owned::default() };
    let rules = PresentRules::Ours(before.digest());
    let present = Present { host: host(), rules, owned, ..Present::default() };
    let set = |steps: &[SurroundingStep]| {
        let set = steps.iter().filter_map(|step| match step {
            SurroundingStep::SetRules(rules) => Some(rules.marks.len()),
            _ => None,
        });
        set.collect::<Vec<_>>()
    };
    let after = on(&one, &marks);
    let found = steps(&present, &after).keeping(&present, &marks);
    assert_eq!((set(&found.appear), set(&found.disappear)), (vec![], vec![0]), "they are there already");
    // Others come at the same time: those first.
    let mut more = one;
    let added = two.services()[&ServiceId(1)].clone();
    let ports = Ports::parse("25,110").unwrap();
    let frontend = Frontend { protocol: Protocol::Tcp, vip: parse("10.0.0.2"), ports };
    let settings = ServiceSettings {
        key: ServiceKey::Address(frontend),
        name: Name::parse("mail").unwrap(),
        ..added.settings
    };
    more.put_service(ServiceId(9), VirtualService { settings, destinations: BTreeMap::new() }).unwrap();
    let mut marks = marks;
    let mail = service_key(&more.services()[&ServiceId(9)].settings.key, Marking::ByMark).unwrap();
    marks.insert(mail, FirewallMark::try_new(0x4152_0008).unwrap());
    let found = steps(&present, &on(&more, &marks)).keeping(&present, &marks);
    assert_eq!((set(&found.appear), set(&found.disappear)), (vec![4], vec![2]));
    // Nobody leaves: one stroke.
    let found = steps(&present, &on(&more, &marks)).keeping(&present, &BTreeMap::new());
    assert_eq!((set(&found.appear), set(&found.disappear)), (vec![2], vec![]));
}

#[test]
fn an_address_that_somebody_else_made_stays_where_it_is() {
    let mut host = host();
    host.addresses.push(assigned("eth1", "10.0.0.2", 24, false));
    let whole = cluster("10.0.0.2", "10.0.0.100", Forwarding::DirectRouting);
    assert_eq!(shown(&on_director(&whole, &host)), ["10.0.0.2/24 on eth1"]);
    // One of our own does not make its interface the right one.
    host.addresses.pop();
    host.addresses.push(assigned("eth1", "10.0.0.2", 32, true));
    assert_eq!(shown(&on_director(&whole, &host)), ["10.0.0.2/32 on eth0"]);
}

#[test]
fn a_real_server_is_quiet_where_it_is_a_destination() {
    let direct = cluster("10.0.0.2", "192.168.10.1", Forwarding::DirectRouting);
    let expected = [
        "10.0.0.2/32 on lo",
        "net.ipv4.conf.all.arp_announce=2",
        "net.ipv4.conf.all.arp_ignore=1",
        "net.ipv4.conf.eth1.arp_announce=2",
        "net.ipv4.conf.eth1.arp_ignore=1",
    ];
    assert_eq!(shown(&on_real_server(&direct, &host())), expected);
    // Whoever is quieter already stays so.
    let quiet = on_real_server(&direct, &host());
    for (now, left) in [("2", 2), ("8", 2), ("1", 2), ("3", 4), ("0", 4)] {
        let sysctls = quiet.sysctls.keys().map(|sysctl| {
            let ignores = sysctl.path().ends_with("arp_ignore");
            (sysctl.clone(), Some(if ignores { now.to_owned() } else { "0".to_owned() }))
        });
        let present = Present { host: host(), sysctls: sysctls.collect(), ..Present::default() };
        let set = steps(&present, &quiet).appear.into_iter();
        let set = set.filter(|step| matches!(step, SurroundingStep::SetSysctl { .. }));
        assert_eq!(set.count(), left, "arp_ignore {now}");
    }
    let others = cluster("10.0.0.2", "192.168.10.2", Forwarding::DirectRouting);
    assert_eq!(on_real_server(&others, &host()), Wanted::default());
    let six = cluster("2001:db8::2", "2001:db8::1", Forwarding::DirectRouting);
    assert_eq!(shown(&on_real_server(&six, &host())), ["2001:db8::2/128 on lo"]);
    let mut answering = host();
    answering.addresses.push(assigned("eth0", "10.0.0.2", 24, false));
    let found = on_real_server(&direct, &answering);
    assert!(
        found.addresses.is_empty() && found.problems[0].words.contains("ip address del 10.0.0.2/24 dev eth0")
    );
}

#[test]
fn a_real_server_takes_each_kind_of_tunnel_in() {
    let kinds = |vip: &str, rip: &str, forwarding| {
        let found = on_real_server(&cluster(vip, rip, forwarding), &host());
        let tunnels: Vec<_> = found
            .tunnels
            .iter()
            .map(|tunnel| format!("{} at {}", tunnel.link_kind(), tunnel.local))
            .collect();
        (
            tunnels.join(", "),
            found.encap_ports.len(),
            found.sysctls.iter().any(|(sysctl, value)| sysctl.path().ends_with("rp_filter") && value == "2"),
        )
    };
    let gue = Forwarding::Gue(Port::new_const(5555), TunnelChecksum::None);
    let gre = Forwarding::Gre(TunnelChecksum::Full);
    assert_eq!(kinds("10.0.0.2", "10.0.0.1", Forwarding::Ipip), ("ipip at 10.0.0.1".into(), 0, true));
    assert_eq!(kinds("2001:db8::2", "10.0.0.1", Forwarding::Ipip), ("sit at 10.0.0.1".into(), 0, false));
    assert_eq!(kinds("10.0.0.2", "2001:db8::1", Forwarding::Ipip), ("ip6tnl at 2001:db8::1".into(), 0, true));
    assert_eq!(kinds("10.0.0.2", "10.0.0.1", gue), ("ipip at 10.0.0.1".into(), 1, true));
    assert_eq!(kinds("10.0.0.2", "10.0.0.1", gre), ("gre at 10.0.0.1".into(), 0, true));
    assert_eq!(kinds("2001:db8::2", "2001:db8::1", gre), ("ip6gre at 2001:db8::1".into(), 0, false));
}
