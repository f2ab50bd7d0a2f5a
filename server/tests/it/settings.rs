use reqwest::StatusCode;
use server::store::Retention;

use crate::support::TestApp;

#[tokio::test]
async fn the_page_shows_addresses_retention_and_a_warning_of_secrets() {
    let app = TestApp::logged_in().await;
    let page = app.browser.get("/settings").await;
    assert_eq!(page.status, StatusCode::OK);
    let fleet = app.fleet_address().to_string();
    for part in
        [fleet.as_str(), "plain HTTP", "730", "password hashes", "/settings/backup", "/settings/about"]
    {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
}

#[tokio::test]
async fn retention_is_changed_checked_and_logged_and_what_was_typed_stays() {
    let app = TestApp::logged_in().await;
    let wrong =
        [("event_days", "0"), ("event_rows", "200000"), ("audit_days", "a year"), ("audit_rows", "1000000")];
    let answer = app.browser.post("/settings/retention", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("value=\"a year\"") && answer.text.contains("from 1 to 3650"),
        "{}",
        answer.text
    );
    assert_eq!(app.store().retention().await.unwrap(), Retention::default());
    let right =
        [("event_days", "30"), ("event_rows", "200,000"), ("audit_days", "365"), ("audit_rows", "1000000")];
    app.browser.post("/settings/retention", &right).await.leads_to("/settings");
    let kept = app.store().retention().await.unwrap();
    assert_eq!((kept.event_days, kept.audit_days), (30, 365));
    let audit = app.browser.get("/audit?action=settings").await.text;
    for part in ["Retention changed", "Days that events are kept", ">90<", ">30<"] {
        assert!(audit.contains(part), "{part}: {audit}");
    }
    assert!(app.browser.get("/events").await.text.contains("kept for 30 days"));

    // Of two people who decide at once, what only one changed goes together, and for the rest the second one is asked.
    let form = app.browser.get("/settings").await.text;
    let (_, base) = form.split_once(r#"name="base" value=""#).expect("what was shown");
    let base = base.split('"').next().unwrap().replace("&quot;", "\"");
    let base = ("base", base.as_str());
    let first = [right[0], right[1], right[2], ("audit_rows", "500000"), base];
    app.browser.post("/settings/retention", &first).await.leads_to("/settings");
    let second = [("event_days", "60"), right[1], right[2], right[3], base];
    app.browser.post("/settings/retention", &second).await.leads_to("/settings");
    let kept = app.store().retention().await.unwrap();
    assert_eq!((kept.event_days, kept.audit_rows), (60, 500_000), "both");

    let third = [("event_days", "x"), right[1], right[2], ("audit_rows", "700000"), base];
    let wrong = app.browser.post("/settings/retention", &third).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains(&base.1.replace('"', "&quot;")), "what was shown at first: {}", wrong.text);
    let third = [("event_days", "90"), right[1], right[2], ("audit_rows", "700000"), base];
    let asked = app.browser.post("/settings/retention", &third).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    for told in ["to 60", "to 500000", "value=\"700000\""] {
        assert!(asked.text.contains(told), "{told}: {}", asked.text);
    }
    assert!(!asked.text.contains("to 365"), "nobody touched it: {}", asked.text);
    assert_eq!(app.store().retention().await.unwrap(), kept, "nothing is lost unseen");
}

#[tokio::test]
async fn the_page_about_it_names_versions_and_every_licence() {
    let app = TestApp::logged_in().await;
    let page = app.browser.get("/settings/about").await.text;
    for part in [env!("CARGO_PKG_VERSION"), "rustc ", "axum", "MIT OR Apache-2.0", "sqlx"] {
        assert!(page.contains(part), "{part}");
    }
}

#[tokio::test]
async fn a_backup_is_downloaded_whole_logged_and_leaves_nothing_behind() {
    let app = TestApp::logged_in().await;
    let answer = app.browser.request(reqwest::Method::POST, "/settings/backup").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(name.starts_with("attachment; filename=\"arapaima-20") && name.ends_with(".backup\""), "{name}");
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(b"SQLite format 3\0"));
    let data = &app.state().config.data;
    assert!(!data.join("backup.download").exists() && !data.join("backup.download.unfinished").exists());
    assert_eq!(app.audited().await.last().map(String::as_str), Some("backup.make"));

    let directory = tempfile::tempdir().unwrap();
    let (file, to) = (directory.path().join("x.backup"), directory.path().join("restored"));
    std::fs::write(&file, &bytes).unwrap();
    let restored = server::backup::restore(&file, &to, false, "now").await.unwrap();
    assert_eq!((restored.kept, restored.files), (None, 1));
    let ca = |data: &std::path::Path| std::fs::read(data.join("ca/agents-ca.pem")).unwrap();
    assert_eq!(ca(&to), ca(data), "agents know the restored console");
    let store = server::store::Store::open(to.join("arapaima.db")).await.unwrap();
    assert!(store.user_by_name(crate::support::USER).await.unwrap().is_some());
    // Whoever was logged in when it was made logs in anew, and the log knows of it.
    let logged_in = |store: server::store::Store| async move {
        store.people_seen(0).await.unwrap().values().map(|seen| seen.sessions).sum::<i64>()
    };
    assert_eq!(logged_in(app.store().clone()).await, 1);
    assert_eq!(logged_in(store.clone()).await, 0);
    let log = store.audit(1, None).await.unwrap();
    assert_eq!(log[0].action, "backup.restore");
}
