//! The surroundings of a real kernel, in a network namespace of each test's own. What is there `ip`, `nft` and `/proc/sys` say, not we.
//!
//! Where this may not make namespaces, or a program or a part of the kernel is missing, nothing is tried, and said so: `cargo xtask lab run --
//! TEST-BINARY machine::` runs these in a kernel that has it all.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::path::Path;
use std::process::Command;

use agent::surroundings::kernel::Kernel;
use agent::surroundings::{Failures, Present, Surroundings, Sysctl, Wanted, report, steps, wanted};
use model::{
    Cluster, Desired, DestinationId, Device, Forwarding, Frontend, HostAddress, MachineRole, NatRouter, Port,
    Ports, PrefixLength, Protocol, ServiceId, ServiceKey, Settings, TunnelChecksum, VirtualService,
};
use protocol::{Surrounding, SurroundingState};

use crate::kernel::run;
use crate::support::{cluster, destination, service};
use crate::within::passes_within;

/// Set for the process that runs a test in its namespace.
const INSIDE: &str = "ARAPAIMA_TEST_MACHINE";

/// What a test needs, and how to find out whether it is there.
const NFT: &str = "nft list tables";
const TUNNELS: &str = "ip link add x type ipip local 127.0.0.1";

/// Runs the test `name` in a network namespace of its own, where `needed` works; whether this is the process in there.
#[expect(clippy::print_stderr, reason = "who runs the tests should know which ones did not run")]
fn inside(name: &str, needed: &[&str]) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        run("ip link set lo up");
        for (device, peer) in [("eth0", "peer0"), ("eth1", "peer1")] {
            run(&format!("ip link add {device} type veth peer name {peer}"));
            run(&format!("ip link set {device} up"));
            run(&format!("ip link set {peer} up"));
        }
        run("ip address add 10.0.0.1/24 dev eth0");
        run("ip address add 192.168.10.1/24 dev eth1");
        run("ip address add 2001:db8::1/64 dev eth0 nodad");
        return true;
    }
    for needed in needed.iter().chain(&["ip link add x type veth peer name y"]) {
        let tried = Command::new("unshare").args(["--net", "--", "sh", "-c", needed]).output().unwrap();
        if !tried.status.success() {
            eprintln!("not run: {name}: `{needed}`: {}", String::from_utf8_lossy(&tried.stderr).trim());
            return false;
        }
    }
    let test = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    command.args(["--net", "--"]).arg(test).args(["--exact", name, "--nocapture"]);
    passes_within(name, command.env(INSIDE, "1"));
    false
}

fn address(text: &str) -> HostAddress {
    HostAddress::parse(text).unwrap()
}

/// A cluster with one service on these ports, and one destination.
fn one_service(vip: &str, ports: &str, rip: &str, forwarding: Forwarding) -> Cluster {
    let mut whole = cluster([]);
    add_service(&mut whole, 1, vip, ports, rip, forwarding);
    whole
}

fn add_service(whole: &mut Cluster, id: u32, vip: &str, ports: &str, rip: &str, forwarding: Forwarding) {
    let mut settings = service(&format!("s{id}"), (address(vip).get(), 80).into());
    let frontend =
        Frontend { protocol: Protocol::Tcp, vip: address(vip), ports: Ports::parse(ports).unwrap() };
    settings.key = ServiceKey::Address(frontend);
    let mut server = destination("real", (address(rip).get(), 80).into(), 1);
    server.forwarding = Some(forwarding);
    server.port = None;
    let destinations = [(DestinationId(100 + id), server)].into();
    whole.put_service(ServiceId(id), VirtualService { settings, destinations }).unwrap();
}

/// Does all that is to do; the report, and how many steps that took.
async fn reconcile(
    kernel: &Kernel,
    role: MachineRole,
    running: bool,
    cluster: &Cluster,
) -> (Vec<Surrounding>, usize) {
    let desired = Desired { running, cluster: cluster.clone() };
    let marks = model::FirewallMark::try_new(0x4152_0001).unwrap();
    let keys = cluster.services().values().filter_map(|service| {
        model::table::service_key(&service.settings.key, model::table::Marking::ByMark).ok()
    });
    let several = keys.filter(agent::data_plane::kernel::needs_mark);
    let marks: BTreeMap<_, _> = several.map(|key| (key, marks)).collect();
    let wanted = wanted(&desired, role, &marks, &kernel.host().await.unwrap());
    let steps = steps(&kernel.read(&wanted).await.unwrap(), &wanted);
    let mut failures = Failures::default();
    for part in [&steps.appear, &steps.arrive, &steps.disappear] {
        for (step, result) in part.iter().zip(kernel.apply(part).await) {
            if let Err(error) = result {
                failures.note(step, error);
            }
        }
    }
    let present: Present = kernel.read(&wanted).await.unwrap();
    (report(&wanted, &present, &failures), steps.all().count())
}

fn failed(reports: &[Surrounding]) -> Vec<&Surrounding> {
    reports.iter().filter(|report| report.state == SurroundingState::Failed).collect()
}

/// All that these tests may change: addresses with all particulars, links, sysctls, rules. Counters and times left out.
fn snapshot() -> String {
    let mut all = String::new();
    for line in run("ip -d address").lines() {
        let line = line.trim();
        // Link-local addresses are tentative for a moment, by the kernel's own clock.
        if !line.starts_with("valid_lft") && !line.contains("fe80::") {
            all.push_str(line);
            all.push('\n');
        }
    }
    for sysctl in [
        "net/ipv4/ip_forward",
        "net/ipv6/conf/all/forwarding",
        "net/ipv4/conf/all/arp_ignore",
        "net/ipv4/conf/all/arp_announce",
    ] {
        all.push_str(&format!("{sysctl} {}", value(sysctl)));
    }
    if Command::new("nft").arg("--version").output().is_ok() {
        all.push_str(&run("nft list ruleset"));
    }
    all
}

fn value(sysctl: &str) -> String {
    std::fs::read_to_string(Path::new("/proc/sys").join(sysctl)).unwrap()
}

#[tokio::test]
async fn addresses_come_and_go_and_others_stay() {
    if !inside("machine::addresses_come_and_go_and_others_stay", &[]) {
        return;
    }
    let before = snapshot();
    let state = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(state.path()).unwrap();
    let mut whole = one_service("10.0.0.2", "80", "10.0.0.100", Forwarding::DirectRouting);
    add_service(&mut whole, 2, "2001:db8::2", "80", "2001:db8::100", Forwarding::DirectRouting);
    let (reports, _) = reconcile(&kernel, MachineRole::Director, true, &whole).await;
    assert!(failed(&reports).is_empty(), "{reports:?}");
    let shown = run("ip address show dev eth0");
    assert!(shown.contains("inet 10.0.0.2/32 scope global eth0:lvs"), "{shown}");
    assert!(shown.contains("inet6 2001:db8::2/128 scope global") && shown.contains("deprecated"), "{shown}");
    assert_eq!(reconcile(&kernel, MachineRole::Director, true, &whole).await.1, 0, "nothing left to do");

    // Killed and started again: it still knows what is its own. It announces anew, and writes nothing.
    drop(kernel);
    let kernel = Kernel::open(state.path()).unwrap();
    let unchanged = run("ip address");
    let (reports, _) = reconcile(&kernel, MachineRole::Director, true, &whole).await;
    assert!(reports.iter().all(|report| report.state == SurroundingState::Applied), "{reports:?}");
    assert_eq!(run("ip address"), unchanged);

    // One is taken away by hand, and comes back; the service moves; stopped, all is gone.
    run("ip address del 10.0.0.2/32 dev eth0");
    reconcile(&kernel, MachineRole::Director, true, &whole).await;
    assert!(run("ip address show dev eth0").contains("10.0.0.2/32"));
    let mut settings = whole.services()[&ServiceId(1)].settings.clone();
    settings.device = Device::parse("eth1").ok();
    settings.vip_netmask = PrefixLength::try_new(24).ok();
    whole.set_service(ServiceId(1), settings).unwrap();
    reconcile(&kernel, MachineRole::Director, true, &whole).await;
    assert!(!run("ip address show dev eth0").contains("10.0.0.2/"));
    assert!(
        run("ip address show dev eth1").contains("10.0.0.2/32 scope global eth1:lvs"),
        "{}",
        run("ip address show dev eth1")
    );
    let (reports, _) = reconcile(&kernel, MachineRole::Director, false, &whole).await;
    assert!(reports.is_empty(), "{reports:?}");
    assert_eq!(snapshot(), before);
}

#[tokio::test]
async fn an_address_that_was_there_before_is_kept() {
    if !inside("machine::an_address_that_was_there_before_is_kept", &[]) {
        return;
    }
    run("ip address add 10.0.0.2/24 dev eth0");
    let before = snapshot();
    let state = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(state.path()).unwrap();
    let whole = one_service("10.0.0.2", "80", "10.0.0.100", Forwarding::DirectRouting);
    let (reports, steps) = reconcile(&kernel, MachineRole::Director, true, &whole).await;
    assert_eq!((reports[0].state, steps), (SurroundingState::Foreign, 0), "{reports:?}");
    assert_eq!(kernel.leave().await.unwrap(), vec![]);
    assert_eq!(snapshot(), before);
}

#[tokio::test]
async fn arrivals_are_announced() {
    if !inside("machine::arrivals_are_announced", &["command -v tcpdump"]) {
        return;
    }
    let listen = Command::new("timeout")
        .args([
            "20",
            "tcpdump",
            "-l",
            "-n",
            "-e",
            "-c",
            "9",
            "-i",
            "peer0",
            "arp or (icmp6 and ip6[40] == 136)",
        ])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It says so as soon as it listens.
    let mut listen = listen;
    let mut errors = std::io::BufReader::new(listen.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening on") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut errors, &mut line).unwrap() > 0, "tcpdump ended");
    }
    let state = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(state.path()).unwrap();
    let mut whole = one_service("10.0.0.2", "80", "10.0.0.100", Forwarding::DirectRouting);
    add_service(&mut whole, 2, "2001:db8::2", "80", "2001:db8::100", Forwarding::DirectRouting);
    reconcile(&kernel, MachineRole::Director, true, &whole).await;
    let heard = tokio::task::spawn_blocking(move || listen.wait_with_output()).await.unwrap().unwrap();
    let heard = String::from_utf8(heard.stdout).unwrap();
    let count = |words: &str| heard.lines().filter(|line| line.contains(words)).count();
    assert!(
        count("Request who-has 10.0.0.2 (Broadcast) tell 10.0.0.2")
            + count("Request who-has 10.0.0.2 tell 10.0.0.2")
            >= 2,
        "{heard}"
    );
    assert!(count("Reply 10.0.0.2 is-at") >= 2, "{heard}");
    assert!(count("neighbor advertisement, tgt is 2001:db8::2") >= 2, "{heard}");
}

/// The guide's director: NAT, with a gateway address; a second service of several ports.
fn nat() -> Cluster {
    let mut whole = one_service("10.0.0.2", "80,443", "192.168.10.100", Forwarding::Masquerading);
    let router = NatRouter {
        address: address("192.168.10.254"),
        device: Device::parse("eth1:1").unwrap(),
        netmask: PrefixLength::try_new(24).ok(),
    };
    whole.set_settings(Settings { nat_router: Some(router), ..Settings::default() }).unwrap();
    whole
}

#[tokio::test]
async fn nat_needs_a_gateway_forwarding_and_rules() {
    if !inside("machine::nat_needs_a_gateway_forwarding_and_rules", &[NFT]) {
        return;
    }
    run("nft add table inet filter");
    run("nft add chain inet filter input");
    let before = snapshot();
    let state = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(state.path()).unwrap();
    let (reports, _) = reconcile(&kernel, MachineRole::Director, true, &nat()).await;
    assert!(failed(&reports).is_empty(), "{reports:?}");
    assert!(run("ip address show dev eth1").contains("192.168.10.254/24"));
    assert_eq!(value("net/ipv4/ip_forward").trim(), "1");
    let rules = run("nft list table inet arapaima");
    assert!(
        rules.contains("10.0.0.2 . 80 : 0x41520001") && rules.contains("10.0.0.2 . 443 : 0x41520001"),
        "{rules}"
    );
    assert!(rules.contains("masquerade") && rules.contains("192.168.10.100"), "{rules}");
    assert_eq!(reconcile(&kernel, MachineRole::Director, true, &nat()).await.1, 0, "nothing left to do");

    // Somebody meddles with our table: it is put right. Their own stays.
    run("nft flush chain inet arapaima outgoing");
    let (reports, steps) = reconcile(&kernel, MachineRole::Director, true, &nat()).await;
    assert_eq!((steps, failed(&reports).len()), (1, 0), "{reports:?}");
    assert!(run("nft list chain inet arapaima outgoing").contains("masquerade"));

    drop(kernel);
    let kernel = Kernel::open(state.path()).unwrap();
    assert_eq!(kernel.leave().await.unwrap(), vec![]);
    assert_eq!(snapshot(), before);
}

#[tokio::test]
async fn a_table_of_our_name_that_is_not_ours_is_left_alone() {
    if !inside("machine::a_table_of_our_name_that_is_not_ours_is_left_alone", &[NFT]) {
        return;
    }
    run("nft add table inet arapaima");
    let before = run("nft list ruleset");
    let state = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(state.path()).unwrap();
    let (reports, _) = reconcile(&kernel, MachineRole::Director, true, &nat()).await;
    let [report] = failed(&reports)[..] else { panic!("{reports:?}") };
    assert_eq!(report.kind, "rules");
    kernel.leave().await.unwrap();
    assert_eq!(run("nft list ruleset"), before);
}

#[tokio::test]
async fn a_real_server_keeps_quiet_about_the_vip() {
    if !inside("machine::a_real_server_keeps_quiet_about_the_vip", &[]) {
        return;
    }
    std::fs::write("/proc/sys/net/ipv4/conf/all/arp_announce", "1").unwrap();
    let before = snapshot();
    let state = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(state.path()).unwrap();
    let mut whole = one_service("10.0.0.2", "80", "10.0.0.1", Forwarding::DirectRouting);
    add_service(&mut whole, 2, "2001:db8::2", "80", "2001:db8::1", Forwarding::DirectRouting);
    add_service(&mut whole, 3, "10.0.0.3", "80", "10.0.0.77", Forwarding::DirectRouting);
    let (reports, _) = reconcile(&kernel, MachineRole::RealServer, true, &whole).await;
    assert!(failed(&reports).is_empty(), "{reports:?}");
    let shown = run("ip address show dev lo");
    assert!(
        shown.contains("inet 10.0.0.2/32 scope host lo:lvs") && shown.contains("inet6 2001:db8::2/128"),
        "{shown}"
    );
    assert!(!run("ip address").contains("10.0.0.3"), "somebody else's VIP");
    for device in ["all", "eth0"] {
        assert_eq!(value(&format!("net/ipv4/conf/{device}/arp_ignore")).trim(), "1");
        assert_eq!(value(&format!("net/ipv4/conf/{device}/arp_announce")).trim(), "2");
    }
    // No longer a destination.
    whole.remove_destination(ServiceId(1), DestinationId(101)).unwrap();
    whole.remove_destination(ServiceId(2), DestinationId(102)).unwrap();
    reconcile(&kernel, MachineRole::RealServer, true, &whole).await;
    assert_eq!(snapshot(), before);
}

#[tokio::test]
async fn a_real_server_takes_tunnels_in() {
    if !inside("machine::a_real_server_takes_tunnels_in", &[TUNNELS, "ip fou add port 1 gue"]) {
        return;
    }
    let before = run("ip -o link") + &run("ip fou show");
    let state = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(state.path()).unwrap();
    let mut whole = one_service("10.0.0.2", "80", "10.0.0.1", Forwarding::Ipip);
    let methods = [
        ("10.0.0.3", "10.0.0.1", Forwarding::Gre(TunnelChecksum::None)),
        ("10.0.0.4", "192.168.10.1", Forwarding::Gre(TunnelChecksum::Full)),
        ("10.0.0.5", "10.0.0.1", Forwarding::Gue(Port::new_const(5555), TunnelChecksum::None)),
        ("2001:db8::5", "2001:db8::1", Forwarding::Ipip),
        ("2001:db8::6", "10.0.0.1", Forwarding::Ipip),
        ("2001:db8::7", "2001:db8::1", Forwarding::Gre(TunnelChecksum::Full)),
    ];
    for (id, (vip, rip, forwarding)) in (2u32..).zip(methods) {
        add_service(&mut whole, id, vip, "80", rip, forwarding);
    }
    let (reports, _) = reconcile(&kernel, MachineRole::RealServer, true, &whole).await;
    assert!(failed(&reports).is_empty(), "{reports:?}");
    let links = run("ip -d link");
    for (name, particulars) in [
        ("lvs-ipip-", "remote any local 10.0.0.1"),
        ("lvs-sit-", "local 10.0.0.1"),
        ("lvs-ip6-", "remote any local 2001:db8::1"),
        ("lvs-gre-", "gre remote any local 10.0.0.1"),
        ("lvs-grec-", "icsum"),
    ] {
        let at = links.find(name).unwrap_or_else(|| panic!("no {name}: {links}"));
        let of_link = &links[at..links.len().min(at + 600)];
        assert!(of_link.contains(particulars), "{of_link}");
        assert!(of_link.lines().next().unwrap().contains("UP"), "{of_link}");
    }
    assert!(run("ip fou show").contains("port 5555 gue"));
    let tunnel = wanted_tunnel("lvs-ipip-", &links);
    assert_eq!(value(&format!("net/ipv4/conf/{tunnel}/rp_filter")).trim(), "2");
    assert_eq!(reconcile(&kernel, MachineRole::RealServer, true, &whole).await.1, 0, "nothing left to do");
    assert_eq!(kernel.leave().await.unwrap(), vec![]);
    assert_eq!(run("ip -o link") + &run("ip fou show"), before);
}

fn wanted_tunnel(prefix: &str, links: &str) -> String {
    let at = links.find(prefix).unwrap();
    links[at..].split('@').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_gateway_that_is_another_is_found_and_left() {
    if !inside("machine::a_gateway_that_is_another_is_found_and_left", &[]) {
        return;
    }
    let mut whole = nat();
    let mut server = whole.services()[&ServiceId(1)].destinations[&DestinationId(101)].clone();
    server.address = address("192.168.10.1");
    whole.put_destination(ServiceId(1), DestinationId(101), server).unwrap();
    run("ip route add default via 192.168.10.9");
    let state = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(state.path()).unwrap();
    let (reports, steps) = reconcile(&kernel, MachineRole::RealServer, true, &whole).await;
    let [report] = failed(&reports)[..] else { panic!("{reports:?}") };
    assert_eq!((report.kind.as_str(), steps), ("gateway", 0));
    assert!(
        report
            .error
            .as_deref()
            .unwrap()
            .contains("is 192.168.10.9; its answers must leave by 192.168.10.254"),
        "{report:?}"
    );
    run("ip route replace default via 192.168.10.254");
    assert!(reconcile(&kernel, MachineRole::RealServer, true, &whole).await.0.is_empty());
}

/// As the shipped unit runs it: an ordinary user with two capabilities.
#[tokio::test]
async fn two_capabilities_are_enough() {
    const NAME: &str = "machine::two_capabilities_are_enough";
    let user = "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all,+net_admin,+net_raw --ambient-caps=-all,+net_admin,+net_raw \
                --bounding-set=-all,+net_admin,+net_raw";
    if std::env::var_os("ARAPAIMA_TEST_NOBODY").is_some() {
        assert!(run("id -u").starts_with("65534"));
        let state = tempfile::tempdir().unwrap();
        let kernel = Kernel::open(state.path()).unwrap();
        let before = snapshot();
        let (reports, _) = reconcile(&kernel, MachineRole::Director, true, &nat()).await;
        assert!(failed(&reports).is_empty(), "{reports:?}");
        assert_eq!(value("net/ipv4/ip_forward").trim(), "1");
        assert_eq!(kernel.leave().await.unwrap(), vec![]);
        let mut whole = one_service("10.0.0.2", "80", "10.0.0.1", Forwarding::Ipip);
        add_service(
            &mut whole,
            2,
            "10.0.0.5",
            "80",
            "10.0.0.1",
            Forwarding::Gue(Port::new_const(5555), TunnelChecksum::None),
        );
        let (reports, _) = reconcile(&kernel, MachineRole::RealServer, true, &whole).await;
        assert!(failed(&reports).is_empty(), "{reports:?}");
        assert_eq!(kernel.leave().await.unwrap(), vec![]);
        assert_eq!(snapshot(), before);
    } else if inside(NAME, &[NFT, TUNNELS, "command -v setpriv"]) {
        let (program, arguments) = user.split_once(' ').unwrap();
        let test = std::env::current_exe().unwrap();
        let done = Command::new(program)
            .args(arguments.split_whitespace())
            .arg(test)
            .args(["--exact", NAME, "--nocapture"])
            .env("ARAPAIMA_TEST_NOBODY", "1")
            .status()
            .unwrap();
        assert!(done.success());
    }
}

/// Notes of another boot say nothing of this one.
#[tokio::test]
async fn what_is_written_is_what_is_read() {
    if !inside("machine::what_is_written_is_what_is_read", &[]) {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(state.path()).unwrap();
    let host = kernel.host().await.unwrap();
    assert!(host.links["lo"].loopback);
    assert!(host.links["eth0"].mac.is_some() && host.links["eth0"].kind.as_deref() == Some("veth"));
    assert_eq!(host.towards("192.168.10.77".parse().unwrap()), Some("eth1"));
    assert_eq!(host.towards(Ipv6Addr::LOCALHOST.into()), None);
    let scope = Wanted { sysctls: [(Sysctl::forward_v4(), "1".into())].into(), ..Wanted::default() };
    let present = kernel.read(&scope).await.unwrap();
    assert_eq!(present.sysctls[&Sysctl::forward_v4()].as_deref(), Some(value("net/ipv4/ip_forward").trim()));
}
