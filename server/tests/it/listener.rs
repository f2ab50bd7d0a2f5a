//! What a stranger can do to the listener.

use std::sync::Arc;
use std::time::Duration;

use model::{Name, Role, Roles};
use rustls::pki_types::{CertificateDer, ServerName};
use server::clock::Clock;
use server::config::Tls;
use server::console::Console;
use server::http::certificate::LOOK_EVERY;
use server::store::Actor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::{PASSWORD, TestApp, USER, config, write_site};

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off() {
    let app = TestApp::start().await;
    let mut slow = TcpStream::connect(app.address()).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), slow.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "still open after 30 s");
    let text = String::from_utf8_lossy(&rest);
    assert!(rest.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
}

#[tokio::test]
async fn nonsense_is_answered_or_dropped_and_the_next_one_served() {
    let app = TestApp::start().await;
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(app.address()).await.unwrap();
        stream.write_all(nonsense).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        assert!(read.is_ok(), "{nonsense:?}");
    }
    assert_eq!(app.browser.get("/healthz").await.text, "ok\n");
}

#[tokio::test]
async fn an_own_certificate_carries_both_versions_and_secure_cookies() {
    let directory = tempfile::tempdir().unwrap();
    write_site(&directory.path().join("site"));
    let mut config = config(directory.path());
    config.tls = Tls::Own;
    let console = Console::start(config, Clock::system()).await.unwrap();
    assert!(console.url().starts_with("https://"));
    let pem = std::fs::read(directory.path().join("data/pages.pem")).unwrap();
    let certificate = rustls::pki_types::pem::PemObject::from_pem_slice(&pem).unwrap();
    for (alpn, expected) in [("http/1.1", true), ("h2", true), ("smtp", false)] {
        let connected = connect(&console, &certificate, alpn).await;
        assert_eq!(connected.is_ok(), expected, "{alpn}");
    }
    let state = console.state();
    let hash = state.auth.hash(PASSWORD).await.unwrap();
    state
        .store
        .create_user(
            &Actor::command_line(),
            &Name::parse(USER).unwrap(),
            &hash,
            &Roles::everywhere(Role::Administrator),
        )
        .await
        .unwrap();
    let mut stream = connect(&console, &certificate, "http/1.1").await.unwrap();
    let form = format!("name={USER}&password={}", PASSWORD.replace(' ', "+"));
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _cut = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let cookies: Vec<_> = answer.lines().filter(|line| line.starts_with("set-cookie: ")).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("set-cookie: __Host-arapaima=")), "{cookies:?}");
    let guarded = |cookie: &&str| cookie.contains(": __Host-") && cookie.contains("; Secure");
    assert!(cookies.iter().all(guarded), "{cookies:?}");
    console.shut_down().await;
}

async fn connect(
    console: &Console,
    certificate: &CertificateDer<'static>,
    alpn: &str,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut client = client.with_root_certificates(roots).with_no_client_auth();
    client.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    let stream = TcpStream::connect(console.pages()).await.unwrap();
    TlsConnector::from(Arc::new(client)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

#[tokio::test]
async fn an_end_waits_for_answers_but_not_for_idle_browsers() {
    let app = TestApp::logged_in().await;
    // A connection that is kept alive and one that has sent nothing.
    assert!(app.browser.is_logged_in().await);
    let _silent = TcpStream::connect(app.address()).await.unwrap();
    let before = std::time::Instant::now();
    let app = app.restart().await;
    assert!(before.elapsed() < Duration::from_secs(12), "{:?}", before.elapsed());
    assert!(app.browser.is_logged_in().await);
}

#[tokio::test]
async fn who_shakes_hands_for_http_2_and_says_nothing_is_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    write_site(&directory.path().join("site"));
    let mut config = config(directory.path());
    config.tls = Tls::Own;
    let console = Console::start(config, Clock::system()).await.unwrap();
    let pem = std::fs::read(directory.path().join("data/pages.pem")).unwrap();
    let certificate = rustls::pki_types::pem::PemObject::from_pem_slice(&pem).unwrap();
    let mut silent = connect(&console, &certificate, "h2").await.unwrap();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), silent.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "still open after 30 s");
    console.shut_down().await;
}

/// A console with its own certificate files, in a directory of its own.
async fn with_files(directory: &std::path::Path) -> (Console, std::path::PathBuf, std::path::PathBuf) {
    write_site(&directory.join("site"));
    let (certificate, key) = (directory.join("pages.crt"), directory.join("pages.key"));
    write_pair(&certificate, &key);
    let mut config = config(directory);
    config.tls = Tls::Files { certificate: certificate.clone(), key: key.clone() };
    (Console::start(config, Clock::system()).await.unwrap(), certificate, key)
}

/// Another certificate for `localhost` at each call.
fn write_pair(certificate: &std::path::Path, key: &std::path::Path) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(certificate, made.cert.pem()).unwrap();
}

fn read_certificate(path: &std::path::Path) -> CertificateDer<'static> {
    rustls::pki_types::pem::PemObject::from_pem_file(path).unwrap()
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_up_and_a_bad_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let (console, path, key) = with_files(directory.path()).await;
    let first = read_certificate(&path);
    connect(&console, &first, "h2").await.unwrap();
    let good = std::fs::read(&path).unwrap();
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\ndamaged").unwrap();
    tokio::time::sleep(LOOK_EVERY + Duration::from_secs(2)).await;
    connect(&console, &first, "h2").await.expect("the old one stays");
    std::fs::write(&path, good).unwrap();
    write_pair(&path, &key);
    let second = read_certificate(&path);
    assert_ne!(first, second);
    crate::fleet_support::until("the new certificate", async || {
        connect(&console, &second, "h2").await.ok().map(drop)
    })
    .await;
    connect(&console, &first, "h2").await.unwrap_err();
    console.shut_down().await;
}

#[tokio::test]
async fn who_does_not_read_is_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let site = write_site(&directory.path().join("site"));
    // More than both kernels buffer.
    const LARGE: usize = 32 * 1024 * 1024;
    std::fs::write(site.join("app.0123456789abcdef.js"), vec![b'/'; LARGE]).unwrap();
    let console = Console::start(config(directory.path()), Clock::system()).await.unwrap();
    let ask = b"GET /assets/app.0123456789abcdef.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut reader = TcpStream::connect(console.pages()).await.unwrap();
    reader.write_all(ask).await.unwrap();
    let mut whole = Vec::new();
    reader.read_to_end(&mut whole).await.unwrap();
    assert!(whole.len() > LARGE, "who reads gets all of it: {}", whole.len());
    let mut stalled = TcpStream::connect(console.pages()).await.unwrap();
    stalled.write_all(ask).await.unwrap();
    tokio::time::sleep(Duration::from_secs(35)).await;
    let mut rest = Vec::new();
    let _cut = stalled.read_to_end(&mut rest).await;
    assert!(rest.len() < LARGE, "still served after 35 s");
    console.shut_down().await;
}
