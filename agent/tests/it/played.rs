//! Random lives of an agent over a kernel that is played: random clusters of every kind of service, an agent that is killed between two
//! requests, a kernel that refuses or falls silent, somebody else who makes and removes entries. Whatever happens, nothing of theirs is
//! touched, nothing of ours is forgotten, and nothing is written when nothing differs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent::data_plane::kernel::registry::Registry;
use agent::data_plane::kernel::{Entries, Kernel, Set, Transport};
use agent::data_plane::{DataPlane as _, Facts, Kind};
use agent::reconcile::{Pass, Reconciler, checks};
use health::{Judge, Outcome};
use ipvs::{
    Daemon, Destination, DestinationEntry, DestinationKey, Error, KernelError, Request, Service,
    ServiceEntry, ServiceKey, Stats, Timeouts,
};
use model::table::{Marking, Scope, effective};
use model::{Cluster, Desired, DestinationId, Name, SchedulerKind};
use proptest::prelude::*;
use protocol::{Applied, Phase};

use crate::support::{accepted, cluster, destination, service};

type Table = BTreeMap<ServiceKey, (Service, BTreeMap<DestinationKey, Destination>)>;

const BEFORE: Timeouts = Timeouts { tcp: 900, tcp_fin: 120, udp: 300 };

/// The kernel, as far as its table goes. Clones are the same one.
#[derive(Clone)]
struct Played(Arc<Mutex<State>>);

struct State {
    table: Table,
    timeouts: Timeouts,
    daemons: Vec<Daemon>,
    /// How many requests were carried out.
    written: usize,
    /// Falls silent after so many more requests.
    silent_after: Option<usize>,
    /// Refuses every request whose number is a multiple of this.
    refuses_each: Option<usize>,
    /// The next list leaves out this service, counted from the first: somebody removed another one meanwhile.
    skips: Option<usize>,
}

impl Played {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            table: Table::new(),
            timeouts: BEFORE,
            daemons: Vec::new(),
            written: 0,
            silent_after: None,
            refuses_each: None,
            skips: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Played {
    fn table(&mut self) -> Result<Entries, Error> {
        let mut state = self.state();
        if state.silent_after == Some(0) {
            return Err(Error::Silent { doing: "list services", seconds: 10 });
        }
        let skipped = state.skips.take();
        let entries = state.table.values().map(|(service, destinations)| {
            let entry =
                ServiceEntry { service: service.clone(), stats: Stats::default(), unknown: Vec::new() };
            let destinations = destinations.values().map(|destination| DestinationEntry {
                destination: *destination,
                active_connections: 0,
                inactive_connections: 0,
                persistent_connections: 0,
                stats: Stats::default(),
                unknown: Vec::new(),
            });
            (entry, destinations.collect())
        });
        let listed = entries.enumerate().filter(|(number, _)| Some(*number) != skipped);
        Ok(listed.map(|(_, entry)| entry).collect())
    }

    fn timeouts(&mut self) -> Result<Timeouts, Error> {
        Ok(self.state().timeouts)
    }

    fn daemons(&mut self) -> Result<Vec<Daemon>, Error> {
        Ok(self.state().daemons.clone())
    }

    fn apply(&mut self, requests: &[Request]) -> Result<Vec<Result<(), KernelError>>, Error> {
        let mut state = self.state();
        let mut results = Vec::new();
        for (number, request) in requests.iter().enumerate() {
            match &mut state.silent_after {
                Some(0) => return Err(Error::Silent { doing: "write", seconds: 10 }),
                Some(left) => *left -= 1,
                None => {}
            }
            if state.refuses_each.is_some_and(|each| number % each == 0) {
                results.push(Err(refused(rustix::io::Errno::NOMEM)));
                continue;
            }
            let result = state.carry_out(request);
            state.written += usize::from(result.is_ok());
            results.push(result.map_err(refused));
        }
        Ok(results)
    }
}

fn refused(errno: rustix::io::Errno) -> KernelError {
    KernelError { errno: errno.raw_os_error(), text: None, offset: None }
}

impl State {
    /// As `net/netfilter/ipvs/ip_vs_ctl.c` does it.
    fn carry_out(&mut self, request: &Request) -> Result<(), rustix::io::Errno> {
        use rustix::io::Errno;
        let put = |destination: &Destination| {
            let thresholds = destination.lower_threshold <= destination.upper_threshold;
            if thresholds { Ok(*destination) } else { Err(Errno::RANGE) }
        };
        match request {
            Request::AddService(service) => {
                let all = matches!(service.key, ServiceKey::Address { port: 0, .. });
                if self.table.contains_key(&service.key) {
                    return Err(Errno::EXIST);
                }
                if all && service.persistence.is_none() {
                    return Err(Errno::INVAL);
                }
                self.table.insert(service.key.clone(), (service.clone(), BTreeMap::new()));
            }
            Request::EditService(service) => {
                self.table.get_mut(&service.key).ok_or(Errno::SRCH)?.0 = service.clone();
            }
            Request::RemoveService(key) => drop(self.table.remove(key).ok_or(Errno::SRCH)?),
            Request::AddDestination { service, destination } => {
                let entry = self.table.get_mut(service).ok_or(Errno::SRCH)?;
                if entry.1.contains_key(&destination.key) {
                    return Err(Errno::EXIST);
                }
                entry.1.insert(destination.key, put(destination)?);
            }
            Request::EditDestination { service, destination } => {
                let entry = self.table.get_mut(service).ok_or(Errno::SRCH)?;
                *entry.1.get_mut(&destination.key).ok_or(Errno::NOENT)? = put(destination)?;
            }
            Request::RemoveDestination { service, destination } => {
                let entry = self.table.get_mut(service).ok_or(Errno::SRCH)?;
                entry.1.remove(destination).ok_or(Errno::NOENT)?;
            }
            Request::SetTimeouts(to) => {
                let set = |now: &mut u32, to: u32| *now = if to == 0 { *now } else { to };
                set(&mut self.timeouts.tcp, to.tcp);
                set(&mut self.timeouts.tcp_fin, to.tcp_fin);
                set(&mut self.timeouts.udp, to.udp);
            }
            Request::StartDaemon(daemon) => self.daemons.push(daemon.clone()),
            Request::StopDaemon { state, .. } => self.daemons.retain(|daemon| daemon.state != *state),
            Request::Zero(_) | Request::Flush => panic!("the agent must not: {request}"),
        }
        Ok(())
    }
}

#[derive(Clone, Debug)]
enum Event {
    /// Another cluster, or the one before.
    Desire(Box<Desired>),
    /// The agent ends and begins again.
    Restart,
    /// The agent is killed after so many requests of the next activation.
    Kill(usize),
    /// The kernel refuses each so-many-th request, once.
    Refuse(usize),
    /// The next list of services leaves one out.
    Skip(usize),
    /// Somebody makes a service of his own.
    Intrude(u8),
    /// Somebody puts a destination into the first service there is.
    PutIn(u8),
    /// Somebody puts a destination in, and another cluster is desired before the agent has looked again.
    PutInAndDesire(u8, Box<Desired>),
    /// Every service takes these ports from here on.
    Ports(&'static str),
    /// Somebody removes all that is there.
    Clear,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => model::testing::desired().prop_map(|desired| Event::Desire(Box::new(desired))),
        2 => Just(Event::Restart),
        3 => (0..30_usize).prop_map(Event::Kill),
        1 => (1..5_usize).prop_map(Event::Refuse),
        2 => (0..6_usize).prop_map(Event::Skip),
        2 => any::<u8>().prop_map(Event::Intrude),
        1 => any::<u8>().prop_map(Event::PutIn),
        2 => (any::<u8>(), model::testing::desired())
            .prop_map(|(n, desired)| Event::PutInAndDesire(n, Box::new(desired))),
        3 => prop::sample::select(vec!["80", "80,443", "80-90", "443,8080", "25"]).prop_map(Event::Ports),
        1 => Just(Event::Clear),
    ]
}

struct World {
    kernel: Played,
    /// What somebody else has made: it must stay as it is.
    theirs: Table,
    directory: tempfile::TempDir,
    reconciler: Reconciler,
    data_plane: Arc<Kernel>,
    desired: Desired,
    generation: u64,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new() -> Self {
        let kernel = Played::new();
        // In memory where there is such a place: each note is flushed to the disk.
        let memory = std::path::Path::new("/dev/shm");
        let directory =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let (data_plane, reconciler) = agent(&kernel, directory.path());
        let cluster = Cluster::new(Name::parse("web").unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self {
            kernel,
            theirs: Table::new(),
            directory,
            reconciler,
            data_plane,
            desired: Desired { running: true, cluster },
            generation: 0,
            runtime,
        }
    }

    fn restart(&mut self) {
        (self.data_plane, self.reconciler) = agent(&self.kernel, self.directory.path());
    }

    fn activate(&mut self) -> Pass {
        self.generation += 1;
        let desired = accepted(self.generation, self.desired.running, &self.desired.cluster);
        let mut judge = Judge::default();
        let subjects = checks(Some(&desired), &judge).subjects;
        judge.assign(&subjects, 0);
        for &id in subjects.destinations.keys() {
            let passed = Outcome::Passed { latency: std::time::Duration::ZERO };
            judge.take(id, desired.generation, passed, 0);
        }
        let checks = checks(Some(&desired), &judge);
        // As an activation with surroundings does it before it changes the table.
        let marking = self.data_plane.facts().marking;
        let table =
            effective(&desired.desired, &BTreeMap::new(), &model::table::Table::default(), marking).table;
        // A kernel that is silent cannot be asked.
        let _marks = self.runtime.block_on(self.data_plane.marks(&table));
        self.runtime.block_on(self.reconciler.activate(&desired, &checks, || {}))
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Desire(desired) => self.desired = Desired::clone(desired),
            Event::Restart => self.restart(),
            Event::Kill(after) => {
                self.kernel.state().silent_after = Some(*after);
                self.activate();
                self.kernel.state().silent_after = None;
                self.restart();
            }
            Event::Refuse(each) => {
                self.kernel.state().refuses_each = Some(*each);
                self.activate();
                self.kernel.state().refuses_each = None;
            }
            Event::Skip(number) => {
                // Looks of their own, since an activation may begin from the last one.
                let own = || self.runtime.block_on(self.data_plane.read(&Scope::Whole)).unwrap().own;
                let before = own();
                self.kernel.state().skips = Some(*number);
                assert_eq!(
                    [own(), own()],
                    [before.clone(), before],
                    "given up for one list that left it out"
                );
            }
            Event::Intrude(n) => {
                let key = ServiceKey::Mark { mark: 1 + u32::from(*n % 3), family: ipvs::Family::V4 };
                let mut kernel = self.kernel.state();
                if !kernel.table.contains_key(&key) {
                    let service = Service::new(key.clone(), "sed".parse().unwrap());
                    kernel.table.insert(key.clone(), (service.clone(), BTreeMap::new()));
                    self.theirs.insert(key, (service, BTreeMap::new()));
                }
            }
            Event::PutIn(n) => {
                let mut kernel = self.kernel.state();
                let Some((key, (service, destinations))) = kernel.table.iter_mut().next() else { return };
                let socket = ([192, 0, 2, *n], 4242).into();
                let destination = Destination::new(socket, ipvs::Forwarding::Tunnel(ipvs::Tunnel::Ipip));
                destinations.insert(destination.key, destination);
                let of = self.theirs.entry(key.clone()).or_insert_with(|| (service.clone(), BTreeMap::new()));
                of.1.insert(destination.key, destination);
            }
            Event::PutInAndDesire(n, desired) => {
                self.happen(&Event::PutIn(*n));
                self.happen(&Event::Desire(desired.clone()));
            }
            Event::Ports(ports) => {
                let mut cluster = self.desired.cluster.clone();
                for (id, service) in self.desired.cluster.services() {
                    let mut settings = service.settings.clone();
                    if let model::ServiceKey::Address(frontend) = &mut settings.key {
                        frontend.ports = model::Ports::parse(ports).unwrap();
                        // Whatever does not go with the others stays as it is.
                        let _kept = cluster.set_service(*id, settings);
                    }
                }
                self.desired.cluster = cluster;
            }
            Event::Clear => {
                self.kernel.state().table.clear();
                self.theirs.clear();
            }
        }
    }

    /// What is there of theirs. A service of ours with a destination of theirs has settings of ours.
    fn check_theirs(&self) -> Result<(), TestCaseError> {
        let kernel = self.kernel.state();
        for (key, (service, destinations)) in &self.theirs {
            let found = kernel.table.get(key);
            prop_assert!(found.is_some(), "{} is gone", key);
            let found = found.unwrap();
            if destinations.is_empty() {
                prop_assert_eq!(&found.0, service);
            }
            for (place, destination) in destinations {
                prop_assert_eq!(found.1.get(place), Some(destination));
            }
        }
        Ok(())
    }

    fn activate_and_check(&mut self) -> Result<(), TestCaseError> {
        let pass = self.activate();
        self.check_theirs()?;
        prop_assert!(pass.index.is_some());
        let failed = pass.observed.objects.iter().any(|object| object.applied == Applied::Failed);
        prop_assert_eq!(pass.observed.phase == Phase::Partial, failed || pass.observed.error.is_some());
        if self.theirs.is_empty() {
            // What fails is what a kernel cannot do, and none of it was asked of this one.
            for object in pass.observed.objects.iter() {
                let why = object.error.clone().unwrap_or_default();
                let known = ["PROXY", "not checked", "its service was refused"];
                let fine = object.applied != Applied::Failed || known.iter().any(|words| why.contains(words));
                prop_assert!(fine, "{:?}", object);
            }
        }
        let written = self.kernel.state().written;
        let again = self.activate();
        prop_assert_eq!(self.kernel.state().written, written, "{:?}", again.observed);
        prop_assert_eq!(again.observed.phase, pass.observed.phase);
        Ok(())
    }
}

fn agent(kernel: &Played, directory: &std::path::Path) -> (Arc<Kernel>, Reconciler) {
    let facts = Facts {
        kind: Kind::Kernel,
        reason: "played".into(),
        version: "1.2.1".into(),
        connection_limit: 0,
        schedulers: SchedulerKind::ALL.to_vec(),
        kernel_release: String::new(),
        connection_table: 4096,
        marking: Marking::ByMark,
        refuses: Vec::new(),
    };
    let set = Set { facts, missing: BTreeSet::new, connections: "/dev/null".into(), is_own: |_| false };
    let registry = Registry::open(directory, "this boot").unwrap();
    let data_plane = Arc::new(Kernel::new(Box::new(kernel.clone()), registry, set));
    let reconciler = Reconciler::new(data_plane.clone(), Arc::new(|| 0));
    (data_plane, reconciler)
}

/// A service with real servers of these numbers.
fn serving(servers: &[u8]) -> Cluster {
    let real = |&n: &u8| {
        let real = destination(&format!("real{n}"), ([192, 168, 10, n], 80).into(), 1);
        (DestinationId(u32::from(n)), real)
    };
    cluster([(1, service("web", ([10, 0, 0, 2], 80).into()), servers.iter().map(real).collect())])
}

#[test]
fn a_disk_that_takes_no_notes_keeps_nobody_from_taking_servers_out() {
    let mut world = World::new();
    world.desired.cluster = serving(&[1, 2, 3]);
    assert_eq!(world.activate().observed.phase, Phase::Verified);
    // Stands where notes are written before they replace the old ones.
    let in_the_way = world.directory.path().join("kernel.json.new");
    std::fs::create_dir_all(in_the_way.join("full")).unwrap();
    for left in [vec![2, 3], vec![3], vec![]] {
        world.desired.cluster = serving(&left);
        let pass = world.activate();
        assert_eq!(pass.observed.phase, Phase::Verified, "{:?}", pass.observed);
        let (_, destinations) = world.kernel.state().table.values().next().unwrap().clone();
        assert_eq!(destinations.len(), left.len());
    }
    // What is new has to be noted first.
    world.desired.cluster = serving(&[4]);
    assert_eq!(world.activate().observed.phase, Phase::Partial);
    std::fs::remove_dir_all(in_the_way).unwrap();
    assert_eq!(world.activate().observed.phase, Phase::Verified);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_is_lost_and_nothing_of_others_touched(events in prop::collection::vec(event(), 1..12)) {
        let mut world = World::new();
        for event in &events {
            world.happen(event);
            world.activate_and_check()?;
        }
        // In the end, only what is theirs is left: whatever was killed in between, the agent knows its own.
        let former = world.desired.cluster.clone();
        world.desired = Desired { running: false, cluster: Cluster::new(former.name().clone()) };
        world.activate();
        world.check_theirs()?;
        let kernel = world.kernel.state();
        prop_assert_eq!(kernel.timeouts, BEFORE);
        prop_assert!(kernel.daemons.is_empty());
        for (key, (_, destinations)) in &kernel.table {
            let theirs = world.theirs.get(key);
            prop_assert!(theirs.is_some(), "{} is left over", key);
            prop_assert!(destinations.keys().all(|place| theirs.unwrap().1.contains_key(place)));
        }
        drop(kernel);
        let holding = world.runtime.block_on(world.data_plane.read(&Scope::Whole)).unwrap();
        prop_assert!(holding.own.services.values().all(|service| service.destinations.is_empty()));
    }
}
