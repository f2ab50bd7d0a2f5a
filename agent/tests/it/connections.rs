//! Questions about connections: evaluated here, by one reading for all who ask.

use std::sync::Arc;
use std::time::Duration;

use agent::data_plane::simulated::{Faults, Simulated};
use agent::director::Director;
use agent::link::Reports;
use agent::report::Report;
use health::ByProtocol;
use model::connections::{Connection, ConnectionState, Filter, Group, Grouping, Prefixes};
use model::table::TableDestinationKey;
use model::{DestinationId, Generation, HostAddress, Port, Protocol, ServiceId};
use protocol::{ConnectionsAnswer, ConnectionsQuery, Phase};

use crate::real::PATIENCE;
use crate::support::{accepted, cluster, destination, service};

const WEB: ServiceId = ServiceId(1);
const SHOP: ServiceId = ServiceId(2);

struct Rig {
    data_plane: Arc<Simulated>,
    report: Arc<Report>,
    _director: Director,
}

impl Rig {
    /// Two services over the same two real servers, and three hundred connections: two thirds to the first service, from a hundred
    /// clients in four networks.
    async fn start() -> Self {
        let data_plane = Arc::new(Simulated::default());
        let director = Director::start(data_plane.clone(), Arc::new(ByProtocol), None);
        let servers = |first: u32| {
            [0, 1].map(|n| {
                let address = format!("127.0.10.{n}:80").parse().unwrap();
                (DestinationId(first + n), destination(&format!("real{n}"), address, 1))
            })
        };
        let cluster = cluster([
            (WEB.0, service("web", "127.0.0.2:80".parse().unwrap()), servers(10).into()),
            (SHOP.0, service("shop", "127.0.0.2:443".parse().unwrap()), servers(20).into()),
        ]);
        director.desired().send_replace(Some(accepted(1, true, &cluster)));
        let mut observed = director.observed();
        let verified = observed.wait_for(|observed| observed.phase == Phase::Verified);
        assert_eq!(
            tokio::time::timeout(PATIENCE, verified).await.unwrap().unwrap().generation,
            Generation(1)
        );
        let connections = (0..300_u16).map(|n| {
            let service = if n % 3 == 0 { 443 } else { 80 };
            let connection = Connection {
                client: format!("10.1.{}.{}:{}", n % 4, n % 100, 40_000 + n).parse().unwrap(),
                virtual_address: format!("127.0.0.2:{service}").parse().unwrap(),
                protocol: Protocol::Tcp,
                destination: format!("127.0.10.{}:80", n % 2).parse().unwrap(),
                state: if n < 30 { "TIME_WAIT" } else { "ESTABLISHED" }.into(),
                expires_s: 60,
                service: None,
            };
            let key = model::table::TableKey::Address {
                protocol: Protocol::Tcp,
                vip: HostAddress::parse("127.0.0.2").unwrap(),
                ports: model::Ports::single(Port::new_const(service)),
            };
            (connection, key)
        });
        data_plane.set_connections(connections.collect());
        let report = Report::new(data_plane.clone(), director.index(), director.wake());
        Self { data_plane, report: Arc::new(report), _director: director }
    }

    async fn ask(&self, query: ConnectionsQuery) -> ConnectionsAnswer {
        self.report.connections(query).await.unwrap()
    }
}

async fn until(what: &str, is: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

fn all() -> ConnectionsQuery {
    ConnectionsQuery::default()
}

#[tokio::test]
async fn every_filter_is_heeded() {
    let rig = Rig::start().await;
    let with = |filter: Filter| ConnectionsQuery { filter, limit: 5, ..all() };
    let none = Filter::default;
    let count = async |query| rig.ask(query).await.total;
    assert_eq!(count(all()).await, 300);
    assert_eq!(count(ConnectionsQuery { service: Some(WEB), ..all() }).await, 200);
    let destination = Some(DestinationId(21));
    assert_eq!(count(ConnectionsQuery { destination, ..all() }).await, 50);
    assert_eq!(count(ConnectionsQuery { service: Some(WEB), destination, ..all() }).await, 0);
    assert_eq!(count(ConnectionsQuery { service: Some(ServiceId(9)), ..all() }).await, 0);
    assert_eq!(count(with(Filter { client: "10.1.3.0/24".parse().ok(), ..none() })).await, 75);
    let server = TableDestinationKey::parse("127.0.10.1").ok();
    assert_eq!(count(with(Filter { server, ..none() })).await, 150);
    assert_eq!(count(with(Filter { protocol: Some(Protocol::Udp), ..none() })).await, 0);
    let state = ConnectionState::parse("TIME_WAIT").ok();
    assert_eq!(count(with(Filter { state, ..none() })).await, 30);

    let few = rig.ask(with(none())).await;
    assert_eq!((few.rows.len(), few.total, few.complete), (5, 300, false));
    assert!(few.rows.is_sorted() && few.reading.is_some_and(|reading| reading.finished), "{few:?}");
    assert!(
        few.rows
            .iter()
            .all(|row| row.service == Some(if row.virtual_address.port() == 80 { WEB } else { SHOP }))
    );
}

#[tokio::test]
async fn groups_are_counted_among_what_matches() {
    let rig = Rig::start().await;
    let query = ConnectionsQuery {
        service: Some(WEB),
        groupings: vec![
            Grouping::Client(Prefixes::try_new(24, 64).unwrap()),
            Grouping::Service,
            Grouping::Server,
            Grouping::State,
        ],
        limit: 0,
        groups: 2,
        ..all()
    };
    let answer = rig.ask(query).await;
    assert!(answer.rows.is_empty() && answer.total == 200);
    let [clients, services, servers, states] = &answer.groups[..] else { panic!("{answer:?}") };
    assert_eq!((clients.distinct, clients.top.len(), clients.missed), (Some(4), 2, 0));
    assert_eq!(services.top, [(Group::Service(WEB), 200)]);
    assert_eq!(servers.top.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [100, 100]);
    assert_eq!(states.top[1], (Group::State("TIME_WAIT".into()), 20));
}

#[tokio::test]
async fn nothing_is_read_while_nobody_asks_and_one_reading_serves_all_who_do() {
    let rig = Rig::start().await;
    assert_eq!(rig.data_plane.readings(), 0);
    rig.data_plane.set_faults(Faults { reading_takes: Duration::from_secs(1), ..Faults::default() });
    let ask = |service| {
        let report = Arc::clone(&rig.report);
        tokio::spawn(async move {
            report.connections(ConnectionsQuery { service, ..ConnectionsQuery::default() }).await
        })
    };
    let first = ask(None);
    until("the first one reads", || rig.data_plane.readings() == 1).await;
    // They come while it reads, want different things, and get them from the next reading.
    let others: Vec<_> = (0..8).map(|n| ask(Some(if n % 2 == 0 { WEB } else { SHOP }))).collect();
    assert_eq!(first.await.unwrap().unwrap().total, 300);
    for (n, other) in others.into_iter().enumerate() {
        assert_eq!(other.await.unwrap().unwrap().total, if n % 2 == 0 { 200 } else { 100 });
    }
    assert_eq!(rig.data_plane.readings(), 2);
}

#[tokio::test]
async fn who_waits_for_somebody_that_goes_away_reads_himself() {
    let rig = Rig::start().await;
    rig.data_plane.set_faults(Faults { reading_takes: Duration::from_secs(3_600), ..Faults::default() });
    let ask = || {
        let report = Arc::clone(&rig.report);
        tokio::spawn(async move { report.connections(ConnectionsQuery::default()).await })
    };
    let first = ask();
    until("it reads", || rig.data_plane.readings() == 1).await;
    let second = ask();
    tokio::task::yield_now().await;
    let stays = ask();
    tokio::task::yield_now().await;
    first.abort();
    // The second one reads for both, and does not come to the end either.
    until("the second reads", || rig.data_plane.readings() == 2).await;
    rig.data_plane.set_faults(Faults::default());
    second.abort();
    let answer = tokio::time::timeout(PATIENCE, stays).await.unwrap().unwrap().unwrap();
    assert_eq!((answer.total, rig.data_plane.readings()), (300, 3));
}

#[tokio::test]
async fn a_reading_that_stops_says_how_far_it_came() {
    let rig = Rig::start().await;
    rig.data_plane.set_faults(Faults { reading_stops: Some(183), ..Faults::default() });
    let answer = rig.ask(all()).await;
    let reading = answer.reading.unwrap();
    assert_eq!((reading.read, reading.expected, reading.finished), (183, Some(300), false));
    assert!(answer.total == 183 && !answer.complete, "all rows are told, and still it is not complete");
}
