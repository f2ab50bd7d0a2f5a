use proptest::prelude::*;

use super::*;
use crate::testing;
use crate::{Check, Cluster, Field, Name, Problems, Reason, ServiceId, VirtualService};

proptest! {
    #[test]
    fn forms_give_back_what_filled_them(cluster in testing::cluster()) {
        prop_assert_eq!(SettingsInput::from(cluster.settings()).parse(), Ok(cluster.settings().clone()));
        prop_assert_eq!(RedundancyInput::from(cluster.redundancy()).parse(), Ok(cluster.redundancy().clone()));
        for (id, service) in cluster.services() {
            let settings = &service.settings;
            let parsed = ServiceInput::from(settings).parse_in(settings.check.clone(), &cluster, Some(*id));
            prop_assert_eq!(parsed, Ok(settings.clone()));
            prop_assert_eq!(CheckInput::from(&settings.check).parse(), Ok(settings.check.clone()));
            for (id, destination) in &service.destinations {
                let parsed = DestinationInput::from(destination).parse_in(&cluster, service, Some(*id));
                prop_assert_eq!(parsed, Ok(destination.clone()));
            }
        }
    }

    #[test]
    fn no_typing_brings_a_form_down(text in "\\PC{0,12}", other in "[0-9.:/\\[\\]０-９。：,-]{0,12}") {
        let mut input = ServiceInput::new();
        for (index, field) in [&mut input.address, &mut input.ports, &mut input.fwmark, &mut input.pmask,
            &mut input.sorry_server, &mut input.persistent, &mut input.marking].into_iter().enumerate() {
            *field = if index % 2 == 0 { other.clone() } else { text.clone() };
        }
        let _either = input.parse(Check::Connect);
        let input = DestinationInput { server_address: other, weight: text, ..DestinationInput::new() };
        let _either = input.parse();
    }
}

fn web() -> ServiceInput {
    ServiceInput { name: "web".into(), address: "192.0.2.1".into(), ..ServiceInput::new() }
}

fn found<T: std::fmt::Debug>(outcome: Result<T, Problems>) -> Vec<(Field, String, Reason)> {
    let problems = outcome.unwrap_err();
    problems.iter().map(|problem| (problem.field, problem.value.clone(), problem.reason.clone())).collect()
}

#[test]
fn an_empty_form_lacks_a_name_and_an_address() {
    let missing = |field| (field, String::new(), Reason::Missing);
    assert_eq!(
        found(ServiceInput::new().parse(Check::Connect)),
        [missing(Field::ServiceName), missing(Field::Vip)]
    );
    assert_eq!(
        found(DestinationInput::new().parse()),
        [missing(Field::ServerName), missing(Field::ServerAddress)]
    );
}

#[test]
fn all_problems_come_at_once() {
    let input = ServiceInput {
        address: "192.0.2".into(),
        ports: "99999".into(),
        persistent: "-3".into(),
        pmask: "255.0.255.0".into(),
        timeout: String::new(),
        ops: "on".into(),
        sched_port: "on".into(),
        sorry_port: "80".into(),
        ..web()
    };
    let fields: Vec<_> = found(input.parse(Check::Connect)).into_iter().map(|(field, ..)| field).collect();
    assert_eq!(
        fields,
        [
            Field::Vip,
            Field::Ports,
            Field::SchedulerPort,
            Field::Persistence,
            Field::PersistenceMask,
            Field::ServiceTimeout,
            Field::SorryServer,
            Field::OnePacket,
        ]
    );
}

#[test]
fn combinations_are_told_beside_wrong_fields() {
    let input = ServiceInput {
        address: "2001:db8::1".into(),
        sorry_server: "10.0.0.9".into(),
        pe: "sip".into(),
        persistent: "300".into(),
        reentry: "x".into(),
        ..web()
    };
    assert_eq!(
        found(input.parse(Check::Connect)),
        [
            (Field::Reentry, "x".to_owned(), Reason::NotANumber),
            (Field::PersistenceEngine, "sip".to_owned(), Reason::EngineNeedsUdp),
            (Field::SorryServer, "10.0.0.9".to_owned(), Reason::SorryServerFamily),
        ]
    );
}

#[test]
fn what_cannot_be_known_is_not_claimed() {
    // With a wrong address the family is unknown: nothing is said about the mask.
    let input = ServiceInput { address: "x".into(), pmask: "64".into(), persistent: "300".into(), ..web() };
    assert_eq!(found(input.parse(Check::Connect)), [(Field::Vip, "x".to_owned(), Reason::NotAnAddress)]);
}

#[test]
fn typing_is_forgiven() {
    let input = ServiceInput {
        address: " １９２。０。２。１／２４ ".into(),
        ports: "４４３，８０".into(),
        persistent: "300 s".into(),
        pmask: "255.255.255.0".into(),
        fwmark: "0x50".into(),
        sorry_server: "10.0.0.9:8080".into(),
        quiesce_server: "1".into(),
        ..web()
    };
    let settings = input.parse(Check::Connect).unwrap();
    assert_eq!(settings.key.to_string(), "mark 80 (tcp 192.0.2.1:80,443)");
    assert_eq!(settings.vip_netmask.map(|mask| mask.get()), Some(24));
    assert_eq!(settings.persistence.map(|p| p.to_string()), Some("300 s, mask /24".to_owned()));
    assert_eq!(settings.sorry_server.map(|sorry| sorry.to_string()), Some("10.0.0.9:8080".to_owned()));
    assert!(settings.quiesce);
    let canonical = ServiceInput::from(&settings);
    assert_eq!((canonical.address.as_str(), canonical.ports.as_str()), ("192.0.2.1", "80,443"));

    let socket = ServiceInput { address: "[2001:DB8::1]:443".into(), ports: String::new(), ..web() };
    assert_eq!(socket.parse(Check::Connect).unwrap().key.to_string(), "tcp [2001:db8::1]:443");
    let server = DestinationInput {
        server_name: "real1".into(),
        server_address: "10.0.0.1:8080".into(),
        ..DestinationInput::new()
    };
    assert_eq!(server.parse().unwrap().socket(), "10.0.0.1:8080");
}

#[test]
fn marks_made_elsewhere_need_no_address() {
    let input = ServiceInput { fwmark: "5".into(), marking: "ipv6".into(), ..ServiceInput::new() };
    let input = ServiceInput { name: "ftp".into(), ..input };
    assert_eq!(input.parse(Check::Connect).unwrap().key.to_string(), "mark 5 (IPv6)");
    let without = ServiceInput { fwmark: String::new(), ..input };
    assert_eq!(found(without.parse(Check::Connect)), [(Field::FirewallMark, String::new(), Reason::Missing)]);
}

#[test]
fn clashes_with_the_cluster_come_with_the_rest() {
    let mut cluster = Cluster::new(Name::parse("shop").unwrap());
    let settings = web().parse(Check::Connect).unwrap();
    cluster.put_service(ServiceId(1), VirtualService { settings, destinations: Default::default() }).unwrap();
    let again = web();
    let fields = |input: &ServiceInput, id| {
        let problems = input.parse_in(Check::Connect, &cluster, id).err();
        problems.map(|problems| problems.iter().map(|problem| problem.field).collect::<Vec<_>>())
    };
    assert_eq!(fields(&again, Some(ServiceId(1))), None);
    assert_eq!(fields(&again, None), Some(vec![Field::ServiceName, Field::Ports]));
    let wrong = ServiceInput { timeout: "x".into(), ..again };
    assert_eq!(fields(&wrong, None), Some(vec![Field::ServiceTimeout, Field::ServiceName]));
}

#[test]
fn tunnels_know_what_they_need() {
    let gue = DestinationInput {
        server_name: "a".into(),
        server_address: "10.0.0.1".into(),
        forwarding: "gue".into(),
        tunnel_csum: "remcsum".into(),
        upper_threshold: "10".into(),
        lower_threshold: "20".into(),
        ..DestinationInput::new()
    };
    assert_eq!(
        found(gue.parse()),
        [
            (Field::TunnelPort, String::new(), Reason::Missing),
            (Field::LowerThreshold, "20".to_owned(), Reason::LowerAboveUpper),
        ]
    );
    let gre = DestinationInput { forwarding: "gre".into(), lower_threshold: String::new(), ..gue };
    assert_eq!(
        found(gre.parse()),
        [(Field::TunnelChecksum, "remcsum".to_owned(), Reason::NotOneOf { choices: "nocsum, csum" })]
    );
}

#[test]
fn the_nat_router_may_be_typed_as_in_lvs_cf() {
    let typed = SettingsInput {
        network: "nat".into(),
        nat_router: "10.20.0.1/24 eth1:1".into(),
        tcp_timeout: "0".into(),
        ..SettingsInput::default()
    };
    let settings = typed.parse().unwrap();
    assert_eq!(settings.nat_router.map(|router| router.to_string()), Some("10.20.0.1/24 eth1:1".to_owned()));
    assert_eq!(settings.timeouts.tcp, None);
}

#[test]
fn redundancy_needs_a_partner_and_patience() {
    let typed = RedundancyInput {
        backup_active: "1".into(),
        backup: "0.0.0.0".into(),
        keepalive: "6".into(),
        deadtime: "6".into(),
        heartbeat_port: "539".into(),
        ..RedundancyInput::default()
    };
    assert_eq!(
        found(typed.parse()),
        [
            (Field::DeadAfter, "6".to_owned(), Reason::DeadBeforeHeartbeat),
            (Field::BackupPublic, String::new(), Reason::Missing),
        ]
    );
}

#[test]
fn a_regular_expression_is_one_and_other_text_need_not_be() {
    let typed = |use_regex: &str| CheckInput {
        check: "send_expect".into(),
        expect: r"^HTTP/1\.[01] (200".into(),
        use_regex: use_regex.into(),
        ..CheckInput::default()
    };
    assert!(typed("on").parse_stored().is_some(), "an import may hold it");
    let wrong = typed("on").parse();
    assert_eq!(found(wrong), [(Field::Expect, r"^HTTP/1\.[01] (200".to_owned(), Reason::NotARegex)]);
    assert!(typed("").parse().is_ok());
    let closed = CheckInput { expect: r"^HTTP/1\.[01] \d+ (OK|Found)".into(), ..typed("on") };
    assert!(closed.parse().is_ok());
}
