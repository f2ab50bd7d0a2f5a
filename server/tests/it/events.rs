use std::time::Duration;

use model::{Code, DestinationId, EventKind, ServiceId, Weight, Why};
use protocol::{Applied, Health, Observed, ObservedObject, Phase};
use reqwest::StatusCode;
use server::store::{Actor, EventFilter};

use crate::support::{PASSWORD, TestApp, USER};

#[tokio::test]
async fn log_ins_and_failed_ones_stand_in_the_timeline_without_what_was_typed() {
    let app = TestApp::logged_in().await;
    let stranger = app.another_browser();
    stranger.try_login("hunter2-my-real-password", "x").await;
    stranger.try_login(USER, "wrong password").await;
    let page = app.browser.get("/events").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["Log-in", "Failed log-in", "unknown name", USER, "from 127.0.0.1"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("hunter2"), "what is typed for a name may be a password");
    let failed = app.browser.get("/events?kind=log-in-failed&person=ada").await.text;
    assert!(failed.contains("Failed log-in") && !failed.contains("unknown name</td>"), "{failed}");
}

#[tokio::test]
async fn what_is_applied_links_to_its_revision_and_news_are_counted() {
    let app = TestApp::logged_in().await;
    let id = app
        .store()
        .create_cluster(&Actor::command_line(), model::Name::parse("shop").unwrap())
        .await
        .unwrap();
    let path = format!("/clusters/{id}/events");
    let empty = app.browser.get(&path).await.text;
    assert!(empty.contains("Nothing has happened yet") && empty.contains(&format!("/clusters/{id}/changes")));
    let draft = app.store().draft(id).await.unwrap();
    app.store().apply(&Actor::command_line(), id, None, draft.version, "", true).await.unwrap();
    let page = app.browser.get(&path).await.text;
    assert!(
        page.contains(&format!("/clusters/{id}/history/1")) && page.contains("on the command line"),
        "{page}"
    );
    let news = page
        .split("data-news=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .replace("&amp;", "&");
    assert_eq!(app.browser.get(&news).await.text, "");
    app.store().set_running(&Actor::command_line(), id, false).await.unwrap();
    assert_eq!(app.browser.get(&news).await.text, "1 new event – show");
    assert!(page.contains("kept for 90 days") && page.contains("200,000"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_said_and_what_was_typed_stays() {
    let app = TestApp::logged_in().await;
    let page = app.browser.get("/events?from=yesterday&object=%3Cweb%3E").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("“yesterday” is no time") && page.text.contains("value=\"&lt;web&gt;\""),
        "{}",
        page.text
    );
    assert!(app.browser.get("/events?before=nonsense").await.text.contains("newest events are shown"));
    assert_eq!(app.browser.get("/events/news?after=nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_long_timeline_is_paged_by_place() {
    let app = TestApp::logged_in().await;
    let id = app
        .store()
        .create_cluster(&Actor::command_line(), model::Name::parse("shop").unwrap())
        .await
        .unwrap();
    let draft = app.store().draft(id).await.unwrap();
    app.store().apply(&Actor::command_line(), id, None, draft.version, "", true).await.unwrap();
    for n in 0..210 {
        app.store().set_running(&Actor::command_line(), id, n % 2 == 1).await.unwrap();
    }
    let page = app.browser.get(&format!("/clusters/{id}/events")).await.text;
    assert_eq!(page.matches("class=\"event\"").count(), 200);
    let older =
        page.split("href=\"").find(|part| part.contains("before=")).and_then(|rest| rest.split('"').next());
    let second = app.browser.get(&older.unwrap().replace("&amp;", "&")).await.text;
    assert_eq!(second.matches("class=\"event\"").count(), 11);
    assert!(second.contains("Newest") && !second.contains("data-news=\""), "{second}");
}

/// What an agent says of one real server of one virtual service.
fn report(health: Health) -> Observed {
    let object = |destination, health| ObservedObject {
        service: ServiceId(1),
        destination,
        applied: Applied::Applied,
        error: None,
        health,
        health_reason: (health == Health::Down).then(|| Why::of("refused", Code::ConnectionRefused)),
        since_ms: Some(server::clock::now_ms()),
        weight: Weight::parse("1").ok(),
        judged_generation: None,
        sorry: false,
    };
    Observed {
        generation: model::Generation(1),
        phase: Phase::Verified,
        running: true,
        objects: vec![object(None, Health::Unjudged), object(Some(DestinationId(2)), health)].into(),
        ..Observed::nothing(server::clock::now_ms())
    }
}

/// The kinds of a console's events, the oldest first, once there are so many.
async fn kinds(app: &TestApp, most: usize) -> Vec<EventKind> {
    let until = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let mut events = app.store().events(&EventFilter::default(), None, 100).await.unwrap();
        if events.len() >= most || tokio::time::Instant::now() > until {
            events.sort_by_key(|event| event.id);
            return events.into_iter().map(|event| event.what.kind).collect();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_agents_reports_become_events_and_a_restart_tells_nothing_twice() {
    use crate::fleet_support::TestAgent;
    let app = TestApp::start().await;
    let actor = Actor::command_line();
    let cluster = app.store().create_cluster(&actor, model::Name::parse("shop").unwrap()).await.unwrap();
    let director =
        app.store().create_director(&actor, cluster, model::Name::parse("vs1").unwrap()).await.unwrap();
    let token = app.state().fleet.new_token(&actor, director).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let agent =
        TestAgent::enrol(&directory.path().join("agent"), &app.fleet_address().to_string(), &token).await;
    agent.observe.send_replace(std::sync::Arc::new(report(Health::Up)));
    tokio::time::timeout(Duration::from_secs(30), async {
        while app.state().fleet.director(director).observed.is_none_or(|observed| observed.objects.is_empty())
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    agent.observe.send_replace(std::sync::Arc::new(report(Health::Down)));
    let before = [
        EventKind::ConsoleStarted,
        EventKind::AgentEnrolled,
        EventKind::ServerOut,
        EventKind::ServiceFailing,
    ];
    assert_eq!(kinds(&app, 4).await, before);
    agent.stop().await;
    let away = kinds(&app, 5).await;
    assert_eq!(away.last(), Some(&EventKind::AgentAway));

    // The console starts anew; nothing has changed meanwhile, and nothing but that is told, in the row of its last start.
    let app = app.restart().await;
    tokio::time::timeout(Duration::from_secs(30), async {
        let started = EventFilter { kinds: vec![EventKind::ConsoleStarted], ..EventFilter::default() };
        while app.store().events(&started, None, 1).await.unwrap()[0].what.count < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(kinds(&app, 5).await.len(), 5);
    app.browser.login(USER, PASSWORD).await;
    let page = app.browser.get(&format!("/clusters/{cluster}/events")).await.text;
    for part in ["Real server out", "#2", "Connection refused", "vs1", "Agent away"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}
