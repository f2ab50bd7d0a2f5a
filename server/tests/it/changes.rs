use std::time::Duration;

use model::{Generation, Name};
use reqwest::{Method, StatusCode};
use server::store::Actor;

use crate::drawing::{Fields, add_service, apply, chinese, draft, shop, shop_with_web, submit};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a_first_plan_shows_everything_that_comes() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    let page = app.browser.get(&format!("/clusters/{id}/changes")).await;
    assert!(page.text.contains("Nothing has been applied yet."), "{}", page.text);
    assert!(page.text.contains("Add it: tcp 192.0.2.1:80, wlc, with 2 real servers"), "{}", page.text);
    assert!(page.text.contains("Add real server real1 (10.0.0.1, weight 1)"), "{}", page.text);
    let page = chinese(&app.browser, &format!("/clusters/{id}/changes")).await;
    assert!(page.text.contains("添加：tcp 192.0.2.1:80，wlc，2 台真实服务器"), "{}", page.text);
    assert!(page.text.contains("应用 1 项变更"), "{}", page.text);
}

#[tokio::test]
async fn applying_writes_a_revision_with_its_reason() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    let (changes, path) = (format!("/clusters/{id}/changes"), format!("/clusters/{id}/apply"));
    let form = Fields::of(&app.browser.get(&changes).await, &path).with("message", " 开张 <b> ");
    assert_eq!(form.get("start"), "on", "the first apply starts the cluster");
    form.post(&app.browser, &path).await.leads_to(&changes);
    let revision = app.store().latest_revision(id).await.unwrap().unwrap();
    assert_eq!((revision.generation, revision.message.as_str()), (Generation(1), "开张 <b>"));
    assert!(revision.desired.running);
    let page = app.browser.get(&changes).await;
    assert!(
        page.text.contains("Applied as generation 1.") && page.text.contains("Nothing to apply"),
        "{}",
        page.text
    );
    assert!(page.text.contains("No director carries this cluster"), "{}", page.text);
    // The same form twice: the first one did it.
    form.post(&app.browser, &path).await.leads_to(&changes);
    assert_eq!(app.store().latest_revision(id).await.unwrap().unwrap().generation, Generation(1));
}

#[tokio::test]
async fn an_edit_is_said_with_both_values_and_its_effect() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    let path = format!("/clusters/{id}/services/{web}");
    submit(&app.browser, &path, &[("ports", "8080"), ("persistent", "300"), ("quiesce_server", "on")]).await;
    let page = app.browser.get(&format!("/clusters/{id}/changes")).await;
    assert!(page.words().contains("tcp 192.0.2.1:80 → tcp 192.0.2.1:8080"), "{}", page.words());
    assert!(
        page.text.contains("end: it is made anew") && page.text.contains("keep running"),
        "{}",
        page.text
    );
    assert!(page.words().contains("Persistence: off → 300 s"), "{}", page.words());
    let page = chinese(&app.browser, &format!("/clusters/{id}/changes")).await;
    assert!(page.words().contains("静默故障服务器：关 → 开"), "{}", page.words());
}

#[tokio::test]
async fn a_draft_changed_meanwhile_is_shown_anew_and_the_reason_kept() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    app.add_user("bob", PASSWORD).await;
    let bob = app.another_browser();
    bob.login("bob", PASSWORD).await;
    let (changes, path) = (format!("/clusters/{id}/changes"), format!("/clusters/{id}/apply"));
    let opened = Fields::of(&app.browser.get(&changes).await, &path).with("message", "my reason");
    submit(&bob, &format!("/clusters/{id}/services/{web}"), &[("timeout", "33")]).await;
    let answer = opened.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("Nothing was applied: bob changed the draft"), "{}", answer.text);
    assert!(answer.text.contains("Since you looked 1 change came and 1 change went."), "{}", answer.text);
    assert!(answer.text.contains("new since you looked"), "{}", answer.text);
    assert!(app.store().latest_revision(id).await.unwrap().is_none());
    let again = Fields::of(&answer, &path);
    assert_eq!(again.get("message"), "my reason");
    again.post(&app.browser, &path).await.leads_to(&changes);
    assert_eq!(app.store().latest_revision(id).await.unwrap().unwrap().message, "my reason");
}

#[tokio::test]
async fn another_configuration_applied_meanwhile_is_a_conflict() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    submit(&app.browser, &format!("/clusters/{id}/services/{web}"), &[("timeout", "33")]).await;
    let (changes, path) = (format!("/clusters/{id}/changes"), format!("/clusters/{id}/apply"));
    let opened = Fields::of(&app.browser.get(&changes).await, &path);
    app.store().set_running(&Actor { name: "bob".into(), ..Actor::command_line() }, id, false).await.unwrap();
    let answer = opened.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("bob applied another configuration"), "{}", answer.text);
    // Stopped meanwhile, it stays so unless it is asked to start.
    let again = Fields::of(&answer, &path);
    again.post(&app.browser, &path).await.leads_to(&changes);
    assert!(!app.store().latest_revision(id).await.unwrap().unwrap().desired.running);
}

#[tokio::test]
async fn removing_much_needs_its_number() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    app.browser.post(&format!("/clusters/{id}/services/{web}/delete"), &[]).await;
    let (changes, path) = (format!("/clusters/{id}/changes"), format!("/clusters/{id}/apply"));
    let page = app.browser.get(&changes).await;
    assert!(page.text.contains("After this nothing is offered at all"), "{}", page.text);
    let form = Fields::of(&page, &path).with("message", "closing");
    for wrong in ["", "2", "yes"] {
        let answer = form.clone().with("confirm", wrong).post(&app.browser, &path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.text.contains("id=\"e-confirm\""), "{}", answer.text);
        assert_eq!(Fields::of(&answer, &path).get("message"), "closing");
    }
    form.with("confirm", " 1 ").post(&app.browser, &path).await.leads_to(&changes);
    assert_eq!(app.store().latest_revision(id).await.unwrap().unwrap().generation, Generation(2));
}

#[tokio::test]
async fn a_service_that_nobody_serves_is_warned_of() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    add_service(&app, id, "mail", "192.0.2.25").await;
    let page = app.browser.get(&format!("/clusters/{id}/changes")).await;
    assert!(page.text.contains("Virtual server mail has no active real server"), "{}", page.text);
    assert!(!page.text.contains("Virtual server web has no"), "{}", page.text);
}

#[tokio::test]
async fn a_reason_too_long_is_refused_and_kept() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    let (changes, path) = (format!("/clusters/{id}/changes"), format!("/clusters/{id}/apply"));
    let long = "长".repeat(501);
    let form = Fields::of(&app.browser.get(&changes).await, &path).with("message", &long);
    let answer = form.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(Fields::of(&answer, &path).get("message"), long);
}

#[tokio::test]
async fn a_form_made_by_hand_applies_nothing() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    for (base, version) in [("", ""), ("x", "y"), ("7", "1"), ("", "99")] {
        let answer =
            app.browser.post(&format!("/clusters/{id}/apply"), &[("base", base), ("draft", version)]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{base} {version}");
    }
    assert!(app.store().latest_revision(id).await.unwrap().is_none());
}

#[tokio::test]
async fn discarding_asks_and_goes_back_to_what_is_applied() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    let applied = draft(&app, id).await;
    submit(&app.browser, &format!("/clusters/{id}/services/{web}"), &[("timeout", "33")]).await;
    let path = format!("/clusters/{id}/discard");
    let page = app.browser.get(&path).await;
    assert!(
        page.text.contains("1 change is lost for good.") && page.text.contains("Discard 1 change</span>"),
        "{}",
        page.text
    );
    let opened = Fields::of(&page, &path);
    submit(&app.browser, &format!("/clusters/{id}/services/{web}"), &[("reentry", "44")]).await;
    let answer = opened.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        answer.text.contains("Nothing was discarded") && answer.text.contains("2 changes are lost"),
        "{}",
        answer.text
    );
    let again = Fields::of(&answer, &path);
    for _twice in 0..2 {
        again.post(&app.browser, &path).await.leads_to(&format!("/clusters/{id}/changes"));
    }
    assert_eq!(draft(&app, id).await, applied);
    app.browser.get(&path).await.leads_to(&format!("/clusters/{id}/changes"));
}

#[tokio::test]
async fn a_director_that_is_away_is_said_to_be_away() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    app.store().create_director(&Actor::command_line(), id, Name::parse("vs1").unwrap()).await.unwrap();
    apply(&app, id).await;
    let page = app.browser.get(&format!("/clusters/{id}/changes")).await;
    assert!(
        page.text.contains("Generation 1 on the directors") && page.text.contains("vs1"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Away: it applies this when it is back"), "{}", page.text);
    assert!(!page.text.contains("http-equiv"), "nothing moves, so nothing is asked again: {}", page.text);
}

#[tokio::test]
async fn the_stream_tells_where_the_directors_are() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    app.store().create_director(&Actor::command_line(), id, Name::parse("vs1").unwrap()).await.unwrap();
    apply(&app, id).await;
    let request = app.browser.request(Method::GET, &format!("/clusters/{id}/changes/stream"));
    let mut response = request.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let chunk =
        tokio::time::timeout(Duration::from_secs(10), response.chunk()).await.unwrap().unwrap().unwrap();
    let event = String::from_utf8(chunk.to_vec()).unwrap();
    let json =
        event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_else(|| panic!("{event}"));
    assert!(event.contains("event: patch"), "{event}");
    let patch: app::patch::Patch = serde_json::from_str(json).unwrap();
    assert_eq!(patch.parts[0].0, "progress");
    let table = &patch.parts[0].1;
    assert!(table.contains("vs1") && table.contains("Away: it applies this when it is back"), "{table}");
    let strange = app.browser.request(Method::GET, "/clusters/77/changes/stream").send().await.unwrap();
    assert_eq!(strange.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_empty_draft_has_nothing_to_apply() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let page = app.browser.get(&format!("/clusters/{id}/changes")).await;
    assert!(page.text.contains("The draft is empty"), "{}", page.text);
    assert!(!page.text.contains(&format!("action=\"/clusters/{id}/apply\"")), "{}", page.text);
}
