use model::table::Role;
use model::{Persistence, Protocol, Scheduler, Thresholds, Timeouts as Wanted, Weight};

use super::*;

fn key(ports: &str) -> TableKey {
    TableKey::Address {
        protocol: Protocol::Tcp,
        vip: model::HostAddress::parse("10.0.0.2").unwrap(),
        ports: Ports::parse(ports).unwrap(),
    }
}

fn place(text: &str) -> TableDestinationKey {
    TableDestinationKey::parse(text).unwrap()
}

fn settings() -> TableServiceSettings {
    TableServiceSettings {
        scheduler: Scheduler::default(),
        persistence: None,
        one_packet: false,
        proxy_protocol: false,
    }
}

fn entry(forwarding: Forwarding) -> TableDestination {
    TableDestination {
        forwarding,
        weight: Weight::new_const(1),
        thresholds: Thresholds::default(),
        role: Role::RealServer,
    }
}

fn empty() -> There {
    There { timeouts: Some(Timeouts { tcp: 900, tcp_fin: 120, udp: 300 }), ..There::default() }
}

fn planned(steps: &[Step], content: &mut Content, there: &There) -> Vec<Planned> {
    planned_without(steps, content, there, &BTreeSet::new())
}

fn planned_without(
    steps: &[Step],
    content: &mut Content,
    there: &There,
    missing: &BTreeSet<SchedulerKind>,
) -> Vec<Planned> {
    let before = content.clone();
    let mut after = Cow::Borrowed(&before);
    let planned = plan(steps, &mut after, there, missing);
    *content = after.into_owned();
    planned
}

fn add_service(ports: &str) -> Step {
    Step::AddService { key: key(ports), settings: settings() }
}

fn add(ports: &str, destination: &str, forwarding: Forwarding) -> Step {
    Step::AddDestination { key: key(ports), destination: place(destination), settings: entry(forwarding) }
}

fn refused(step: Step, word: &str) {
    let mut content = Content::default();
    let planned = planned(&[step], &mut content, &empty());
    let why = planned[0].as_ref().unwrap_err();
    assert!(why.contains(word), "{why}");
    assert_eq!(content, Content::default(), "nothing is noted of what is refused");
}

#[test]
fn what_is_about_to_be_made_is_noted_first() {
    let mut content = Content::default();
    let steps = [add_service("80"), add("80", "192.168.10.100:80", Forwarding::Masquerading)];
    let planned = planned(&steps, &mut content, &empty());
    assert!(matches!(planned[0], Ok(Some(Request::AddService(_)))));
    assert!(matches!(planned[1], Ok(Some(Request::AddDestination { .. }))));
    assert!(content.owns(&key("80"), Some(place("192.168.10.100:80"))));
}

#[test]
fn services_go_last() {
    let remove = |ports| Step::RemoveService { key: key(ports) };
    let steps = [
        remove("80"),
        add_service("80,443"),
        remove("25"),
        add("80,443", "10.0.0.9", Forwarding::Masquerading),
    ];
    assert_eq!(order(&steps), [1, 3, 0, 2]);
}

#[test]
fn what_is_there_already_is_edited() {
    let mut content = Content::default();
    content.services.insert(key("80"), [(place("10.0.0.9:80"), Role::RealServer)].into());
    let mut there = empty();
    there.services.insert(key("80"), [place("10.0.0.9:80")].into());
    let steps = [add_service("80"), add("80", "10.0.0.9:80", Forwarding::Masquerading)];
    let planned = planned(&steps, &mut content, &there);
    assert!(matches!(planned[0], Ok(Some(Request::EditService(_)))));
    assert!(matches!(planned[1], Ok(Some(Request::EditDestination { .. }))));
}

/// One weight among thousands: nothing to note, and nothing is copied to find that out.
#[test]
fn an_edit_takes_hold_of_nothing() {
    let mut content = Content::default();
    content.services.insert(key("80"), [(place("10.0.0.9:80"), Role::RealServer)].into());
    let mut there = empty();
    there.services.insert(key("80"), [place("10.0.0.9:80")].into());
    let settings = TableDestination { weight: Weight::new_const(7), ..entry(Forwarding::Masquerading) };
    let steps = [
        Step::EditService { key: key("80"), settings: self::settings() },
        Step::EditDestination { key: key("80"), destination: place("10.0.0.9:80"), settings },
    ];
    let mut noted = Cow::Borrowed(&content);
    let planned = plan(&steps, &mut noted, &there, &BTreeSet::new());
    assert!(matches!(noted, Cow::Borrowed(_)));
    assert!(planned.iter().all(|planned| matches!(planned, Ok(Some(_)))));
}

#[test]
fn several_ports_are_served_by_a_mark_of_the_agents_own() {
    let mut content = Content::default();
    let mut there = empty();
    there.marks.insert(FIRST_MARK);
    let steps = [add_service("80,443"), add("80,443", "192.168.10.100", Forwarding::Masquerading)];
    let planned = planned(&steps, &mut content, &there);
    let Ok(Some(Request::AddService(service))) = &planned[0] else { panic!("{planned:?}") };
    let mark = FIRST_MARK + 1;
    assert_eq!(service.key, ipvs::ServiceKey::Mark { mark, family: ipvs::Family::V4 });
    assert_eq!(content.marks[&key("80,443")], mark);
    assert!(
        matches!(&planned[1], Ok(Some(Request::AddDestination { service: of, .. })) if *of == service.key)
    );
}

#[test]
fn somebody_elses_entries_are_not_touched() {
    let mut content = Content::default();
    let mut there = empty();
    there.services.insert(key("80"), [place("10.0.0.9:80")].into());
    there.services.insert(key("81"), [place("10.0.0.9:81"), place("10.0.0.8:81")].into());
    content.services.insert(key("81"), [(place("10.0.0.8:81"), Role::RealServer)].into());
    let before = content.clone();
    let steps = [
        add_service("80"),
        Step::RemoveService { key: key("80") },
        add("80", "10.0.0.7:80", Forwarding::Masquerading),
        Step::RemoveDestination { key: key("80"), destination: place("10.0.0.9:80") },
        Step::RemoveDestination { key: key("81"), destination: place("10.0.0.9:81") },
        add("81", "10.0.0.9:81", Forwarding::Masquerading),
        // It would take somebody else's destination with it.
        Step::RemoveService { key: key("81") },
    ];
    for (step, planned) in steps.iter().zip(planned(&steps, &mut content, &there)) {
        let why = planned.unwrap_err();
        let code = why.cause.as_ref().map(Cause::code);
        assert!(matches!(code, Some(Code::Foreign | Code::ForeignWithin)), "{step}: {why}");
    }
    assert_eq!(content, before);
}

#[test]
fn what_is_gone_already_needs_no_request() {
    let mut content = Content::default();
    let steps = [
        Step::RemoveService { key: key("80") },
        Step::RemoveDestination { key: key("80"), destination: place("10.0.0.9:80") },
    ];
    assert_eq!(planned(&steps, &mut content, &empty()), [Ok(None), Ok(None)]);
}

#[test]
fn what_cannot_work_is_refused_in_words() {
    refused(add("80", "192.168.10.100:8080", Forwarding::DirectRouting), "masquerading");
    refused(add("80", "192.168.10.100:8080", Forwarding::Ipip), "8080");
    refused(add("80", "[2001:db8::1]:80", Forwarding::Masquerading), "tunnel");
    refused(add_service("0"), "persistence");
    let proxy = TableServiceSettings { proxy_protocol: true, ..settings() };
    refused(Step::AddService { key: key("80"), settings: proxy }, "PROXY");
    let own =
        TableKey::Mark { mark: model::FirewallMark::new_const(FIRST_MARK + 5), family: model::Family::V4 };
    refused(Step::AddService { key: own, settings: settings() }, "agent's own");
    let mut content = Content::default();
    let missing = [SchedulerKind::Wlc].into();
    let why = planned_without(&[add_service("80")], &mut content, &empty(), &missing).remove(0).unwrap_err();
    assert!(why.contains("ip_vs_wlc"), "{why}");
}

#[test]
fn a_refused_service_takes_its_destinations_with_it() {
    let mut content = Content::default();
    let proxy = TableServiceSettings { proxy_protocol: true, ..settings() };
    let steps = [
        Step::AddService { key: key("80"), settings: proxy },
        add("80", "192.168.10.100:80", Forwarding::Masquerading),
    ];
    let planned = planned(&steps, &mut content, &empty());
    assert!(planned[1].as_ref().unwrap_err().contains("PROXY"));
}

#[test]
fn all_ports_with_persistence_are_port_zero() {
    let persistence = Persistence { timeout: Seconds::new_const(300), mask: None, engine: None };
    let with = TableServiceSettings { persistence: Some(persistence), ..settings() };
    let mut content = Content::default();
    let steps = [Step::AddService { key: key("0"), settings: with }];
    let planned = planned(&steps, &mut content, &empty());
    assert!(matches!(
        &planned[0],
        Ok(Some(Request::AddService(service))) if matches!(service.key, ipvs::ServiceKey::Address { port: 0, .. })
    ));
    assert!(content.marks.is_empty());
}

#[test]
fn idle_times_go_back_to_what_they_were() {
    let mut content = Content::default();
    let mut there = empty();
    let set = |content: &mut Content, there: &There, wanted: Wanted| {
        planned(&[Step::SetTimeouts(wanted)], content, there).remove(0).unwrap()
    };
    let tcp = |seconds| Wanted { tcp: Some(Seconds::new_const(seconds)), ..Wanted::default() };
    let request = set(&mut content, &there, tcp(60));
    assert_eq!(request, Some(Request::SetTimeouts(Timeouts { tcp: 60, tcp_fin: 0, udp: 0 })));
    assert_eq!(content.former, Former { tcp: Some(900), ..Former::default() });
    there.timeouts = Some(Timeouts { tcp: 60, tcp_fin: 120, udp: 300 });
    // Another value of ours: what was there before us stays noted.
    set(&mut content, &there, tcp(70));
    assert_eq!(content.former.tcp, Some(900));
    let request = set(&mut content, &there, Wanted::default());
    assert_eq!(request, Some(Request::SetTimeouts(Timeouts { tcp: 900, tcp_fin: 0, udp: 0 })));
    assert_eq!(content.former.tcp, Some(900), "noted until the kernel has it");
    given_back(&mut content.former, Wanted::default());
    assert_eq!(content.former, Former::default());
    assert_eq!(set(&mut content, &there, Wanted::default()), None);
}
