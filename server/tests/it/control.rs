use std::time::Duration;

use app::live::{Numbers, Shape};
use model::{Cluster, ClusterId};
use reqwest::{Method, StatusCode};
use server::store::Actor;

use crate::drawing::submit;
use crate::support::{PASSWORD, TestApp, USER};

const PATIENCE: Duration = Duration::from_secs(15);

/// A cluster with one virtual service and two real servers, one of them with markup in its name.
fn cluster() -> Cluster {
    let server = |name: &str, host: u8| serde_json::json!({"name": name, "address": format!("192.0.2.{host}"), "port": 8080, "weight": 1, "active": true});
    let document = serde_json::json!({
        "name": "shop",
        "settings": {"forwarding": "masquerading"},
        "redundancy": serde_json::to_value(model::Redundancy::default()).unwrap(),
        "services": {"1": {
            "name": "web", "active": true, "key": {"address": {"protocol": "tcp", "vip": "192.0.2.1", "ports": "80"}},
            "scheduler": "wlc", "check": "connect", "timeout": 6, "reentry": 15, "quiesce": false,
            "destinations": {"2": server("real1", 11), "3": server("<b>real2", 12)},
        }},
    });
    serde_json::from_value(document).unwrap()
}

pub(crate) async fn imported(app: &TestApp) -> ClusterId {
    app.store().import_cluster(&Actor::command_line(), cluster()).await.unwrap()
}

pub(crate) async fn applied(app: &TestApp) -> ClusterId {
    let id = imported(app).await;
    let draft = app.store().draft(id).await.unwrap();
    app.store().apply(&Actor::command_line(), id, None, draft.version, "first", true).await.unwrap();
    id
}

/// Reads a stream until it has said `until`, or ends.
pub(crate) async fn heard(response: &mut reqwest::Response, until: &str) -> String {
    let mut text = String::new();
    let reading = async {
        while !text.contains(until) {
            match response.chunk().await.unwrap() {
                Some(chunk) => text.push_str(std::str::from_utf8(&chunk).unwrap()),
                None => break,
            }
        }
    };
    let done = tokio::time::timeout(PATIENCE, reading).await;
    assert!(done.is_ok(), "`{until}` did not come: {text}");
    text
}

#[tokio::test]
async fn a_cluster_without_anything_says_what_to_do_next() {
    let app = TestApp::logged_in().await;
    let id = app
        .store()
        .create_cluster(&Actor::command_line(), model::Name::parse("empty").unwrap())
        .await
        .unwrap();
    let page = app.browser.get(&format!("/clusters/{id}/control")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains(&format!("/clusters/{id}/services/new")), "{}", page.text);
    let id = imported(&app).await;
    let page = app.browser.get(&format!("/clusters/{id}/control")).await;
    assert!(
        page.text.contains("Nothing has been applied yet") && !page.text.contains("live-rows"),
        "{}",
        page.text
    );
    assert_eq!(app.browser.get("/clusters/999/control").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_a_director_the_table_shows_unknown_and_no_zero() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let page = app.browser.get(&format!("/clusters/{id}/control")).await.text;
    assert!(page.contains("No director carries this cluster"), "{page}");
    assert!(page.contains(r#"id="r-1-3" class="child is-unknown""#), "{page}");
    assert!(page.contains("&lt;b&gt;real2") && !page.contains("<b>real2"), "{page}");
    assert!(page.contains(">–</td>") && !page.contains(">0</td>"), "{page}");
}

#[tokio::test]
async fn what_the_draft_changes_is_marked_in_the_table() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let control = format!("/clusters/{id}/control");
    let before = app.browser.get(&control).await.text;
    assert!(!before.contains("drafted"), "{before}");
    let list = format!("/clusters/{id}/services/1/servers");
    submit(&app.browser, &format!("{list}/2"), &[("weight", "7")]).await.leads_to(&list);
    app.browser.post(&format!("{list}/3/delete"), &[]).await.leads_to(&list);
    let after = app.browser.get(&control).await.text;
    assert!(after.contains("Edited in the draft") && after.contains("The draft no longer has it"), "{after}");
    assert!(after.contains(&format!(r#"href="{list}/2""#)), "{after}");
    assert!(!after.contains(&format!(r#"href="{list}/3""#)), "its page is gone: {after}");
}

#[tokio::test]
async fn the_filter_stands_in_the_address() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let found = app.browser.get(&format!("/clusters/{id}/control?q=REAL1&sort=-name")).await.text;
    assert!(found.contains(r#"id="r-1-2""#) && found.contains(r#"aria-sort="descending""#), "{found}");
    let none = app.browser.get(&format!("/clusters/{id}/control?q=%3Cscript%3E")).await.text;
    assert!(none.contains("“&lt;script&gt;”") && !none.contains(r#"id="r-1-2""#), "{none}");
}

#[tokio::test]
async fn stopping_asks_first_and_starting_does_not() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let control = format!("/clusters/{id}/control");
    let ask = app.browser.get(&format!("/clusters/{id}/stop")).await;
    assert_eq!(ask.status, StatusCode::OK);
    assert!(ask.text.contains("Stop cluster shop?") && ask.text.contains("is not known"), "{}", ask.text);
    assert!(
        app.store().latest_revision(id).await.unwrap().unwrap().desired.running,
        "asking changes nothing"
    );

    app.browser.post(&format!("/clusters/{id}/stop"), &[]).await.leads_to(&control);
    let revision = app.store().latest_revision(id).await.unwrap().unwrap();
    assert!(!revision.desired.running);
    let page = app.browser.get(&control).await.text;
    assert!(page.contains("is stopping as generation 2") && page.contains("is-stopped"), "{page}");
    app.browser.get(&format!("/clusters/{id}/stop")).await.leads_to(&control);

    app.browser.post(&format!("/clusters/{id}/start"), &[]).await.leads_to(&control);
    assert!(app.store().latest_revision(id).await.unwrap().unwrap().desired.running);
    app.browser.post(&format!("/clusters/{id}/start"), &[]).await.leads_to(&control);
    assert_eq!(app.store().latest_revision(id).await.unwrap().unwrap().generation.0, 3, "twice is once");
    let audited = app.audited().await;
    assert!(audited.ends_with(&["cluster.stop".into(), "cluster.start".into()]), "{audited:?}");
}

#[tokio::test]
async fn a_cluster_that_was_never_applied_cannot_start() {
    let app = TestApp::logged_in().await;
    let id = imported(&app).await;
    app.browser
        .post(&format!("/clusters/{id}/start"), &[])
        .await
        .leads_to(&format!("/clusters/{id}/changes"));
    let page = app.browser.get(&format!("/clusters/{id}/changes")).await.text;
    assert!(page.contains("There is nothing to start"), "{page}");
}

#[tokio::test]
async fn live_pages_have_a_place_or_are_told_to_come_again() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let path = format!("/clusters/{id}/control/live");
    let open = || async {
        let request = app.browser.request(Method::GET, &path).header("accept", "text/event-stream");
        request.send().await.unwrap()
    };
    let places = app.state().viewers.available_permits();
    let first = open().await;
    assert_eq!((first.status(), app.state().viewers.available_permits()), (StatusCode::OK, places - 1));
    let _others =
        app.state().viewers.clone().acquire_many_owned(u32::try_from(places - 1).unwrap()).await.unwrap();
    let refused = open().await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    // Whoever leaves makes room.
    drop(first);
    while app.state().viewers.available_permits() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(open().await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_stream_tells_the_shape_once_and_numbers_every_second() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let request = app.browser.request(Method::GET, &format!("/clusters/{id}/control/stream"));
    let mut response = request.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut text = heard(&mut response, "event: numbers").await;
    while text.matches("event: numbers\n").count() < 3 {
        text.push_str(&heard(&mut response, "event: numbers").await);
    }
    assert_eq!(text.matches("event: shape\n").count(), 1, "{text}");
    let data = |event: &str| {
        let after = text.split(&format!("event: {event}\n")).nth(1).unwrap();
        after.lines().find_map(|line| line.strip_prefix("data: ")).unwrap().to_owned()
    };
    let shape: Shape = serde_json::from_str(&data("shape")).unwrap();
    assert_eq!((shape.services.len(), shape.services[0].servers.len(), shape.running), (1, 2, true));
    let numbers: Numbers = serde_json::from_str(&data("numbers")).unwrap();
    assert!(!numbers.known && numbers.rows.is_empty());

    // A change reaches who looks.
    app.browser.post(&format!("/clusters/{id}/stop"), &[]).await;
    let text = heard(&mut response, "event: shape").await;
    assert!(text.contains("event: shape"), "{text}");
}

#[tokio::test]
async fn the_stream_ends_with_the_session() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let path = format!("/clusters/{id}/control/stream");
    let mut response = app.browser.request(Method::GET, &path).send().await.unwrap();
    heard(&mut response, "event: numbers").await;
    app.browser.post("/logout", &[]).await;
    let text = heard(&mut response, "event: end").await;
    assert!(text.contains("event: end"), "{text}");
    let again =
        app.browser.request(Method::GET, &path).header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    app.browser.login(USER, PASSWORD).await;
    assert_eq!(app.browser.get(&format!("/clusters/{id}/control")).await.status, StatusCode::OK);
}

/// Comes back when the stream has ended.
async fn ended(response: &mut reqwest::Response) {
    heard(response, "\0").await;
}

#[tokio::test]
async fn the_progress_stream_ends_with_the_session_too() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let path = format!("/clusters/{id}/changes/stream");
    let mut response = app.browser.request(Method::GET, &path).send().await.unwrap();
    heard(&mut response, "data: ").await;
    app.browser.post("/logout", &[]).await;
    ended(&mut response).await;
}

#[tokio::test]
async fn a_page_that_has_just_come_is_not_taken_back_by_what_was_before() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let actor = Actor::command_line();
    // The next update is a minute away: what the first one says stands until then.
    let path = format!("/clusters/{id}/control/live?look=name~~~60");
    let open = async || app.browser.request(Method::GET, &path).send().await.unwrap();
    let running = heard(&mut open().await, "cluster-switch").await;
    assert!(running.contains(&format!("/clusters/{id}/stop")), "{running}");
    app.store().set_running(&actor, id, false).await.unwrap();
    let stopped = heard(&mut open().await, "cluster-switch").await;
    assert!(stopped.contains(&format!("/clusters/{id}/start")) && !stopped.contains("/stop"), "{stopped}");
    let edit = app.store().edit_draft(&actor, id, None, "", |editing| {
        editing.rename(model::Name::parse("store").unwrap());
        Ok(())
    });
    edit.await.unwrap();
    let edited = heard(&mut open().await, "tab-changes").await;
    assert!(edited.contains("Changes (1)") && edited.contains("Start store"), "{edited}");
}

#[tokio::test]
async fn who_may_only_look_is_offered_no_switch() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    app.add_person("grace", PASSWORD, &model::Roles::everywhere(model::Role::Viewer)).await;
    let viewer = app.another_browser();
    viewer.login("grace", PASSWORD).await;
    let mut response =
        viewer.request(Method::GET, &format!("/clusters/{id}/control/live")).send().await.unwrap();
    let text = heard(&mut response, "cluster-switch").await;
    assert!(text.contains("You may look, not change") && !text.contains("/stop"), "{text}");
}

#[tokio::test]
async fn the_stream_of_a_deleted_cluster_ends() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let path = format!("/clusters/{id}/control/stream");
    let mut response = app.browser.request(Method::GET, &path).send().await.unwrap();
    heard(&mut response, "event: numbers").await;
    app.store().delete_cluster(&Actor::command_line(), id, None).await.unwrap();
    ended(&mut response).await;
}

#[tokio::test]
async fn who_is_not_enrolled_is_not_away_and_who_was_shut_out_may_still_serve() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let (store, operator) = (app.store(), Actor::command_line());
    let name = model::Name::parse("vs1").unwrap();
    let director = store.create_director(&operator, id, name).await.unwrap();
    let control = format!("/clusters/{id}/control");
    let page = app.browser.get(&control).await.text;
    assert!(page.contains("not enrolled yet: vs1") && !page.contains("away: vs1"), "{page}");
    // Nothing was ever applied there: nothing can be left.
    store.revoke_director(&operator, director).await.unwrap();
    let page = app.browser.get(&control).await.text;
    assert!(!page.contains("may still serve"), "{page}");
    store.directors_seen(&[(director, 1, Some(model::Generation(1)))]).await.unwrap();
    let page = app.browser.get(&control).await.text;
    assert!(page.contains("revoked, may still serve: vs1"), "{page}");
    assert!(page.contains("whatever it last had may still run there"), "{page}");
    store.set_running(&operator, id, false).await.unwrap();
    let page = app.browser.get(&control).await.text;
    assert!(page.contains("revoked, may still serve: vs1"), "a stopped cluster says so too: {page}");
}
