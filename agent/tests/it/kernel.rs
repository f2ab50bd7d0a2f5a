//! The kernel's IPVS, driven by the reconciler, in a network namespace of each test's own. What is in the kernel `ipvsadm` says, not we.
//!
//! Where the kernel has no IPVS, or this is not root, nothing is tried, and said so: `cargo xtask lab run -- TEST-BINARY kernel::`
//! runs these in a kernel that has it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use agent::data_plane::kernel::{Kernel, probe};
use agent::data_plane::{Counters, DataPlane, ForeignKey, Passing};
use agent::reconcile::{Pass, Reconciler, checks};
use health::{Judge, Outcome};
use model::table::{ForeignAction, Scope, TableDestinationKey, TableKey};
use model::{
    Cluster, Destination, DestinationId, Forwarding, Persistence, Ports, Scheduler, SchedulerKind, Seconds,
    ServiceKey, ServiceSettings, SorryServer, Weight,
};
use protocol::{Accepted, Phase};

use crate::support::{accepted, cluster, destination, service};
use crate::within::passes_within;

/// Set for the process that runs a test in its namespace.
const INSIDE: &str = "ARAPAIMA_TEST_NAMESPACE";

/// Runs the test `name` in a network namespace of its own; whether this is the process in there.
fn inside(name: &str) -> bool {
    inside_as(name, &[])
}

/// The same by way of another program, which changes what the process may do.
#[expect(clippy::print_stderr, reason = "who runs the tests should know which ones did not run")]
fn inside_as(name: &str, by: &[&str]) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        // Without any address the kernel takes every other one for no host's.
        run("ip link set lo up");
        return true;
    }
    if let Err(why_not) = probe::probe() {
        eprintln!("not run: {name}: {why_not}");
        return false;
    }
    let test = std::env::current_exe().unwrap();
    let mut command = Command::new("unshare");
    command.args(["--net", "--"]).args(by).arg(test).args(["--exact", name, "--nocapture"]);
    passes_within(name, command.env(INSIDE, "1"));
    false
}

/// A program's output; it must succeed.
pub(crate) fn run(command: &str) -> String {
    let mut words = command.split_whitespace();
    let done = Command::new(words.next().unwrap()).args(words).output().unwrap();
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// What the kernel has, in ipvsadm's words, sorted.
fn saved() -> Vec<String> {
    let mut lines: Vec<_> = run("ipvsadm -S -n").lines().map(|line| line.trim().to_owned()).collect();
    lines.sort();
    lines
}

struct Director {
    kernel: Arc<Kernel>,
    reconciler: Reconciler,
    judge: Judge,
    generation: u64,
}

impl Director {
    fn new(state: &Path) -> Self {
        let kernel = Arc::new(probe::probe().unwrap().data_plane("test".into(), state).unwrap());
        let reconciler = Reconciler::new(kernel.clone(), Arc::new(|| 0));
        Self { kernel, reconciler, judge: Judge::default(), generation: 0 }
    }

    /// One activation; every destination counts as up.
    async fn apply(&mut self, running: bool, cluster: &Cluster) -> Pass {
        self.generation += 1;
        let desired = accepted(self.generation, running, cluster);
        self.judge(&desired);
        self.reconciler.activate(&desired, &checks(Some(&desired), &self.judge), || {}).await
    }

    fn judge(&mut self, desired: &Arc<Accepted>) {
        let subjects = checks(Some(desired), &self.judge).subjects;
        self.judge.assign(&subjects, 0);
        for &id in subjects.destinations.keys() {
            let passed = Outcome::Passed { latency: Duration::ZERO };
            self.judge.take(id, desired.generation, passed, 0);
        }
    }

    /// Applied, read back and equal; and then there is nothing more to do.
    async fn verified(&mut self, running: bool, cluster: &Cluster) {
        let pass = self.apply(running, cluster).await;
        assert_eq!(pass.observed.phase, Phase::Verified, "{:#?}", pass.observed);
        let again = self.apply(running, cluster).await;
        assert_eq!(again.steps, 0);
    }
}

fn real(number: u32, settings: impl FnOnce(&mut Destination)) -> (DestinationId, Destination) {
    let last = u8::try_from(99 + number).unwrap();
    let mut real = destination(&format!("real{number}"), ([192, 168, 10, last], 80).into(), number);
    settings(&mut real);
    (DestinationId(100 + number), real)
}

fn on(vip: &str, ports: &str, settings: impl FnOnce(&mut ServiceSettings)) -> ServiceSettings {
    let mut of = service(&format!("{vip} {ports}"), ([10, 0, 0, 2], 80).into());
    if let ServiceKey::Address(frontend) = &mut of.key {
        frontend.vip = model::HostAddress::parse(vip).unwrap();
        frontend.ports = Ports::parse(ports).unwrap();
    }
    settings(&mut of);
    of
}

type Services = Vec<(u32, ServiceSettings, BTreeMap<DestinationId, Destination>)>;

/// One of each kind.
fn various() -> Services {
    let persistence = |mask: Option<u8>| {
        let mask = mask.map(|mask| model::PrefixLength::try_new(mask).unwrap());
        Some(Persistence { timeout: Seconds::new_const(300), mask, engine: None })
    };
    let plain = on("10.0.0.2", "80", |_| {});
    let ftp = on("10.0.0.2", "20-21,10000-20000", |of| of.persistence = persistence(Some(24)));
    let all = on("10.0.0.4", "0", |of| of.persistence = persistence(None));
    let six = on("2001:db8::2", "443", |of| {
        of.scheduler = Scheduler::new(SchedulerKind::Sh, true, true);
        of.persistence = persistence(Some(64));
    });
    let datagrams = on("10.0.0.5", "53", |of| {
        of.one_packet = true;
        if let ServiceKey::Address(frontend) = &mut of.key {
            frontend.protocol = model::Protocol::Udp;
        }
    });
    let marked = on("10.0.0.6", "80", |of| {
        let mark = model::FirewallMark::new_const(7);
        let traffic = model::MarkedTraffic::Elsewhere(model::Family::V4);
        of.key = ServiceKey::Mark { mark, traffic };
    });
    let follow = |real: &mut Destination| real.port = None;
    vec![
        (
            1,
            plain,
            [real(1, |_| {}), real(2, |real| real.forwarding = Some(Forwarding::DirectRouting))].into(),
        ),
        (2, ftp, [real(3, follow), real(4, follow)].into()),
        (3, all, [real(5, follow)].into()),
        (
            4,
            six,
            [
                real(6, |real| {
                    real.forwarding =
                        Some(Forwarding::Gue(model::Port::new_const(5555), model::TunnelChecksum::Remote));
                    real.port = None;
                }),
                real(7, |real| {
                    real.forwarding = Some(Forwarding::Gre(model::TunnelChecksum::Full));
                    real.port = None;
                }),
            ]
            .into(),
        ),
        (5, datagrams, [real(8, |real| real.port = None)].into()),
        (6, marked, [real(9, |real| real.port = Some(model::Port::new_const(8080)))].into()),
    ]
}

#[tokio::test]
async fn every_kind_of_service_is_made_read_back_and_removed() {
    if !inside("kernel::every_kind_of_service_is_made_read_back_and_removed") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    director.verified(true, &cluster(various())).await;
    let expected = [
        "-A -f 1095892992 -s wlc -p 300 -M 255.255.255.0",
        "-A -f 7 -s wlc",
        "-A -t 10.0.0.2:80 -s wlc",
        "-A -t 10.0.0.4:0 -s wlc -p 300",
        "-A -t [2001:db8::2]:443 -s sh -p 300 -M 64 -b sh-fallback,sh-port",
        "-A -u 10.0.0.5:53 -s wlc -o",
        "-a -f 1095892992 -r 192.168.10.102:0 -m -w 3",
        "-a -f 1095892992 -r 192.168.10.103:0 -m -w 4",
        "-a -f 7 -r 192.168.10.108:8080 -m -w 9",
        "-a -t 10.0.0.2:80 -r 192.168.10.100:80 -m -w 1",
        "-a -t 10.0.0.2:80 -r 192.168.10.101:80 -g -w 2",
        "-a -t 10.0.0.4:0 -r 192.168.10.104:0 -m -w 5",
        "-a -t [2001:db8::2]:443 -r 192.168.10.105:443 -i -w 6 --tun-type gue --tun-port 5555 --tun-remcsum",
        "-a -t [2001:db8::2]:443 -r 192.168.10.106:443 -i -w 7 --tun-type gre --tun-csum",
        "-a -u 10.0.0.5:53 -r 192.168.10.107:53 -m -w 8",
    ];
    assert_eq!(saved(), expected);
    // As after a restart: nothing is written, nothing is foreign.
    let mut director = Director::new(state.path());
    let pass = director.apply(true, &cluster(various())).await;
    assert_eq!((pass.observed.phase, pass.steps), (Phase::Verified, 0));
    director.verified(false, &cluster(various())).await;
    assert!(saved().is_empty());
}

/// As under the unit that is shipped.
#[tokio::test]
async fn two_capabilities_are_enough() {
    let nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "--inh-caps=-all,+net_admin,+net_raw",
        "--ambient-caps=-all,+net_admin,+net_raw",
        "--bounding-set=-all,+net_admin,+net_raw",
        "--no-new-privs",
    ];
    if !inside_as("kernel::two_capabilities_are_enough", &nobody) {
        return;
    }
    assert_eq!(run("id -u").trim(), "65534");
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    director.verified(true, &cluster(various())).await;
    assert_eq!(saved().len(), 15);
    let listen = Box::new(|_: &Passing<'_>| panic!("nobody is connected"));
    let scan = director.kernel.connections(Duration::from_secs(10), listen).await.unwrap();
    assert!(scan.finished && scan.unreadable == 0);
    assert_eq!(director.kernel.counters(Counters::default()).await.unwrap().iter().count(), 15);
}

/// The program's own capabilities, as `setcap cap_net_admin,cap_net_raw+ep` gives them. Other programs do not inherit them, so
/// ipvsadm cannot be asked here; and nothing needs `nft` without surroundings.
#[tokio::test]
async fn file_capabilities_are_enough_for_the_table() {
    let name = "kernel::file_capabilities_are_enough_for_the_table";
    if std::env::var_os(INSIDE).is_none() {
        if let Err(why_not) = probe::probe() {
            return eprintln!("not run: {name}: {why_not}");
        }
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("it");
        std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        run(&format!("chmod 755 {}", directory.path().display()));
        run(&format!("setcap cap_net_admin,cap_net_raw+ep {}", copy.display()));
        let script = format!(
            "ip link set lo up && exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --ambient-caps=-all \
             \"$0\" --exact {name} --nocapture"
        );
        let mut command = Command::new("unshare");
        command.args(["--net", "--", "sh", "-c", &script]).arg(&copy).env(INSIDE, "1");
        return passes_within(name, &mut command);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let capabilities =
        |set: &str| status.lines().find_map(|line| line.strip_prefix(set)).unwrap().trim().to_owned();
    assert!(capabilities("Uid:").starts_with("65534"), "{status}");
    assert_eq!(capabilities("CapEff:"), "0000000000003000");
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    director.verified(true, &cluster(various())).await;
    assert_eq!(director.kernel.counters(Counters::default()).await.unwrap().iter().count(), 15);
    director.verified(false, &cluster(various())).await;
}

#[tokio::test]
async fn whatever_can_be_edited_is_edited_in_place() {
    if !inside("kernel::whatever_can_be_edited_is_edited_in_place") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    let mut services = various();
    director.verified(true, &cluster(services.clone())).await;
    for (_, settings, destinations) in &mut services {
        settings.scheduler = Scheduler::new(SchedulerKind::Mh, true, false);
        settings.persistence = Some(Persistence {
            timeout: Seconds::new_const(77),
            mask: None,
            engine: settings.persistence.and_then(|p| p.engine),
        });
        settings.one_packet = false;
        for destination in destinations.values_mut() {
            destination.weight = Weight::new_const(50);
            let upper = Some(model::Threshold::new_const(100));
            destination.thresholds =
                model::Thresholds::try_new(upper, Some(model::Threshold::new_const(60))).unwrap();
            if destination.forwarding.is_none() {
                destination.forwarding = Some(Forwarding::Local);
            } else {
                destination.forwarding = Some(Forwarding::Ipip);
            }
        }
    }
    // A port that follows cannot change with the method: the marked service keeps its own.
    director.verified(true, &cluster(services)).await;
    let thresholds = run("ipvsadm -L -n --thresholds");
    assert!(thresholds.contains("100") && thresholds.contains("60"), "{thresholds}");
    assert!(
        saved().iter().all(|line| line.starts_with("-a") || line.contains("-s mh -p 77")),
        "{:#?}",
        saved()
    );
}

/// A service on these ports, whose real server is asked on the one that the client used.
fn behind_ports(ports: &str) -> Cluster {
    let follow = |real: &mut Destination| real.port = None;
    cluster(vec![(1, on("10.0.0.2", ports, |_| {}), [real(1, follow)].into())])
}

/// Gives firewall marks, as an activation with surroundings does it before it changes the table.
async fn mark(director: &Director, cluster: &Cluster) {
    let marking = director.kernel.facts().marking;
    let desired = model::Desired { running: true, cluster: cluster.clone() };
    let none = model::table::Table::default();
    let table = model::table::effective(&desired, &BTreeMap::new(), &none, marking).table;
    director.kernel.marks(&table).await.unwrap();
}

#[tokio::test]
async fn ports_change_in_place_and_marks_are_given_back() {
    if !inside("kernel::ports_change_in_place_and_marks_are_given_back") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    let by_mark = ["-A -f 1095892992 -s wlc", "-a -f 1095892992 -r 192.168.10.100:0 -m -w 1"];
    for ports in ["80,443", "80,443,8080", "79-80", "80-90"] {
        mark(&director, &behind_ports(ports)).await;
        director.verified(true, &behind_ports(ports)).await;
        assert_eq!(saved(), by_mark, "{ports}");
    }
    mark(&director, &behind_ports("80")).await;
    director.verified(true, &behind_ports("80")).await;
    assert_eq!(saved(), ["-A -t 10.0.0.2:80 -s wlc", "-a -t 10.0.0.2:80 -r 192.168.10.100:80 -m -w 1"]);
    mark(&director, &behind_ports("80")).await;
    assert!(director.kernel.made().marks.is_empty());
}

#[tokio::test]
async fn ports_change_beside_somebody_elses_destination() {
    if !inside("kernel::ports_change_beside_somebody_elses_destination") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    mark(&director, &behind_ports("80-90")).await;
    director.verified(true, &behind_ports("80-90")).await;
    run("ipvsadm -a -f 1095892992 -r 192.168.10.77 -i");
    director.verified(true, &behind_ports("80-90")).await;
    let theirs = "-a -f 1095892992 -r 192.168.10.77:0 -i -w 1 --tun-type ipip";
    // The service goes by another name from here on, and is still this agent's.
    mark(&director, &behind_ports("80,90")).await;
    director.verified(true, &behind_ports("80,90")).await;
    let ours = "-a -f 1095892992 -r 192.168.10.100:0 -m -w 1";
    assert_eq!(saved(), ["-A -f 1095892992 -s wlc", ours, theirs]);
    director.apply(false, &behind_ports("80,90")).await;
    assert_eq!(saved(), ["-A -f 1095892992 -s wlc", theirs]);
}

#[tokio::test]
async fn leaving_takes_the_table_along_and_says_what_stays() {
    if !inside("kernel::leaving_takes_the_table_along_and_says_what_stays") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(state.path(), owner_only).unwrap();
    let mut director = Director::new(state.path());
    director.verified(true, &cluster(various())).await;
    run("ipvsadm -a -t 10.0.0.4:0 -r 192.168.10.77 -m");
    let left = agent::leave::leave(state.path()).await.unwrap();
    assert!(left.len() == 1 && left[0].contains("192.168.10.77"), "{left:?}");
    assert_eq!(saved().len(), 2, "the shared service, and their destination in it");
    // Whoever takes its place in the same boot is somebody else, and left alone.
    run("ipvsadm -C");
    assert_eq!(agent::leave::leave(state.path()).await.unwrap(), Vec::<String>::new());
    run("ipvsadm -A -t 10.0.0.2:80 -s rr");
    assert_eq!(agent::leave::leave(state.path()).await.unwrap(), Vec::<String>::new());
    assert_eq!(saved(), ["-A -t 10.0.0.2:80 -s rr"]);
    let nowhere = state.path().join("nowhere");
    agent::leave::leave(&nowhere).await.unwrap_err();
    assert!(!nowhere.exists());
}

#[tokio::test]
async fn somebody_elses_entries_survive_and_can_be_adopted_or_removed() {
    if !inside("kernel::somebody_elses_entries_survive_and_can_be_adopted_or_removed") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    run("ipvsadm -A -t 10.0.0.9:80 -s sed");
    run("ipvsadm -a -t 10.0.0.9:80 -r 192.168.10.9:80 -m -w 9");
    run("ipvsadm -A -t 10.0.0.2:80 -s rr");
    director.verified(true, &cluster(various()[2..3].to_vec())).await;
    // In the way of ours.
    let pass = director.apply(true, &cluster(various())).await;
    assert_eq!(pass.observed.phase, Phase::Partial);
    assert!(saved().contains(&"-A -t 10.0.0.2:80 -s rr".to_owned()));
    // A destination within one of ours.
    run("ipvsadm -a -t 10.0.0.4:0 -r 192.168.10.77 -m");
    let pass = director.apply(true, &cluster(various())).await;
    assert_eq!(pass.steps, 0);
    let holding = director.kernel.read(&Scope::Whole).await.unwrap();
    let named: Vec<_> = holding.foreign.iter().map(|foreign| foreign.place().to_string()).collect();
    assert_eq!(named.len(), 3, "{named:?}");
    assert!(holding.foreign.iter().all(|foreign| foreign.service.is_some() || foreign.settings.is_some()));

    let vip = |text: &str, ports: &str| TableKey::Address {
        protocol: model::Protocol::Tcp,
        vip: model::HostAddress::parse(text).unwrap(),
        ports: Ports::parse(ports).unwrap(),
    };
    // Wanted: ours from here on, and made what it should be.
    let key = ForeignKey { key: vip("10.0.0.2", "80"), destination: None };
    director.kernel.foreign(&key, ForeignAction::Adopt).await.unwrap();
    director.verified(true, &cluster(various())).await;
    assert!(saved().contains(&"-A -t 10.0.0.2:80 -s wlc".to_owned()));
    // Not wanted: it stays as it is until it is.
    let other = ForeignKey { key: vip("10.0.0.9", "80"), destination: None };
    director.kernel.foreign(&other, ForeignAction::Adopt).await.unwrap();
    let mut director = Director::new(state.path());
    director.verified(true, &cluster(various())).await;
    let holding = director.kernel.read(&Scope::Whole).await.unwrap();
    assert!(holding.foreign.iter().any(|foreign| foreign.place() == other && foreign.adopting));
    assert!(saved().contains(&"-A -t 10.0.0.9:80 -s sed".to_owned()));

    let place = TableDestinationKey::parse("192.168.10.77").unwrap();
    let within = ForeignKey { key: vip("10.0.0.4", "0"), destination: Some(place) };
    director.kernel.foreign(&within, ForeignAction::Remove).await.unwrap();
    director.kernel.foreign(&within, ForeignAction::Remove).await.unwrap_err();
    director.kernel.foreign(&other, ForeignAction::Remove).await.unwrap();
    assert!(
        !saved().iter().any(|line| line.contains("10.0.0.9:80") || line.contains("10.77")),
        "{:#?}",
        saved()
    );
    // Not for ours.
    director.kernel.foreign(&key, ForeignAction::Remove).await.unwrap_err();
    director.verified(true, &cluster(various())).await;
}

/// It begins from what the last activation found.
#[tokio::test]
async fn a_removal_takes_nothing_along_that_came_since_the_last_look() {
    if !inside("kernel::a_removal_takes_nothing_along_that_came_since_the_last_look") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    director.verified(true, &cluster(various())).await;
    run("ipvsadm -a -t 10.0.0.2:80 -r 192.168.10.77:80 -m");
    director.apply(true, &cluster(various()[1..].to_vec())).await;
    let theirs = "-a -t 10.0.0.2:80 -r 192.168.10.77:80 -m -w 1".to_owned();
    assert!(saved().contains(&theirs), "{:#?}", saved());
    assert!(!saved().iter().any(|line| line.contains("10.0.0.2:80 -r 192.168.10.100")), "{:#?}", saved());
}

#[tokio::test]
async fn a_sorry_server_stands_in_across_a_restart() {
    if !inside("kernel::a_sorry_server_stands_in_across_a_restart") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    let mut services = various()[..1].to_vec();
    let address = model::HostAddress::parse("192.168.10.200").unwrap();
    services[0].1.sorry_server = Some(SorryServer { address, port: None });
    for destination in services[0].2.values_mut() {
        destination.weight = Weight::MIN;
    }
    director.verified(true, &cluster(services.clone())).await;
    assert!(saved().contains(&"-a -t 10.0.0.2:80 -r 192.168.10.200:80 -m -w 1".to_owned()));
    let mut director = Director::new(state.path());
    let pass = director.apply(true, &cluster(services)).await;
    assert_eq!((pass.observed.phase, pass.steps), (Phase::Verified, 0));
    assert!(pass.observed.objects[0].sorry);
}

#[tokio::test]
async fn idle_times_are_given_back() {
    if !inside("kernel::idle_times_are_given_back") {
        return;
    }
    let timeouts = || run("ipvsadm -L --timeout").trim().to_owned();
    run("ipvsadm --set 800 110 0");
    let before = timeouts();
    assert!(before.ends_with("800 110 300"), "{before}");
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    let mut with = cluster(various());
    let mut settings = with.settings().clone();
    settings.timeouts.tcp = Some(Seconds::new_const(60));
    settings.timeouts.udp = Some(Seconds::new_const(30));
    with.set_settings(settings).unwrap();
    director.verified(true, &with).await;
    assert!(timeouts().ends_with("60 110 30"), "{}", timeouts());
    let mut director = Director::new(state.path());
    director.verified(true, &with).await;
    director.verified(true, &cluster(various())).await;
    assert_eq!(timeouts(), before);
}

#[tokio::test]
async fn connections_are_synchronised() {
    if !inside("kernel::connections_are_synchronised") {
        return;
    }
    run("ip link add sync0 type dummy");
    run("ip addr add 10.9.0.1/24 dev sync0");
    run("ip link set sync0 up");
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    let with = |primary: &str, port: Option<u16>| {
        // The kernel synchronises nothing where families are mixed.
        let mut with = cluster(various()[..3].to_vec());
        let mut settings = with.settings().clone();
        settings.primary_private = Some(model::HostAddress::parse(primary).unwrap());
        with.set_settings(settings).unwrap();
        let mut redundancy = with.redundancy().clone();
        redundancy.active = true;
        // The one of the two that is not the primary.
        let other = if primary == "10.9.0.1" { "10.9.0.2" } else { "10.9.0.1" };
        redundancy.backup_public = Some(model::HostAddress::parse(other).unwrap());
        let interface = model::Device::parse("sync0").unwrap();
        let mut daemon = model::SyncDaemon::new(interface, model::SyncId::new_const(7));
        daemon.port = port.map(model::Port::new_const);
        redundancy.sync_daemon = Some(daemon);
        with.set_redundancy(redundancy).unwrap();
        with
    };
    let daemons = || run("ipvsadm -L --daemon");
    director.verified(true, &with("10.9.0.1", None)).await;
    assert!(daemons().contains("master sync daemon (mcast=sync0, syncid=7"), "{}", daemons());
    director.verified(true, &with("10.9.0.1", Some(9999))).await;
    assert!(daemons().contains("port=9999"), "{}", daemons());
    let mut director = Director::new(state.path());
    director.verified(true, &with("10.9.0.9", Some(9999))).await;
    assert!(daemons().contains("backup sync daemon") && !daemons().contains("master"), "{}", daemons());
    director.verified(false, &with("10.9.0.9", Some(9999))).await;
    assert!(!daemons().contains("sync daemon"), "{}", daemons());
}

#[tokio::test]
async fn what_the_kernel_refuses_is_said_in_its_words() {
    if !inside("kernel::what_the_kernel_refuses_is_said_in_its_words") {
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let mut director = Director::new(state.path());
    let mut services = various()[..1].to_vec();
    run("ip addr add 10.9.0.1/32 dev lo");
    let mut with = cluster(services.clone());
    let mut settings = with.settings().clone();
    settings.primary_private = Some(model::HostAddress::parse("10.9.0.1").unwrap());
    with.set_settings(settings).unwrap();
    let mut redundancy = with.redundancy().clone();
    redundancy.active = true;
    redundancy.backup_public = Some(model::HostAddress::parse("10.9.0.2").unwrap());
    let nowhere = model::Device::parse("nowhere0").unwrap();
    redundancy.sync_daemon = Some(model::SyncDaemon::new(nowhere, model::SyncId::new_const(1)));
    with.set_redundancy(redundancy).unwrap();
    let pass = director.apply(true, &with).await;
    let error = pass.observed.error.unwrap();
    assert!(error.contains("nowhere0") && error.contains("No such device"), "{error}");
    assert!(director.kernel.made().daemons.is_empty());
    services[0].1.proxy_protocol = true;
    let pass = director.apply(true, &cluster(services)).await;
    assert_eq!(pass.observed.phase, Phase::Partial);
    let error = pass.observed.objects[0].error.clone().unwrap();
    assert!(error.contains("PROXY"), "{error}");
}
