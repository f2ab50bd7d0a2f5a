use reqwest::{Method, StatusCode};

use crate::support::{Answer, PASSWORD, TestApp};

const NEW: &str = "another long password";

async fn post(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    let form = [("current", PASSWORD), ("new", NEW), ("repeat", NEW)];
    let mut request = app.browser.request(Method::POST, "/account").form(&form);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let app = TestApp::logged_in().await;
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://127.0.0.1:1")],
    ] {
        let refused = post(&app, headers).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(refused.text.contains("came from another site"), "{}", refused.text);
        assert!(
            refused.header("content-security-policy").contains("nonce-"),
            "refusals have their policy too"
        );
    }
    assert!(!app.audited().await.contains(&"user.password".to_owned()));
}

#[tokio::test]
async fn a_form_of_our_own_passes() {
    let app = TestApp::logged_in().await;
    let own = format!("http://{}", app.address());
    post(&app, &[("origin", &own)]).await.leads_to("/account");
}

#[tokio::test]
async fn logging_in_from_another_site_is_refused_too() {
    let app = TestApp::start().await;
    let request = app.browser.request(Method::POST, "/login").header("sec-fetch-site", "cross-site");
    let answer =
        Answer::read(request.form(&[("name", "ada"), ("password", PASSWORD)]).send().await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.headers.get("set-cookie").is_none());
}
