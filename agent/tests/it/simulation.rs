//! Thousands of random lives of an agent: changes, health flips, failing steps, lying reads, restarts, older generations. In the
//! end, and whenever nothing is broken, the data plane holds the effective table; foreign entries are never touched; nothing
//! is written when nothing differs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;

use agent::data_plane::simulated::{Faults, Simulated};
use agent::data_plane::{Foreign, Holding};
use agent::reconcile::{Pass, Reconciler, checks};
use health::{Judge, Outcome};
use model::table::{
    Health, Marking, Role, Scope, Step, Table, TableDestinationKey, TableKey, TableService, effective,
    service_key,
};
use model::{
    Cluster, DestinationId, HostAddress, Port, SchedulerKind, ServiceId, SorryServer, Timeouts,
    VirtualService, Weight,
};
use proptest::prelude::*;
use protocol::{Accepted, Applied, Phase};

use crate::support::{accepted, cluster, destination, service};

#[derive(Clone, Debug)]
enum Action {
    ToggleService(u32),
    Reschedule(u32, usize),
    ToggleQuiesce(u32),
    ToggleSorry(u32),
    MoveService(u32, u16),
    RemoveService(u32),
    RestoreService(u32),
    Weigh(u32, u32, u32),
    ToggleDestination(u32, u32),
    MoveDestination(u32, u32, u16),
    RemoveDestination(u32, u32),
    SetIdleTime(u32),
    Run(bool),
    Check(u32, bool),
    FailSomeSteps(u32),
    FailReads,
    Lie,
    Mend,
    Restart,
    OfferOlder,
    /// Time passes.
    Wait(i64),
    /// Somebody takes something out of one service, at the moment in which another one changes.
    Meddle(u32, u32, u32),
}

fn action() -> impl Strategy<Value = Action> {
    let s = 0u32..4;
    let d = 0u32..3;
    prop_oneof![
        1 => s.clone().prop_map(Action::ToggleService),
        1 => (s.clone(), 0usize..14).prop_map(|(s, n)| Action::Reschedule(s, n)),
        1 => s.clone().prop_map(Action::ToggleQuiesce),
        1 => s.clone().prop_map(Action::ToggleSorry),
        1 => (s.clone(), 0u16..3).prop_map(|(s, n)| Action::MoveService(s, n)),
        1 => s.clone().prop_map(Action::RemoveService),
        2 => s.clone().prop_map(Action::RestoreService),
        1 => (s.clone(), d.clone(), 0u32..3).prop_map(|(s, d, w)| Action::Weigh(s, d, w)),
        1 => (s.clone(), d.clone()).prop_map(|(s, d)| Action::ToggleDestination(s, d)),
        1 => (s.clone(), d.clone(), 0u16..3).prop_map(|(s, d, n)| Action::MoveDestination(s, d, n)),
        1 => (s.clone(), d).prop_map(|(s, d)| Action::RemoveDestination(s, d)),
        1 => (s.clone(), s, 0u32..3).prop_map(|(s, t, w)| Action::Meddle(s, t, w)),
        1 => (0i64..12_000).prop_map(Action::Wait),
        1 => (0u32..3).prop_map(Action::SetIdleTime),
        1 => any::<bool>().prop_map(Action::Run),
        8 => (0u32..12, any::<bool>()).prop_map(|(n, up)| Action::Check(n, up)),
        2 => any::<u32>().prop_map(Action::FailSomeSteps),
        1 => Just(Action::FailReads),
        1 => Just(Action::Lie),
        4 => Just(Action::Mend),
        2 => Just(Action::Restart),
        1 => Just(Action::OfferOlder),
    ]
}

fn vip(service: u32, moved: u16) -> SocketAddr {
    ([10, 0, 0, 2], 80 + u16::try_from(service).unwrap() * 10 + moved).into()
}

fn rip(service: u32, destination: u32, moved: u16) -> SocketAddr {
    (
        [192, 168, 10, 100 + u8::try_from(destination).unwrap()],
        8_000 + u16::try_from(service).unwrap() * 10 + moved,
    )
        .into()
}

fn destination_id(service: u32, number: u32) -> DestinationId {
    DestinationId(100 + service * 3 + number)
}

fn whole_service(number: u32) -> VirtualService {
    let destinations = (0..3)
        .map(|d| (destination_id(number, d), destination(&format!("real{d}"), rip(number, d, 0), d + 1)));
    VirtualService {
        settings: service(&format!("s{number}"), vip(number, 0)),
        destinations: destinations.collect(),
    }
}

/// The service at this port is somebody else's: what service 3 may move to.
fn foreign_service() -> TableKey {
    service_key(&service("x", vip(3, 1)).key, Marking::ByMark).unwrap()
}

/// Somebody else has put this destination into service 0.
fn foreign_destination() -> (TableKey, TableDestinationKey) {
    let address = rip(0, 1, 0);
    let key = TableDestinationKey {
        address: HostAddress::try_new(address.ip()).unwrap(),
        port: Some(Port::new_const(address.port())),
    };
    (service_key(&service("x", vip(0, 0)).key, Marking::ByMark).unwrap(), key)
}

struct World {
    data_plane: Arc<Simulated>,
    reconciler: Reconciler,
    judge: Judge,
    desired: Arc<Accepted>,
    cluster: Cluster,
    running: bool,
    broken: bool,
    /// What is read is not what is there: a report cannot be better than that.
    lying: bool,
    /// Somebody may have done something that a look at what has changed does not show.
    unseen: bool,
    clock: Arc<AtomicI64>,
    runtime: tokio::runtime::Runtime,
    now: i64,
}

impl World {
    fn new() -> Self {
        let cluster = cluster((0..4).map(|n| {
            let VirtualService { settings, destinations } = whole_service(n);
            (n + 1, settings, destinations)
        }));
        let (key, destination) = foreign_destination();
        let settings = model::table::TableServiceSettings {
            scheduler: SchedulerKind::Rr.into(),
            persistence: None,
            one_packet: false,
            proxy_protocol: false,
        };
        // As a former run of the agent left it, and somebody meddled with it.
        let own = Table {
            timeouts: Timeouts::default(),
            services: [(key.clone(), TableService { settings, destinations: BTreeMap::new() })].into(),
        };
        let foreign =
            vec![Foreign::unknown(foreign_service(), None), Foreign::unknown(key, Some(destination))];
        let data_plane = Arc::new(Simulated::holding(own, foreign));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let desired = accepted(1, true, &cluster);
        let clock = Arc::new(AtomicI64::new(0));
        let reconciler = reconciler(&data_plane, &clock);
        Self {
            data_plane,
            reconciler,
            judge: Judge::default(),
            desired,
            cluster,
            running: true,
            broken: false,
            lying: false,
            unseen: false,
            clock,
            runtime,
            now: 0,
        }
    }

    fn act(&mut self, action: &Action) {
        let id = |number: &u32| ServiceId(number + 1);
        let before = (self.cluster.clone(), self.running);
        match action {
            Action::ToggleService(s) => self.edit(id(s), |service| service.settings.active ^= true),
            Action::Reschedule(s, n) => {
                self.edit(id(s), |service| service.settings.scheduler = SchedulerKind::ALL[*n].into());
            }
            Action::ToggleQuiesce(s) => self.edit(id(s), |service| service.settings.quiesce ^= true),
            Action::ToggleSorry(s) => self.edit(id(s), |service| {
                // At times at a real server's own address.
                let address = HostAddress::try_new(rip(*s, s % 3, 0).ip()).unwrap();
                let port = Some(Port::new_const(rip(*s, s % 3, 0).port()));
                let sorry = SorryServer { address, port };
                service.settings.sorry_server = service.settings.sorry_server.is_none().then_some(sorry);
            }),
            Action::MoveService(s, n) => {
                self.edit(id(s), |service| {
                    service.settings.key = crate::support::service("x", vip(*s, *n)).key;
                });
            }
            Action::RemoveService(s) => {
                let _gone = self.cluster.remove_service(id(s));
            }
            Action::RestoreService(s) => {
                if self.cluster.service(id(s)).is_err() {
                    self.cluster.put_service(id(s), whole_service(*s)).unwrap();
                }
            }
            Action::Weigh(s, d, weight) => self.edit(id(s), |service| {
                if let Some(destination) = service.destinations.get_mut(&destination_id(*s, *d)) {
                    destination.weight = Weight::new_const(*weight);
                }
            }),
            Action::ToggleDestination(s, d) => self.edit(id(s), |service| {
                if let Some(destination) = service.destinations.get_mut(&destination_id(*s, *d)) {
                    destination.active ^= true;
                }
            }),
            Action::MoveDestination(s, d, n) => self.edit(id(s), |service| {
                if let Some(destination) = service.destinations.get_mut(&destination_id(*s, *d)) {
                    destination.port = Some(Port::new_const(rip(*s, *d, *n).port()));
                }
            }),
            Action::RemoveDestination(s, d) => {
                let _gone = self.cluster.remove_destination(id(s), destination_id(*s, *d));
            }
            Action::SetIdleTime(n) => {
                let mut settings = self.cluster.settings().clone();
                settings.timeouts.tcp = (*n > 0).then(|| model::Seconds::new_const(*n * 60));
                self.cluster.set_settings(settings).unwrap();
            }
            Action::Run(running) => self.running = *running,
            Action::Check(n, up) => self.check(DestinationId(100 + n), *up),
            Action::FailSomeSteps(which) => {
                let which = *which;
                let step =
                    move |step: &Step| (hash(step) & which == 0).then(|| "the kernel said no".to_owned());
                self.data_plane.set_faults(Faults { step: Some(Box::new(step)), ..Faults::default() });
                (self.broken, self.lying) = (true, false);
            }
            Action::FailReads => {
                self.data_plane
                    .set_faults(Faults { read: Some("permission denied".into()), ..Faults::default() });
                (self.broken, self.lying) = (true, false);
            }
            Action::Lie => {
                let lie = |holding: &mut Holding| drop(holding.own.services.pop_first());
                self.data_plane.set_faults(Faults { lie: Some(Box::new(lie)), ..Faults::default() });
                (self.broken, self.lying) = (true, true);
            }
            Action::Mend => self.mend(),
            Action::Restart => {
                self.reconciler = reconciler(&self.data_plane, &self.clock);
                self.judge = Judge::default();
            }
            Action::OfferOlder => self.offer_older(),
            Action::Wait(ms) => self.clock.store(self.clock.load(Relaxed) + ms, Relaxed),
            Action::Meddle(s, t, weight) => {
                let key = self.cluster.service(id(s)).map(|service| service.settings.key.clone());
                if let Ok(Ok(key)) = key.map(|key| service_key(&key, Marking::ByMark)) {
                    self.data_plane.meddle(|table| {
                        let service = table.services.get_mut(&key);
                        service.and_then(|service| service.destinations.pop_first());
                    });
                    self.unseen = true;
                }
                self.edit(id(t), |service| {
                    service.destinations.values_mut().for_each(|of| of.weight = Weight::new_const(*weight));
                });
            }
        }
        if before != (self.cluster.clone(), self.running) {
            self.desired = accepted(self.desired.generation.0 + 1, self.running, &self.cluster);
        }
    }

    /// Edits that a cluster refuses are not made.
    fn edit(&mut self, id: ServiceId, edit: impl FnOnce(&mut VirtualService)) {
        if let Ok(service) = self.cluster.service(id) {
            let mut service = service.clone();
            edit(&mut service);
            let _refused = self.cluster.put_service(id, service);
        }
    }

    fn mend(&mut self) {
        self.data_plane.set_faults(Faults::default());
        (self.broken, self.lying) = (false, false);
    }

    fn check(&mut self, id: DestinationId, up: bool) {
        self.now += 1;
        let subjects = checks(Some(&self.desired), &self.judge).subjects;
        self.judge.assign(&subjects, self.now);
        let outcome = if up {
            Outcome::Passed { latency: std::time::Duration::ZERO }
        } else {
            Outcome::Failed { reason: "connection refused".into() }
        };
        self.judge.take(id, self.desired.generation, outcome, self.now);
    }

    fn activate(&mut self) -> Pass {
        let subjects = checks(Some(&self.desired), &self.judge).subjects;
        self.judge.assign(&subjects, self.now);
        let checks = checks(Some(&self.desired), &self.judge);
        self.runtime.block_on(self.reconciler.activate(&self.desired, &checks, || {}))
    }

    /// The reconciler that has seen a generation does nothing for an older one.
    fn offer_older(&mut self) {
        self.activate();
        if self.desired.generation.0 < 2 {
            return;
        }
        let older = accepted(self.desired.generation.0 - 1, !self.running, &self.cluster);
        let before = self.data_plane.own();
        let checks = checks(Some(&older), &self.judge);
        let pass = self.runtime.block_on(self.reconciler.activate(&older, &checks, || {}));
        assert_eq!((pass.observed.phase, pass.steps), (Phase::Refused, 0));
        assert_eq!(self.data_plane.own(), before);
    }

    /// One activation, and everything that must hold after it.
    fn activate_and_check(&mut self) -> Result<(), TestCaseError> {
        if self.unseen && !self.broken {
            // Whatever this one does not see, one that finds nothing changed does.
            self.activate();
            self.unseen = false;
        }
        let before = self.data_plane.own();
        let pass = self.activate();
        prop_assert!(self.data_plane.trespasses().is_empty(), "{:?}", self.data_plane.trespasses());
        let after = self.data_plane.own();
        if self.broken {
            prop_assert!(
                self.lying
                    || self.unseen
                    || pass.observed.phase == Phase::Partial
                    || after == self.allowed(&before)
            );
            return Ok(());
        }
        let expected = self.allowed(&before);
        prop_assert_eq!(&after, &expected);
        // Where a foreign entry is in the way of one server, another may serve in its place.
        let whole = self.effective(&after);
        prop_assert_eq!(pass.observed.phase == Phase::Verified, after == whole, "{:?}", pass.observed);
        self.check_report(&pass, &after, &whole)?;
        self.data_plane.take_steps();
        let again = self.activate();
        prop_assert_eq!(again.steps, 0);
        prop_assert!(self.data_plane.take_steps().is_empty());
        prop_assert_eq!(again.observed, pass.observed);
        Ok(())
    }

    fn check_report(&self, pass: &Pass, after: &Table, whole: &Table) -> Result<(), TestCaseError> {
        let services = self.cluster.services();
        let n_objects =
            services.len() + services.values().map(|service| service.destinations.len()).sum::<usize>();
        prop_assert_eq!(pass.observed.objects.len(), n_objects);
        for object in pass.observed.objects.iter() {
            prop_assert_eq!(object.error.is_some(), object.applied == Applied::Failed);
            let settings = &services[&object.service].settings;
            let key = service_key(&settings.key, Marking::ByMark).unwrap();
            let offered = self.running && settings.active;
            match object.destination {
                None if !offered => prop_assert_eq!(object.applied, Applied::Absent),
                None => {
                    let same = |table: &Table| table.services.get(&key).map(|service| service.settings);
                    let of_sorry = |table: &Table| {
                        let service = table.services.get(&key);
                        let entries = service.into_iter().flat_map(|service| service.destinations.clone());
                        entries.filter(|(_, entry)| entry.role == Role::SorryServer).collect::<Vec<_>>()
                    };
                    let applied = same(after) == same(whole) && of_sorry(after) == of_sorry(whole);
                    prop_assert_eq!(object.applied == Applied::Applied, applied, "{:?}", object);
                    prop_assert_eq!(object.sorry, !of_sorry(after).is_empty());
                }
                Some(id) => {
                    let destination = &services[&object.service].destinations[&id];
                    let place = TableDestinationKey { address: destination.address, port: destination.port };
                    let entry = |table: &Table| {
                        let entry = table.services.get(&key)?.destinations.get(&place).copied();
                        entry.filter(|entry| offered && entry.role == Role::RealServer)
                    };
                    prop_assert_eq!(object.weight, entry(after).map(|entry| entry.weight));
                    let expected = match (entry(whole), entry(after)) {
                        (None, None) => Applied::Absent,
                        (whole, after) if whole == after => Applied::Applied,
                        _ => Applied::Failed,
                    };
                    prop_assert_eq!(object.applied, expected, "{:?}", object);
                }
            }
        }
        Ok(())
    }

    fn effective(&self, before: &Table) -> Table {
        let health: BTreeMap<DestinationId, Health> = checks(Some(&self.desired), &self.judge).health();
        effective(&self.desired.desired, &health, before, Marking::ByMark).table
    }

    /// What an agent may make of it, told from the other side: foreign places are taken out, and the service with a
    /// foreign destination stays.
    fn allowed(&self, before: &Table) -> Table {
        let mut table = self.effective(before);
        let (service, destination) = foreign_destination();
        if let (false, Some(kept)) = (table.services.contains_key(&service), before.services.get(&service)) {
            let kept = TableService { settings: kept.settings, destinations: BTreeMap::new() };
            table.services.insert(service.clone(), kept);
        }
        let taken = BTreeSet::from([foreign_service()]);
        table.services.retain(|key, _| !taken.contains(key));
        if let Some(entry) = table.services.get_mut(&service) {
            entry.destinations.remove(&destination);
        }
        table
    }
}

fn reconciler(data_plane: &Arc<Simulated>, clock: &Arc<AtomicI64>) -> Reconciler {
    let clock = clock.clone();
    Reconciler::new(data_plane.clone(), Arc::new(move || clock.load(Relaxed)))
}

/// FNV-1a: some number that depends on the step alone.
fn hash(step: &Step) -> u32 {
    format!("{step:?}")
        .bytes()
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_lives_converge(actions in proptest::collection::vec(action(), 1..40)) {
        let mut world = World::new();
        world.activate_and_check()?;
        for action in &actions {
            world.act(action);
            world.activate_and_check()?;
        }
        world.mend();
        world.activate_and_check()?;
    }
}

/// An activation looks at what has changed alone, as long as all of it was looked at a moment ago.
#[test]
fn a_change_costs_as_much_as_it_changes() {
    let mut world = World::new();
    let keys: Vec<_> =
        (0..4).map(|n| service_key(&service("x", vip(n, 0)).key, Marking::ByMark).unwrap()).collect();
    for id in 100..112 {
        world.check(DestinationId(id), true);
    }
    world.activate();
    let (mut world, looks_of) = (world, |world: &mut World, action: Action| {
        world.data_plane.take_looks();
        world.act(&action);
        let pass = world.activate();
        (world.data_plane.take_looks(), pass.steps)
    });
    let only = |n: usize| Scope::Only([keys[n].clone()].into());

    assert_eq!(looks_of(&mut world, Action::Weigh(2, 1, 9)), (vec![only(2)], 1));
    assert_eq!(
        looks_of(&mut world, Action::Check(4, false)),
        (vec![only(1)], 1),
        "another verdict is a change too"
    );
    // Before something goes, what is in it is looked at.
    assert_eq!(looks_of(&mut world, Action::RemoveService(3)), (vec![only(3), only(3)], 1));
    let moved = Scope::Only(
        [keys[2].clone(), service_key(&service("x", vip(2, 1)).key, Marking::ByMark).unwrap()].into(),
    );
    assert_eq!(looks_of(&mut world, Action::MoveService(2, 1)), (vec![moved.clone(), moved], 5));
    assert_eq!(
        looks_of(&mut world, Action::Wait(0)),
        (vec![Scope::Whole], 0),
        "nothing has changed: time for a look"
    );
    assert_eq!(looks_of(&mut world, Action::SetIdleTime(1)), (vec![Scope::Whole], 1));
    let period = i64::try_from(agent::reconcile::PERIOD.as_millis()).unwrap();
    world.act(&Action::Wait(period));
    assert_eq!(
        looks_of(&mut world, Action::Weigh(1, 2, 7)),
        (vec![Scope::Whole], 1),
        "the last look is long ago"
    );
}
