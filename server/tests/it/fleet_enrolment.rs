//! Becoming a director.

use std::time::Duration;

use agent::disk::State;
use agent::enrol::{EnrolError, enrol};
use agent::link::DialError;
use model::DirectorId;
use protocol::wire::EnrollRequest;
use protocol::wire::enrolment_client::EnrolmentClient;
use protocol::wire::refusal::Kind;
use protocol::{DIRECTOR_URI, PROTOCOL, SpkiHash, Token};
use rcgen::{CertificateParams, KeyPair, SanType};
use server::ca::holder;
use tonic::{Code, Status};

use crate::fleet_support::{FleetApp, Raw, TestAgent, channel, hello, identity, operator, until};

async fn refused(app: &FleetApp, token: &Token) -> String {
    match enrol(&app.address(), token).await {
        Err(EnrolError::Refused(words)) => words,
        other => panic!("{other:?}"),
    }
}

fn csr(names: Vec<SanType>) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.subject_alt_names = names;
    params.serialize_request(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

/// Enrols by hand.
async fn raw(app: &FleetApp, request: EnrollRequest) -> Result<protocol::wire::EnrollResponse, Status> {
    let channel = channel(app.fleet.address(), app.ca.certificate(), None).await.unwrap();
    let mut client = EnrolmentClient::new(channel);
    client.enroll(request).await.map(tonic::Response::into_inner)
}

fn request(token: &Token, csr: Vec<u8>) -> EnrollRequest {
    EnrollRequest { protocol: PROTOCOL, token: token.secret.text(), csr, agent_version: "test".into() }
}

#[tokio::test]
async fn a_token_makes_a_director_once() {
    let app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    let identity = identity(&app, &token).await;
    assert_eq!((identity.director, identity.name.as_str()), (director, "vs1"));
    assert_eq!(identity.ca, *app.ca.certificate());
    let recorded = app.store.director(director).await.unwrap();
    assert_eq!(recorded.fingerprint, holder(&identity.certificate).map(|holder| holder.fingerprint));
    let words = refused(&app, &token).await;
    assert!(words.contains("used already"), "{words}");
    assert_eq!(app.store.director(director).await.unwrap().fingerprint, recorded.fingerprint);
}

#[tokio::test]
async fn of_many_at_the_same_moment_one_gets_in() {
    let app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    let address = app.address();
    let attempts: Vec<_> = (0..8)
        .map(|_| {
            let (address, token) = (address.clone(), token.clone());
            tokio::spawn(async move { enrol(&address, &token).await })
        })
        .collect();
    let mut enrolled = Vec::new();
    for attempt in attempts {
        enrolled.extend(attempt.await.unwrap().ok());
    }
    assert_eq!(enrolled.len(), 1);
    let fingerprint = app.store.director(director).await.unwrap().fingerprint;
    assert_eq!(fingerprint, holder(&enrolled[0].certificate).map(|holder| holder.fingerprint));
}

#[tokio::test]
async fn a_token_is_good_for_an_hour_and_only_the_newest_is() {
    let app = FleetApp::start().await;
    let (_, director, first) = app.one_of_each().await;
    let second = app.fleet.new_token(&operator(), director).await.unwrap();
    assert!(refused(&app, &first).await.contains("not known"));
    app.advance(Duration::from_secs(3601));
    assert!(refused(&app, &second).await.contains("too old"));
    assert_eq!(app.store.director(director).await.unwrap().fingerprint, None);
}

#[tokio::test]
async fn the_tokens_secret_is_not_given_to_another_console() {
    let (app, other) = (FleetApp::start().await, FleetApp::start().await);
    let (_, _, token) = app.one_of_each().await;
    // The token is sent to the wrong console, or somebody stands in between.
    let error = enrol(&other.address(), &token).await.unwrap_err();
    assert!(matches!(error, EnrolError::Dial(DialError::Untrusted { .. })), "{error:?}");
    assert!(error.to_string().contains("not the console that made this token"), "{error}");
    let wrong_pin = Token { spki: SpkiHash::of(b"another key"), ..token.clone() };
    enrol(&app.address(), &wrong_pin).await.unwrap_err();
    // Nothing was used up.
    enrol(&app.address(), &token).await.unwrap();
}

#[tokio::test]
async fn who_somebody_is_comes_from_the_token_and_not_from_the_request() {
    let app = FleetApp::start().await;
    let (cluster, first, _) = app.one_of_each().await;
    let (second, token) = app.director(cluster, "vs2").await;
    let pretended = SanType::URI(format!("{DIRECTOR_URI}{first}").try_into().unwrap());
    let answer = raw(&app, request(&token, csr(vec![pretended]))).await.unwrap();
    assert_eq!(DirectorId(answer.director_id), second);
    assert_eq!(holder(&answer.certificate.into()).map(|holder| holder.director), Some(second));
    assert_eq!(app.store.director(first).await.unwrap().fingerprint, None);
}

#[tokio::test]
async fn bad_requests_are_refused_in_words_and_use_nothing_up() {
    let app = FleetApp::start().await;
    let (_, _, token) = app.one_of_each().await;
    let good = request(&token, csr(Vec::new()));
    let check = async |bad: EnrollRequest, code: Code, words: &str| {
        let status = raw(&app, bad).await.unwrap_err();
        assert_eq!(status.code(), code, "{status}");
        assert!(status.message().contains(words), "{status}");
    };
    let newer = EnrollRequest { protocol: PROTOCOL + 1, ..good.clone() };
    check(newer, Code::FailedPrecondition, "upgrade the console").await;
    check(EnrollRequest { protocol: 0, ..good.clone() }, Code::FailedPrecondition, "upgrade the agent").await;
    check(EnrollRequest { token: "x".into(), ..good.clone() }, Code::PermissionDenied, "not known").await;
    let cut = good.csr[..good.csr.len() - 1].to_vec();
    check(EnrollRequest { csr: cut, ..good.clone() }, Code::InvalidArgument, "cannot be read").await;
    check(EnrollRequest { csr: Vec::new(), ..good.clone() }, Code::InvalidArgument, "cannot be read").await;
    check(EnrollRequest { csr: vec![0; 5000], ..good.clone() }, Code::InvalidArgument, "5000 bytes").await;
    check(EnrollRequest { csr: vec![0; 20_000], ..good.clone() }, Code::OutOfRange, "too large").await;
    raw(&app, good).await.unwrap();
}

#[tokio::test]
async fn strangers_are_slowed_down_and_come_again_later() {
    let app = FleetApp::start().await;
    let (_, _, token) = app.one_of_each().await;
    let wrong = EnrollRequest { token: "AA".into(), ..request(&token, csr(Vec::new())) };
    for _ in 0..10 {
        assert_eq!(raw(&app, wrong.clone()).await.unwrap_err().code(), Code::PermissionDenied);
    }
    let status = raw(&app, wrong).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("try again in"), "{status}");
    assert!(refused(&app, &token).await.contains("too many"));
    app.advance(Duration::from_secs(7));
    enrol(&app.address(), &token).await.unwrap();
}

#[tokio::test]
async fn enrolling_anew_shuts_the_earlier_certificate_out() {
    let app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    let before = identity(&app, &token).await;
    let mut session = Raw::welcomed(&app, &before).await;
    let token = app.fleet.new_token(&operator(), director).await.unwrap();
    let after = identity(&app, &token).await;
    let refusal = session.refusal().await;
    assert_eq!(refusal.kind(), Kind::Revoked);
    assert!(refusal.text.contains("enrolled anew"), "{}", refusal.text);
    let refusal = Raw::connect(&app, &before, hello()).await.unwrap().refusal().await;
    assert_eq!(refusal.kind(), Kind::Revoked);
    Raw::welcomed(&app, &after).await;
}

#[tokio::test]
async fn an_agent_enrols_anew_only_with_another_token() {
    let app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let agent = TestAgent::enrol(&path, &app.address(), &token).await;
    agent.has(1).await;
    let first = agent.state.identity().unwrap();
    agent.stop().await;

    // The service's command line still has the used token.
    let agent = TestAgent::enrol(&path, &app.address(), &token).await;
    assert_eq!(agent.state.identity().unwrap(), first);
    agent.stop().await;

    app.store.revoke_director(&operator(), director).await.unwrap();
    let token = app.fleet.new_token(&operator(), director).await.unwrap();
    let agent = TestAgent::enrol(&path, &app.address(), &token).await;
    assert_ne!(agent.state.identity().unwrap(), first);
    app.connected(director).await;
    agent.has(1).await;
    agent.stop().await;
}

#[tokio::test]
async fn without_identity_and_token_there_is_nothing_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let state = State::open(&directory.path().join("state")).unwrap();
    let error = agent::enrol::ready(&state.into(), Some("127.0.0.1:1"), None).await.unwrap_err();
    assert!(error.to_string().contains("--token"), "{error}");
}

#[tokio::test]
async fn an_agent_that_starts_before_its_console_waits_for_it() {
    let mut app = FleetApp::start().await;
    let (_, director, token) = app.one_of_each().await;
    app.stop().await;
    let directory = tempfile::tempdir().unwrap();
    let (path, address) = (directory.path().join("state"), app.address());
    let agent = tokio::spawn(async move { TestAgent::enrol(&path, &address, &token).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!agent.is_finished());
    app.start_again().await;
    let agent = agent.await.unwrap();
    until("connected", async || app.fleet.director(director).connected.then_some(())).await;
    agent.stop().await;
}
