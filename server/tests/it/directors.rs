use model::{ClusterId, DirectorId, Name};
use reqwest::StatusCode;
use server::store::Actor;

use crate::support::{PASSWORD, TestApp, USER};

async fn cluster(app: &TestApp) -> ClusterId {
    app.store().create_cluster(&Actor::command_line(), Name::parse("shop").unwrap()).await.unwrap()
}

/// Adds a director by the form.
async fn add(app: &TestApp, name: &str, cluster: ClusterId) -> DirectorId {
    let answer =
        app.browser.post("/directors/new", &[("name", name), ("cluster", &cluster.to_string())]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.location().trim_start_matches("/directors/").parse().unwrap()
}

#[tokio::test]
async fn a_director_needs_a_cluster() {
    let app = TestApp::logged_in().await;
    let page = app.browser.get("/directors").await.text;
    assert!(page.contains("A director needs a cluster") && page.contains("/clusters/new"), "{page}");
    app.browser.get("/directors/new").await.leads_to("/directors");
    cluster(&app).await;
    let page = app.browser.get("/directors").await.text;
    assert!(page.contains("No director yet"), "{page}");
}

#[tokio::test]
async fn the_command_is_shown_once_and_only_to_who_asked() {
    let app = TestApp::logged_in().await;
    let id = add(&app, "vs1", cluster(&app).await).await;
    let path = format!("/directors/{id}");
    let other = app.another_browser();
    other.login(USER, PASSWORD).await;
    let theirs = other.get(&path).await.text;
    assert!(!theirs.contains("--token"), "{theirs}");
    let first = app.browser.get(&path).await.text;
    let address = app.state().fleet.address();
    assert!(first.contains(&format!("--console {address} --token arp1.")), "{first}");
    let second = app.browser.get(&path).await.text;
    assert!(!second.contains("--token") && second.contains("Make a new token"), "{second}");

    app.browser.post(&format!("{path}/token"), &[]).await.leads_to(&path);
    let again = app.browser.get(&path).await.text;
    assert!(again.contains("--token arp1."), "{again}");
    let token = |page: &str| page.split("--token ").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_ne!(token(&first), token(&again));
    let audited = app.audited().await;
    assert!(audited.contains(&"director.create".to_owned()), "{audited:?}");
    assert!(
        !format!("{:?}", app.store().audit(100, None).await.unwrap()).contains(&token(&again)),
        "a token is no log entry"
    );
}

#[tokio::test]
async fn bad_input_comes_back_beside_its_field() {
    let app = TestApp::logged_in().await;
    let id = cluster(&app).await.to_string();
    for (name, cluster, said) in [
        ("", id.as_str(), "A value is missing"),
        (&"x".repeat(65), &id, "Longer than 64 characters"),
        ("vs1", "999", "no longer there"),
        ("vs1", "", "no longer there"),
    ] {
        let answer = app.browser.post("/directors/new", &[("name", name), ("cluster", cluster)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {cluster}");
        assert!(answer.text.contains(said) && answer.text.contains(r#"role="alert""#), "{}", answer.text);
        assert!(answer.text.contains(&format!(r#"value="{name}""#)) || name.is_empty(), "{}", answer.text);
    }
    add(&app, "vs1", id.parse().unwrap()).await;
    let answer = app.browser.post("/directors/new", &[("name", "vs1"), ("cluster", &id)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("This name is taken") && answer.text.contains(r##"href="#f-name""##),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn revoking_asks_first_and_is_final() {
    let app = TestApp::logged_in().await;
    let cluster = cluster(&app).await;
    let id = add(&app, "<vs1>", cluster).await;
    let path = format!("/directors/{id}");
    let ask = app.browser.get(&format!("{path}/revoke")).await;
    assert!(
        ask.text.contains("Revoke director &lt;vs1&gt;?") && ask.text.contains("stop the cluster first"),
        "{}",
        ask.text
    );
    assert_eq!(app.store().director(id).await.unwrap().revoked_ms, None, "asking changes nothing");
    app.browser.post(&format!("{path}/revoke"), &[]).await.leads_to(&path);
    assert!(app.store().director(id).await.unwrap().revoked_ms.is_some());
    let page = app.browser.get(&path).await.text;
    assert!(page.contains("was revoked on") && page.contains("Director &lt;vs1&gt; revoked."), "{page}");
    // It no longer carries the cluster.
    let control = app.browser.get(&format!("/clusters/{cluster}/control")).await.text;
    assert!(!control.contains("vs1&gt;</a> <span class=\"state"), "{control}");
    assert_eq!(app.browser.get("/directors/999").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.browser.post("/directors/999/revoke", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_list_says_how_each_director_fares_in_both_languages() {
    let app = TestApp::logged_in().await;
    let cluster = cluster(&app).await;
    add(&app, "vs1", cluster).await;
    let page = app.browser.get("/directors").await.text;
    assert!(
        page.contains("Not enrolled") && page.contains(&format!("/clusters/{cluster}/control")),
        "{page}"
    );
    let request = app.browser.request(reqwest::Method::GET, "/directors").header("accept-language", "zh-CN");
    let page = request.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("未登记") && !page.contains("Not enrolled"), "{page}");
}
