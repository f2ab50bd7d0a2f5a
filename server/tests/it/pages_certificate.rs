//! The pages' certificate, uploaded and made anew in the browser. Over TLS, by hand: the tests' browser speaks none.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use server::config::Tls;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::{PASSWORD, TestApp, USER};

/// Somebody who trusts one certificate, with a session.
struct Visitor<'a> {
    app: &'a TestApp,
    trusted: CertificateDer<'static>,
    cookie: String,
}

impl Visitor<'_> {
    async fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> std::io::Result<String> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.trusted.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client =
            rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let client = client.unwrap().with_root_certificates(roots).with_no_client_auth();
        let tcp = TcpStream::connect(self.app.address()).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(client)).connect(name, tcp).await?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            self.cookie,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        let _cut = stream.read_to_end(&mut answer).await;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    async fn upload(&self, certificate: &str, key: &str) -> String {
        let part = |name: &str, text: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"\"\r\n\r\n{text}\r\n")
        };
        let pasted = |name: &str, text: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let body = [
            part("certificate_file", ""),
            pasted("certificate_text", certificate),
            part("key_file", key),
            "--b--\r\n".to_owned(),
        ];
        self.ask("POST", "/settings/certificate", "multipart/form-data; boundary=b", &body.concat())
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_certificate_is_checked_taken_up_and_given_back() {
    let app = TestApp::start_with(|config| config.tls = Tls::Own).await;
    app.add_user(USER, PASSWORD).await;
    let data = app.state().config.data.clone();
    let own = CertificateDer::from_pem_file(data.join("pages.pem")).unwrap();
    let mut ada = Visitor { app: &app, trusted: own.clone(), cookie: String::new() };
    let form = "application/x-www-form-urlencoded";
    let login = format!("name={USER}&password={}", PASSWORD.replace(' ', "+"));
    let answer = ada.ask("POST", "/login", form, &login).await.unwrap();
    let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    ada.cookie = cookies.collect::<Vec<_>>().join("; ");
    let page = ada.ask("GET", "/settings", form, "").await.unwrap();
    assert!(page.contains("The console has made it") && page.contains("localhost"), "{page}");

    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let refused = ada.upload(&pem, &other.signing_key.serialize_pem()).await;
    assert!(refused.starts_with("HTTP/1.1 422") && refused.contains("does not belong"), "{refused}");
    assert!(refused.contains("BEGIN CERTIFICATE"), "what was pasted is still there");
    assert!(!refused.contains("BEGIN PRIVATE KEY"), "and the key is not shown");
    assert!(!data.join("pages-uploaded.pem").exists());

    let taken = ada.upload(&pem, &key).await;
    assert!(taken.starts_with("HTTP/1.1 303"), "{taken}");
    ada.ask("GET", "/settings", form, "").await.unwrap_err();
    ada.trusted = made.cert.der().clone();
    let page = ada.ask("GET", "/settings", form, "").await.unwrap();
    assert!(page.contains("Uploaded here"), "{page}");
    let back = ada.ask("POST", "/settings/certificate/withdraw", form, "").await.unwrap();
    assert!(back.starts_with("HTTP/1.1 303"), "{back}");
    ada.trusted = own;
    ada.ask("GET", "/settings", form, "").await.unwrap();
    ada.ask("POST", "/settings/certificate/renew", form, "").await.unwrap();
    ada.ask("GET", "/settings", form, "").await.unwrap_err();
    ada.trusted = CertificateDer::from_pem_file(data.join("pages.pem")).unwrap();
    ada.ask("GET", "/settings", form, "").await.unwrap();
    let audited = app.audited().await;
    let last = audited.iter().rev().take(3).rev().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(last, ["certificate.upload", "certificate.withdraw", "certificate.renew"]);
}
