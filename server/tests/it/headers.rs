use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};

use crate::support::{Answer, TestApp};

#[tokio::test]
async fn every_answer_carries_a_policy_with_its_own_nonce() {
    let app = TestApp::logged_in().await;
    let mut nonces = BTreeSet::new();
    for path in ["/account", "/login", "/healthz", "/nowhere", "/assets/nothing.js"] {
        let answer = app.browser.get(path).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "'wasm-unsafe-eval'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "connect-src 'self'",
            "img-src 'self' data:",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(nonce.len() >= 22, "{nonce}");
        if answer.text.contains("<script") {
            assert!(answer.text.contains(&format!("nonce=\"{nonce}\"")), "{path}");
        }
        nonces.insert(nonce);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(nonces.len(), 5);
}

#[tokio::test]
async fn pages_have_no_inline_script_or_style_without_nonce() {
    let app = TestApp::logged_in().await;
    for path in ["/account", "/clusters", "/directors", "/login", "/nowhere"] {
        let html = app.browser.get(path).await.text;
        for tag in html.split("<script").skip(1).chain(html.split("<style").skip(1)) {
            let tag = tag.split('>').next().unwrap();
            assert!(tag.contains("nonce=") || tag.contains("application/json"), "{path}: {tag}");
        }
        assert!(!html.contains(" style=\""), "{path}");
        assert!(!html.contains("javascript:") && !html.contains(" onclick="), "{path}");
    }
}

#[tokio::test]
async fn a_page_comes_compressed_where_the_browser_takes_it() {
    let app = TestApp::logged_in().await;
    for (accept, expected) in
        [("br, gzip", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", "")]
    {
        let request = app.browser.request(Method::GET, "/account").header("accept-encoding", accept);
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(
            (answer.status, answer.header("content-encoding")),
            (StatusCode::OK, expected),
            "{accept}"
        );
    }
}

#[tokio::test]
async fn errors_are_pages_in_the_visitors_language() {
    let app = TestApp::logged_in().await;
    let chinese = |path: &str| {
        app.browser.request(Method::GET, path).header("accept-language", "zh-CN,zh;q=0.9,en;q=0.5")
    };
    let answer = Answer::read(chinese("/nowhere").send().await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text.contains("未找到") && answer.text.contains(r#"lang="zh-CN""#), "{}", answer.text);
    let answer = app.browser.get("/logout").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.text.contains("Not possible that way"), "{}", answer.text);
    assert!(answer.text.contains("ada"), "the frame stays around it");
}

#[tokio::test]
async fn an_address_that_cannot_be_an_objects_is_not_found() {
    let app = TestApp::logged_in().await;
    for path in
        ["/clusters/abc", "/clusters/-1/edit", "/clusters/1/services/x", "/clusters/99999999999/changes"]
    {
        let request = app.browser.request(Method::GET, path).header("accept-language", "zh-CN");
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text.contains("未找到") && !answer.text.contains("Bad Request"), "{}", answer.text);
    }
    let answer = app.browser.post("/clusters/abc/delete", &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_stream_gets_a_plain_refusal() {
    let app = TestApp::start().await;
    let request =
        app.browser.request(Method::GET, "/clusters/1/control/stream").header("accept", "text/event-stream");
    let answer = Answer::read(request.send().await.unwrap()).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::UNAUTHORIZED, ""));
}
