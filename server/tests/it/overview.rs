use std::time::Duration;

use app::patch::Patch;
use model::Name;
use reqwest::{Method, StatusCode};
use server::store::Actor;

use crate::control::{applied, heard, imported};
use crate::support::{PASSWORD, TestApp, USER};

/// The first patch of a stream, and the ones after it as they come.
async fn patches(app: &TestApp, path: &str) -> (reqwest::Response, Patch) {
    let request = app.browser.request(Method::GET, path).header("accept", "text/event-stream");
    let mut response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = heard(&mut response, "\n\n").await;
    (response, patch(&text))
}

fn patch(text: &str) -> Patch {
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    serde_json::from_str(data).unwrap()
}

fn part<'a>(patch: &'a Patch, id: &str) -> &'a str {
    patch.parts.iter().find(|(name, _)| name == id).map_or("", |(_, html)| html)
}

#[tokio::test]
async fn a_console_with_nothing_in_it_says_how_to_begin() {
    let app = TestApp::logged_in().await;
    let page = app.browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Three steps") && page.text.contains("/clusters/new"), "{}", page.text);
    assert!(
        page.text.contains(r#"<a href="/" aria-current="page""#),
        "the rail shows where one is: {}",
        page.text
    );
}

#[tokio::test]
async fn every_cluster_is_on_the_overview_with_what_needs_attention() {
    let app = TestApp::logged_in().await;
    let store = app.store();
    let id = applied(&app).await;
    let never = store.create_cluster(&Actor::command_line(), Name::parse("never").unwrap()).await.unwrap();
    let page = app.browser.get("/").await.text;
    assert!(
        page.contains(&format!(r#"id="c-{id}""#)) && page.contains(&format!(r#"id="c-{never}""#)),
        "{page}"
    );
    assert!(page.contains("Never applied") && page.contains("2 clusters"), "{page}");
    assert!(page.contains("No director carries this cluster"), "{page}");
    assert!(page.contains(&format!("/directors/new?cluster={id}")), "it leads to what mends it: {page}");
    assert!(page.contains("<b>–</b> conn/s"), "nobody counts, and unknown is not zero: {page}");
    store.create_director(&Actor::command_line(), id, Name::parse("vs1").unwrap()).await.unwrap();
    let page = app.browser.get("/").await.text;
    assert!(
        page.contains("Director vs1 has not enrolled yet") && page.contains("0 of 1 directors"),
        "{page}"
    );
    assert_eq!(app.browser.get("/?q=NEV").await.text.matches("<li id=").count(), 1);
}

#[tokio::test]
async fn a_draft_that_waits_for_hours_needs_attention() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    app.browser.post(&format!("/clusters/{id}/services/1/delete"), &[]).await;
    let page = app.browser.get("/").await.text;
    assert!(page.contains("Changes not applied") && !page.contains("Changes wait"), "{page}");
    app.pass_ms(5 * 3_600_000);
    app.browser.login(USER, PASSWORD).await;
    let page = app.browser.get("/").await.text;
    assert!(
        page.contains("Changes wait to be applied") && page.contains(&format!("/clusters/{id}/changes")),
        "{page}"
    );
}

#[tokio::test]
async fn the_overview_lives() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let (mut response, first) = patches(&app, "/overview/live").await;
    assert_eq!(first.order, Some(vec![format!("c-{id}")]));
    assert!(part(&first, "overview-attention").contains("No director carries"), "{first:?}");
    app.browser.post(&format!("/clusters/{id}/stop"), &[]).await;
    let text = heard(&mut response, "is-stopped").await;
    assert!(text.contains(&format!("rail-{id}")), "the rail beside it says the same: {text}");
    app.browser.post("/logout", &[]).await;
    let text = heard(&mut response, "event: end").await;
    assert!(text.contains("event: end"), "{text}");
}

#[tokio::test]
async fn a_browser_gets_its_page_alone_in_its_language_and_columns() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let look = "name.state~~auto~1";
    let (_, first) = patches(&app, &format!("/clusters/{id}/control/live?q=REAL1&look={look}")).await;
    assert_eq!(first.order.as_ref().map(Vec::len), Some(3), "{first:?}");
    assert_eq!(first.rows[0].cells.len(), 2, "{first:?}");
    assert!(part(&first, "cluster-words").contains("no director"), "{first:?}");
    let (_, none) = patches(&app, &format!("/clusters/{id}/control/live?q=nothing")).await;
    assert_eq!(none.order, Some(Vec::new()));
    let missing = app.browser.request(Method::GET, "/clusters/77/control/live").send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whoever_wants_fewer_updates_gets_fewer() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let (mut response, _) =
        patches(&app, &format!("/clusters/{id}/control/live?look=name.state~~auto~60")).await;
    app.browser.post(&format!("/clusters/{id}/stop"), &[]).await;
    let more = tokio::time::timeout(Duration::from_millis(2_500), response.chunk()).await;
    assert!(more.is_err(), "a minute has not passed: {more:?}");
}

#[tokio::test]
async fn columns_rows_and_updates_are_remembered_without_script() {
    let app = TestApp::logged_in().await;
    let id = applied(&app).await;
    let control = format!("/clusters/{id}/control");
    let page = app.browser.get(&control).await.text;
    assert!(page.contains("c-weight") && !page.contains("http-equiv"), "{page}");
    let form = [
        ("table", "on"),
        ("column", "state"),
        ("column", "rate"),
        ("compact", "on"),
        ("auto", "on"),
        ("every", "30"),
    ];
    app.browser
        .post("/preferences", &[&form[..], &[("back", control.as_str())]].concat())
        .await
        .leads_to(&control);
    let page = app.browser.get(&control).await.text;
    assert!(!page.contains("c-weight") && page.contains(r#" compact"><caption"#), "{page}");
    assert!(page.contains(r#"<noscript><meta http-equiv="refresh" content="30">"#), "{page}");
    assert!(page.contains(r#"lang="en""#), "what the form says nothing about stays: {page}");
    app.browser.post("/preferences", &[("table", "on"), ("back", control.as_str())]).await.leads_to(&control);
    assert!(!app.browser.get(&control).await.text.contains("http-equiv"), "auto update is off");
}

#[tokio::test]
async fn the_table_as_text_has_four_forms() {
    let app = TestApp::logged_in().await;
    let id = imported(&app).await;
    let text = format!("/clusters/{id}/control/text");
    let page = app.browser.get(&text).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("No director is connected"), "{}", page.text);
}
