//! The first run.

use model::{Name, Role, Roles};
use reqwest::StatusCode;

use crate::support::{Answer, Browser, PASSWORD, TestApp, USER};

async fn make(browser: &Browser, code: &str, name: &str) -> Answer {
    browser
        .post("/setup", &[("code", code), ("name", name), ("password", PASSWORD), ("repeat", PASSWORD)])
        .await
}

#[tokio::test]
async fn who_has_the_code_makes_the_first_administrator_and_is_in() {
    let app = TestApp::without_users().await;
    app.browser.get("/").await.leads_to("/login");
    app.browser.get("/login").await.leads_to("/setup");
    let page = app.browser.get("/setup").await;
    let code = app.state().setup.code().to_owned();
    assert!(page.text.contains("Make the first account") && !page.text.contains(&code), "{}", page.text);
    make(&app.browser, &code, USER).await.leads_to("/");
    assert_eq!(app.browser.get("/clusters").await.status, StatusCode::OK);
    let person = app.store().people().await.unwrap().remove(0);
    assert_eq!((person.name.as_str(), person.roles), (USER, Roles::everywhere(Role::Administrator)));
    assert_eq!(app.audited().await, ["user.create", "session.login"]);
    app.another_browser().login(USER, PASSWORD).await;
}

#[tokio::test]
async fn a_stranger_without_the_code_gets_nothing() {
    let app = TestApp::without_users().await;
    let old_code = app.state().setup.code().to_owned();
    let app = app.restart().await;
    for code in ["", "aaaa-bbbb-cccc-dddd", &old_code] {
        let refused = make(&app.browser, code, USER).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        assert!(refused.text.contains("e-code") && refused.text.contains(USER), "what was typed is kept");
    }
    assert_eq!(app.store().count_users().await.unwrap(), 0);
}

#[tokio::test]
async fn everything_wrong_is_said_at_once() {
    let app = TestApp::without_users().await;
    let code = app.state().setup.code().to_owned();
    let form = [("code", &*code), ("name", " "), ("password", "short"), ("repeat", "other")];
    let refused = app.browser.post("/setup", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["e-name", "e-password", "e-repeat"] {
        assert!(refused.text.contains(field), "{field}: {}", refused.text);
    }
    assert!(!refused.text.contains("e-code") && refused.text.contains(&code), "{}", refused.text);
}

#[tokio::test]
async fn of_many_first_runs_at_once_one_makes_an_account() {
    let app = TestApp::without_users().await;
    let code = app.state().setup.code().to_owned();
    let racers = (0..8).map(|n| {
        let (browser, code) = (app.another_browser(), code.clone());
        tokio::spawn(async move { make(&browser, &code, &format!("admin{n}")).await.location().to_owned() })
    });
    let mut ends = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        ends.push(racer.await.unwrap());
    }
    ends.sort_unstable();
    assert_eq!(ends.iter().filter(|end| *end == "/").count(), 1, "{ends:?}");
    assert_eq!(ends.iter().filter(|end| *end == "/login?made=1").count(), 7, "{ends:?}");
    assert_eq!(app.store().count_users().await.unwrap(), 1);
}

#[tokio::test]
async fn with_an_account_there_is_no_first_run() {
    let app = TestApp::start().await;
    app.browser.get("/setup").await.leads_to("/login");
    let code = app.state().setup.code().to_owned();
    make(&app.browser, &code, "mallory").await.leads_to("/login?made=1");
    assert!(app.browser.get("/login?made=1").await.text.contains("There is an account already"));
    assert!(app.store().user_by_name("mallory").await.unwrap().is_none());
    let name = Name::parse("mallory").unwrap();
    assert_eq!(app.store().create_first_user("192.0.2.1", &name, "$x").await.unwrap(), None);
}
