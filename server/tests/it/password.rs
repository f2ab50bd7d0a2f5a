use reqwest::StatusCode;

use crate::support::{Answer, PASSWORD, TestApp, USER};

const NEW: &str = "another long password";

async fn change(app: &TestApp, current: &str, new: &str, repeat: &str) -> Answer {
    app.browser.post("/account", &[("current", current), ("new", new), ("repeat", repeat)]).await
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_and_works_from_then_on() {
    let app = TestApp::logged_in().await;
    let other = app.another_browser();
    other.login(USER, PASSWORD).await;
    change(&app, PASSWORD, NEW, NEW).await.leads_to("/account");
    let page = app.browser.get("/account").await;
    assert!(page.text.contains("Password changed"), "{}", page.text);
    assert!(!app.browser.get("/account").await.text.contains("Password changed"), "said once");
    assert!(!other.is_logged_in().await);
    assert_eq!(other.try_login(USER, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    other.login(USER, NEW).await;
    assert!(app.audited().await.contains(&"user.password".to_owned()));
}

#[tokio::test]
async fn everything_wrong_is_said_at_once_beside_its_field() {
    let app = TestApp::logged_in().await;
    let answer = change(&app, "", "short", "shorter").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["e-current", "e-new", "e-repeat"] {
        assert!(answer.text.contains(id), "{id}: {}", answer.text);
    }
    assert!(!answer.text.contains("shorter\""), "passwords do not come back");
    let answer = change(&app, PASSWORD, PASSWORD, PASSWORD).await;
    assert!(answer.text.contains("This is the old password"), "{}", answer.text);
}

#[tokio::test]
async fn the_current_password_is_needed_and_not_to_be_guessed() {
    let app = TestApp::logged_in().await;
    for _ in 0..3 {
        let answer = change(&app, "a guess", NEW, NEW).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("not your current password"), "{}", answer.text);
    }
    assert_eq!(change(&app, PASSWORD, NEW, NEW).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(app.browser.is_logged_in().await);
    app.pass_ms(1_000);
    change(&app, PASSWORD, NEW, NEW).await.leads_to("/account");
}
