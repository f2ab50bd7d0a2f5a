//! What ipvsadm 1.31 wrote (on Linux 6.12, every kind of service and server) is read and written the same; what it would not take
//! back is refused with the place and the remedy.

use formats::Format;
use formats::ipvsadm::{self, Destination, Diagnostic, Exported, Imported, Key, Refusal, Rules, Supplement};
use formats::report::{LossReason, Severity};
use model::{Cluster, Device, Forwarding, Name, SyncDaemon, SyncId, Threshold, Thresholds, Timeouts};
use proptest::prelude::*;

use crate::import::name;
use crate::round_trip::mutate;

/// `ipvsadm -Sn` of a table with fwmark, IPv6, SCTP, persistence, engine, one-packet, flags and all tunnels.
const SAVED: &str = include_str!("../ipvsadm/guest.save");

fn parse(source: &str) -> Rules {
    ipvsadm::parse(source.as_bytes())
        .unwrap_or_else(|diagnostic| panic!("{}", diagnostic.render("saved", source.as_bytes())))
        .rules
}

fn refusal(source: &str) -> Diagnostic {
    ipvsadm::parse(source.as_bytes()).unwrap_err()
}

fn import(source: &str, supplement: &Supplement) -> Imported {
    ipvsadm::import(source.as_bytes(), name(), supplement).unwrap_or_else(|diagnostic| panic!("{diagnostic}"))
}

fn said(imported: &Imported) -> Vec<String> {
    imported.report.entries.iter().map(ToString::to_string).collect()
}

/// The one property: commands are refused in words that can be shown, or they survive being printed and make a cluster.
fn check(source: &[u8]) {
    match ipvsadm::parse(source) {
        Err(diagnostic) => {
            assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end <= source.len());
            assert!(!diagnostic.render("saved", source).is_empty());
            assert!(!diagnostic.remedy.is_empty() && !diagnostic.expected.is_empty());
        }
        Ok(parsed) => {
            let printed = ipvsadm::print(&parsed.rules);
            let again = ipvsadm::parse(printed.as_bytes());
            let mut before = parsed.rules;
            // The kernel finds local servers by itself, and ipvsadm has no word for them.
            for destination in before.services.iter_mut().flat_map(|service| &mut service.destinations) {
                if destination.forwarding == Forwarding::Local {
                    destination.forwarding = Forwarding::DirectRouting;
                }
            }
            match again {
                Ok(again) => assert_eq!(again.rules, before, "{printed}"),
                Err(diagnostic) if printed.is_empty() => assert_eq!(diagnostic.refusal, Refusal::Empty),
                Err(diagnostic) => panic!("{diagnostic}\n{printed}"),
            }
            ipvsadm::import(source, name(), &Supplement::default()).unwrap();
        }
    }
}

#[test]
fn what_ipvsadm_saved_is_written_the_same() {
    assert_eq!(Format::detect(SAVED.as_bytes()), Format::Ipvsadm);
    assert_eq!(ipvsadm::print(&parse(SAVED)), SAVED);
}

#[test]
fn everything_saved_is_in_the_cluster() {
    let imported = import(SAVED, &Supplement::default());
    let cluster = &imported.cluster;
    assert_eq!(cluster.services().len(), 11);
    let of = |name: &str| {
        cluster.services().values().find(|service| service.settings.name.as_str() == name).unwrap()
    };
    let web = of("tcp 10.0.0.2:80");
    // A service for all ports of the address stands above it.
    assert!(!web.settings.active);
    let ports: Vec<_> = web.destinations.values().map(|server| server.port.map(model::Port::get)).collect();
    assert_eq!(ports, [Some(8080), None, None], "the service's own port is followed");
    let secure = of("tcp 10.0.0.2:443");
    assert_eq!(secure.settings.scheduler.to_string(), "sh,sh-fallback,sh-port");
    assert_eq!(secure.settings.persistence.unwrap().to_string(), "600 s, mask /24");
    let inherited = cluster.settings().forwarding;
    let methods: Vec<_> = secure
        .destinations
        .values()
        .map(|server| server.forwarding.unwrap_or(inherited).to_string())
        .collect();
    assert_eq!(methods, ["gue:6080,csum", "gre,csum", "ipip", "gue:6081,remcsum", "gue:6081", "ipip"]);
    assert_eq!(of("mark 2 IPv6").settings.persistence.unwrap().mask.unwrap().get(), 64);
    assert!(of("udp 10.0.0.2:5060").settings.persistence.unwrap().engine.is_some());
    let report = said(&imported);
    for expected in [
        "not said: ipvsadm-save leaves out the idle times (`ipvsadm -Ln --timeout` shows them)",
        "not said: ipvsadm-save leaves out the limits of connections (`ipvsadm -Ln --thresholds` shows them)",
        "not said: ipvsadm-save leaves out the sync daemon (`ipvsadm -Ln --daemon` shows it)",
        "not said: ipvsadm knows no checks: each server is now checked by a connection",
        "line 3: changed: virtual service `tcp 10.0.0.2:80`: -t 10.0.0.2:80: the active virtual service `tcp 10.0.0.2` takes this \
         traffic already: this one is now inactive",
        "line 14: not taken over: virtual service `tcp 10.0.0.2:8080`: -b wlc: the scheduler makes nothing of this flag",
        "line 22: not said: virtual service `mark 1`: -f 1: the table does not say what carries the mark: rules made by hand must go on \
         setting it, or enter address and ports",
    ] {
        assert!(report.iter().any(|entry| entry == expected), "{expected}\n{report:#?}");
    }
}

#[test]
fn what_was_asked_for_is_in_the_cluster_and_what_the_file_says_counts_more() {
    let seconds = |text: &str| Some(model::Seconds::parse(text).unwrap());
    let limit = |text: &str| Some(Threshold::parse(text).unwrap());
    let supplement = Supplement {
        timeouts: Timeouts { tcp: seconds("600"), tcp_fin: seconds("60"), udp: None },
        thresholds: Thresholds::try_new(limit("50"), limit("40")).unwrap(),
        sync_daemon: Some(SyncDaemon::new(Device::parse("eth2").unwrap(), SyncId::MIN)),
    };
    let source = "--set 0 90 30\n-A -t 10.0.0.2:80\n-a -t 10.0.0.2:80 -r 10.1.0.1\n-a -t 10.0.0.2:80 -r 10.1.0.2 -x 9 -y 8\n";
    let imported = import(source, &supplement);
    let timeouts = imported.cluster.settings().timeouts;
    assert_eq!(timeouts, Timeouts { tcp: seconds("600"), tcp_fin: seconds("90"), udp: seconds("30") });
    let service = imported.cluster.services().values().next().unwrap();
    let limits: Vec<_> = service.destinations.values().map(|server| server.thresholds.to_string()).collect();
    assert_eq!(limits, ["upper 50, lower 40", "upper 9, lower 8"]);
    assert_eq!(imported.cluster.redundancy().sync_daemon, supplement.sync_daemon);
    let not_said: Vec<_> = imported.report.of(Severity::NotSaid).map(|loss| loss.reason.clone()).collect();
    assert_eq!(not_said, [LossReason::NoNames, LossReason::NoChecks, LossReason::NoDevices]);
}

#[test]
fn every_spelling_means_the_same() {
    let usual = "-A -t 10.0.0.2:80 -s rr -p 360\n-a -t 10.0.0.2:80 -r 10.1.0.1:80 -m -w 2\n";
    for spelled in [
        "/sbin/ipvsadm -At 10.0.0.2:80 -s rr -p\nipvsadm -at 10.0.0.2:80 -r 10.1.0.1 -m -w2 # one\n",
        "--add-service --tcp-service=10.0.0.2:80 --scheduler rr --persistent=360\n\
         --add-server --tcp-service 10.0.0.2:80 --real-server=10.1.0.1:80 --masquerading --weight=2\n",
        "# of the old machine\r\n\r\n-A -s rr -p -t 10.0.0.2:80\r\n-mw 2 -ar 10.1.0.1:0 -t 10.0.0.2:80",
    ] {
        assert_eq!(parse(spelled), parse(usual), "{spelled}");
    }
    let default = &parse("-A -f 3\n-a -f 3 -r 10.1.0.1").services[0];
    assert_eq!(default.scheduler.name(), "wlc");
    let Destination { forwarding, weight, port, .. } = &default.destinations[0];
    assert_eq!((*forwarding, weight.get(), *port), (Forwarding::DirectRouting, 1, None));
}

#[test]
fn a_local_server_that_ipvsadm_has_no_word_for_is_known() {
    let rules = parse("-A -t 10.0.0.2:80 -s wlc\n-a -t 10.0.0.2:80 -r 10.0.0.1:80 (null) -w 1\n");
    assert_eq!(rules.services[0].destinations[0].forwarding, Forwarding::Local);
}

#[test]
fn refusals_say_where_and_what_to_do() {
    let service = "-A -t 10.0.0.2:80 -s wlc\n";
    for (source, kind, place, words) in [
        ("\n# nothing\n", Refusal::Empty, (0, 0), "ipvsadm-save -n"),
        ("-A -t web.example:80", Refusal::Name, (1, 7), "`web.example` is a name; expected numbers alone"),
        ("-A -t 10.0.0.2:http", Refusal::Name, (1, 7), "`http` is a name"),
        (
            "-A -f -1 -s lc",
            Refusal::BadNumber,
            (1, 7),
            "write 4294967295: ipvsadm saves large marks as negative",
        ),
        ("-A -t 10.0.0.2:80 -s best", Refusal::BadWord, (1, 22), "`best` is not a value for `-s`"),
        ("-A -t 10.0.0.2:99999", Refusal::BadAddress, (1, 7), "ports are numbers from 1 to 65535"),
        ("-A -t 2001:db8::1:80", Refusal::BadAddress, (1, 7), "put brackets around it"),
        ("-A -t 10.0.0.2:0", Refusal::AllPorts, (1, 7), "add `-p 300`"),
        ("-A -t 10.0.0.2:80 -o", Refusal::NeedsUdp, (1, 19), "UDP and firewall marks alone"),
        ("-A -t 10.0.0.2:80 -p 5 -M 64", Refusal::BadNumber, (1, 27), "255.255.255.0"),
        ("-A -t 10.0.0.2:80 -M 255.0.0.0", Refusal::NeedsOther, (1, 19), "`-p` too"),
        ("-A -u 10.0.0.2:53 -s rr ops", Refusal::UnexpectedWord, (1, 25), "write `--ops`"),
        ("-A -t 10.0.0.2:80 -w 3", Refusal::NotForThisCommand, (1, 19), "does not go with `-A`"),
        ("-A -t 10.0.0.2:80 -s rr -s wlc", Refusal::Twice, (1, 25), "stands there twice"),
        ("-A -t 10.0.0.2:80 -u 10.0.0.2:80", Refusal::Twice, (1, 19), "`-t` and `-u` exclude each other"),
        ("-A -s wlc", Refusal::MissingOption, (1, 10), "the virtual service is missing"),
        ("-A -t", Refusal::MissingValue, (1, 6), "`-t` has no value"),
        ("-C", Refusal::NotAnAddition, (1, 1), "adds nothing to a table"),
        ("-A --sctp 10.0.0.2:80", Refusal::UnknownOption, (1, 4), "write `--sctp-service`"),
        ("-t 10.0.0.2:80 -s wlc", Refusal::MissingOption, (1, 22), "the command is missing"),
        (
            "-a -t 10.0.0.2:80 -r 10.1.0.1:80 -m",
            Refusal::NoSuchService,
            (1, 1),
            "no service `-t 10.0.0.2:80` above",
        ),
        (&format!("{service}\n{service}"), Refusal::AlreadyThere, (3, 1), "added in line 1"),
        (&format!("{service}-a -t 10.0.0.2:80"), Refusal::MissingOption, (2, 18), "`-r ADDRESS:PORT`"),
        (
            &format!("{service}-a -t 10.0.0.2:80 -r 10.1.0.1 -g -m"),
            Refusal::Twice,
            (2, 34),
            "exclude each other",
        ),
        (
            &format!("{service}-a -t 10.0.0.2:80 -r [2001:db8::1]:80 -m"),
            Refusal::Family,
            (2, 22),
            "only tunneling",
        ),
        (
            &format!("{service}-a -t 10.0.0.2:80 -r 10.1.0.1 --tun-csum"),
            Refusal::NeedsOther,
            (2, 31),
            "`-i` too",
        ),
        (
            &format!("{service}-a -t 10.0.0.2:80 -r 10.1.0.1 -i --tun-type gue"),
            Refusal::MissingOption,
            (2, 48),
            "--tun-port",
        ),
        (
            &format!("{service}-a -t 10.0.0.2:80 -r 10.1.0.1 -y 5"),
            Refusal::BadNumber,
            (2, 34),
            "set an upper threshold",
        ),
        ("--set 900 120", Refusal::MissingOption, (1, 14), "three times"),
        ("--start-daemon master", Refusal::MissingOption, (1, 22), "--mcast-interface"),
        (
            "IP Virtual Server version 1.2.1 (size=4096)",
            Refusal::UnexpectedWord,
            (1, 1),
            "not with `ipvsadm -Ln`",
        ),
    ] {
        let diagnostic = refusal(source);
        assert_eq!(
            (diagnostic.refusal, (diagnostic.line, diagnostic.column)),
            (kind, place),
            "{source}: {diagnostic}"
        );
        assert!(diagnostic.to_string().contains(words), "{words}: {diagnostic}");
    }
    let nul = ipvsadm::parse(b"-A -f 1\n\xff").unwrap_err();
    assert_eq!((nul.refusal, nul.line, nul.column), (Refusal::NotText, 2, 1));
}

#[test]
fn a_refusal_is_shown_under_its_line() {
    let source = "-A -t 10.0.0.2:80 -s wlc\n-a -t 10.0.0.2:80 -r real1:80 -m -w 1\n";
    let shown = refusal(source).render("saved.rules", source.as_bytes());
    assert!(shown.contains("saved.rules:2:22") && shown.contains("^^^^^^^^"), "{shown}");
    assert!(shown.contains("save the table with `ipvsadm-save -n`"), "{shown}");
}

#[test]
fn an_exported_cluster_comes_back_and_the_report_names_the_rest() {
    let cluster: Cluster = serde_json::from_str(
        r#"{"name":"site","settings":{"forwarding":"direct","timeouts":{"tcp":600}},
        "redundancy":{"active":false,"heartbeat_interval":3,"dead_after":9,"heartbeat_port":1050,"monitor_links":false,
          "sync_daemon":{"interface":"eth2","id":7,"group":"224.0.0.99","port":8849,"ttl":2,"max_length":1400}},
        "services":{
        "1":{"name":"web","active":true,"key":{"address":{"protocol":"tcp","vip":"10.0.0.2","ports":"80,443"}},"device":"eth0",
          "scheduler":"sh,sh-port","check":{"send_expect":{"send":"x","expect":null,"regex":false}},"timeout":6,"reentry":15,"quiesce":false,
          "destinations":{"2":{"name":"a","address":"10.1.0.1","weight":3,"active":true,"thresholds":{"upper":9,"lower":5}},
                          "3":{"name":"b","address":"10.1.0.2","weight":3,"active":false}}},
        "4":{"name":"ftp","active":true,"key":{"mark":{"mark":4294967295,"traffic":{"frontend":{"protocol":"tcp","vip":"10.0.0.5","ports":"21,10000-20000"}}}},
          "scheduler":"wlc","persistence":{"timeout":60},"check":"connect","timeout":6,"reentry":15,"quiesce":false},
        "5":{"name":"passive","active":true,"key":{"address":{"protocol":"tcp","vip":"10.0.0.6","ports":"10000-20000"}},
          "scheduler":"wlc","check":"connect","timeout":6,"reentry":15,"quiesce":false},
        "6":{"name":"old","active":false,"key":{"address":{"protocol":"tcp","vip":"10.0.0.2","ports":"80"}},
          "scheduler":"wlc","check":"connect","timeout":6,"reentry":15,"quiesce":false}}}"#,
    )
    .unwrap();
    let Exported { rules, report } = ipvsadm::export(&cluster);
    assert_eq!(
        ipvsadm::print(&rules),
        "--set 600 0 0\n\
         --start-daemon master --mcast-interface eth2 --syncid 7 --mcast-group 224.0.0.99 --mcast-port 8849 --mcast-ttl 2 \
         --sync-maxlen 1400\n\
         -A -t 10.0.0.2:80 -s sh -b sh-port\n\
         -a -t 10.0.0.2:80 -r 10.1.0.1:80 -g -w 3 -x 9 -y 5\n\
         -A -t 10.0.0.2:443 -s sh -b sh-port\n\
         -a -t 10.0.0.2:443 -r 10.1.0.1:443 -g -w 3 -x 9 -y 5\n\
         -A -f 4294967295 -s wlc -p 60\n"
    );
    let report: Vec<_> = report.entries.iter().map(ToString::to_string).collect();
    for expected in [
        "changed: --start-daemon master: written for the director that serves",
        "changed: virtual service `web`: tcp 10.0.0.2:80,443: one service for each port was written",
        "not taken over: virtual service `web`: send \"x\", expect nothing: ipvsadm cannot say this",
        "not taken over: virtual service `web`: eth0: ipvsadm cannot say this",
        "not taken over: virtual service `web`: -r b (10.1.0.2): not active, so not in the table",
        "changed: virtual service `ftp`: -f 4294967295: a rule must set this mark for tcp 10.0.0.5:21,10000-20000",
        "not taken over: virtual service `passive`: tcp 10.0.0.6:10000-20000: so many ports need a firewall mark and rules that set it",
        "not taken over: virtual service `old`: tcp 10.0.0.2:80: not active, so not in the table",
    ] {
        assert!(report.iter().any(|entry| entry.starts_with(expected)), "{expected}\n{report:#?}");
    }
}

#[test]
fn what_was_imported_is_exported_the_same() {
    // Without the service for all ports nothing is in anybody's way.
    let source: String = SAVED
        .lines()
        .filter(|line| !line.contains("10.0.0.2:0 ") && !line.contains("flag-3"))
        .fold(String::new(), |text, line| text + line + "\n");
    let exported = ipvsadm::export(&import(&source, &Supplement::default()).cluster);
    assert_eq!(ipvsadm::print(&exported.rules), source);
}

/// Words that mean something to the reader, so that chance builds lines that are nearly right.
fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&[
        "-A",
        "-a",
        "-A -t 10.0.0.2:80",
        "-a -t 10.0.0.2:80",
        "-A -f 1",
        "-a -f 1",
        "-A -f 2 -6",
        "-A -u [2001:db8::1]:53",
        "\n",
        "\n",
        "\n",
        "-t",
        "-u",
        "--sctp-service",
        "-f",
        "-6",
        "10.0.0.2:80",
        "10.0.0.2:0",
        "[2001:db8::1]:53",
        "-s",
        "wlc",
        "sh",
        "-b",
        "sh-port,flag-3",
        "-p",
        "300",
        "-M",
        "255.255.0.0",
        "64",
        "--pe",
        "sip",
        "-o",
        "-r",
        "10.1.0.1:8080",
        "10.1.0.2",
        "[2001:db8::9]:0",
        "-g",
        "-i",
        "-m",
        "(null)",
        "-w",
        "0",
        "2147483647",
        "-x",
        "9",
        "-y",
        "5",
        "--tun-type",
        "gue",
        "gre",
        "ipip",
        "--tun-port",
        "6080",
        "--tun-csum",
        "--tun-nocsum",
        "--tun-remcsum",
        "--set",
        "900 120 0",
        "--start-daemon",
        "master",
        "--mcast-interface",
        "eth0",
        "--syncid",
        "7",
        "-n",
        "# x",
        "ipvsadm",
        "\r\n",
        "-",
        "--",
        "--tcp-service=10.0.0.9:1",
        "\u{e9}",
        "-pm",
        "-At",
    ] as &[&str])
}

#[test]
fn keys_are_as_many_as_their_words() {
    let rules = parse(SAVED);
    let keys: std::collections::BTreeSet<Key> = rules.services.iter().map(|service| service.key).collect();
    assert_eq!(keys.len(), rules.services.len());
    assert!(Name::parse("mark 1").is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_refused_or_survive(source in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&source);
    }

    #[test]
    fn words_are_refused_or_survive(words in prop::collection::vec(word(), 0..40)) {
        check(words.join(" ").as_bytes());
    }

    #[test]
    fn mutated_saves_are_refused_or_survive(
        mutations in prop::collection::vec((any::<u8>(), any::<usize>(), word()), 1..4),
    ) {
        let mut source = SAVED.as_bytes().to_vec();
        for (kind, at, word) in mutations {
            mutate(&mut source, kind, at, word.as_bytes());
        }
        check(&source);
    }

    #[test]
    fn any_cluster_can_be_exported(cluster in model::testing::cluster()) {
        let printed = ipvsadm::print(&ipvsadm::export(&cluster).rules);
        if !printed.is_empty() {
            check(printed.as_bytes());
            prop_assert!(ipvsadm::parse(printed.as_bytes()).is_ok(), "{printed}");
        }
    }
}
