//! Connection tables: agents of every age, and viewers that share a look.

use std::time::Duration;

use model::Protocol;
use model::connections::{Filter, Grouping};
use protocol::wire::agent_message::Kind as Say;
use protocol::wire::console_message::Kind as Hear;
use protocol::{CONNECTION_GROUPS, ConnectionsQuery, MAX_CONNECTION_ROWS, wire};
use server::fleet::Unanswered;

use crate::fleet_support::{FleetApp, PATIENCE, Raw, hello, identity};

fn query() -> ConnectionsQuery {
    ConnectionsQuery {
        filter: Filter { protocol: Some(Protocol::Tcp), ..Filter::default() },
        groupings: vec![Grouping::State],
        limit: 1,
        groups: 5,
        within: Duration::from_secs(2),
        ..ConnectionsQuery::default()
    }
}

fn with(features: &[&str]) -> wire::Hello {
    wire::Hello { features: features.iter().map(|&feature| feature.to_owned()).collect(), ..hello() }
}

/// The next question about connections.
async fn asked(agent: &mut Raw) -> wire::ConnectionsQuery {
    loop {
        match agent.next().await.expect("the session goes on") {
            Hear::Connections(query) => return query,
            _ => continue,
        }
    }
}

fn row(protocol: &str, state: &str) -> wire::Connection {
    wire::Connection {
        protocol: protocol.into(),
        expires_s: 9,
        state: state.into(),
        client: "192.0.2.7:40000".into(),
        r#virtual: "10.0.0.2:80".into(),
        destination: "192.168.10.100:80".into(),
        service_id: 0,
    }
}

#[tokio::test]
async fn viewers_who_ask_the_same_share_one_reading() {
    let app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    let identity = identity(&app, &token).await;
    let mut agent = Raw::connect(&app, &identity, with(&["connections", CONNECTION_GROUPS])).await.unwrap();
    app.connected(director).await;
    let viewers: Vec<_> = (0..20)
        .map(|_| {
            let fleet = app.fleet.clone();
            tokio::spawn(async move { fleet.connections(director, &query(), PATIENCE).await })
        })
        .collect();
    let question = asked(&mut agent).await;
    assert_eq!((question.protocol.as_str(), question.limit, question.within_ms), ("tcp", 1, 2_000));
    assert_eq!(question.groupings.len(), 1);
    let reading = Some(wire::ConnectionReading { read: 5, finished: true, took_ms: 3, ..Default::default() });
    agent
        .say(Say::Connections(wire::ConnectionsAnswer {
            query_id: question.query_id,
            total: 5,
            reading,
            ..Default::default()
        }))
        .await;
    for viewer in viewers {
        let look = viewer.await.unwrap().unwrap();
        assert_eq!((look.answer.total, look.answer.reading.unwrap().read), (5, 5));
    }
    // The next question is another one's: nobody has asked twice.
    let fleet = app.fleet.clone();
    let other = ConnectionsQuery { limit: 77, ..query() };
    let other = tokio::spawn(async move { fleet.connections(director, &other, PATIENCE).await });
    assert_eq!(asked(&mut agent).await.limit, 77);
    other.abort();
}

#[tokio::test]
async fn an_older_agent_still_answers_and_what_it_leaves_out_is_done_here() {
    let app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    let identity = identity(&app, &token).await;
    let mut agent = Raw::connect(&app, &identity, with(&["connections"])).await.unwrap();
    app.connected(director).await;
    let fleet = app.fleet.clone();
    let look = tokio::spawn(async move { fleet.connections(director, &query(), PATIENCE).await });
    let question = asked(&mut agent).await;
    assert_eq!(question.limit, MAX_CONNECTION_ROWS, "all that it can tell");
    let rows =
        vec![row("tcp", "ESTABLISHED"), row("udp", "UDP"), row("tcp", "TIME_WAIT"), row("tcp", "TIME_WAIT")];
    agent
        .say(Say::Connections(wire::ConnectionsAnswer {
            query_id: question.query_id,
            rows,
            total: 9_000_000,
            ..Default::default()
        }))
        .await;
    let look = look.await.unwrap().unwrap();
    let answer = &look.answer;
    assert_eq!((answer.total, answer.rows.len(), answer.complete, look.older), (3, 1, false, true));
    assert_eq!(answer.reading.map(|reading| reading.finished), Some(false));
    assert_eq!(answer.groups[0].top.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn an_agent_that_lists_no_connections_is_not_asked() {
    let app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    let identity = identity(&app, &token).await;
    let _agent = Raw::connect(&app, &identity, with(&["stats"])).await.unwrap();
    app.connected(director).await;
    let look = app.fleet.connections(director, &query(), PATIENCE).await;
    assert_eq!(look, Err(Unanswered::TooOld.into()));
}
