use reqwest::{Method, StatusCode};

use crate::support::{Answer, TestApp};

const SCRIPT: &str = "/assets/app.0123456789abcdef.js";

async fn get(app: &TestApp, path: &str, accept: &str) -> Answer {
    let request = app.another_browser().request(Method::GET, path).header("accept-encoding", accept);
    Answer::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_file_comes_as_small_as_the_browser_takes_it() {
    let app = TestApp::without_users().await;
    for (accept, encoding, text) in [
        ("gzip, deflate, br", "br", "brotli app.js"),
        ("gzip", "gzip", "gzip app.js"),
        ("br;q=0, gzip;q=0.5", "gzip", "gzip app.js"),
        ("br;q=0, gzip;q=0", "", "plain app.js"),
        ("", "", "plain app.js"),
    ] {
        let answer = get(&app, SCRIPT, accept).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, text), "{accept}");
        assert_eq!(answer.header("content-encoding"), encoding, "{accept}");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    }
}

#[tokio::test]
async fn types_are_what_browsers_insist_on() {
    let app = TestApp::without_users().await;
    assert_eq!(get(&app, SCRIPT, "").await.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(
        get(&app, "/assets/app.00000000000000aa.wasm", "").await.header("content-type"),
        "application/wasm"
    );
    assert_eq!(
        get(&app, "/assets/app.00000000000000bb.css", "").await.header("content-type"),
        "text/css; charset=utf-8"
    );
}

#[tokio::test]
async fn nothing_but_the_listed_files_is_served() {
    let app = TestApp::without_users().await;
    for path in [
        "/assets/manifest.json",
        "/assets/app.js",
        "/assets/app.0123456789abcdef.js.gz",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e%2fdata%2farapaima.db",
        "/assets/..%2fdata%2farapaima.db",
        "/assets//etc/passwd",
        "/assets/%00",
    ] {
        assert_eq!(get(&app, path, "").await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn pages_link_to_the_hashed_names() {
    let app = TestApp::start().await;
    let page = app.browser.get("/login").await.text;
    assert!(page.contains("/assets/app.00000000000000bb.css"), "{page}");
}
