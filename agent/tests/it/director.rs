//! Checks, reconciler and embedded data plane together, with real sockets.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use agent::data_plane::user::User;
use agent::director::Director;
use agent::link::Reports;
use agent::report::Report;
use balancer::{Balancer, Options};
use health::ByProtocol;
use model::{
    Cluster, DestinationId, FirewallMark, Frontend, Generation, HostAddress, MarkedTraffic, Port, Ports,
    Protocol, ReentrySeconds, SchedulerKind, ServiceId, ServiceKey, ServiceSettings, SorryServer, Weight,
};
use protocol::{Applied, ConnectionsQuery, Health, Observed, ObservedObject, Phase};

use crate::real::{Client, PATIENCE, Real, ask, free, until};
use crate::support::{accepted, cluster, destination, service};

struct Rig {
    director: Director,
    data_plane: Arc<User>,
    vip: SocketAddr,
    reals: Vec<Real>,
    cluster: Cluster,
    generation: u64,
}

const SERVICE: ServiceId = ServiceId(1);

fn id(real: usize) -> DestinationId {
    DestinationId(u32::try_from(real).unwrap() + 10)
}

impl Rig {
    /// A service over three real servers, round robin.
    async fn start(adjust: impl FnOnce(&mut ServiceSettings)) -> Self {
        let options = Options { workers: NonZeroUsize::new(2), ..Options::default() };
        let data_plane = Arc::new(User::new(Balancer::start(options).unwrap(), "a test".into()));
        let director = Director::start(data_plane.clone(), Arc::new(ByProtocol), None);
        let vip = free();
        let mut settings = service("http", vip);
        settings.scheduler = SchedulerKind::Rr.into();
        adjust(&mut settings);
        let mut reals = Vec::new();
        let mut destinations = BTreeMap::new();
        for (index, name) in ["real1", "real2", "real3"].into_iter().enumerate() {
            let real = Real::start(name).await;
            destinations.insert(id(index), destination(name, real.address, 1));
            reals.push(real);
        }
        let cluster = cluster([(SERVICE.0, settings, destinations)]);
        let mut rig = Self { director, data_plane, vip, reals, cluster, generation: 0 };
        rig.apply(true).await;
        rig.reaches("three up", |observed| up(observed) == 3).await;
        rig
    }

    /// Sends the cluster, and waits until it is applied and verified.
    async fn apply(&mut self, running: bool) -> Arc<Observed> {
        self.generation += 1;
        let generation = Generation(self.generation);
        self.director.desired().send_replace(Some(accepted(self.generation, running, &self.cluster)));
        self.reaches("verified", |observed| {
            observed.generation == generation
                && observed.phase == Phase::Verified
                && observed.running == running
        })
        .await
    }

    async fn edit(&mut self, edit: impl FnOnce(&mut model::VirtualService)) -> Arc<Observed> {
        let mut service = self.cluster.service(SERVICE).unwrap().clone();
        edit(&mut service);
        self.cluster.put_service(SERVICE, service).unwrap();
        self.apply(true).await
    }

    async fn reaches(&self, what: &str, until: impl Fn(&Observed) -> bool) -> Arc<Observed> {
        let mut observed = self.director.observed();
        let found = tokio::time::timeout(PATIENCE, observed.wait_for(|observed| until(observed))).await;
        match found {
            Ok(found) => found.unwrap().clone(),
            Err(_) => panic!("never {what}: {:#?}", self.director.observed().borrow()),
        }
    }

    async fn real_is(&self, index: usize, health: Health) -> ObservedObject {
        let is = |observed: &Observed| object(observed, index).is_some_and(|object| object.health == health);
        object(&*self.reaches(&format!("real{} {health:?}", index + 1), is).await, index).unwrap().clone()
    }

    fn reports(&self) -> Report {
        Report::new(self.data_plane.clone(), self.director.index(), self.director.wake())
    }
}

fn object(observed: &Observed, index: usize) -> Option<&ObservedObject> {
    observed.objects.iter().find(|object| object.destination == Some(id(index)))
}

fn up(observed: &Observed) -> usize {
    observed
        .objects
        .iter()
        .filter(|object| object.destination.is_some() && object.health == Health::Up)
        .count()
}

fn only(names: &'static [&'static str]) -> impl Fn(&[String]) -> bool {
    move |answers| {
        answers.iter().all(|answer| names.contains(&answer.as_str()))
            && names.iter().all(|name| answers.iter().any(|answer| answer == name))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_server_leaves_and_returns() {
    let mut rig = Rig::start(|settings| settings.reentry = ReentrySeconds::new_const(2)).await;
    until(rig.vip, "all three", only(&["real1", "real2", "real3"])).await;
    rig.reals[0].kill().await;
    let down = rig.real_is(0, Health::Down).await;
    assert_eq!((down.applied, down.weight), (Applied::Absent, None));
    let reason = down.health_reason.unwrap();
    assert!(reason.contains("connection refused"), "{reason}");
    assert_eq!(down.judged_generation, Some(Generation(1)));
    until(rig.vip, "the other two", only(&["real2", "real3"])).await;
    rig.reals[0].revive().await;
    let back = rig.real_is(0, Health::Up).await;
    // Two passes in a row, a second apart.
    assert!(back.since_ms.unwrap() - down.since_ms.unwrap() >= 1_000, "{back:?}");
    assert_eq!(back.weight.map(Weight::get), Some(1));
    until(rig.vip, "all three again", only(&["real1", "real2", "real3"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiesced_server_keeps_its_connections_at_weight_0() {
    let mut rig = Rig::start(|settings| settings.quiesce = true).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(Client::connect(rig.vip).await.unwrap());
    }
    rig.reals[1].kill().await;
    let down = rig.real_is(1, Health::Down).await;
    assert_eq!((down.applied, down.weight.map(Weight::get)), (Applied::Applied, Some(0)));
    until(rig.vip, "the other two", only(&["real1", "real3"])).await;
    assert!(clients.iter().any(|client| client.server == "real2"));
    for client in &mut clients {
        assert!(client.works().await, "{}", client.server);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sorry_server_stands_in() {
    let sorry = Real::start("sorry").await;
    let server = SorryServer {
        address: HostAddress::try_new(sorry.address.ip()).unwrap(),
        port: Some(Port::new_const(sorry.address.port())),
    };
    let mut rig = Rig::start(|settings| settings.sorry_server = Some(server)).await;
    until(rig.vip, "the real servers", only(&["real1", "real2", "real3"])).await;
    for real in &mut rig.reals {
        real.kill().await;
    }
    let observed = rig.reaches("sorry", |observed| observed.objects[0].sorry).await;
    let service = &observed.objects[0];
    assert_eq!((service.health, service.applied), (Health::Down, Applied::Applied));
    assert_eq!(
        service.health_reason.as_deref(),
        Some("no real server takes connections; the sorry server answers")
    );
    until(rig.vip, "sorry", only(&["sorry"])).await;
    rig.reals[2].revive().await;
    rig.reaches("no longer sorry", |observed| !observed.objects[0].sorry).await;
    until(rig.vip, "the one that is back", only(&["real3"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_do_not_touch_established_connections() {
    let mut rig = Rig::start(|_| {}).await;
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(Client::connect(rig.vip).await.unwrap());
    }
    // Weight, scheduler, a destination off, another one removed: in turn, under the same connections.
    rig.edit(|service| {
        service.settings.scheduler = SchedulerKind::Wrr.into();
        service.destinations.get_mut(&id(0)).unwrap().weight = Weight::new_const(5);
    })
    .await;
    let answers = ask(rig.vip, 14).await;
    let count = |name: &str| answers.iter().filter(|answer| *answer == name).count();
    assert_eq!((count("real1"), count("real2"), count("real3")), (10, 2, 2), "{answers:?}");
    let observed = rig.edit(|service| service.destinations.get_mut(&id(1)).unwrap().active = false).await;
    let off = object(&observed, 1).unwrap();
    assert_eq!((off.health, off.applied, off.weight), (Health::Inactive, Applied::Absent, None));
    until(rig.vip, "without the inactive one", only(&["real1", "real3"])).await;
    rig.edit(|service| drop(service.destinations.remove(&id(0)))).await;
    until(rig.vip, "the last one", only(&["real3"])).await;
    for client in &mut clients {
        assert!(client.works().await, "{}", client.server);
    }
    rig.edit(|service| service.destinations.get_mut(&id(1)).unwrap().active = true).await;
    rig.real_is(1, Health::Up).await;
    until(rig.vip, "both", only(&["real2", "real3"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_removes_and_start_brings_back() {
    let mut rig = Rig::start(|_| {}).await;
    let mut client = Client::connect(rig.vip).await.unwrap();
    let observed = rig.apply(false).await;
    assert!(
        observed
            .objects
            .iter()
            .all(|object| object.applied == Applied::Absent && object.health == Health::Inactive)
    );
    until(rig.vip, "nobody", only(&["nobody"])).await;
    assert!(tokio::net::TcpStream::connect(rig.vip).await.is_err());
    assert!(client.works().await, "stopping ends no connection that is established");
    rig.apply(true).await;
    rig.reaches("three up", |observed| up(observed) == 3).await;
    until(rig.vip, "all three", only(&["real1", "real2", "real3"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_reported_and_tried_again() {
    let mut rig = Rig::start(|_| {}).await;
    let taken = free();
    let holder = std::net::TcpListener::bind(taken).unwrap();
    rig.cluster
        .put_service(
            ServiceId(2),
            model::VirtualService {
                settings: service("other", taken),
                destinations: [(id(7), destination("real1", rig.reals[0].address, 1))].into(),
            },
        )
        .unwrap();
    rig.generation += 1;
    rig.director.desired().send_replace(Some(accepted(rig.generation, true, &rig.cluster)));
    let partial =
        |observed: &Observed| observed.generation == Generation(2) && observed.phase == Phase::Partial;
    let observed = rig.reaches("partial", partial).await;
    let failed = observed.objects.iter().find(|object| object.service == ServiceId(2)).unwrap();
    let error = failed.error.as_deref().unwrap();
    assert!(error.contains("could not listen") && error.contains(&taken.to_string()), "{error}");
    until(rig.vip, "the first service as ever", only(&["real1", "real2", "real3"])).await;
    drop(holder);
    rig.reaches("verified", |observed| {
        observed.generation == Generation(2) && observed.phase == Phase::Verified
    })
    .await;
    until(taken, "the second service", only(&["real1"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_by_mark_is_served_at_its_frontend() {
    let rig = Rig::start(|settings| {
        let frontend = settings.key.frontend().unwrap().clone();
        let traffic = MarkedTraffic::Frontend(frontend);
        settings.key = ServiceKey::Mark { mark: FirewallMark::new_const(80), traffic };
    })
    .await;
    until(rig.vip, "all three", only(&["real1", "real2", "real3"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_udp_service_is_checked_and_served() {
    let mut rig = Rig::start(|_| {}).await;
    let real = tokio::net::UdpSocket::bind(free()).await.unwrap();
    let (vip, refusing) = (free(), free());
    let mut settings = service("dns", vip);
    settings.key =
        ServiceKey::Address(Frontend { protocol: Protocol::Udp, ..settings.key.frontend().unwrap().clone() });
    let destinations = [
        (DestinationId(50), destination("listens", real.local_addr().unwrap(), 1)),
        (DestinationId(51), destination("refuses", refusing, 1)),
    ];
    let service = model::VirtualService { settings, destinations: destinations.into() };
    rig.cluster.put_service(ServiceId(2), service).unwrap();
    rig.apply(true).await;
    let health = |observed: &Observed, id| {
        let found = observed.objects.iter().find(|object| object.destination == Some(DestinationId(id)));
        found.map(|object| object.health)
    };
    rig.reaches("judged", |observed| {
        health(observed, 50) == Some(Health::Up) && health(observed, 51) == Some(Health::Down)
    })
    .await;
    let echo = tokio::spawn(async move {
        let mut datagram = [0; 64];
        loop {
            let (length, from) = real.recv_from(&mut datagram).await.unwrap();
            // Checks send empty ones.
            if length > 0 {
                real.send_to(&datagram[..length], from).await.unwrap();
            }
        }
    });
    let client = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    client.send_to(b"who is there", vip).await.unwrap();
    let mut answer = [0; 64];
    let answered = tokio::time::timeout(PATIENCE, client.recv_from(&mut answer)).await.unwrap().unwrap();
    assert_eq!((&answer[..answered.0], answered.1), (&b"who is there"[..], vip));
    echo.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_data_plane_cannot_serve_says_so() {
    let mut rig = Rig::start(|_| {}).await;
    let frontend = Frontend {
        protocol: Protocol::Sctp,
        vip: HostAddress::try_new(rig.vip.ip()).unwrap(),
        ports: Ports::single(Port::new_const(9_899)),
    };
    let mut sctp = service("sctp", rig.vip);
    sctp.key = ServiceKey::Address(frontend);
    let mut marked = service("marked", rig.vip);
    let traffic = MarkedTraffic::Elsewhere(model::Family::V4);
    marked.key = ServiceKey::Mark { mark: FirewallMark::new_const(9), traffic };
    for (id, settings) in [(2, sctp), (3, marked)] {
        let service = model::VirtualService { settings, destinations: BTreeMap::new() };
        rig.cluster.put_service(ServiceId(id), service).unwrap();
    }
    rig.director.desired().send_replace(Some(accepted(2, true, &rig.cluster)));
    let observed = rig.reaches("partial", |observed| observed.phase == Phase::Partial).await;
    let error = |id| {
        observed.objects.iter().find(|object| object.service == ServiceId(id)).unwrap().error.clone().unwrap()
    };
    assert!(error(2).contains("SCTP"), "{}", error(2));
    assert!(error(3).contains("set by rules elsewhere"), "{}", error(3));
    until(rig.vip, "the first service as ever", only(&["real1", "real2", "real3"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_and_connections_are_told_by_id() {
    let rig = Rig::start(|_| {}).await;
    let reports = rig.reports();
    let mut client = Client::connect(rig.vip).await.unwrap();
    ask(rig.vip, 5).await;
    assert!(client.works().await);
    let begun = tokio::time::Instant::now();
    loop {
        let stats = reports.stats(false).await.unwrap();
        assert_eq!(stats.generation, Generation(1));
        let of = |destination| {
            stats.entries.iter().find(|entry| entry.service == SERVICE && entry.destination == destination)
        };
        let service = of(None).unwrap();
        let each: Vec<_> = (0..3).map(|index| of(Some(id(index))).unwrap()).collect();
        assert_eq!(service.total.connections, 6);
        assert_eq!(each.iter().map(|entry| entry.total.connections).collect::<Vec<_>>(), [2, 2, 2]);
        if service.active == 1
            && service.inactive == 0
            && each.iter().map(|entry| entry.active).sum::<u64>() == 1
            && service.total.bytes_in >= 12
        {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{stats:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let query =
        |service, destination| ConnectionsQuery { service, destination, ..ConnectionsQuery::default() };
    let all = reports.connections(query(None, None)).await.unwrap();
    assert_eq!((all.rows.len(), all.total, all.complete), (1, 1, true));
    assert_eq!((all.rows[0].state.as_str(), all.rows[0].virtual_address), ("ESTABLISHED", rig.vip));
    assert_eq!(all.rows[0].service, Some(SERVICE));
    assert!(all.reading.is_some_and(|reading| reading.finished && reading.read == 1), "{all:?}");
    let holder = (0..3).find(|&index| rig.reals[index].address == all.rows[0].destination).unwrap();
    for index in 0..3 {
        let found = reports.connections(query(Some(SERVICE), Some(id(index)))).await.unwrap();
        assert_eq!(found.rows.len(), usize::from(index == holder));
    }
    assert!(reports.connections(query(Some(ServiceId(9)), None)).await.unwrap().rows.is_empty());
    let facts = reports.facts();
    assert_eq!((facts.kind.as_str(), facts.reason.as_str(), facts.marks), ("user", "a test", false));
    assert!(facts.schedulers.iter().any(|name| name == "wlc"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_lets_connections_finish_until_the_deadline() {
    let rig = Rig::start(|_| {}).await;
    let mut finishes = Client::connect(rig.vip).await.unwrap();
    let stays = Client::connect(rig.vip).await.unwrap();
    let vip = rig.vip;
    let left = tokio::spawn(rig.director.leave(Duration::from_secs(2)));
    let begun = tokio::time::Instant::now();
    while tokio::net::TcpStream::connect(vip).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_millis(1_500), "new connections are still taken");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(finishes.works().await);
    drop(finishes);
    let left = tokio::time::timeout(PATIENCE, left).await.unwrap().unwrap();
    assert_eq!(left.cut, 1);
    assert!(begun.elapsed() >= Duration::from_millis(1_500));
    drop(stays);
}
