use reqwest::StatusCode;

use crate::support::{Answer, PASSWORD, TestApp, USER};

#[tokio::test]
async fn who_logs_in_gets_where_they_wanted() {
    let app = TestApp::start().await;
    let refused = app.browser.get("/clusters?sort=name").await;
    refused.leads_to("/login?next=/clusters%3Fsort%3Dname");
    let page = app.browser.get(refused.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains(r#"value="/clusters?sort=name""#), "{}", page.text);
    let form = [("name", USER), ("password", PASSWORD), ("next", "/clusters?sort=name")];
    app.browser.post("/login", &form).await.leads_to("/clusters?sort=name");
    assert!(app.browser.is_logged_in().await);
    app.browser.get("/login").await.leads_to("/");
    assert_eq!(app.browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_way_back_never_leads_elsewhere() {
    let app = TestApp::start().await;
    for elsewhere in ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"] {
        let form = [("name", USER), ("password", PASSWORD), ("next", elsewhere)];
        app.another_browser().post("/login", &form).await.leads_to("/");
    }
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_look_the_same() {
    let app = TestApp::start().await;
    let wrong_password = app.browser.try_login(USER, "not the password").await;
    let wrong_name = app.browser.try_login("nobody", PASSWORD).await;
    assert_eq!(wrong_password.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong_name.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sentence = "User name and password do not match";
    assert!(wrong_password.text.contains(sentence) && wrong_name.text.contains(sentence));
    assert!(wrong_password.text.contains(r#"value="ada""#), "what was typed is kept");
    assert!(!wrong_password.text.contains("not the password"), "but never the password");
    assert!(!app.browser.is_logged_in().await);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_then_let_in_again() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        assert_eq!(
            app.browser.try_login(USER, "a wrong password").await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let slowed = app.browser.try_login(USER, PASSWORD).await;
    assert_eq!(slowed.status, StatusCode::TOO_MANY_REQUESTS, "even the right one has to wait");
    assert_eq!(slowed.header("retry-after"), "1");
    app.pass_ms(1_000);
    app.browser.login(USER, PASSWORD).await;
}

#[tokio::test]
async fn an_address_cannot_try_many_names() {
    let app = TestApp::start().await;
    let mut refused = 0;
    for n in 0..32 {
        let answer = app.browser.try_login(&format!("user{n}"), "a wrong password").await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 2);
}

#[tokio::test]
async fn a_login_makes_a_new_session_whatever_the_browser_brings() {
    let app = TestApp::start().await;
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    let request = app.browser.request(reqwest::Method::POST, "/login");
    let form = [("name", USER), ("password", PASSWORD)];
    let response = request.header("cookie", format!("arapaima={planted}")).form(&form).send().await.unwrap();
    let cookies = response.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = cookies.into_iter().find(|cookie| cookie.starts_with("arapaima=")).unwrap();
    assert!(!cookie.contains(planted), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "plain HTTP on loopback: {cookie}");
}

#[tokio::test]
async fn logging_in_again_ends_the_session_before() {
    let app = TestApp::logged_in().await;
    let user = app.store().user_by_name(USER).await.unwrap().unwrap().id;
    let first = app.state().sessions.of_user(user).await.unwrap();
    app.browser.login(USER, PASSWORD).await;
    let second = app.state().sessions.of_user(user).await.unwrap();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first[0].id_hash, second[0].id_hash);
    assert_eq!(second[0].address, "127.0.0.1");
}

#[tokio::test]
async fn who_logs_out_is_out_in_every_copy_of_the_cookie() {
    let app = TestApp::logged_in().await;
    let copy = app.browser.clone();
    app.browser.post("/logout", &[]).await.leads_to("/login?out=1");
    assert!(!copy.is_logged_in().await);
    assert!(app.browser.get("/login?out=1").await.text.contains("You are logged out"));
    assert!(app.audited().await.ends_with(&["session.login".to_owned(), "session.logout".to_owned()]));
}

#[tokio::test]
async fn a_session_survives_a_restart_but_not_a_day_without_use() {
    let app = TestApp::logged_in().await;
    let app = app.restart().await;
    assert!(app.browser.is_logged_in().await);
    app.pass_ms(server::store::IDLE_MS);
    assert!(!app.browser.is_logged_in().await);
}

#[tokio::test]
async fn empty_fields_are_named_and_cost_no_attempt() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        let answer = app.browser.try_login("", "").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("e-name") && answer.text.contains("e-password"), "{}", answer.text);
    }
    app.browser.login(USER, PASSWORD).await;
}

#[tokio::test]
async fn who_knows_a_name_cannot_keep_its_owner_out() {
    let app = TestApp::start().await;
    let stranger = app.browser_at("127.0.0.2");
    for _ in 0..30 {
        stranger.try_login(USER, "a wrong password").await;
        app.pass_ms(2_000);
    }
    assert_eq!(stranger.try_login(USER, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    app.browser.login(USER, PASSWORD).await;
}

#[tokio::test]
async fn a_browser_that_was_in_before_is_not_held_up_by_others() {
    let app = TestApp::logged_in().await;
    app.browser.post("/logout", &[]).await.leads_to("/login?out=1");
    // At the same address, as in an office or behind a proxy.
    let stranger = app.another_browser();
    for n in 0..32 {
        stranger.try_login(&format!("user{n}"), "a wrong password").await;
        stranger.try_login(USER, "a wrong password").await;
    }
    assert_eq!(stranger.try_login(USER, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    app.browser.login(USER, PASSWORD).await;
}

fn browser_cookie(answer: &Answer) -> &str {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    cookies.into_iter().find(|cookie| cookie.starts_with("arapaima-browser=")).unwrap_or_default()
}

/// Fails four times from this address, so that it has to wait.
async fn hold_up(app: &TestApp, name: &str) {
    let stranger = app.another_browser();
    for _ in 0..4 {
        stranger.try_login(name, "a wrong password").await;
    }
    assert_eq!(stranger.try_login(name, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_known_browser_has_a_cookie_that_the_store_cannot_give_away() {
    let app = TestApp::start().await;
    let first = app.browser.try_login(USER, PASSWORD).await;
    let cookie = browser_cookie(&first).to_owned();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=15552000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let value = cookie.split(['=', ';']).nth(1).unwrap();
    assert_eq!(value.len(), 43, "256 bits: {cookie}");
    app.store().close().await;
    for file in std::fs::read_dir(app.store().path().parent().unwrap()).unwrap() {
        let path = file.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        assert!(!bytes.windows(value.len()).any(|window| window == value.as_bytes()), "{}", path.display());
    }
}

#[tokio::test]
async fn a_browsers_cookie_is_new_after_each_login_and_opens_nothing_by_itself() {
    let app = TestApp::start().await;
    let first = app.browser.try_login(USER, PASSWORD).await;
    let old = browser_cookie(&first).split(';').next().unwrap().to_owned();
    let second = app.browser.try_login(USER, PASSWORD).await;
    let new = browser_cookie(&second).split(';').next().unwrap().to_owned();
    assert_ne!(old, new);
    hold_up(&app, USER).await;
    let with = async |cookie: &str, password: &str| {
        let request = app.another_browser().request(reqwest::Method::POST, "/login").header("cookie", cookie);
        request.form(&[("name", USER), ("password", password)]).send().await.unwrap().status()
    };
    assert_eq!(with(&old, PASSWORD).await, StatusCode::TOO_MANY_REQUESTS, "whoever read it or planted it");
    assert_eq!(with("arapaima-browser=x", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    for _ in 0..3 {
        assert_eq!(with(&new, "a wrong password").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(with(&new, PASSWORD).await, StatusCode::TOO_MANY_REQUESTS, "its own failures count");
    let page = app.another_browser().request(reqwest::Method::GET, "/account").header("cookie", &new);
    assert_eq!(page.send().await.unwrap().status(), StatusCode::SEE_OTHER, "it is no session");
}

#[tokio::test]
async fn a_browser_is_known_for_those_who_were_in_with_it_and_no_one_else() {
    let app = TestApp::logged_in().await;
    app.add_user("grace", PASSWORD).await;
    hold_up(&app, "grace").await;
    assert_eq!(app.browser.try_login("grace", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    app.pass_ms(10_000);
    app.browser.login("grace", PASSWORD).await;
    hold_up(&app, "grace").await;
    hold_up(&app, USER).await;
    app.browser.login("grace", PASSWORD).await;
    // The browser has a new id now, under which ada would have no failures yet.
    assert_eq!(app.browser.try_login(USER, PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_new_password_forgets_the_browsers() {
    const NEW: &str = "another long password";
    let app = TestApp::logged_in().await;
    let form = [("current", PASSWORD), ("new", NEW), ("repeat", NEW)];
    app.browser.post("/account", &form).await.leads_to("/account");
    hold_up(&app, USER).await;
    assert_eq!(app.browser.try_login(USER, NEW).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn who_is_in_can_change_the_password_whatever_strangers_do() {
    let app = TestApp::logged_in().await;
    hold_up(&app, USER).await;
    let form = [("current", PASSWORD), ("new", "another long password"), ("repeat", "another long password")];
    app.browser.post("/account", &form).await.leads_to("/account");
}
