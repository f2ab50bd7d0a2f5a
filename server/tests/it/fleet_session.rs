//! Sessions of real agents.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use model::table::{Foreign, ForeignAction, ForeignKey, TableKey};
use model::{Cluster, Desired, Family, FirewallMark, Generation, Name, SpecHash};
use protocol::{Accepted, ConnectionsAnswer, ConnectionsQuery, Phase};
use server::ca::{Terms, holder};
use server::fleet::{CommandError, ConnectionsError, Options, Unanswered};
use server::store::Store;

use crate::fleet_support::{FleetApp, PATIENCE, TestAgent, Wire, apply, open, operator, until};

/// Long enough for several attempts of an agent that dials fast, which begins at a quarter of a second.
const A_WHILE: Duration = Duration::from_millis(2500);

fn query() -> ConnectionsQuery {
    ConnectionsQuery { limit: 10, ..ConnectionsQuery::default() }
}

fn other_content(generation: u64) -> Accepted {
    let cluster = Cluster::new(Name::parse("something else").unwrap());
    let spec = Bytes::from(Desired { running: false, cluster }.canonical());
    Accepted::check(Generation(generation), SpecHash::of(&spec), spec).unwrap()
}

#[tokio::test]
async fn from_the_token_to_applied_and_verified() {
    let options = Options { seen_every: Duration::from_millis(50), ..Options::default() };
    let app = FleetApp::start_with(Terms::default(), options).await;
    let (cluster, director, token) = app.one_of_each().await;
    let mut changed = app.fleet.changed();
    let directory = tempfile::tempdir().unwrap();
    let agent = TestAgent::enrol(&directory.path().join("state"), &app.address(), &token).await;

    let observed = app.reported(director, Phase::Verified).await;
    assert_eq!(observed.generation, Generation(1));
    assert!(changed.has_changed().unwrap());
    changed.mark_unchanged();
    let state = app.fleet.director(director);
    assert!(
        state.connected && state.refusal.is_none() && state.since_ms.is_some() && state.received_ms.is_some()
    );
    assert_eq!(state.facts.unwrap().kind, "simulated");
    assert_eq!(state.agent_version.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(state.address.as_deref(), Some("127.0.0.1"));

    let revision = app.apply(cluster).await;
    agent.has(2).await;
    assert_eq!(agent.desired.borrow().as_ref().unwrap().hash, revision.hash);
    let stored = agent.state.desired().unwrap();
    assert_eq!((stored.generation, stored.hash), (revision.generation, revision.hash));
    until("seen", async || {
        let director = app.store.director(director).await.unwrap();
        (director.observed_generation == Some(Generation(2)) && director.last_seen_ms.is_some()).then_some(())
    })
    .await;
    until("ping", async || app.fleet.director(director).round_trip_ms).await;

    agent.stop().await;
    app.disconnected(director).await;
    let state = app.fleet.director(director);
    assert_eq!(state.observed.unwrap().generation, Generation(2), "the last report stays");
}

#[tokio::test]
async fn what_another_process_writes_is_pushed_too() {
    let app = FleetApp::start().await;
    let (cluster, director, token) = app.one_of_each().await;
    let directory = tempfile::tempdir().unwrap();
    let agent = TestAgent::enrol(&directory.path().join("state"), &app.address(), &token).await;
    agent.has(1).await;
    let command = Store::open(app.path().join("arapaima.db")).await.unwrap();
    apply(&command, cluster).await;
    agent.has(2).await;
    command.revoke_director(&operator(), director).await.unwrap();
    app.disconnected(director).await;
    agent.stop().await;
}

#[tokio::test]
async fn a_revoked_director_is_shut_out_at_once_and_goes_on_serving() {
    let app = FleetApp::start().await;
    let (cluster, director, token) = app.one_of_each().await;
    let wire = Wire::to(app.fleet.address()).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let agent = TestAgent::enrol(&path, &wire.address, &token).await;
    agent.has(1).await;
    app.connected(director).await;

    app.store.revoke_director(&operator(), director).await.unwrap();
    let begun = std::time::Instant::now();
    app.fleet.revoked(director);
    app.disconnected(director).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(app.fleet.director(director).refusal.unwrap().contains("revoked"));
    app.apply(cluster).await;
    let dialled = wire.connections();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(wire.connections(), dialled, "it stops dialling fast");
    assert_eq!(agent.generation(), 1, "it keeps what it has, and gets nothing new");
    agent.stop().await;

    // Nor does a restart let it in.
    let agent = TestAgent::restart(&path, None).await;
    until("a new attempt", async || (wire.connections() > dialled).then_some(())).await;
    assert_eq!(agent.generation(), 1);
    let dialled = wire.connections();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(wire.connections(), dialled);
    assert!(!app.fleet.director(director).connected);
    agent.stop().await;
}

#[tokio::test]
async fn a_console_with_another_ca_is_not_trusted() {
    let (app, other) = (FleetApp::start().await, FleetApp::start().await);
    let (_, director, token) = app.one_of_each().await;
    other.one_of_each().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let agent = TestAgent::enrol(&path, &app.address(), &token).await;
    agent.has(1).await;
    agent.stop().await;
    app.disconnected(director).await;

    let wire = Wire::to(other.fleet.address()).await;
    let agent = TestAgent::restart(&path, Some(&wire.address)).await;
    until("attempts", async || (wire.connections() >= 2).then_some(())).await;
    assert!(!other.fleet.director(director).connected);
    assert_eq!(agent.generation(), 1);
    agent.stop().await;
}

#[tokio::test]
async fn a_console_that_restarts_gets_its_agents_back() {
    let mut app = FleetApp::start().await;
    let (cluster, director, token) = app.one_of_each().await;
    let directory = tempfile::tempdir().unwrap();
    let agent = TestAgent::enrol(&directory.path().join("state"), &app.address(), &token).await;
    agent.has(1).await;
    app.stop().await;
    apply(&app.store, cluster).await;
    app.start_again().await;
    app.connected(director).await;
    agent.has(2).await;
    agent.stop().await;
}

#[tokio::test]
async fn an_agent_starts_from_disk_without_its_console() {
    let mut app = FleetApp::start().await;
    let (cluster, director, token) = app.one_of_each().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let agent = TestAgent::enrol(&path, &app.address(), &token).await;
    agent.has(1).await;
    agent.stop().await;
    app.stop().await;

    let agent = TestAgent::restart(&path, None).await;
    assert_eq!(agent.generation(), 1);
    apply(&app.store, cluster).await;
    app.start_again().await;
    agent.has(2).await;
    app.connected(director).await;
    agent.stop().await;
}

#[tokio::test]
async fn older_generations_and_other_contents_are_refused_and_reported() {
    let app = FleetApp::start().await;
    let (cluster, director, token) = app.one_of_each().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let agent = TestAgent::enrol(&path, &app.address(), &token).await;
    agent.has(1).await;
    agent.stop().await;
    app.disconnected(director).await;

    // As after the console's database was restored from a copy.
    let state = open(&path).await;
    state.store_desired(&other_content(3)).unwrap();
    drop(state);
    let agent = TestAgent::restart(&path, None).await;
    let report = app.reported(director, Phase::Refused).await;
    assert_eq!(report.generation, Generation(3), "reported is what is at hand");
    let words = report.error.clone().unwrap();
    assert!(words.contains("offers generation 1") && words.contains("above 3"), "{words}");

    app.apply(cluster).await;
    app.apply(cluster).await;
    let words = until("the same generation", async || {
        let report = app.fleet.director(director).observed?;
        report.error.clone().filter(|words| words.contains("another content for generation 3"))
    });
    words.await;
    assert_eq!(agent.desired.borrow().as_ref().unwrap().hash, other_content(3).hash);
    assert_eq!(agent.state.desired().unwrap().hash, other_content(3).hash);

    app.apply(cluster).await;
    agent.has(4).await;
    let report = app.reported(director, Phase::Verified).await;
    assert_eq!((report.generation, report.error.as_ref()), (Generation(4), None));
    agent.stop().await;
}

#[tokio::test]
async fn numbers_flow_while_somebody_watches_and_not_else() {
    let app = FleetApp::start().await;
    let (cluster, director, token) = app.one_of_each().await;
    let directory = tempfile::tempdir().unwrap();
    let agent = TestAgent::enrol(&directory.path().join("state"), &app.address(), &token).await;
    app.reported(director, Phase::Verified).await;
    assert_eq!(agent.reports.samples.load(Ordering::Relaxed), 0);

    let (one, other) = (app.fleet.watch(cluster), app.fleet.watch(cluster));
    until("numbers", async || app.fleet.stats(director)).await;
    drop(one);
    let before = app.fleet.stats(director).unwrap().at_ms;
    until("more numbers", async || app.fleet.stats(director).filter(|stats| stats.at_ms > before)).await;
    drop(other);
    until("no numbers", async || app.fleet.stats(director).is_none().then_some(())).await;
    // One may be on its way; a second one would be a second later.
    let at_most = agent.reports.samples.load(Ordering::Relaxed) + 1;
    tokio::time::sleep(A_WHILE).await;
    assert!(agent.reports.samples.load(Ordering::Relaxed) <= at_most);
    assert_eq!(app.fleet.stats(director), None);

    let again = app.fleet.watch(cluster);
    until("numbers again", async || app.fleet.stats(director)).await;
    drop(again);
    agent.stop().await;
}

#[tokio::test]
async fn a_viewer_that_was_there_first_gets_numbers_from_an_agent_that_comes_later() {
    let app = FleetApp::start().await;
    let (cluster, director, token) = app.one_of_each().await;
    let watching = app.fleet.watch(cluster);
    let directory = tempfile::tempdir().unwrap();
    let agent = TestAgent::enrol(&directory.path().join("state"), &app.address(), &token).await;
    until("numbers", async || app.fleet.stats(director)).await;
    agent.stop().await;
    app.disconnected(director).await;
    assert_eq!(app.fleet.stats(director), None, "old numbers would look like new ones");
    drop(watching);
}

#[tokio::test]
async fn foreign_entries_are_told_of_and_commanded() {
    let app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    let key = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V4 };
    let entry = ForeignKey { key: key.clone(), destination: None };
    let adopt = async || app.fleet.adopt(&operator(), director, &entry).await;
    assert!(matches!(adopt().await, Err(CommandError::Unanswered(Unanswered::NotConnected))));
    let directory = tempfile::tempdir().unwrap();
    let agent = TestAgent::enrol(&directory.path().join("state"), &app.address(), &token).await;
    app.reported(director, Phase::Verified).await;

    let foreign = Foreign { words: "-A -f 7 -s sed".into(), ..Foreign::unknown(key, None) };
    agent.observe.send_modify(|observed| {
        let observed = Arc::make_mut(observed);
        (observed.foreign, observed.foreign_total) = (vec![foreign.clone()], 300);
    });
    let told = until("told", async || Some(app.fleet.foreign(director)).filter(|told| told.total > 0)).await;
    assert_eq!((told.entries, told.total), (vec![foreign], 300));

    adopt().await.unwrap();
    let refused = app.fleet.remove(&operator(), director, &entry).await.unwrap_err();
    assert!(matches!(&refused, CommandError::Refused(why) if why.text == "the kernel said no"), "{refused}");
    let commands = std::mem::take(&mut *agent.reports.commands.lock().unwrap());
    let actions: Vec<_> = commands.iter().map(|command| (&command.entry, command.action)).collect();
    assert_eq!(actions, [(&entry, ForeignAction::Adopt), (&entry, ForeignAction::Remove)]);
    let log = app.store.audit(2, None).await.unwrap();
    let log: Vec<_> = log.iter().map(|entry| (entry.action.as_str(), entry.detail.as_str())).collect();
    let service = "service mark 7 (IPv4)";
    assert_eq!(log, [("foreign.remove", service), ("foreign.adopt", service)]);
    agent.stop().await;
}

#[tokio::test]
async fn questions_about_connections_are_answered_or_time_out() {
    let app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    let ask = async |timeout| {
        let look = app.fleet.connections(director, &query(), timeout).await;
        look.map(|look| look.answer.clone())
    };
    assert_eq!(ask(PATIENCE).await, Err(Unanswered::NotConnected.into()));
    let directory = tempfile::tempdir().unwrap();
    let agent = TestAgent::enrol(&directory.path().join("state"), &app.address(), &token).await;
    app.connected(director).await;

    let short = Duration::from_millis(200);
    assert_eq!(ask(short).await, Err(Unanswered::TimedOut(short).into()));
    *agent.reports.connections.lock().unwrap() = Some(Err("the table is being read".into()));
    assert_eq!(ask(PATIENCE).await, Err(ConnectionsError::Failed("the table is being read".into())));
    let answer = ConnectionsAnswer { total: 7, complete: true, ..ConnectionsAnswer::default() };
    *agent.reports.connections.lock().unwrap() = Some(Ok(answer.clone()));
    assert_eq!(ask(PATIENCE).await, Ok(answer));

    // Unanswered questions are bounded, and end with the session.
    *agent.reports.connections.lock().unwrap() = None;
    let asked: Vec<_> = (100..140)
        .map(|limit| {
            let fleet = app.fleet.clone();
            let query = ConnectionsQuery { limit, ..query() };
            tokio::spawn(async move { fleet.connections(director, &query, PATIENCE).await })
        })
        .collect();
    until("too many", async || asked.iter().any(tokio::task::JoinHandle::is_finished).then_some(())).await;
    agent.stop().await;
    let mut outcomes = Vec::new();
    for asked in asked {
        outcomes.push(asked.await.unwrap());
    }
    let count = |wanted: Unanswered| {
        outcomes.iter().filter(|outcome| outcome.as_ref().err() == Some(&wanted.into())).count()
    };
    assert_eq!((count(Unanswered::Lost), count(Unanswered::Busy)), (16, 24), "{outcomes:?}");
}

#[tokio::test]
async fn certificates_are_renewed_on_the_stream() {
    let short = Terms { director: Duration::from_secs(12), backdate: Duration::ZERO, ..Terms::default() };
    let app = FleetApp::start_with(short, Options::default()).await;
    let (_, director, token) = app.one_of_each().await;
    let directory = tempfile::tempdir().unwrap();
    let agent = TestAgent::enrol(&directory.path().join("state"), &app.address(), &token).await;
    app.connected(director).await;
    let first = agent.state.identity().unwrap();
    let second =
        until("a new certificate", async || agent.state.identity().filter(|identity| *identity != first))
            .await;
    assert_ne!(first.key, second.key, "a new key too");
    assert_eq!(first.enrolment, second.enrolment);
    // Taken into use, the old one is worth nothing.
    until("taken into use", async || {
        let director = app.store.director(director).await.unwrap();
        let in_use = director.fingerprint == holder(&second.certificate).map(|holder| holder.fingerprint);
        (in_use && director.previous_fingerprint.is_none()).then_some(())
    })
    .await;
    app.connected(director).await;
    // The first one has expired by the time that the third is there; the link goes on.
    until("a third certificate", async || agent.state.identity().filter(|identity| *identity != second))
        .await;
    app.connected(director).await;
    let audited = app.store.audit(50, None).await.unwrap();
    assert!(audited.iter().any(|entry| entry.action == "director.renew" && entry.actor == "director vs1"));
    agent.stop().await;
}
