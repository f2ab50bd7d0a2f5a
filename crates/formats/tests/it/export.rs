//! Export: a cluster that lvs.cf can say comes back the same; for others the report names what is missing.

use formats::lvscf::{self, Exported, Imported, LossReason, Severity};
use model::{Cluster, Name};
use proptest::prelude::*;

use crate::import::name;
use crate::samples::SAMPLES;

fn cluster(json: &str) -> Cluster {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}\n{json}"))
}

fn there_and_back(cluster: &Cluster) -> Imported {
    let printed = lvscf::print(&lvscf::export(cluster).values);
    lvscf::import(&printed, cluster.name().clone())
        .unwrap_or_else(|diagnostic| panic!("{}", diagnostic.render("exported", &printed)))
}

/// Every field that lvs.cf has, as a cluster.
fn full() -> Cluster {
    cluster(
        r#"{"name":"site","settings":{"primary_public":"10.0.0.1","primary_private":"192.168.1.1","forwarding":"masquerading",
        "nat_router":{"address":"192.168.10.254","device":"eth1:0","netmask":24},"timeouts":{"tcp":600,"tcp_fin":60,"udp":30}},
        "redundancy":{"active":true,"backup_public":"10.0.0.3","backup_private":"192.168.1.3","heartbeat_interval":3,"dead_after":9,
        "heartbeat_port":1050,"monitor_links":true,"sync_daemon":{"interface":"eth2","id":7}},
        "services":{
        "1":{"name":"my web","active":true,"key":{"address":{"protocol":"tcp","vip":"10.0.0.2","ports":"443"}},"device":"eth0:1","vip_netmask":24,
          "scheduler":"sh","persistence":{"timeout":600,"mask":24},"check":{"send_expect":{"send":"GET \"x\"\\r\\n","expect":"OK it's","regex":true}},
          "timeout":6,"reentry":15,"quiesce":true,"load_monitor":"rup","sorry_server":{"address":"10.0.0.9"},
          "destinations":{"2":{"name":"real 1","address":"192.168.10.100","port":8443,"weight":3,"active":true},
                          "3":{"name":"\u7f51\u7ad9","address":"192.168.10.101","weight":0,"active":false}}},
        "4":{"name":"dns","active":false,"key":{"address":{"protocol":"udp","vip":"10.0.0.4","ports":"53"}},"device":"eth0:2",
          "scheduler":"wlc","check":{"program":{"program":"dns.sh","expect":"OK"}},"timeout":10,"reentry":0,"quiesce":false},
        "5":{"name":"ftp","active":true,"key":{"mark":{"mark":4294967295,"traffic":{"frontend":{"protocol":"tcp","vip":"10.0.0.5","ports":"21"}}}},
          "device":"eth0:3","vip_netmask":32,"scheduler":"lblcr","check":"connect","timeout":86400,"reentry":86400,"quiesce":false},
        "6":{"name":"marked","active":true,"key":{"mark":{"mark":9,"traffic":{"elsewhere":"v4"}}},
          "scheduler":"dh","persistence":{"timeout":1,"mask":32},"check":"connect","timeout":1,"reentry":1,"quiesce":false,
          "destinations":{"7":{"name":"a","address":"10.0.0.20","weight":2147483647,"active":true}}},
        "8":{"name":"all","active":true,"key":{"address":{"protocol":"tcp","vip":"10.0.0.6","ports":"all"}},"device":"lo",
          "scheduler":"rr","persistence":{"timeout":5},"check":"connect","timeout":1,"reentry":1,"quiesce":false,
          "destinations":{"9":{"name":"a","address":"10.0.0.20","port":81,"weight":1,"active":true}}}}}"#,
    )
}

#[test]
fn what_lvs_cf_can_say_comes_back_the_same() {
    assert_eq!(there_and_back(&full()).cluster, full());
    let report = lvscf::export(&full()).report;
    let lost: Vec<_> = report.of(Severity::NotTakenOver).map(ToString::to_string).collect();
    assert_eq!(lost, ["not taken over: site: lvs.cf cannot say this"], "the file has no name for a cluster");
    let empty = Cluster::new(Name::parse("empty").unwrap());
    assert_eq!(there_and_back(&empty).cluster, empty);
}

#[test]
fn what_was_imported_comes_back_the_same() {
    for crate::samples::Sample { name: number, source, .. } in SAMPLES.iter() {
        let Ok(first) = lvscf::import(source, name()) else { continue };
        let again = there_and_back(&first.cluster);
        // A part that was left out leaves a gap in the ids, nothing else.
        assert_eq!(again.cluster, first.cluster, "{number}");
    }
}

#[test]
fn what_lvs_cf_cannot_say_is_reported() {
    let service = |key: &str, more: &str| {
        format!(
            r#"{{"name":"x","services":{{"1":{{"name":"web","active":true,"key":{key},"device":"eth0","scheduler":"wlc","check":"connect","timeout":1,"reentry":1,"quiesce":false{more}}}}}}}"#
        )
    };
    let tcp = r#"{"address":{"protocol":"tcp","vip":"10.0.0.2","ports":"443"}}"#;
    let of = |vip: &str, protocol: &str, ports: &str| {
        format!(r#"{{"address":{{"protocol":"{protocol}","vip":"{vip}","ports":"{ports}"}}}}"#)
    };
    for (json, expected) in [
        (
            service(&of("2001:db8::1", "tcp", "80"), ""),
            "virtual service `web`: address = 2001:db8::1: lvs.cf knows IPv4 alone",
        ),
        (
            service(&of("10.0.0.1", "sctp", "80"), ""),
            "virtual service `web`: protocol = sctp: lvs.cf cannot say this",
        ),
        (
            service(&of("10.0.0.1", "tcp", "80,443"), ""),
            "virtual service `web`: port = 80,443: lvs.cf cannot say this: `80` was written",
        ),
        (
            service(&of("10.0.0.1", "udp", "53"), r#","one_packet":true"#),
            "virtual service `web`: one-packet scheduling: lvs.cf cannot say this",
        ),
        (
            service(tcp, r#","proxy_protocol":true"#),
            "virtual service `web`: PROXY protocol: lvs.cf cannot say this",
        ),
        (
            service(tcp, r#","note":"ask first\nticket 12""#),
            "virtual service `web`: ask first / ticket 12: lvs.cf cannot say this",
        ),
        (
            service(r#"{"mark":{"mark":1,"traffic":{"elsewhere":"v6"}}}"#, ""),
            "virtual service `web`: fwmark = mark 1 (IPv6): lvs.cf knows IPv4 alone",
        ),
        (
            service(tcp, r#","sorry_server":{"address":"10.0.0.9","port":81}"#),
            "virtual service `web`: sorry_server = 10.0.0.9:81: lvs.cf cannot say this",
        ),
        (
            service(
                tcp,
                r#","destinations":{"2":{"name":"a","address":"10.0.0.3","weight":1,"forwarding":"gre","active":true,"thresholds":{"upper":5}}}"#,
            ),
            "virtual service `web`, real server `a`: gre: lvs.cf cannot say this",
        ),
        (
            service(tcp, "").replace("\"wlc\"", "\"mh,mh-port\""),
            "virtual service `web`: scheduler = mh,mh-port: lvs.cf cannot say this: `sh` was written",
        ),
        (
            service(tcp, "").replace(r#""device":"eth0","#, ""),
            "virtual service `web`: address = 10.0.0.2: lvs.cf needs it: `eth0:1` was written, check it",
        ),
        (
            service(tcp, "").replace("\"web\"", r#""a 'b \"c""#),
            "virtual service `a 'b \"c`: a 'b \"c: the name cannot be kept: it is now `a _b _c`",
        ),
        (
            service(tcp, "")
                .replace("\"connect\"", r#"{"send_expect":{"send":"a 'b \"c","expect":null,"regex":false}}"#),
            "this text cannot be kept as it is",
        ),
    ] {
        let Exported { values, report } = lvscf::export(&cluster(&json));
        let report: Vec<_> = report.entries.iter().map(ToString::to_string).collect();
        assert!(report.iter().any(|entry| entry.ends_with(expected)), "{expected}\n{report:#?}");
        assert!(lvscf::parse(&lvscf::print(&values)).is_ok());
    }
}

#[test]
fn entries_read_back_from_json() {
    let report = lvscf::export(&full()).report;
    assert_eq!(
        serde_json::from_str::<lvscf::LossReport>(&serde_json::to_string(&report).unwrap()).unwrap(),
        report
    );
    assert!(report.entries.iter().any(|entry| matches!(entry.reason, LossReason::MustBeNamed { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_name_and_payload_can_be_written_or_is_reported(text in "[ -~\u{e9}\u{4e2d}]{1,20}") {
        let Ok(name) = Name::parse(&text) else { return Ok(()) };
        let mut json: serde_json::Value = serde_json::from_str(
            r#"{"name":"x","services":{"1":{"name":"web","active":true,"key":{"mark":{"mark":1,"traffic":{"elsewhere":"v4"}}},
            "scheduler":"wlc","check":{"send_expect":{"send":"x","expect":"x","regex":false}},"timeout":1,"reentry":1,"quiesce":false}}}"#,
        ).unwrap();
        let service = &mut json["services"]["1"];
        service["name"] = name.as_str().into();
        service["check"]["send_expect"]["send"] = text.as_str().into();
        let cluster: Cluster = serde_json::from_value(json).unwrap();
        let changed = lvscf::export(&cluster).report.entries.iter().any(|entry| {
            matches!(entry.reason, LossReason::NameNotPossible { .. } | LossReason::TextNotPossible)
        });
        let back = there_and_back(&cluster).cluster;
        prop_assert!(changed || back == cluster, "{back:?}");
    }
}
