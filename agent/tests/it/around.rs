//! The reconciler with what surrounds its table.

use std::sync::Arc;

use agent::data_plane::simulated::Simulated as DataPlane;
use agent::reconcile::{PERIOD, Reconciler, checks};
use agent::surroundings::simulated::{Machine, Simulated};
use agent::surroundings::{Link, Place, SurroundingStep, Surroundings as _, Sysctl, Thing};
use health::Judge;
use model::{DestinationId, Forwarding, MachineRole};
use protocol::{Accepted, Observed, Phase, SurroundingState};

use crate::support::{accepted, cluster, destination, service};

struct World {
    around: Arc<Simulated>,
    data_plane: Arc<DataPlane>,
    reconciler: Reconciler,
    now: Arc<std::sync::atomic::AtomicI64>,
}

impl World {
    fn new(role: MachineRole) -> Self {
        let link = |index, loopback| Link { index, up: true, loopback, ..Link::default() };
        let place = |device: &str, address: &str| {
            (Place { device: device.into(), address: address.parse().unwrap(), prefix: 24 }, false)
        };
        let sysctls =
            ["net/ipv4/ip_forward", "net/ipv4/conf/all/arp_ignore", "net/ipv4/conf/all/arp_announce"];
        let sysctls =
            sysctls.into_iter().chain(["net/ipv4/conf/eth0/arp_ignore", "net/ipv4/conf/eth0/arp_announce"]);
        let machine = Machine {
            links: [
                ("lo".into(), link(1, true)),
                ("eth0".into(), link(2, false)),
                ("eth1".into(), link(3, false)),
            ]
            .into(),
            addresses: [place("eth0", "10.0.0.1"), place("eth1", "192.168.10.1")].into(),
            sysctls: sysctls
                .map(|path| (serde_json::from_value(serde_json::Value::from(path)).unwrap(), "0".to_owned()))
                .collect(),
            ..Machine::default()
        };
        let (around, data_plane) = (Arc::new(Simulated::new(machine)), Arc::new(DataPlane::default()));
        let now = Arc::new(std::sync::atomic::AtomicI64::new(1_000));
        let clock = Arc::clone(&now);
        let clock = Arc::new(move || clock.load(std::sync::atomic::Ordering::Relaxed));
        let reconciler = Reconciler::new(data_plane.clone(), clock).with_surroundings(around.clone(), role);
        Self { around, data_plane, reconciler, now }
    }

    async fn activate(&mut self, desired: &Arc<Accepted>) -> Observed {
        let judge = Judge::default();
        let judged = Some(&**desired).filter(|_| self.reconciler.balances());
        self.reconciler.activate(desired, &checks(judged, &judge), || {}).await.observed
    }
}

/// One service, one real server behind masquerading.
fn desired(generation: u64, running: bool, rip: &str, forwarding: Forwarding) -> Arc<Accepted> {
    let mut server = destination("real1", (rip.parse::<std::net::IpAddr>().unwrap(), 80).into(), 1);
    server.forwarding = Some(forwarding);
    let whole =
        cluster([(1, service("web", "10.0.0.2:80".parse().unwrap()), [(DestinationId(2), server)].into())]);
    accepted(generation, running, &whole)
}

#[tokio::test]
async fn addresses_are_there_with_the_table_and_go_with_it() {
    let mut world = World::new(MachineRole::Director);
    let observed = world.activate(&desired(1, true, "192.168.10.100", Forwarding::Masquerading)).await;
    assert_eq!((observed.phase, world.data_plane.own().services.len()), (Phase::Verified, 1));
    let names: Vec<_> = observed.surroundings.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["10.0.0.2/32 on eth0", "net.ipv4.ip_forward", "nftables table inet arapaima"]);
    let observed = world.activate(&desired(2, false, "192.168.10.100", Forwarding::Masquerading)).await;
    assert_eq!((observed.phase, observed.surroundings), (Phase::Verified, vec![]));
    assert!(world.data_plane.own().services.is_empty() && world.around.notes().is_empty());
}

#[tokio::test]
async fn what_fails_around_the_table_makes_the_whole_partial() {
    let mut world = World::new(MachineRole::Director);
    world.around.set_failing("address", true);
    let desired = desired(1, true, "192.168.10.100", Forwarding::Masquerading);
    let observed = world.activate(&desired).await;
    assert_eq!((observed.phase, world.data_plane.own().services.len()), (Phase::Partial, 1));
    let failed: Vec<_> =
        observed.surroundings.iter().filter(|one| one.state == SurroundingState::Failed).collect();
    assert!(
        matches!(failed[..], [one] if one.error.as_deref().is_some_and(|error| error.contains("told to fail"))),
        "{failed:?}"
    );
    // The next activation is the retry.
    world.around.set_failing("address", false);
    assert_eq!(world.activate(&desired).await.phase, Phase::Verified);
}

#[tokio::test]
async fn a_changed_verdict_does_not_wait_for_a_look_around() {
    let mut world = World::new(MachineRole::Director);
    let first = desired(1, true, "192.168.10.100", Forwarding::Masquerading);
    world.activate(&first).await;
    let place = Place { device: "eth0".into(), address: "10.0.0.2".parse().unwrap(), prefix: 32 };
    let there = |world: &World| world.around.machine().addresses.contains_key(&place);
    world.around.meddle(|machine| machine.addresses.retain(|other, _| *other != place));
    world.activate(&first).await;
    assert!(!there(&world), "it was in order a moment ago");
    world.now.fetch_add(PERIOD.as_millis() as i64, std::sync::atomic::Ordering::Relaxed);
    world.activate(&first).await;
    assert!(there(&world), "what somebody else did is put right within a period");
    world.around.meddle(|machine| machine.addresses.retain(|other, _| *other != place));
    world.activate(&desired(2, true, "192.168.10.100", Forwarding::Masquerading)).await;
    assert!(there(&world), "a new generation looks at once");
}

#[tokio::test]
async fn a_real_server_has_surroundings_and_no_table() {
    let mut world = World::new(MachineRole::RealServer);
    let observed = world.activate(&desired(1, true, "10.0.0.1", Forwarding::DirectRouting)).await;
    assert_eq!((observed.phase, observed.running, observed.objects.len()), (Phase::Verified, true, 0));
    assert_eq!(observed.surroundings.len(), 5, "{:?}", observed.surroundings);
    assert!(world.data_plane.own().services.is_empty());
    let vip = |place: &Place| place.address.to_string() == "10.0.0.2" && place.device == "lo";
    assert!(world.around.machine().addresses.keys().any(vip));
    // ARP is quiet before the address is there.
    let steps = world.around.take_steps();
    let at = |wanted: fn(&SurroundingStep) -> bool| steps.iter().position(wanted).unwrap();
    assert!(
        at(|step| matches!(step, SurroundingStep::AddAddress(_)))
            > at(|step| matches!(step, SurroundingStep::SetSysctl { .. }))
    );
    world.around.leave().await.unwrap();
    assert!(!world.around.machine().addresses.keys().any(vip));
}

/// A VIP that answers ARP on a real server takes the director's traffic away.
#[tokio::test]
async fn no_vip_comes_or_stays_where_arp_speaks() {
    let mut world = World::new(MachineRole::RealServer);
    let vip = |world: &World| world.around.machine().addresses.keys().any(|place| place.device == "lo");
    let arp = |world: &World| {
        let of_arp = world.around.machine().sysctls.into_iter().filter(|(sysctl, _)| sysctl.is_arp());
        of_arp.filter(|(_, value)| value != "0").count()
    };
    let (up, down) = (
        desired(1, true, "10.0.0.1", Forwarding::DirectRouting),
        desired(2, false, "10.0.0.1", Forwarding::DirectRouting),
    );
    world.around.set_failing("sysctl", true);
    assert_eq!(world.activate(&up).await.phase, Phase::Partial);
    assert!(!vip(&world), "ARP could not be made quiet");
    world.around.set_failing("sysctl", false);
    assert_eq!(world.activate(&up).await.phase, Phase::Verified);
    assert_eq!((vip(&world), arp(&world)), (true, 4));
    world.around.set_failing("address", true);
    assert_eq!(world.activate(&down).await.phase, Phase::Partial);
    assert_eq!((vip(&world), arp(&world)), (true, 4), "the address would not go: ARP stays quiet");
    world.around.set_failing("address", false);
    assert_eq!(world.activate(&down).await.phase, Phase::Verified);
    assert_eq!((vip(&world), arp(&world)), (false, 0));

    world.around.hide(Thing::Sysctl(Sysctl::conf_v4("all", "arp_ignore")));
    assert_eq!(
        world.activate(&desired(3, true, "10.0.0.1", Forwarding::DirectRouting)).await.phase,
        Phase::Partial
    );
    assert!(!vip(&world), "nobody knows whether ARP is quiet");
}

#[tokio::test]
async fn what_cannot_be_read_does_not_keep_the_rest_away() {
    let mut world = World::new(MachineRole::Director);
    world.around.hide(Thing::Rules);
    let observed = world.activate(&desired(1, true, "192.168.10.100", Forwarding::Masquerading)).await;
    let states: Vec<_> = observed.surroundings.iter().map(|one| (one.kind.as_str(), one.state)).collect();
    let (failed, applied) = (SurroundingState::Failed, SurroundingState::Applied);
    assert_eq!(states, [("rules", failed), ("address", applied), ("sysctl", applied)]);
    assert_eq!((observed.phase, world.around.machine().rules), (Phase::Partial, None));
}

/// The kernel does not take the new device beside the old one.
#[tokio::test]
async fn a_tunnel_may_get_checksums() {
    let mut world = World::new(MachineRole::RealServer);
    let gre = |generation, checksum| desired(generation, true, "10.0.0.1", Forwarding::Gre(checksum));
    assert_eq!(world.activate(&gre(1, model::TunnelChecksum::None)).await.phase, Phase::Verified);
    let observed = world.activate(&gre(2, model::TunnelChecksum::Full)).await;
    assert_eq!(observed.phase, Phase::Verified, "{:?}", observed.surroundings);
    world.around.leave().await.unwrap();
    assert!(world.around.notes().is_empty() && world.around.machine().links.len() == 3);
}
