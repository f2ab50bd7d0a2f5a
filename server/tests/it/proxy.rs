//! Behind a proxy that speaks TLS, and what strangers make of its headers.

use reqwest::{Method, StatusCode};

use crate::support::{Answer, Browser, PASSWORD, TestApp, USER};

const FROM: [(&str, &str); 2] =
    [("x-forwarded-for", "198.51.100.7, 192.0.2.1"), ("x-forwarded-proto", "https")];

/// A console that believes a proxy at 127.0.0.1, and nobody else.
async fn app() -> TestApp {
    let app = TestApp::start_with(|config| {
        config.proxies = ["127.0.0.1".parse().unwrap()].into_iter().collect();
    });
    let app = app.await;
    app.add_user(USER, PASSWORD).await;
    app
}

async fn login(browser: &Browser, password: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = browser.request(Method::POST, "/login").header("sec-fetch-site", "same-origin");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(request.form(&[("name", USER), ("password", password)]).send().await.unwrap()).await
}

fn cookies(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    cookies.collect::<Vec<_>>().join("\n")
}

async fn logged_in_from(app: &TestApp) -> String {
    let user = app.store().user_by_name(USER).await.unwrap().unwrap().id;
    app.state().sessions.of_user(user).await.unwrap()[0].address.clone()
}

#[tokio::test]
async fn a_trusted_proxy_says_from_where_and_how_safely() {
    let app = app().await;
    let answer = login(&app.browser, PASSWORD, &FROM).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(logged_in_from(&app).await, "192.0.2.1");
    let cookies = cookies(&answer);
    assert!(
        cookies.lines().all(|cookie| cookie.starts_with("__Host-") && cookie.contains("; Secure")),
        "{cookies}"
    );
    assert!(answer.header("strict-transport-security").contains("max-age="));
    // The cookie that was set is the one that is read.
    let session = cookies.lines().find(|cookie| cookie.starts_with("__Host-arapaima=")).unwrap();
    let session = session.split(';').next().unwrap().to_owned();
    let page = app.another_browser().request(Method::GET, "/account").header("cookie", session);
    let page = page.header("x-forwarded-proto", "https").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_stranger_with_the_same_headers_is_who_it_is() {
    let app = app().await;
    let answer = login(&app.browser_at("127.0.0.2"), PASSWORD, &FROM).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(logged_in_from(&app).await, "127.0.0.2");
    assert!(!cookies(&answer).contains("Secure"), "{}", cookies(&answer));
    assert_eq!(answer.header("strict-transport-security"), "");
}

#[tokio::test]
async fn those_behind_a_proxy_are_slowed_down_one_by_one_whatever_they_claim() {
    let app = app().await;
    for n in 0..3 {
        // The proxy adds what it saw to what the browser made up.
        let list = format!("198.51.100.{n}, 192.0.2.1");
        login(&app.browser, "a wrong password", &[("x-forwarded-for", &list)]).await;
    }
    let again = [("x-forwarded-for", "198.51.100.9, 192.0.2.1")];
    assert_eq!(login(&app.browser, PASSWORD, &again).await.status, StatusCode::TOO_MANY_REQUESTS);
    let other = [("x-forwarded-for", "192.0.2.2")];
    assert_eq!(login(&app.browser, PASSWORD, &other).await.status, StatusCode::SEE_OTHER);
    let stranger = app.browser_at("127.0.0.2");
    for n in 0..4 {
        let list = format!("198.51.100.{n}");
        let answer = login(&stranger, "a wrong password", &[("x-forwarded-for", &list)]).await;
        let slowed = answer.status == StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(slowed, n == 3, "{n}: a new address each time is no new stranger");
    }
}
