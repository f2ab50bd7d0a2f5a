//! A console and a director's agent over their real protocol, the embedded data plane, real servers and clients on loopback.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agent::cli::{Cli, Command};
use agent::run::Agent;
use clap::Parser as _;
use model::{
    ClusterId, Destination, DestinationId, DirectorId, Frontend, Generation, HostAddress, Name, Port, Ports,
    Protocol, ReentrySeconds, SchedulerKind, Seconds, ServiceId, ServiceKey, ServiceSettings, VirtualService,
    Weight,
};
use protocol::{Applied, ConnectionsQuery, Health, Observed, Phase};
use server::clock::Clock;
use server::config::Config;
use server::console::Console;
use server::store::{Actor, Revision};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use crate::real::{Client, PATIENCE, Real, ask, free, until};
use crate::support::{config, write_site};

/// A console with one cluster and one director, whose agent is somewhere else.
struct System {
    directory: TempDir,
    console: Console,
    cluster: ClusterId,
    director: DirectorId,
    service: ServiceId,
    destinations: Vec<DestinationId>,
    vip: SocketAddr,
    reals: Vec<Real>,
}

impl System {
    async fn start() -> (Self, Agent) {
        let directory = tempfile::tempdir().unwrap();
        write_site(&directory.path().join("site"));
        let console = Console::start(at(directory.path(), free()), Clock::system()).await.unwrap();
        let store = console.state().store.clone();
        let actor = Actor::command_line();
        let cluster = store.create_cluster(&actor, name("web")).await.unwrap();
        let director = store.create_director(&actor, cluster, name("vs1")).await.unwrap();
        let vip = free();
        let reals = [Real::start("real1").await, Real::start("real2").await];
        let addresses = [reals[0].address, reals[1].address];
        let added = store.edit_draft(&actor, cluster, None, "add a service", |editing| {
            let id = editing.next_service_id();
            let destinations = [editing.next_destination_id(), editing.next_destination_id()];
            let service = VirtualService {
                settings: settings(vip),
                destinations: std::iter::zip(destinations, addresses).map(destination).collect(),
            };
            editing.put_service(id, service)?;
            Ok((id, destinations.to_vec()))
        });
        let (service, destinations) = added.await.unwrap();
        let token = console.state().fleet.new_token(&actor, director).await.unwrap().to_string();
        let fleet = console.fleet().to_string();
        let agent = start_agent(directory.path(), &["--console", &fleet, "--token", &token]).await;
        let system =
            Self { directory, console, cluster, director, service, destinations, vip, reals: reals.into() };
        system.apply(true).await;
        system.reaches("both up", |observed| up(observed) == 2).await;
        (system, agent)
    }

    /// Applies the draft, as the button does.
    async fn apply(&self, running: bool) -> Arc<Revision> {
        let (store, actor) = (&self.console.state().store, Actor::command_line());
        let draft = store.draft(self.cluster).await.unwrap();
        let base = draft.applied.as_ref().map(|revision| revision.generation);
        let revision =
            store.apply(&actor, self.cluster, base, draft.version, "a test", running).await.unwrap();
        self.console.state().fleet.push(self.cluster);
        revision
    }

    async fn edit(&self, what: &str, edit: impl FnOnce(&mut VirtualService)) -> Arc<Observed> {
        let (store, actor, id) = (&self.console.state().store, Actor::command_line(), self.service);
        let edited = store.edit_draft(&actor, self.cluster, None, what, |editing| {
            let mut service = editing.service(id)?.clone();
            edit(&mut service);
            editing.put_service(id, service)
        });
        edited.await.unwrap();
        let generation = self.apply(true).await.generation;
        self.verified(generation).await
    }

    async fn verified(&self, generation: Generation) -> Arc<Observed> {
        let verified =
            |observed: &Observed| observed.generation == generation && observed.phase == Phase::Verified;
        self.reaches("verified", verified).await
    }

    /// What the console knows of the director, as soon as it is as wanted.
    async fn reaches(&self, what: &str, wanted: impl Fn(&Observed) -> bool) -> Arc<Observed> {
        let fleet = &self.console.state().fleet;
        let mut changed = fleet.changed();
        let found = timeout(PATIENCE, async {
            loop {
                if let Some(observed) =
                    fleet.director(self.director).observed.filter(|observed| wanted(observed))
                {
                    return observed;
                }
                changed.changed().await.unwrap();
            }
        });
        found.await.unwrap_or_else(|_| panic!("never {what}: {:?}", fleet.director(self.director)))
    }

    async fn connected(&self) {
        let fleet = &self.console.state().fleet;
        let mut changed = fleet.changed();
        let connected = async {
            while !fleet.director(self.director).connected {
                changed.changed().await.unwrap();
            }
        };
        timeout(PATIENCE, connected).await.expect("the director never connects");
    }

    /// Ends the console, and gives back what is needed to start it again at the same addresses.
    async fn console_away(self) -> Away {
        let Self { directory, console, cluster, director, service, destinations, vip, reals } = self;
        let fleet = console.fleet();
        console.shut_down().await;
        Away { directory, fleet, cluster, director, service, destinations, vip, reals }
    }
}

struct Away {
    directory: TempDir,
    fleet: SocketAddr,
    cluster: ClusterId,
    director: DirectorId,
    service: ServiceId,
    destinations: Vec<DestinationId>,
    vip: SocketAddr,
    reals: Vec<Real>,
}

impl Away {
    async fn back(self) -> System {
        let Self { directory, fleet, cluster, director, service, destinations, vip, reals } = self;
        let console = Console::start(at(directory.path(), fleet), Clock::system()).await.unwrap();
        System { directory, console, cluster, director, service, destinations, vip, reals }
    }
}

/// Addresses of the tests' own: while many connections of other tests wait for their end, the system has none to give.
fn at(directory: &Path, fleet: SocketAddr) -> Config {
    Config { fleet, listen: free(), ..config(directory) }
}

async fn start_agent(directory: &Path, more: &[&str]) -> Agent {
    let state = directory.join("agent").display().to_string();
    let line = ["arapaima-agent", "run", "--proxy-workers", "1", "--state", &state];
    let Command::Run(options) = Cli::try_parse_from(line.iter().chain(more)).unwrap().command else {
        panic!("a command to run");
    };
    let begun = Instant::now();
    loop {
        match timeout(PATIENCE, Agent::start(&options)).await.expect("the agent never starts") {
            Ok(agent) => return agent,
            // One that was dropped a moment ago still has the lock until its tasks have noticed.
            Err(error) if begun.elapsed() < PATIENCE && error.to_string().contains("another agent") => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn settings(vip: SocketAddr) -> ServiceSettings {
    let frontend = Frontend {
        protocol: Protocol::Tcp,
        vip: HostAddress::try_new(vip.ip()).unwrap(),
        ports: Ports::single(Port::new_const(vip.port())),
    };
    ServiceSettings {
        name: name("http"),
        active: true,
        key: ServiceKey::Address(frontend),
        device: None,
        vip_netmask: None,
        scheduler: SchedulerKind::Wrr.into(),
        persistence: None,
        one_packet: false,
        check: model::Check::Connect,
        timeout: Seconds::new_const(1),
        reentry: ReentrySeconds::new_const(0),
        quiesce: false,
        load_monitor: model::LoadMonitor::None,
        sorry_server: None,
        proxy_protocol: false,
        note: None,
    }
}

fn destination((id, address): (DestinationId, SocketAddr)) -> (DestinationId, Destination) {
    let destination = Destination {
        name: name(&format!("real at {}", address.port())),
        address: HostAddress::try_new(address.ip()).unwrap(),
        port: Some(Port::new_const(address.port())),
        weight: Weight::new_const(1),
        forwarding: None,
        thresholds: model::Thresholds::default(),
        active: true,
        note: None,
    };
    (id, destination)
}

fn up(observed: &Observed) -> usize {
    observed
        .objects
        .iter()
        .filter(|object| object.destination.is_some() && object.health == Health::Up)
        .count()
}

fn health_of(observed: &Observed, id: DestinationId) -> Option<Health> {
    observed.objects.iter().find(|object| object.destination == Some(id)).map(|object| object.health)
}

fn only(names: &'static [&'static str]) -> impl Fn(&[String]) -> bool {
    move |answers| {
        answers.iter().all(|answer| names.contains(&answer.as_str()))
            && names.iter().all(|name| answers.iter().any(|answer| answer == name))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_travels_from_the_store_to_live_traffic() {
    let (system, agent) = System::start().await;
    until(system.vip, "both", only(&["real1", "real2"])).await;
    let mut client = Client::connect(system.vip).await.unwrap();

    let first = system.destinations[0];
    let weigh = async |weight: Weight| {
        let edited = system.edit("weigh real1", |service| {
            service.destinations.get_mut(&first).unwrap().weight = weight;
        });
        edited.await
    };
    let mut took = Vec::new();
    for weight in [5, 4, 6, 2] {
        let begun = Instant::now();
        weigh(Weight::try_new(weight).unwrap()).await;
        took.push(begun.elapsed());
    }
    let observed = weigh(Weight::new_const(3)).await;
    let object = observed.objects.iter().find(|object| object.destination == Some(first)).unwrap();
    assert_eq!((object.weight.map(Weight::get), object.applied), (Some(3), Applied::Applied));
    let answers = ask(system.vip, 8).await;
    assert_eq!(answers.iter().filter(|answer| *answer == "real1").count(), 6, "{answers:?}");
    // Far above what it takes; lost pushes would show themselves by the second between looks at the store. One may be slow: the
    // disk is busy with other tests.
    took.sort();
    assert!(took[2] < Duration::from_millis(450), "{took:?}");

    let fleet = &system.console.state().fleet;
    let watching = fleet.watch(system.cluster);
    let begun = Instant::now();
    loop {
        let of_service = fleet.stats(system.director).and_then(|stats| {
            stats
                .entries
                .iter()
                .find(|entry| entry.service == system.service && entry.destination.is_none())
                .copied()
        });
        if of_service
            .is_some_and(|entry| entry.total.connections >= 9 && entry.active == 1 && entry.inactive == 0)
        {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{of_service:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(watching);
    let query = ConnectionsQuery { service: Some(system.service), limit: 5, ..ConnectionsQuery::default() };
    let answer = &fleet.connections(system.director, &query, PATIENCE).await.unwrap().answer;
    assert_eq!((answer.total, answer.rows[0].virtual_address), (1, system.vip));

    let store = &system.console.state().store;
    let stopped = store.set_running(&Actor::command_line(), system.cluster, false).await.unwrap();
    fleet.push(system.cluster);
    let observed = system.verified(stopped.generation).await;
    assert!(!observed.running);
    until(system.vip, "nobody", only(&["nobody"])).await;
    assert!(client.works().await, "stopping cuts nobody off");
    drop(client);
    assert_eq!(agent.leave(Duration::from_secs(10)).await.cut, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_server_is_seen_on_the_console() {
    let (mut system, _agent) = System::start().await;
    system.reals[0].kill().await;
    let first = system.destinations[0];
    let observed = system.reaches("down", |observed| health_of(observed, first) == Some(Health::Down)).await;
    let object = observed.objects.iter().find(|object| object.destination == Some(first)).unwrap();
    assert!(
        object.health_reason.as_deref().is_some_and(|reason| reason.contains("connection refused")),
        "{object:?}"
    );
    until(system.vip, "the other one", only(&["real2"])).await;
    system.reals[0].revive().await;
    system.reaches("up", |observed| up(observed) == 2).await;
    until(system.vip, "both", only(&["real1", "real2"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_goes_on_without_its_console_and_through_an_agents_restart() {
    let (system, agent) = System::start().await;
    let mut client = Client::connect(system.vip).await.unwrap();
    let mut away = system.console_away().await;
    assert!(client.works().await, "the console's end cuts nobody off");
    until(away.vip, "both without a console", only(&["real1", "real2"])).await;
    away.reals[0].kill().await;
    until(away.vip, "the living one without a console", only(&["real2"])).await;
    // The agent is gone without a word, and starts again without a console and without arguments.
    drop(agent);
    let agent = start_agent(away.directory.path(), &[]).await;
    until(away.vip, "the living one after a restart", only(&["real2"])).await;
    away.reals[0].revive().await;
    until(away.vip, "both after a restart", only(&["real1", "real2"])).await;
    let system = away.back().await;
    system.connected().await;
    let first = system.destinations[0];
    let observed = system.edit("take real1 out", |service| {
        service.destinations.get_mut(&first).unwrap().active = false;
    });
    assert_eq!(health_of(&*observed.await, first), Some(Health::Inactive));
    until(system.vip, "the active one", only(&["real2"])).await;
    assert_eq!(agent.leave(Duration::from_secs(10)).await.cut, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_director_goes_on_as_it_is() {
    let (system, _agent) = System::start().await;
    system.console.state().store.revoke_director(&Actor::command_line(), system.director).await.unwrap();
    system.console.state().fleet.revoked(system.director);
    let begun = Instant::now();
    while system.console.state().fleet.director(system.director).connected {
        assert!(begun.elapsed() < PATIENCE, "it is still connected");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    until(system.vip, "both", only(&["real1", "real2"])).await;
}
