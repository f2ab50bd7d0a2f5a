//! A fed machine: what the doctor says of it, and what it mends.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use model::{Cluster, Desired, Finding, Generation, Gravity, MachineRole, SchedulerKind, SpecHash};
use protocol::Accepted;
use tokio::sync::watch;

use super::*;
use crate::surroundings::simulated::{self, Simulated};
use crate::surroundings::{Assigned, Link, Place, Sysctl, Wanted, steps};

/// A machine in memory.
#[derive(Clone)]
struct Fed {
    host: Host,
    mtu: BTreeMap<String, u32>,
    /// Its sysctls, and who sets them.
    around: Arc<Simulated>,
    missing: BTreeSet<SchedulerKind>,
    others: BTreeMap<IpAddr, Answers>,
    open_files: OpenFiles,
    asked: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl Machine for Fed {
    fn host(&self) -> Result<Host, String> {
        Ok(self.host.clone())
    }

    fn mtu(&self, device: &str) -> Option<u32> {
        self.mtu.get(device).copied()
    }

    fn sysctl(&self, path: &str) -> Option<String> {
        let around = self.around.machine();
        around.sysctls.get(&Sysctl::parse(path)?).map(|value| format!("{value}\n"))
    }

    fn release(&self) -> String {
        "6.14.0-1-amd64".into()
    }

    fn ipvs(&self) -> Ipvs {
        Ipvs::Usable(self.missing.clone())
    }

    fn open_files(&self) -> OpenFiles {
        self.open_files
    }

    async fn who_has(&self, _host: &Host, device: &str, address: IpAddr) -> Answers {
        self.asked.lock().unwrap().push(format!("{address} on {device}"));
        self.others.get(&address).cloned().unwrap_or(Answers::Machines(BTreeSet::new()))
    }

    fn raise_open_files(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Fed {
    /// The guide's first director: all is well.
    fn director() -> Self {
        let mut fed = Self::machine(&[("eth0", "10.0.0.1/24"), ("eth1", "192.168.10.1/24")]);
        fed.add("eth0", "10.0.0.2/32");
        fed.set("net/ipv4/ip_forward", "1");
        fed
    }

    /// The guide's first real server: all is well.
    fn real_server() -> Self {
        let mut fed = Self::machine(&[("eth0", "192.168.10.100/24")]);
        fed.add("lo", "10.0.0.2/32");
        fed.set("net/ipv4/conf/all/arp_ignore", "1");
        fed.set("net/ipv4/conf/all/arp_announce", "2");
        fed.host.gateways.insert("192.168.10.254".parse().unwrap());
        fed
    }

    fn machine(devices: &[(&str, &str)]) -> Self {
        let mut fed = Self {
            host: Host::default(),
            mtu: BTreeMap::new(),
            around: Arc::new(Simulated::new(simulated::Machine::default())),
            missing: BTreeSet::new(),
            others: BTreeMap::new(),
            open_files: OpenFiles::default(),
            asked: Arc::default(),
        };
        for (index, (device, place)) in [("lo", "127.0.0.1/8")].iter().chain(devices).enumerate() {
            let index = u32::try_from(index).unwrap() + 1;
            let loopback = *device == "lo";
            let link = Link { index, up: true, loopback, ..Link::default() };
            fed.host.links.insert((*device).to_owned(), link);
            fed.mtu.insert((*device).to_owned(), 1500);
            fed.add(device, place);
        }
        fed
    }

    fn add(&mut self, device: &str, place: &str) {
        let net: ipnet::IpNet = place.parse().unwrap();
        let place = Place { device: device.to_owned(), address: net.addr(), prefix: net.prefix_len() };
        self.host.addresses.push(Assigned { place, ours: false });
    }

    fn remove(&mut self, address: &str) {
        let address: IpAddr = address.parse().unwrap();
        self.host.addresses.retain(|assigned| assigned.place.address != address);
    }

    fn set(&mut self, path: &str, value: &str) {
        let sysctl = Sysctl::parse(path).unwrap();
        self.around.meddle(|machine| drop(machine.sysctls.insert(sysctl, value.to_owned())));
    }
}

fn desired(forwarding: &str, more: &str) -> Desired {
    let json = format!(
        r#"{{"name":"shop","settings":{{"primary_public":"10.0.0.1","forwarding":"{forwarding}","nat_router":{{"address":"192.168.10.254","device":"eth1"}}}},
        "redundancy":{{"active":true,"backup_public":"10.0.0.3","heartbeat_interval":6,"dead_after":18,"heartbeat_port":539,"monitor_links":false}},
        "services":{{"1":{{"name":"web","active":true,"key":{{"address":{{"protocol":"tcp","vip":"10.0.0.2","ports":"80"}}}},
        "scheduler":"wlc","check":"connect","timeout":6,"reentry":15,"quiesce":false{more},
        "destinations":{{"2":{{"name":"real1","address":"192.168.10.100","weight":1,"active":true}}}}}}}}}}"#
    );
    let cluster: Cluster = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}\n{json}"));
    Desired { running: true, cluster }
}

async fn examine(fed: &Fed, desired: &Desired, role: MachineRole, plane: Kind) -> Vec<Finding> {
    let case = Case { desired: Some(desired), role, plane };
    let machine: Arc<dyn Machine> = Arc::new(fed.clone());
    let facts = gather(&machine, &case, Some(3)).await.unwrap();
    judge(&case, &facts)
}

async fn director(fed: &Fed, desired: &Desired) -> Vec<Finding> {
    examine(fed, desired, MachineRole::Director, Kind::Kernel).await
}

/// Codes with their remedies.
fn said(findings: &[Finding]) -> Vec<(&'static str, &str)> {
    findings
        .iter()
        .map(|finding| (finding.known().unwrap().name(), finding.remedy.as_deref().unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn where_all_is_well_nothing_is_said() {
    for forwarding in ["masquerading", "direct"] {
        let fed = Fed::director();
        assert_eq!(director(&fed, &desired(forwarding, "")).await, []);
        assert_eq!(*fed.asked.lock().unwrap(), ["10.0.0.2 on eth0"]);
        let fed = Fed::real_server();
        let found = examine(&fed, &desired(forwarding, ""), MachineRole::RealServer, Kind::Kernel).await;
        assert_eq!(found, []);
        assert!(fed.asked.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn each_thing_that_is_wrong_with_a_director_is_found_with_its_command() {
    let nat = desired("masquerading", "");
    let mut fed = Fed::director();
    fed.set("net/ipv4/ip_forward", "0");
    fed.remove("10.0.0.2");
    fed.missing = [SchedulerKind::Wlc, SchedulerKind::Rr].into();
    fed.open_files = OpenFiles { soft: 100, hard: 4096 };
    let found = director(&fed, &nat).await;
    assert_eq!(
        said(&found),
        [
            ("scheduler-missing", "modprobe ip_vs_wlc"),
            ("forwarding-off", "sysctl -w net.ipv4.ip_forward=1"),
            ("vip-missing", "ip address add 10.0.0.2/32 dev eth0"),
            ("few-open-files", "prlimit --pid \"$(pidof arapaima-agent)\" --nofile=1048576:1048576"),
        ]
    );
    assert_eq!(found[1].fix.as_deref(), Some("sysctl net/ipv4/ip_forward=1"));
    assert_eq!(found[3].fix.as_deref(), Some("open-files"));
    // What does not concern a method is not asked of it.
    assert!(
        !said(&director(&fed, &desired("direct", "")).await)
            .iter()
            .any(|(code, _)| *code == "forwarding-off")
    );
}

#[tokio::test]
async fn a_vip_in_the_wrong_place_is_found() {
    let mut fed = Fed::director();
    fed.remove("10.0.0.1");
    fed.add("eth0", "10.0.0.3/24");
    let found = director(&fed, &desired("direct", "")).await;
    assert_eq!(said(&found), [("vip-on-backup", "ip address del 10.0.0.2/32 dev eth0")]);
    // Made by hand, with the network's length: it goes under that name alone.
    fed.remove("10.0.0.2");
    fed.add("eth0", "10.0.0.2/24");
    let found = director(&fed, &desired("direct", "")).await;
    assert_eq!(said(&found), [("vip-on-backup", "ip address del 10.0.0.2/24 dev eth0")]);

    // Neither of the two: the other one may carry it, so nobody is told to add it.
    let mut fed = Fed::director();
    fed.remove("10.0.0.1");
    fed.remove("10.0.0.2");
    let found = director(&fed, &desired("direct", "")).await;
    assert_eq!(said(&found), [("part-unknown", "")]);

    let mut fed = Fed::director();
    fed.host.links.get_mut("eth0").unwrap().up = false;
    let found = director(&fed, &desired("direct", "")).await;
    assert_eq!(said(&found), [("link-down", "ip link set dev eth0 up")]);

    let mut fed = Fed::director();
    fed.remove("10.0.0.2");
    let found = director(&fed, &desired("direct", r#","device":"bond0:1""#)).await;
    assert_eq!(said(&found), [("device-missing", "")]);
}

#[tokio::test]
async fn who_answers_in_the_directors_place_is_named() {
    let vip: IpAddr = "10.0.0.2".parse().unwrap();
    let mut fed = Fed::director();
    fed.others.insert(vip, Answers::Machines([[2, 0, 0, 0, 0, 0xa]].into()));
    let found = director(&fed, &desired("direct", "")).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].text.contains("02:00:00:00:00:0a answers for 10.0.0.2"), "{}", found[0].text);
    let quiet = "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2";
    assert_eq!(found[0].remedy.as_deref(), Some(quiet));
    fed.others.insert(vip, Answers::NotPermitted);
    let found = director(&fed, &desired("direct", "")).await;
    assert_eq!((found.len(), found[0].gravity), (1, Gravity::Note));
}

#[tokio::test]
async fn who_answers_for_an_address_of_ipv6_is_named_too() {
    let mut fed = Fed::director();
    fed.add("eth0", "fd00:10::2/128");
    fed.others.insert("fd00:10::2".parse().unwrap(), Answers::Machines([[2, 0, 0, 0, 0, 0xb]].into()));
    let mut cluster = serde_json::to_value(desired("direct", "").cluster).unwrap();
    cluster["services"]["1"]["key"]["address"]["vip"] = "fd00:10::2".into();
    cluster["services"]["1"]["destinations"]["2"]["address"] = "fd00:192::100".into();
    let six = Desired { running: true, cluster: serde_json::from_value(cluster).unwrap() };
    let found = director(&fed, &six).await;
    assert_eq!(*fed.asked.lock().unwrap(), ["fd00:10::2 on eth0"]);
    let elsewhere = "ip -6 address flush to fd00:10::2; ip address add fd00:10::2/128 dev lo";
    assert_eq!(said(&found), [("vip-answered-elsewhere", elsewhere)]);
}

#[tokio::test]
async fn tunnels_need_room() {
    for (method, needed) in [
        ("ipip", "1520"),
        ("gre", "1524"),
        ("gre,csum", "1528"),
        ("gue:6080", "1532"),
        ("gue:6080,remcsum", "1540"),
    ] {
        let fed = Fed::director();
        let found = director(&fed, &desired(method, "")).await;
        assert_eq!(
            said(&found),
            [("tunnel-mtu", &*format!("ip link set dev eth1 mtu {needed}"))],
            "{method}"
        );
    }
    let mut fed = Fed::director();
    fed.mtu.insert("eth1".into(), 9000);
    assert_eq!(director(&fed, &desired("gue:6080", "")).await, []);
}

#[tokio::test]
async fn one_network_for_clients_and_servers_needs_no_redirects() {
    let mut fed = Fed::machine(&[("eth0", "192.168.10.1/24")]);
    fed.add("eth0", "10.0.0.2/32");
    fed.set("net/ipv4/ip_forward", "1");
    fed.set("net/ipv4/conf/all/send_redirects", "1");
    fed.set("net/ipv4/conf/eth0/send_redirects", "1");
    let commands: Vec<_> =
        director(&fed, &desired("masquerading", "")).await.into_iter().filter_map(|f| f.remedy).collect();
    assert_eq!(
        commands,
        ["sysctl -w net.ipv4.conf.all.send_redirects=0", "sysctl -w net.ipv4.conf.eth0.send_redirects=0"]
    );
}

#[tokio::test]
async fn the_arp_problem_is_found_on_the_real_server() {
    let mut fed = Fed::real_server();
    fed.set("net/ipv4/conf/all/arp_ignore", "0");
    fed.set("net/ipv4/conf/eth0/arp_announce", "1");
    fed.set("net/ipv4/conf/all/arp_announce", "0");
    let direct = desired("direct", "");
    let found = examine(&fed, &direct, MachineRole::RealServer, Kind::Kernel).await;
    assert_eq!(
        said(&found),
        [
            ("arp-answers", "sysctl -w net.ipv4.conf.all.arp_ignore=1"),
            ("arp-answers", "sysctl -w net.ipv4.conf.all.arp_announce=2"),
        ]
    );
    fed.remove("10.0.0.2");
    let found = examine(&fed, &direct, MachineRole::RealServer, Kind::Kernel).await;
    assert_eq!(said(&found)[0], ("vip-not-quiet", "ip address add 10.0.0.2/32 dev lo"));
    fed.add("eth0", "10.0.0.2/24");
    let found = examine(&fed, &direct, MachineRole::RealServer, Kind::Kernel).await;
    assert!(found[0].text.contains("is on eth0, where this real server answers for it"), "{}", found[0].text);
    let remedy = found[0].remedy.as_deref();
    assert_eq!(remedy, Some("ip address del 10.0.0.2/24 dev eth0; ip address add 10.0.0.2/32 dev lo"));
}

#[tokio::test]
async fn a_real_server_behind_masquerading_answers_by_the_director() {
    let mut fed = Fed::real_server();
    fed.host.gateways = ["192.168.10.1".parse().unwrap()].into();
    let found = examine(&fed, &desired("masquerading", ""), MachineRole::RealServer, Kind::Kernel).await;
    assert_eq!(said(&found), [("wrong-gateway", "ip route replace default via 192.168.10.254")]);
    assert!(found[0].fix.is_none(), "whoever changes a gateway from afar may never reach the machine again");
}

#[tokio::test]
async fn a_strict_filter_on_a_tunnel_is_found() {
    let mut fed = Fed::real_server();
    fed.host.links.insert("tunl0".into(), Link::default());
    fed.set("net/ipv4/conf/tunl0/rp_filter", "0");
    fed.set("net/ipv4/conf/all/rp_filter", "1");
    let found = examine(&fed, &desired("ipip", ""), MachineRole::RealServer, Kind::Kernel).await;
    assert_eq!(said(&found), [("strict-reverse-path", "sysctl -w net.ipv4.conf.tunl0.rp_filter=2")]);
}

#[tokio::test]
async fn a_stopped_cluster_wants_nothing() {
    let mut fed = Fed::director();
    fed.remove("10.0.0.2");
    let stopped = Desired { running: false, ..desired("masquerading", "") };
    assert_eq!(director(&fed, &stopped).await, []);
}

#[test]
fn clocks_and_kernels_are_judged_by_their_numbers() {
    let judged = |skew_ms, release: &str| {
        let facts = Facts { skew_ms, release: release.into(), ..Facts::default() };
        let found = judge(&Case { desired: None, role: MachineRole::Director, plane: Kind::Kernel }, &facts);
        found.iter().map(|f| (f.gravity, f.known().unwrap().name())).collect::<Vec<_>>()
    };
    assert_eq!(judged(None, "6.14.0"), []);
    assert_eq!(judged(Some(-1_999), "7.0-rc1"), []);
    assert_eq!(
        judged(Some(-2_000), "6.12.48+deb13-amd64"),
        [(Gravity::Warning, "clock-skew"), (Gravity::Note, "slow-listing")]
    );
    assert_eq!(judged(Some(90_000), "what"), [(Gravity::Failing, "clock-skew")]);
}

fn doctor(fed: Fed, desired: Desired) -> Doctor {
    let hash = SpecHash([0; 32]);
    let spec = desired.canonical().into_bytes().into();
    let accepted = Accepted { generation: Generation(1), hash, desired, spec };
    let (_, desired) = watch::channel(Some(Arc::new(accepted)));
    Doctor {
        surroundings: Some(fed.around.clone()),
        machine: Arc::new(fed),
        role: MachineRole::Director,
        plane: Kind::Kernel,
        desired,
        now_ms: || 10_000,
    }
}

#[tokio::test]
async fn only_what_an_examination_names_is_mended() {
    let mut fed = Fed::director();
    fed.set("net/ipv4/ip_forward", "0");
    let doctor = doctor(fed, desired("masquerading", ""));
    let answer = doctor.answer(10_000, None).await.unwrap();
    let fix = answer.findings[0].fix.clone().unwrap();
    assert_eq!(answer.fixed, None);
    for strange in ["sysctl net/ipv4/ip_forward=0", "sysctl net/ipv4/tcp_syncookies=0", "rm -rf /"] {
        let answer = doctor.answer(10_000, Some(strange)).await.unwrap();
        assert!(answer.fixed.unwrap().is_err(), "{strange}");
        assert_eq!(answer.findings.len(), 1);
    }
    let answer = doctor.answer(10_000, Some(&fix)).await.unwrap();
    assert_eq!((answer.fixed, answer.findings), (Some(Ok(())), Vec::new()));
    assert!(doctor.answer(10_000, Some(&fix)).await.unwrap().fixed.unwrap().is_err(), "it is mended");
}

/// tunl0 is nobody's, and nothing but an operator's word changes it.
#[tokio::test]
async fn what_was_mended_stays_until_the_agent_leaves() {
    let filter = Sysctl::conf_v4("tunl0", "rp_filter");
    let mut fed = Fed::real_server();
    fed.host.links.insert("tunl0".into(), Link::default());
    fed.set(filter.path(), "1");
    let around = Arc::clone(&fed.around);
    let doctor = Doctor { role: MachineRole::RealServer, ..doctor(fed, desired("ipip", "")) };
    let fix = doctor.answer(10_000, None).await.unwrap().findings[0].fix.clone().unwrap();
    assert_eq!(doctor.answer(10_000, Some(&fix)).await.unwrap().fixed, Some(Ok(())));
    let value = || around.machine().sysctls[&filter].clone();
    assert_eq!(value(), "2");
    let nothing = Wanted::default();
    let left = steps(&around.read(&nothing).await.unwrap(), &nothing);
    assert_eq!(left.all().count(), 0, "an activation lets it be");
    assert_eq!(around.leave().await.unwrap(), []);
    assert_eq!(value(), "1");
    assert!(around.notes().is_empty());
}

#[tokio::test]
async fn without_surroundings_a_sysctl_has_no_button() {
    let mut fed = Fed::director();
    fed.set("net/ipv4/ip_forward", "0");
    let doctor = Doctor { surroundings: None, ..doctor(fed, desired("masquerading", "")) };
    let answer = doctor.answer(10_000, None).await.unwrap();
    assert_eq!(said(&answer.findings), [("forwarding-off", "sysctl -w net.ipv4.ip_forward=1")]);
    assert_eq!(answer.findings[0].fix, None);
}

#[tokio::test]
async fn findings_are_said_for_people_and_for_programs() {
    let mut fed = Fed::director();
    fed.set("net/ipv4/ip_forward", "0");
    let found = director(&fed, &desired("masquerading", "")).await;
    let text = as_text(&found);
    assert!(text.starts_with("FAILING  forwarding-off: IPv4 packets are not forwarded"), "{text}");
    assert!(text.ends_with("\n         sysctl -w net.ipv4.ip_forward=1\n"), "{text}");
    assert_eq!(as_text(&[]), "Nothing is the matter.\n");
    let json: serde_json::Value = serde_json::from_str(&as_json(&found)).unwrap();
    assert_eq!(json["findings"][0]["values"]["family"], "IPv4");
}
