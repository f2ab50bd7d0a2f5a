//! Finding things, and the manual.

use model::input::ServiceInput;
use model::{Check, Name, Role, Roles, VirtualService};
use reqwest::StatusCode;
use server::store::Actor;

use crate::support::{Browser, PASSWORD, TestApp};

async fn with_services(app: &TestApp, cluster: &str, services: &[(&str, &str, &str)]) -> model::ClusterId {
    let actor = Actor::command_line();
    let id = app.store().create_cluster(&actor, Name::parse(cluster).unwrap()).await.unwrap();
    let edited = app.store().edit_draft(&actor, id, None, "", |editing| {
        for (name, address, ports) in services {
            let input = ServiceInput {
                name: (*name).into(),
                address: (*address).into(),
                ports: (*ports).into(),
                ..ServiceInput::new()
            };
            let settings = input.parse_in(Check::Connect, editing, None)?;
            let id = editing.next_service_id();
            editing.put_service(id, VirtualService { settings, destinations: Default::default() })?;
        }
        Ok(())
    });
    edited.await.unwrap();
    id
}

#[tokio::test]
async fn a_service_is_found_by_cluster_and_port() {
    let app = TestApp::logged_in().await;
    with_services(&app, "shop", &[("http", "10.0.0.2", "80"), ("https", "10.0.0.2", "443")]).await;
    with_services(&app, "mail", &[("imaps", "2001:db8::5", "443")]).await;
    let list = app.browser.get("/search?list=1&q=shop+443").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.text.contains("https") && !list.text.contains("imaps"), "{}", list.text);
    assert!(!list.text.contains("<html"), "the list alone");
    let page = app.browser.get("/search?q=2001:db8").await;
    assert!(page.text.contains("imaps") && page.text.contains("<html"), "{}", page.text);
}

#[tokio::test]
async fn what_is_served_is_found_though_the_draft_has_it_no_more() {
    let app = TestApp::logged_in().await;
    let actor = Actor::command_line();
    let id = with_services(&app, "shop", &[("http", "10.0.0.2", "80"), ("https", "10.0.0.2", "443")]).await;
    let draft = app.store().draft(id).await.unwrap();
    app.store().apply(&actor, id, None, draft.version, "", false).await.unwrap();
    let gone = *draft.cluster.services().keys().next().unwrap();
    let edited = app.store().edit_draft(&actor, id, None, "", |editing| {
        editing.remove_service(gone)?;
        Ok(())
    });
    edited.await.unwrap();
    let list = app.browser.get("/search?list=1&q=shop+10.0.0.2:80").await.text;
    assert!(list.contains("/control?q=http\""), "{list}");
    assert!(list.contains("removed in the draft") && !list.contains("https"), "{list}");
    let other = app.browser.get("/search?list=1&q=shop+443").await.text;
    assert!(!other.contains("removed in the draft"), "{other}");
}

#[tokio::test]
async fn real_servers_that_have_gone_are_found_by_their_virtual_server() {
    let app = TestApp::logged_in().await;
    let id = crate::control::applied(&app).await;
    let actor = Actor::command_line();
    let removed = app.store().edit_draft(&actor, id, None, "", |editing| {
        editing.remove_service(model::ServiceId(1))?;
        Ok(())
    });
    removed.await.unwrap();
    let list = app.browser.get("/search?list=1&q=web+real1").await.text;
    assert!(list.contains("/control?q=real1\"") && list.contains("removed in the draft"), "{list}");
}

#[tokio::test]
async fn what_is_typed_is_shown_and_never_a_tag() {
    let app = TestApp::logged_in().await;
    for path in ["/search?q=%3Cscript%3Ex", "/search?list=1&q=%3Cscript%3Ex"] {
        let answer = app.browser.get(path).await;
        assert!(
            answer.text.contains("&lt;script&gt;x") && !answer.text.contains("<script>x"),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn an_answer_is_short_and_says_how_much_is_left_out() {
    let app = TestApp::logged_in().await;
    let texts: Vec<(String, String)> = (1..=40).map(|n| (format!("web-{n}"), n.to_string())).collect();
    let services: Vec<(&str, &str, &str)> =
        texts.iter().map(|(name, port)| (name.as_str(), "10.0.0.2", port.as_str())).collect();
    with_services(&app, "many", &services).await;
    let list = app.browser.get("/search?list=1&q=web-").await;
    assert_eq!(list.text.matches(r#"role="option""#).count(), 20, "{}", list.text);
    assert!(list.text.contains("20 more fit"), "{}", list.text);
}

#[tokio::test]
async fn every_chapter_of_the_manual_opens_in_both_languages() {
    let app = TestApp::logged_in().await;
    let contents = app.browser.get("/help").await.text;
    let chapters: Vec<&str> =
        contents.split("href=\"/help/").skip(1).filter_map(|rest| rest.split(['"', '#']).next()).collect();
    assert!(chapters.len() > 10, "{contents}");
    for lang in ["en", "zh"] {
        app.browser.post("/preferences", &[("lang", lang)]).await;
        for chapter in &chapters {
            let page = app.browser.get(&format!("/help/{chapter}")).await;
            assert_eq!(page.status, StatusCode::OK, "{chapter}");
            assert!(page.text.contains("manual-text"), "{chapter}");
        }
    }
    for path in ["/help/nothing", "/help/images/nothing.png", "/help/..%2F..%2Fetc%2Fpasswd"] {
        assert_eq!(app.browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn actions_are_those_that_one_may_do() {
    let app = TestApp::logged_in().await;
    let id = with_services(&app, "shop", &[("http", "10.0.0.2", "80")]).await;
    let found = async |browser: &Browser| browser.get("/search?list=1&q=shop").await.text;
    let never = found(&app.browser).await;
    assert!(!never.contains("Start the cluster") && never.contains("Add a virtual server"), "{never}");
    let draft = app.store().draft(id).await.unwrap();
    app.store().apply(&Actor::command_line(), id, None, draft.version, "", false).await.unwrap();
    let stopped = found(&app.browser).await;
    assert!(stopped.contains("Start the cluster") && !stopped.contains("Stop the cluster"), "{stopped}");
    app.store().set_running(&Actor::command_line(), id, true).await.unwrap();
    let running = found(&app.browser).await;
    assert!(running.contains("Stop the cluster") && !running.contains("Start the cluster"), "{running}");

    app.add_person("grace", PASSWORD, &Roles::everywhere(Role::Viewer)).await;
    let viewer = app.another_browser();
    viewer.login("grace", PASSWORD).await;
    let seen = found(&viewer).await;
    assert!(seen.contains("Export as"), "{seen}");
    for action in ["Stop the cluster", "Add a virtual server", "Review and apply"] {
        assert!(!seen.contains(action), "{action}: {seen}");
    }
}
