use reqwest::{Method, StatusCode};

use crate::support::{Answer, TestApp};

async fn post(app: &TestApp, content_type: &str, body: Vec<u8>) -> Answer {
    let request =
        app.browser.request(Method::POST, "/account").header("content-type", content_type).body(body);
    Answer::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_form_larger_than_a_mebibyte_is_refused() {
    let app = TestApp::logged_in().await;
    let form = "application/x-www-form-urlencoded";
    let large = format!("current={}", "x".repeat(1024 * 1024)).into_bytes();
    let answer = post(&app, form, large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text.contains("Too large"), "{}", answer.text);
    let fits = format!("current={}", "x".repeat(1024 * 1024 - 100)).into_bytes();
    assert_eq!(post(&app, form, fits).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_malformed_form_is_a_page_and_no_crash() {
    let app = TestApp::logged_in().await;
    let form = "application/x-www-form-urlencoded";
    for (content_type, body) in [
        ("application/json", b"{}".to_vec()),
        ("text/plain", b"current=x".to_vec()),
        ("multipart/form-data; boundary=x", b"--x--".to_vec()),
        (form, vec![0xff, 0xfe, 0x00, b'=', 0xff]),
        (form, b"current=%ff%fe&new=%zz&repeat=%".to_vec()),
        (form, b"current=a&current=b".to_vec()),
        (form, vec![]),
    ] {
        let answer = post(&app, content_type, body.clone()).await;
        assert!(answer.status.is_client_error(), "{content_type} {body:?}: {}", answer.status);
        assert!(answer.text.contains("<!DOCTYPE html>"), "{content_type} {body:?}");
    }
    assert!(app.browser.is_logged_in().await);
}
