//! Monitoring scripts of a virtual service, and notes.

use model::{Check, DestinationId};
use reqwest::StatusCode;

use crate::drawing::{Fields, apply, chinese, draft, server_of, shop_with_web, submit};
use crate::support::TestApp;

#[tokio::test]
async fn what_is_sent_expected_and_run_is_saved_to_the_draft() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}/monitoring");
    let get = async || draft(&app, id).await.services()[&web].settings.check.clone();
    let asked = [
        ("check", "send_expect"),
        ("send", r"GET /health HTTP/1.0\r\n\r\n"),
        ("expect", "HTTP/1.. (200|204)"),
        ("use_regex", "on"),
    ];
    let before = app.audited().await.len();
    submit(&app.browser, &path, &asked).await.leads_to(&path);
    assert_eq!(get().await.to_string(), r#"send "GET /health HTTP/1.0\r\n\r\n", match "HTTP/1.. (200|204)""#);
    assert_eq!(app.audited().await[before..], ["draft.edit"], "one edit, one row");
    let page = app.browser.get(&path).await;
    assert!(page.text.contains("Saved the monitoring scripts of web to the draft."), "{}", page.text);
    let shown = Fields::of(&page, &path);
    for (name, value) in asked {
        assert_eq!(shown.get(name), value);
    }
    assert!(page.text.contains("No connected director offers a program"), "{}", page.text);
    let program = [("check", "program"), ("send_program", "check-http"), ("expect", "OK")];
    submit(&app.browser, &path, &program).await.leads_to(&path);
    assert_eq!(get().await.to_string(), r#"program check-http, expect "OK""#);
    let page = app.browser.get(&path).await;
    assert!(page.text.contains("No connected director offers <code>check-http</code>"), "{}", page.text);
    submit(&app.browser, &path, &[("check", "connect")]).await.leads_to(&path);
    assert_eq!(get().await, Check::Connect);
    let page = chinese(&app.browser, &path).await;
    assert!(page.text.contains("如何检查真实服务器？"), "{}", page.text);
}

#[tokio::test]
async fn a_path_is_no_program_and_what_was_typed_stays() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}/monitoring");
    let long = "x".repeat(256);
    let typed = [("check", "program"), ("send_program", "../../bin/sh -c reboot"), ("expect", long.as_str())];
    let answer = submit(&app.browser, &path, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for name in ["send_program", "expect"] {
        assert!(answer.text.contains(&format!("id=\"e-{name}\"")), "{name}: {}", answer.text);
    }
    let kept = Fields::of(&answer, &path);
    for (name, value) in typed {
        assert_eq!(kept.get(name), value);
    }
    assert_eq!(draft(&app, id).await.services()[&web].settings.check, Check::Connect);
}

#[tokio::test]
async fn two_editors_of_a_check_are_asked_and_the_rest_of_the_service_stays() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let service = format!("/clusters/{id}/services/{web}");
    let path = format!("{service}/monitoring");
    let opened = Fields::of(&app.browser.get(&path).await, &path);
    submit(&app.browser, &service, &[("timeout", "9")]).await.leads_to(&service);
    opened
        .clone()
        .with("check", "send_expect")
        .with("expect", "A")
        .post(&app.browser, &path)
        .await
        .leads_to(&path);
    let settings = draft(&app, id).await.services()[&web].settings.clone();
    assert_eq!(
        (settings.timeout.get(), settings.check.to_string().as_str()),
        (9, r#"send nothing, expect "A""#)
    );
    let answer = opened.with("check", "send_expect").with("expect", "B").post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let chosen = Fields::of(&answer, &path).with("keep-check", "mine");
    assert_eq!(chosen.get("expect"), "B");
    chosen.post(&app.browser, &path).await.leads_to(&path);
    assert_eq!(
        draft(&app, id).await.services()[&web].settings.check.to_string(),
        r#"send nothing, expect "B""#
    );
}

#[tokio::test]
async fn notes_are_kept_shown_and_revisions_without_them_have_the_hash_that_they_had() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    let before = app.store().latest_revision(id).await.unwrap().unwrap();
    assert!(!before.desired.canonical().contains("note"), "{}", before.desired.canonical());
    let service = format!("/clusters/{id}/services/{web}");
    submit(&app.browser, &service, &[("note", "Ask 王 first.\r\nTicket <12>")]).await.leads_to(&service);
    let real1: DestinationId = server_of(&app, id, web, "real1").await;
    let server = format!("{service}/servers/{real1}");
    submit(&app.browser, &server, &[("server_note", "disk is old")])
        .await
        .leads_to(&format!("{service}/servers"));
    assert_eq!(
        Fields::of(&app.browser.get(&service).await, &service).get("note"),
        "Ask 王 first.\nTicket <12>"
    );
    let list = app.browser.get(&format!("/clusters/{id}/services")).await;
    assert!(list.text.contains("Ticket &lt;12&gt;"), "{}", list.text);
    let servers = app.browser.get(&format!("{service}/servers")).await;
    assert!(servers.text.contains("disk is old"), "{}", servers.text);
    let changes = app.browser.get(&format!("/clusters/{id}/changes")).await;
    assert!(changes.text.contains("Ask 王 first. / Ticket"), "{}", changes.text);
    apply(&app, id).await;
    // Taken away again, it is the state that it was.
    submit(&app.browser, &service, &[("note", "")]).await.leads_to(&service);
    submit(&app.browser, &server, &[("server_note", "")]).await;
    apply(&app, id).await;
    let after = app.store().latest_revision(id).await.unwrap().unwrap();
    assert_eq!(after.hash, before.hash);
    let answer = submit(&app.browser, &service, &[("note", "x".repeat(501).as_str())]).await;
    assert!(answer.text.contains("id=\"e-note\""), "{}", answer.text);
}
