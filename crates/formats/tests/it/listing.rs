//! The tables that `ipvsadm -L -n` prints, compared to the byte with what the print functions of ipvsadm 1.31 made of the same
//! entries (`tests/ipvsadm/listing`).

use formats::ipvsadm::{Counted, Form, ListedDestination, ListedService, Listing};
use model::table::{Role, TableDestination, TableDestinationKey, TableKey, TableServiceSettings};
use model::{
    Family, FirewallMark, Forwarding, HostAddress, Persistence, PersistenceEngine, Ports, PrefixLength,
    Protocol, Scheduler, Seconds, Threshold, Thresholds, Weight,
};

/// As the entries of the fixtures were counted: everything from one number.
fn counted(n: u64, active: u64, inactive: u64) -> Counted {
    Counted {
        active,
        inactive,
        total: [n, n * 10, n * 100, n * 10_000, n * 1_000_000],
        rate: [n / 7, n, n * 3, n * 1_000, n * 100_000],
    }
}

fn settings(
    scheduler: &str,
    persistence: Option<(&str, Option<u8>, bool)>,
    one_packet: bool,
) -> TableServiceSettings {
    let persistence = persistence.map(|(timeout, mask, sip)| Persistence {
        timeout: Seconds::parse(timeout).unwrap(),
        mask: mask.map(|mask| PrefixLength::parse(&mask.to_string()).unwrap()),
        engine: sip.then_some(PersistenceEngine::Sip),
    });
    let scheduler = Scheduler::parse(scheduler).unwrap();
    TableServiceSettings { scheduler, persistence, one_packet, proxy_protocol: false }
}

fn at(protocol: Protocol, vip: &str, ports: &str) -> TableKey {
    TableKey::Address { protocol, vip: HostAddress::parse(vip).unwrap(), ports: Ports::parse(ports).unwrap() }
}

fn mark(mark: u32, family: Family) -> TableKey {
    TableKey::Mark { mark: FirewallMark::parse(&mark.to_string()).unwrap(), family }
}

fn destination(key: &str, forwarding: &str, weight: u32, counted: Counted) -> ListedDestination {
    let entry = TableDestination {
        forwarding: Forwarding::parse(forwarding).unwrap(),
        weight: Weight::parse(&weight.to_string()).unwrap(),
        thresholds: Thresholds::default(),
        role: Role::RealServer,
    };
    ListedDestination { key: TableDestinationKey::parse(key).unwrap(), entry, counted }
}

fn limited(mut one: ListedDestination, upper: u32, lower: u32) -> ListedDestination {
    let limit = |n: u32| Some(Threshold::parse(&n.to_string()).unwrap());
    one.entry.thresholds = Thresholds::try_new(limit(upper), limit(lower)).unwrap();
    one
}

/// The fixtures' table, in another order than it is printed in.
fn listing() -> Listing {
    let service = |key, settings, n, destinations| ListedService {
        key,
        settings,
        counted: counted(n, 0, 0),
        destinations,
    };
    let far = u64::from(u32::MAX);
    let services = vec![
        service(mark(8, Family::V6), settings("lc", Some(("100", None, false)), false), 1, vec![]),
        service(
            mark(7, Family::V4),
            settings("wlc", None, false),
            1_000_000_000,
            vec![destination("192.168.10.100", "direct", 1, counted(1_000, 0, 0))],
        ),
        service(
            at(Protocol::Tcp, "2001:db8:85a3:1234:5678:8a2e:370:7334", "443"),
            settings("wrr", Some(("360", Some(64), false)), false),
            1,
            vec![
                destination("[fd00:192::101]:8443", "masquerading", 1, counted(1, 1, 2)),
                destination("[fd00:192::100]:443", "ipip", 2, counted(0, 3, 4)),
            ],
        ),
        service(
            at(Protocol::Udp, "10.0.0.2", "5060"),
            settings("mh,mh-fallback", Some(("300", None, true)), true),
            0,
            vec![],
        ),
        service(
            at(Protocol::Udp, "10.0.0.2", "53"),
            settings("rr", None, true),
            3,
            vec![destination("223.255.255.255:65535", "ipip", 0, counted(3, 0, 0))],
        ),
        service(
            at(Protocol::Tcp, "10.0.0.2", "443"),
            settings("sh,sh-fallback,sh-port", Some(("600", Some(24), false)), false),
            99_999_999,
            vec![limited(
                destination("192.168.10.100:443", "direct", 65_535, counted(123_456_789, far, far)),
                65_535,
                1,
            )],
        ),
        service(
            at(Protocol::Tcp, "10.0.0.2", "80"),
            settings("wlc", None, false),
            12_345_678,
            vec![
                destination("192.168.10.101:80", "masquerading", 1, counted(345_678, 7, 0)),
                limited(
                    destination(
                        "192.168.10.100:8080",
                        "masquerading",
                        3,
                        counted(12_000_000, 412, 1_234_567),
                    ),
                    1_000,
                    750,
                ),
                destination("192.168.10.1:80", "local", 1, counted(0, 0, 0)),
            ],
        ),
    ];
    Listing { version: Some(("1.2.1".into(), 4_096)), services }
}

/// Services by address go before IPv6 ones here and in `ipvs_cmp_services`; the fixtures were printed in that order.
#[test]
fn every_form_is_what_ipvsadm_prints() {
    for (form, wanted) in [
        (Form::List, include_str!("../ipvsadm/listing/list.txt")),
        (Form::Stats, include_str!("../ipvsadm/listing/stats.txt")),
        (Form::Rate, include_str!("../ipvsadm/listing/rate.txt")),
        (Form::Thresholds, include_str!("../ipvsadm/listing/thresholds.txt")),
    ] {
        assert_eq!(listing().print(form), wanted, "{form:?}");
        assert_eq!(Form::parse(form.name()), Some(form));
    }
}

#[test]
fn without_a_kernel_there_is_no_line_about_it() {
    assert_eq!(
        Listing::default().print(Form::List),
        "Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
    );
}
