//! Every kind of refusal, at every kind of place, in Piranha's words; and some files that look wrong and are not.

use formats::lvscf::{self, OddityKind, Parsed};

fn answer(source: &str) -> String {
    match lvscf::parse(source.as_bytes()) {
        Ok(_) => "ok".to_owned(),
        Err(diagnostic) => format!("{}: {}", diagnostic.line, diagnostic.refusal.original()),
    }
}

fn accepted(source: &[u8]) -> Parsed {
    lvscf::parse(source).unwrap_or_else(|diagnostic| panic!("{diagnostic}"))
}

#[test]
fn each_fault_is_refused_at_its_line_in_the_original_words() {
    let v = "virtual web {\n";
    let s = "virtual web {\nserver a {\n";
    for (block, line, expected) in [
        ("", "", "0: Empty configuration"),
        ("", "primary=10.0.0.1", "1: unknown command"),
        ("", "Primary = 10.0.0.1", "1: unknown command"),
        ("", "debug = NONE", "1: unknown command"),
        ("", "}", "1: unknown command"),
        ("", "\u{feff}primary = 10.0.0.1", "1: unknown command"),
        ("", "primary", "1: equal (=) expected after command"),
        ("", "primary 10.0.0.1", "1: equal (=) expected after command"),
        ("", "primary == 10.0.0.1", "1: equal (=) expected after command"),
        ("", "primary =", "1: missing arguments"),
        ("", "primary = 10.0.0.1 eth0", "1: unexpected arguments"),
        ("", "primary = 10.0.0.1 # main", "1: unexpected arguments"),
        ("", "primary = 0.0.0.0", "1: invalid host name or ip address"),
        ("", "primary = 0", "1: invalid host name or ip address"),
        ("", "primary = nowhere.invalid", "1: invalid argument"),
        ("", "primary = 2001:db8::1", "1: invalid argument"),
        ("", "primary_private = 0.0.0.0", "1: invalid host name or ip address"),
        ("", "backup_private = 0.0.0.0", "1: invalid host name or ip address"),
        ("", "backup = 0.0.0.0", "ok"),
        ("", "backup = -1", "1: invalid argument"),
        ("", "serial_no = yes", "1: integer expected"),
        ("", "serial_no = 08", "1: integer expected"),
        ("", "serial_no = 1.5", "1: integer expected"),
        ("", "serial_no = \"\"", "ok"),
        ("", "backup_active = 2", "1: boolean expected"),
        ("", "backup_active = yes", "1: integer expected"),
        ("", "heartbeat = -1", "1: boolean expected"),
        ("", "hard_shutdown = 2", "1: boolean expected"),
        ("", "syncdaemon = 0x1", "ok"),
        ("", "sync = 3", "1: boolean expected"),
        ("", "monitor_links = 7", "ok"),
        ("", "syncd_id = 999", "ok"),
        ("", "heartbeat_port = http", "ok"),
        ("", "heartbeat_port = no-such-service", "1: invalid argument"),
        ("", "network = bridge", "1: invalid argument"),
        ("", "service = web", "1: invalid argument"),
        ("", "reservation_conflict_action = wait", "1: invalid argument"),
        ("", "reservation_conflict_action = preempt", "ok"),
        ("", "nat_nmask = 255.255.255.256", "1: Bad subnet mask specified"),
        ("", "nat_router = 10.0.0.1", "1: missing arguments"),
        ("", "nat_router =", "1: missing arguments"),
        ("", "nat_router = 10.0.0.1 eth1:1 x", "1: unexpected arguments"),
        ("", "nat_router = gate eth1:1", "1: invalid argument"),
        ("", "rsh_command = \"ssh", "1: quotation mismatch"),
        ("", "rsh_command = \"ssh\" ", "1: quotation mismatch"),
        ("", "\"primary", "1: quotation mismatch"),
        ("", "virtual", "1: missing arguments"),
        ("", "virtual web", "1: missing arguments"),
        ("", "virtual web\n{", "1: missing arguments"),
        ("", "virtual web [", "1: missing arguments"),
        ("", "virtual web { }", "1: unexpected arguments"),
        ("", "virtual my web {", "1: unexpected arguments"),
        ("", "virtual \"web\" {", "1: quotation mismatch"),
        ("", "virtual \"my web\" {", "ok"),
        ("", "virtual web{", "1: missing arguments"),
        ("", "failover web {", "ok"),
        ("", "failover", "1: missing arguments"),
        ("", "load_monitor = none", "1: unknown command"),
        (v, "primary = 10.0.0.1", "2: unknown command"),
        (v, "virtual web {", "2: unknown command"),
        (v, "expect_program = x", "2: unknown command"),
        (v, "weight = 1", "2: unknown command"),
        (v, "active = 2", "2: boolean expected"),
        (v, "active =", "2: missing arguments"),
        (v, "active", "2: equal (=) expected after command"),
        (v, "address = 10.0.0.1", "2: missing arguments"),
        (v, "address = 10.0.0.1 eth0:1 x", "2: unexpected arguments"),
        (v, "address = yes eth0:1", "2: invalid argument"),
        (v, "sorry_server = yes", "2: invalid host name or ip address"),
        (v, "sorry_server = localhost", "2: invalid host name or ip address"),
        (v, "sorry_server = 0.0.0.0", "ok"),
        (v, "vip_nmask = /24", "2: Bad subnet mask specified"),
        (v, "vip_nmask = 1.2.3.4", "ok"),
        (v, "pmask = nonsense", "ok"),
        (v, "pmask =", "2: missing arguments"),
        (v, "fwmark = x", "2: integer expected"),
        (v, "protocol = sctp", "2: invalid argument"),
        (v, "protocol = TCP", "2: invalid argument"),
        (v, "port = 99999", "ok"),
        (v, "port = https", "ok"),
        (v, "port = HTTPS", "2: invalid argument"),
        (v, "port = tftp", "2: invalid argument"),
        (v, "scheduler = sed", "2: invalid argument"),
        (v, "scheduler =", "2: missing arguments"),
        (v, "persistent = -1", "ok"),
        (v, "persistent = 5m", "2: integer expected"),
        (v, "use_regex = 2", "2: boolean expected"),
        (v, "quiesce_server = x", "2: integer expected"),
        (v, "timeout = -3", "ok"),
        (v, "send = \"unclosed", "2: quotation mismatch"),
        (v, "master = x", "2: invalid argument"),
        (v, "dirs = x", "2: list expected"),
        (v, "dirs = [", "2: list expected"),
        (v, "dirs = [ a b", "2: list expected"),
        (v, "dirs =", "2: list expected"),
        (v, "dirs [ a ]", "2: equal (=) expected after command"),
        (v, "dirs = [ a:b c:d ] e", "ok"),
        (v, "dirs = [ ]", "ok"),
        (v, "server", "2: missing arguments"),
        (v, "server a", "2: missing arguments"),
        (v, "server a { x", "2: unexpected arguments"),
        (v, "server a b {", "2: unexpected arguments"),
        (v, "server a x", "2: missing arguments"),
        (s, "address = 10.0.0.1 eth0", "3: unexpected arguments"),
        (s, "address = localhost", "ok"),
        (s, "address = nowhere.invalid", "3: invalid argument"),
        (s, "active = 3", "3: boolean expected"),
        (s, "weight = heavy", "3: integer expected"),
        (s, "weight = -5", "ok"),
        (s, "port = http", "3: integer expected"),
        (s, "nmask = 255.255.255.0", "3: unknown command"),
        (s, "server b {", "3: unknown command"),
        (s, "weight = \"1", "3: quotation mismatch"),
        (s, "}\n}\n}", "5: unknown command"),
        (s, "} }\n} x\nserial_no = 1", "ok"),
    ] {
        assert_eq!(answer(&format!("{block}{line}")), expected, "{block}{line}");
        if !line.is_empty() {
            assert_eq!(
                answer(&format!("# note\n\n{block}\t{line}\n"))
                    .split_once(": ")
                    .map(|(_, words)| words.to_owned()),
                expected.split_once(": ").map(|(_, words)| words.to_owned()),
                "{block}{line}, further down"
            );
        }
    }
}

#[test]
fn an_unclosed_quote_in_a_virtual_block_is_only_seen_on_its_first_line() {
    // The daemon does not look at the outcome of splitting any later line: it goes on with the words before the quote.
    assert_eq!(answer("virtual a {\nactive = 1\nsend = \"x\n}\n"), "3: missing arguments");
    assert_eq!(answer("virtual a {\nactive = 1\ndirs = \"x\n}\n"), "3: list expected");
    assert_eq!(answer("virtual a {\nactive = 1\nserver \"x {\n}\n}\n"), "3: missing arguments");
    let parsed = accepted(b"virtual a {\nactive = 1\nport = 81 \"x\n}\n");
    assert_eq!(parsed.values.virtuals[0].port, 81);
    assert_eq!(parsed.oddities[0].kind, OddityKind::UnclosedQuoteDropped);
    let parsed = accepted(b"virtual a {\nactive = 1\n\"x\nserial_no = 3\n");
    assert_eq!(parsed.values.serial_no, 3);
    assert_eq!(parsed.oddities[0].kind, OddityKind::UnclosedQuoteEndsBlock);
}

#[test]
fn what_is_passed_over_in_silence_is_noted() {
    let kinds = |source: &[u8]| -> Vec<_> {
        accepted(source).oddities.into_iter().map(|oddity| (oddity.place.line, oddity.kind)).collect()
    };
    assert_eq!(kinds(b"virtual a {\n}\n"), []);
    assert_eq!(
        kinds(b"virtual a {\nserver b {\n"),
        [(1, OddityKind::MissingBrace), (2, OddityKind::MissingBrace)]
    );
    assert_eq!(
        kinds(b"virtual a {\nserver b {\n} x\n} y\n"),
        [(3, OddityKind::WordsAfterBrace), (4, OddityKind::WordsAfterBrace)]
    );
    assert_eq!(
        kinds(b"virtual a {\npmask = x\ndirs = [ a ] b\n}\n"),
        [(2, OddityKind::BadPersistenceMask), (3, OddityKind::WordsDropped)]
    );
    assert_eq!(
        kinds(b"serial_no = 1\r\n# c\r\nprimary = 10.0.0.1\r\n"),
        [(3, OddityKind::UnreadLine("primary = 10.0.0.1".into()))]
    );
}

#[test]
fn values_are_those_of_the_daemon() {
    let values =
        accepted(b"primary = 10.1\nbackup = 0x0a000002\nbackup_private = 10.9.9.9\nserial_no = 010\n").values;
    assert_eq!(values.primary.to_string(), "10.0.0.1");
    assert_eq!(values.primary_private.to_string(), "10.0.0.1");
    assert_eq!(
        values.backup_private.to_string(),
        "10.0.0.2",
        "overwritten, because primary_private is not there"
    );
    assert_eq!(values.serial_no, 8);
    let values =
        accepted(b"virtual a {\npmask = 255.255.255.255\n}\nvirtual b {\npmask = 0xffffffff\n}\n").values;
    assert_eq!(values.virtuals[0].pmask.to_string(), "0.0.0.0");
    assert_eq!(values.virtuals[1].pmask.to_string(), "255.255.255.255");
    let values = accepted(b"virtual a {\nserver b {\n}\nport = 443\nserver c {\n}\nserver d {\nport = 8443\n}\n}\nvirtual a {\n").values;
    assert_eq!(values.virtuals[0].servers.iter().map(|real| real.port).collect::<Vec<_>>(), [80, 443, 8443]);
    assert_eq!(values.virtuals.len(), 2, "a second block of the same name is a second service");
    let values = accepted(b"failover f {\nstart_cmd = \"a b\"\n}\nvirtual v {\n}\nactive_cmd = \"a b\"\nkeepalive = 1\nkeepalive = 3").values;
    assert_eq!(values.failovers[0].start_cmd.as_ref().unwrap().to_lossy(), "\"a b\"");
    assert_eq!(values.active_cmd.unwrap().to_lossy(), "a b");
    assert_eq!((values.virtuals.len(), values.keepalive), (1, 3));
}

#[test]
fn files_of_other_kinds_are_refused_calmly() {
    for source in [
        &b"\xff\xfeserial_no = 1\n"[..],
        b"s\0e\0r\0i\0a\0l\0",
        b"\x7fELF\x02\x01\x01\0\0\0",
        b"{\"ok\":1}\n",
        b"<html>\n<body>\n",
        "\u{4e2d}\u{6587} = 1\n".as_bytes(),
        b"caf\xe9 = 1\n",
        &[b'x'; 1_000_000],
        &[b'"'; 100_000],
    ] {
        let diagnostic = lvscf::parse(source).unwrap_err();
        assert_eq!(diagnostic.line, 1);
        assert!(diagnostic.render("x.cf", source).len() < 2_000);
        assert!(diagnostic.to_string().len() < 1_000);
    }
    let long = format!("virtual a {{\nexpect = \"{}\"\n", "y z ".repeat(500_000));
    assert_eq!(
        accepted(long.as_bytes()).values.virtuals[0].expect.as_ref().unwrap().as_bytes().len(),
        2_000_002
    );
    assert_eq!(accepted(b"active_cmd = caf\xe9\n").values.active_cmd.unwrap().as_bytes(), b"caf\xe9");
}

#[test]
fn messages_show_the_place_and_the_remedy() {
    let rendered: Vec<_> = [
        "serial_no = 1\nprimary=10.0.0.1\n",
        "virtual web {\n\tport = 80\n\taddress = 10.0.0.1 eth0:1 # the shop\n",
        "virtual web {\n    server a {\n        address =\n",
        "virtual web {\n    wieght = 3\n",
        "}\n    load_monitor = none\n",
        "virtual web {\n}\n    load_monitor = none\n",
        "virtual \"web\" {\n",
        "backup_active = yes\n",
        "# \u{4e2d}\u{6587}\nprimary = \u{4e2d}\u{6587}\n",
        "virtual web {\n    scheduler = sed\n",
        "virtual web {\n    active = 1\n    send = \"GET /\n",
        "primary = 0.0.0.0\n",
        "virtual web {\n    server a {\n        address = 2001:db8::1\n",
    ]
    .into_iter()
    .map(|source| lvscf::parse(source.as_bytes()).unwrap_err().render("lvs.cf", source.as_bytes()))
    .collect();
    insta::assert_snapshot!(rendered.join("\n\n"));
}
