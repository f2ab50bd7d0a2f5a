//! Import: what becomes of a file, and that nothing of it is dropped in silence.

use std::collections::BTreeSet;
use std::fs;

use formats::lvscf::{self, Imported, LossReason, LossReport, LvsCf, Real, Severity, Subject, Virtual};
use model::{Check, Forwarding, LoadMonitor, Name, ServiceId};
use proptest::prelude::*;
use serde_json::Value;

use crate::round_trip::{mutate, piece};
use crate::samples::{SAMPLES, directory};

pub(crate) fn name() -> Name {
    Name::parse("old site").unwrap()
}

fn import(source: &str) -> Imported {
    lvscf::import(source.as_bytes(), name()).unwrap_or_else(|diagnostic| panic!("{diagnostic}"))
}

/// Lines, severities, keywords and reasons, without what every short file lacks.
fn report(source: &str) -> Vec<String> {
    let report = import(source).report;
    let entries = report
        .entries
        .iter()
        .filter(|entry| !matches!(entry.reason, LossReason::NoPrimary | LossReason::DefaultRequest));
    entries.map(ToString::to_string).collect()
}

/// A file with one active service, whose block has these lines too.
fn with(lines: &str) -> String {
    format!("primary = 10.0.0.1\nvirtual web {{\nactive = 1\naddress = 10.0.0.2 eth0:1\n{lines}\n}}\n")
}

#[test]
fn the_guides_cluster_is_taken_over_whole() {
    let source = fs::read(directory().join("guide.cf")).unwrap();
    let Imported { cluster, report } = lvscf::import(&source, name()).unwrap();
    assert_eq!(cluster.settings().primary_public.unwrap().to_string(), "10.0.0.1");
    assert_eq!(cluster.settings().nat_router.as_ref().unwrap().to_string(), "192.168.10.254/24 eth1:0");
    assert_eq!(cluster.settings().forwarding, Forwarding::Masquerading);
    assert!(cluster.redundancy().active);
    assert_eq!(cluster.redundancy().backup_public.unwrap().to_string(), "10.0.0.3");
    let service = cluster.service(ServiceId(1)).unwrap();
    assert_eq!(service.settings.key.to_string(), "tcp 10.0.0.2:80");
    assert_eq!(service.settings.device.as_ref().unwrap().as_str(), "eth0:0");
    assert_eq!(service.settings.scheduler.to_string(), "wlc");
    assert_eq!((service.settings.timeout.get(), service.settings.reentry.get()), (10, 180));
    assert_eq!(service.settings.load_monitor, LoadMonitor::Ruptime);
    assert!(service.settings.active);
    let servers: Vec<_> =
        service.destinations.values().map(|d| format!("{} {} {}", d.name, d.address, d.active)).collect();
    assert_eq!(servers, ["real1 192.168.10.100 true", "real2 192.168.10.101 true"]);
    let entries: Vec<_> = report.entries.iter().map(ToString::to_string).collect();
    assert_eq!(
        entries,
        [
            "line 2: not taken over: serial_no = 1: a matter of Piranha's own programs, which nothing here needs",
            "line 14: changed: virtual service `web`: send: Piranha sent a request of its own on port 80; here a connection alone \
             is the check",
        ]
    );
}

#[test]
fn what_looks_wrong_is_named_with_its_line() {
    for (source, expected) in [
        (
            with("port = 99999"),
            "line 5: looks wrong: virtual service `web`: port = 99999: there is no such port: it is now 80 and inactive",
        ),
        (
            with("timeout = -3"),
            "line 5: looks wrong: virtual service `web`: timeout = -3: outside of the possible range: it is now 10",
        ),
        (
            with("persistent = 99999999"),
            "line 5: changed: virtual service `web`: persistent = 99999999: outside of the possible range: it is now 2678400",
        ),
        (
            with("pmask = x"),
            "line 5: not taken over: virtual service `web`: pmask: not a subnet mask: it was left out",
        ),
        (
            with("vip_nmask = 255.0.255.0"),
            "line 5: not taken over: virtual service `web`: vip_nmask = 255.0.255.0: not a subnet mask: it was left out",
        ),
        (
            with("port = 0"),
            "line 5: looks wrong: virtual service `web`: port = 0: all ports need persistence: it is now port 80 and inactive",
        ),
        (
            with("server a {\n}"),
            "line 5: not taken over: virtual service `web`, real server `a`: it has no address",
        ),
        (
            with("server a {\naddress = 10.0.0.5\nweight = -1\n}"),
            "line 7: looks wrong: virtual service `web`, real server `a`: weight = -1: outside of the possible range: it is now 0",
        ),
        (
            with("server a {\naddress = 10.0.0.5\n}\nport = 443"),
            "line 5: looks wrong: virtual service `web`, real server `a`: port = 80: it stands above its service's `port = 443` line, so Piranha used port 80 for it; check which is meant",
        ),
        (
            with("server a {\naddress = 10.0.0.5\n}\nserver b {\naddress = 10.0.0.5\n}"),
            "line 8: not taken over: virtual service `web`, real server `b`: `a` has the same address and port",
        ),
        (
            with("server a {\naddress = 10.0.0.5\n}\nserver a {\naddress = 10.0.0.6\n}"),
            "line 8: looks wrong: virtual service `web`, real server `a`: a: the name is taken already: it is now `a-2`",
        ),
        (
            with("}\nvirtual web {\naddress = 10.0.0.3 eth0:2"),
            "line 6: looks wrong: virtual service `web`: web: the name is taken already: it is now `web-2`",
        ),
        (
            with("}\nvirtual shop {\nactive = 1\naddress = 10.0.0.2 eth0:2"),
            "line 7: changed: virtual service `shop`: active = 1: the active virtual service `web` takes this traffic already: this one is now inactive",
        ),
        (
            "primary = 10.0.0.1\nvirtual web {\n".to_owned(),
            "line 2: not taken over: virtual service `web`: it has no address",
        ),
        (
            "primary = 10.0.0.1\ndeadtime = 2\n".to_owned(),
            "line 2: looks wrong: deadtime = 2: not longer than the heartbeat interval: it is now 4",
        ),
        (
            "primary = 10.0.0.1\nbackup_active = 1\n".to_owned(),
            "line 2: changed: backup_active = 1: there is no backup address: redundancy is switched off",
        ),
        (
            "primary = 10.0.0.1\nmonitor_links = 7\n".to_owned(),
            "line 2: looks wrong: monitor_links = 7: anything but 0 means 1",
        ),
        (
            "primary = 10.0.0.1\nsyncdaemon = 1\nsyncd_id = 999\n".to_owned(),
            "line 3: looks wrong: syncd_id = 999: outside of the possible range: it is now 0",
        ),
        (
            "primary = 10.0.0.1\nheartbeat_port = 99999\n".to_owned(),
            "line 2: looks wrong: heartbeat_port = 99999: outside of the possible range: it is now 539",
        ),
        (
            "primary = 10.0.0.1\ntcp_timeout = -1\n".to_owned(),
            "line 2: looks wrong: tcp_timeout = -1: outside of the possible range: it is now 0",
        ),
        (
            "primary = 10.0.0.1\nprimary = 10.0.0.9\n".to_owned(),
            "line 1: looks wrong: primary: it is set again: line 2 counts",
        ),
        (
            "primary = 10.0.0.1\nactive_cmd = /bin/x\n".to_owned(),
            "line 2: not taken over: active_cmd = /bin/x: commands are never taken from a file",
        ),
        (
            "primary = 10.0.0.1\nfailover f {\n}\n".to_owned(),
            "line 2: not taken over: failover service `f`: failover of a director's own services is not offered",
        ),
    ] {
        let report = report(&source);
        assert!(
            report.iter().any(|entry| entry == expected),
            "{source}\nwanted {expected}\nreport {report:#?}"
        );
    }
}

#[test]
fn an_impossible_port_is_taken_over_inactive() {
    let cluster =
        import(&with("port = 99999\nserver a {\naddress = 10.0.0.5\nactive = 1\nport = 70000\n}")).cluster;
    let service = cluster.service(ServiceId(1)).unwrap();
    assert!(!service.settings.active);
    let server = service.destinations.values().next().unwrap();
    assert!(!server.active && server.port.is_none());
}

#[test]
fn a_missing_brace_is_reported_at_the_block_that_lacks_it() {
    let report = import(
        "primary = 10.0.0.1\nvirtual web {\naddress = 10.0.0.2 eth0:1\nserver a {\naddress = 10.0.0.5\n",
    )
    .report;
    let missing: Vec<_> = report
        .of(Severity::LooksWrong)
        .filter(|entry| entry.reason == LossReason::MissingBrace)
        .map(|entry| (entry.line, entry.subject.clone()))
        .collect();
    let service = "web".to_owned();
    assert_eq!(
        missing,
        [
            (2, Subject::Service { name: service.clone() }),
            (4, Subject::Server { service, name: "a".to_owned() })
        ]
    );
}

#[test]
fn ports_follow_the_service_where_only_masquerading_could_change_them() {
    let source = |network: &str| {
        format!(
            "network = {network}\n{}",
            with(
                "port = 80\nserver a {\naddress = 10.0.0.5\nport = 8080\n}\nserver b {\naddress = 10.0.0.6\nport = 80\n}"
            )
        )
    };
    let ports = |network: &str| -> Vec<_> {
        let cluster = import(&source(network)).cluster;
        cluster
            .service(ServiceId(1))
            .unwrap()
            .destinations
            .values()
            .map(|d| d.port.map(|port| port.get()))
            .collect()
    };
    assert_eq!(ports("nat"), [Some(8080), None]);
    assert_eq!(ports("direct"), [None, None]);
    assert!(report(&source("tunnel")).iter().any(|entry| entry.contains("only masquerading")));
}

#[test]
fn marks_are_kept_with_and_without_an_address() {
    let key = |source: &str| import(source).cluster.service(ServiceId(1)).unwrap().settings.key.to_string();
    assert_eq!(key(&with("fwmark = 7\nport = 443")), "mark 7 (tcp 10.0.0.2:443)");
    assert_eq!(key("virtual web {\nfwmark = 7\n}\n"), "mark 7 (IPv4)");
    let clash =
        with("fwmark = 7\n}\nvirtual tls {\nactive = 1\nfwmark = 7\naddress = 10.0.0.2 eth0:1\nport = 443");
    assert!(report(&clash).iter().any(|entry| entry.contains("`web` takes this traffic already")));
}

#[test]
fn checks_are_kept_as_far_as_they_can_be() {
    let check =
        |lines: &str| import(&with(lines)).cluster.service(ServiceId(1)).unwrap().settings.check.clone();
    assert_eq!(check(""), Check::Connect);
    assert_eq!(check("send = \"\""), Check::Connect);
    assert_eq!(
        check("send = \"GET / HTTP/1.0\\r\\n\\r\\n\"\nexpect = 'OK \"fine\"'").to_string(),
        "send \"GET / HTTP/1.0\\r\\n\\r\\n\", expect \"OK \"fine\"\""
    );
    assert_eq!(check("expect = ^220\nuse_regex = 1").to_string(), "send nothing, match \"^220\"");
    assert_eq!(
        check("send_program = \"/etc/ha/check.sh %h %p\"\nexpect = OK").to_string(),
        "program check.sh, expect \"OK\""
    );
    assert_eq!(check(&format!("send = {}", "x".repeat(300))), Check::Connect);
    assert!(
        report(&with("send = x\nsend_program = /c\nuse_regex = 1"))
            .iter()
            .any(|entry| entry.contains("send = x: `send_program` overrides it"))
    );
}

#[test]
fn a_cr_lf_file_is_taken_over_whole_and_says_so() {
    let plain = with("port = 443");
    let dos = plain.replace('\n', "\r\n");
    assert_eq!(import(&dos).cluster, import(&plain).cluster);
    assert_eq!(import(&dos).report.entries[0].reason, LossReason::LineEnds { unread: 5 });
    // A fault in what Piranha would not have read does not make the file a refused one.
    let faulty = dos.replace("port = 443", "prot = 443");
    assert!(import(&faulty).cluster.services().is_empty());
    assert!(
        import(&faulty)
            .report
            .entries
            .iter()
            .any(|entry| matches!(entry.reason, LossReason::UnreadLines { count: 5 }))
    );
}

#[test]
fn odd_names_are_kept_or_changed_and_reported() {
    let names = |source: &[u8]| -> Vec<_> {
        let cluster = lvscf::import(source, name()).unwrap().cluster;
        cluster.services().values().map(|service| service.settings.name.to_string()).collect()
    };
    assert_eq!(names("virtual \"我的 网站\" {\nfwmark = 1\n}\n".as_bytes()), ["我的 网站"]);
    assert_eq!(names(b"virtual caf\xe9 {\nfwmark = 1\n}\n"), ["caf\u{fffd}"]);
    assert_eq!(names(b"virtual a\x07b {\nfwmark = 1\n}\n"), ["a_b"]);
    assert_eq!(
        names(
            format!("virtual {0} {{\nfwmark = 1\n}}\nvirtual {0} {{\nfwmark = 2\n}}\n", "x".repeat(80))
                .as_bytes()
        ),
        ["x".repeat(64), format!("{}-2", "x".repeat(62))]
    );
    assert_eq!(names(b"virtual ' ' {\nfwmark = 1\n}\n"), ["service"]);
}

#[test]
fn a_long_file_of_equal_blocks_does_not_take_the_square_of_its_length() {
    let block = "virtual a {\nactive = 1\naddress = 10.0.0.1 e\nserver b {\naddress = 10.0.0.2\n} x\n} x\n";
    let cluster = import(&block.repeat(20_000)).cluster;
    assert_eq!(cluster.services().len(), 20_000);
    assert_eq!(cluster.services().values().filter(|service| service.settings.active).count(), 1);
}

#[test]
fn samples_lose_nothing_in_silence() {
    for crate::samples::Sample { source, .. } in SAMPLES.iter() {
        check_nothing_is_silent(source);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_lose_nothing_in_silence(pieces in prop::collection::vec(piece(), 0..40)) {
        check_nothing_is_silent(&pieces.concat());
    }

    #[test]
    fn mutated_samples_lose_nothing_in_silence(
        sample in 0..120_usize,
        mutations in prop::collection::vec((any::<u8>(), any::<usize>(), piece()), 1..4),
    ) {
        let mut source = SAMPLES[sample].source.clone();
        for (kind, at, piece) in mutations {
            mutate(&mut source, kind, at, &piece);
        }
        check_nothing_is_silent(&source);
    }
}

/// Each value that differs from its default is in the cluster (so that writing the cluster says it again), or in the report.
fn check_nothing_is_silent(source: &[u8]) {
    let Ok(parsed) = lvscf::parse(source) else { return };
    let Imported { cluster, report } = lvscf::import(source, name()).unwrap();
    if report.entries.iter().any(|entry| matches!(entry.reason, LossReason::LineEnds { .. })) {
        return;
    }
    assert!(
        !report.entries.iter().any(|entry| matches!(entry.reason, LossReason::Refused { .. })),
        "{report}"
    );
    let values = &parsed.values;
    let written = lvscf::export(&cluster).values;
    let plain = |values: &LvsCf| LvsCf { virtuals: Vec::new(), failovers: Vec::new(), ..values.clone() };
    // With redundancy switched off, `heartbeat` has no say.
    let heartbeat = !written.backup_active;
    compare(&plain(values), &plain(&written), &report, &Subject::Whole, |keyword| {
        keyword == "heartbeat" && heartbeat
    });
    let hidden = [
        ("primary_shared", values.primary_shared.is_some()),
        ("backup_shared", values.backup_shared.is_some()),
        ("reservation_conflict_action", values.reservation_conflict_action.is_some()),
        ("ipvsadm", values.ipvsadm != LvsCf::default().ipvsadm),
        ("sync", values.sync),
    ];
    check_hidden(&hidden, &report, &Subject::Whole);

    let mut blocks = written.virtuals.iter();
    for block in &values.virtuals {
        let subject = Subject::Service { name: block.name.to_lossy() };
        if is_left_out(&report, &subject) {
            continue;
        }
        let written = blocks.next().unwrap_or_else(|| panic!("no service for {subject}\n{report}"));
        let plain = |block: &Virtual| Virtual { servers: Vec::new(), name: "".into(), ..block.clone() };
        // A name is of the subject, not of a keyword; `none` is the default said aloud; quotes are only a way to write.
        compare(&unquoted(&plain(block)), &unquoted(&plain(written)), &report, &subject, |keyword| {
            keyword == "load_monitor" && block.load_monitor == Some("none".into())
        });
        assert!(block.name == written.name || mentions(&report, &subject, None), "{subject}\n{report}");
        let hidden = [
            ("client_monitor", block.client_monitor != Virtual::new("".into()).client_monitor),
            ("start_cmd", block.start_cmd.is_some()),
            ("stop_cmd", block.stop_cmd.is_some()),
            ("master", !block.master.is_unspecified()),
            ("dirs", block.dirs.is_some()),
        ];
        check_hidden(&hidden, &report, &subject);
        let mut servers = written.servers.iter();
        for real in &block.servers {
            let subject = Subject::Server { service: block.name.to_lossy(), name: real.name.to_lossy() };
            if is_left_out(&report, &subject) {
                continue;
            }
            let written = servers.next().unwrap_or_else(|| panic!("no server for {subject}\n{report}"));
            // A port that is the service's stays the service's, if that changed and is reported there.
            let follows = real.port == block.port;
            let plain = |real: &Real| Real { name: "".into(), ..real.clone() };
            compare(&plain(real), &plain(written), &report, &subject, |keyword| keyword == "port" && follows);
            assert!(real.name == written.name || mentions(&report, &subject, None), "{subject}\n{report}");
        }
    }
    for block in &values.failovers {
        assert!(mentions(&report, &Subject::Failover { name: block.name.to_lossy() }, None));
    }
}

fn unquoted(block: &Virtual) -> Virtual {
    let bare = |text: &Option<lvscf::Text>| {
        text.as_ref().map(lvscf::Text::unquoted).filter(|text| !text.as_bytes().is_empty())
    };
    Virtual {
        send: bare(&block.send),
        expect: bare(&block.expect),
        send_program: bare(&block.send_program),
        ..block.clone()
    }
}

/// Same names may stand for several blocks: then the test cannot tell them apart and takes the entry of one for all.
fn is_left_out(report: &LossReport, subject: &Subject) -> bool {
    report.of(Severity::NotTakenOver).any(|entry| entry.subject == *subject && entry.keyword.is_none())
}

fn mentions(report: &LossReport, subject: &Subject, keyword: Option<&str>) -> bool {
    report
        .entries
        .iter()
        .any(|entry| entry.subject == *subject && (keyword.is_none() || entry.keyword.as_deref() == keyword))
}

fn check_hidden(values: &[(&str, bool)], report: &LossReport, subject: &Subject) {
    for (keyword, is_set) in values {
        assert!(!is_set || mentions(report, subject, Some(keyword)), "{subject}: {keyword}\n{report}");
    }
}

fn compare<T: serde::Serialize>(
    raw: &T,
    written: &T,
    report: &LossReport,
    subject: &Subject,
    may_differ: impl Fn(&str) -> bool,
) {
    let (Value::Object(raw), Value::Object(written)) =
        (serde_json::to_value(raw).unwrap(), serde_json::to_value(written).unwrap())
    else {
        panic!("not an object");
    };
    for (field, value) in &raw {
        let keyword = match field.as_str() {
            "nat_router_device" => "nat_router",
            "device" => "address",
            other => other,
        };
        let said = written.get(field) == Some(value)
            || mentions(report, subject, Some(keyword))
            || may_differ(keyword);
        assert!(said, "{subject}: {field}: {value} became {:?}\n{report}", written.get(field));
    }
    assert_eq!(raw.keys().collect::<BTreeSet<_>>(), written.keys().collect());
}
