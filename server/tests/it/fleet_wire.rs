//! What no agent of ours would say, and consoles that are not ours.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agent::disk::{Identity, PrivateKey, State};
use bytes::Bytes;
use model::{Cluster, Desired, DirectorId, Generation, MachineRole, Name, SpecHash};
use protocol::wire::agent_message::Kind as Say;
use protocol::wire::console_message::Kind as Hear;
use protocol::wire::fleet_client::FleetClient;
use protocol::wire::fleet_server::{Fleet as FleetService, FleetServer};
use protocol::wire::refusal::Kind;
use protocol::{CONSOLE_NAME, MAX_AGENT_MESSAGE, Observed, PROTOCOL, Parts, Phase, wire};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::PrivateKeyDer;
use server::ca::Terms;
use server::fleet::Options;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::{Code, Request, Response, Status, Streaming};
use tower::{Service as _, ServiceExt as _};

use crate::fleet_support::{
    FleetApp, PATIENCE, Raw, TestAgent, apply, channel, hello, identity, operator, saying, until,
};

async fn raw(app: &FleetApp) -> (DirectorId, Identity) {
    let (_, director, token) = app.one_of_each().await;
    (director, identity(app, &token).await)
}

// === to the console ===

#[tokio::test]
async fn a_session_needs_a_certificate_of_our_ca() {
    let (app, other) = (FleetApp::start().await, FleetApp::start().await);
    let (_, foreign) = raw(&other).await;
    raw(&app).await;
    let session = async |identity: Option<&Identity>| {
        let channel = channel(app.fleet.address(), app.ca.certificate(), identity).await?;
        let said = tokio_stream::iter([saying(Say::Hello(hello()))]);
        FleetClient::new(channel).session(said).await.map_err(io::Error::other).map(drop)
    };
    let none = session(None).await.unwrap_err().downcast::<Status>().unwrap();
    assert_eq!(none.code(), Code::Unauthenticated, "{none}");
    session(Some(&foreign)).await.unwrap_err();
}

#[tokio::test]
async fn the_enrolments_desk_is_not_open_for_sessions_and_the_other_way_round() {
    let app = FleetApp::start().await;
    let channel = channel(app.fleet.address(), app.ca.certificate(), None).await.unwrap();
    let mut client = wire::enrolment_client::EnrolmentClient::new(channel);
    let refused =
        client.enroll(wire::EnrollRequest { protocol: PROTOCOL, ..Default::default() }).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn another_protocol_is_refused_in_words_and_the_console_shows_it() {
    let app = FleetApp::start().await;
    let (director, identity) = raw(&app).await;
    for (protocol, whom) in [(PROTOCOL + 1, "upgrade the console"), (0, "upgrade the agent")] {
        let other = wire::Hello { protocol, ..hello() };
        let refusal = Raw::connect(&app, &identity, other).await.unwrap().refusal().await;
        assert_eq!(refusal.kind(), Kind::Protocol);
        assert!(refusal.text.contains(whom), "{}", refusal.text);
        let state = app.fleet.director(director);
        assert!(!state.connected);
        assert_eq!(state.refusal.as_deref(), Some(refusal.text.as_str()));
    }
    Raw::welcomed(&app, &identity).await;
    assert_eq!(app.fleet.director(director).refusal, None);
}

/// An agent of an older version takes every machine for a director.
#[tokio::test]
async fn an_agent_that_would_play_another_part_is_refused() {
    let app = FleetApp::start().await;
    let (cluster, ..) = app.one_of_each().await;
    let (server, token) = app.machine(cluster, "real1", MachineRole::RealServer).await;
    let identity = identity(&app, &token).await;
    assert_eq!(identity.role, MachineRole::RealServer);
    let refusal = Raw::connect(&app, &identity, hello()).await.unwrap().refusal().await;
    assert_eq!(refusal.kind(), Kind::Protocol);
    assert!(
        refusal.text.contains("added as a real-server, and its agent acts as a director"),
        "{}",
        refusal.text
    );
    let strange = wire::Hello { role: 7, ..hello() };
    let refusal = Raw::connect(&app, &identity, strange).await.unwrap().refusal().await;
    assert_eq!(refusal.kind(), Kind::Malformed);
    assert!(!app.fleet.director(server).connected);

    let right = wire::Hello { role: wire::Role::RealServer.into(), ..hello() };
    let mut raw = Raw::connect(&app, &identity, right).await.unwrap();
    let first = raw.next().await;
    assert!(
        matches!(&first, Some(Hear::Welcome(welcome)) if welcome.role() == wire::Role::RealServer),
        "{first:?}"
    );
    // It gets the cluster's desired state as directors do.
    assert!(matches!(raw.next().await, Some(Hear::Desired(_))));
    app.connected(server).await;
}

#[tokio::test]
async fn what_cannot_be_ends_the_session_with_words() {
    let app = FleetApp::start().await;
    let (director, identity) = raw(&app).await;
    let observed = || wire::Observed::from(&Observed::nothing(1));
    let unknown_phase = Say::Observed(wire::Observed { phase: 99, ..observed() });
    let short_hash = Say::Observed(wire::Observed { hash: vec![1], ..observed() });
    let long_text = Say::Observed(wire::Observed { error: "x".repeat(10_000), ..observed() });
    let no_counters =
        Say::Stats(wire::Stats { entries: vec![wire::StatsEntry::default()], ..Default::default() });
    let bad_row = Say::Connections(wire::ConnectionsAnswer {
        rows: vec![wire::Connection { protocol: "icmp".into(), ..Default::default() }],
        ..Default::default()
    });
    let bad_request = Say::Renew(wire::RenewRequest { csr: vec![1, 2, 3] });
    for (said, words) in [
        (unknown_phase, "`phase` has the unknown value 99"),
        (short_hash, "`hash` has 1 bytes"),
        (long_text, "`error` has 10000"),
        (no_counters, "`total` is missing"),
        (bad_row, "neither tcp, udp nor sctp"),
        (bad_request, "certificate request"),
        (Say::Hello(hello()), "a second hello"),
    ] {
        let mut raw = Raw::welcomed(&app, &identity).await;
        raw.say(said).await;
        let refusal = raw.refusal().await;
        assert_eq!(refusal.kind(), Kind::Malformed);
        assert!(refusal.text.contains(words), "{}", refusal.text);
        app.disconnected(director).await;
        assert_eq!(app.fleet.director(director).refusal.as_deref(), Some(refusal.text.as_str()));
    }
    // A kind of message that this version does not know is no reason to end anything.
    let raw = Raw::welcomed(&app, &identity).await;
    raw.say.send(wire::AgentMessage { kind: None }).await.unwrap();
    raw.say(Say::Observed(observed())).await;
    app.reported(director, Phase::Nothing).await;
    let Raw { say, mut heard } = raw;
    drop(say);
    until("the end", async || heard.message().await.ok().flatten().is_none().then_some(())).await;
}

#[tokio::test]
async fn a_hello_with_half_a_hash_is_refused() {
    let app = FleetApp::start().await;
    let (director, identity) = raw(&app).await;
    for hash in [vec![1; 16], vec![1; 33], vec![1; 1024 * 1024]] {
        let odd = wire::Hello { generation: 1, hash, ..hello() };
        let refusal = Raw::connect(&app, &identity, odd).await.unwrap().refusal().await;
        assert_eq!(refusal.kind(), Kind::Malformed);
        assert!(refusal.text.contains("`hash` has"), "{}", refusal.text);
        assert!(!app.fleet.director(director).connected);
    }
}

#[tokio::test]
async fn the_programs_of_a_director_are_those_that_it_names() {
    let app = FleetApp::start().await;
    let (director, identity) = raw(&app).await;
    let programs = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Some(wire::CheckPrograms { directory: "/etc/arapaima/checks".into(), names })
    };
    let odd = wire::Hello { check_programs: programs(&["a"; 257]), ..hello() };
    assert_eq!(Raw::connect(&app, &identity, odd).await.unwrap().refusal().await.kind(), Kind::Malformed);
    let named = wire::Hello { check_programs: programs(&["check-http", "../sh"]), ..hello() };
    let _session = Raw::connect(&app, &identity, named).await.unwrap();
    app.connected(director).await;
    let programs = app.fleet.director(director).programs.unwrap();
    let names: Vec<_> = programs.names.iter().map(ToString::to_string).collect();
    assert_eq!((programs.directory.as_str(), names), ("/etc/arapaima/checks", vec!["check-http".to_owned()]));
}

#[tokio::test]
async fn a_deleted_director_is_forgotten() {
    let app = FleetApp::start().await;
    let (cluster, director, token) = app.one_of_each().await;
    let identity = identity(&app, &token).await;
    let _session = Raw::welcomed(&app, &identity).await;
    app.connected(director).await;
    app.store.delete_cluster(&operator(), cluster, None).await.unwrap();
    let forgotten = || app.fleet.director(director) == server::fleet::DirectorState::default();
    until("forgotten", async || forgotten().then_some(())).await;
    // Who comes back with its certificate is told so each time, and remembered none of it.
    let refusal = Raw::connect(&app, &identity, hello()).await.unwrap().refusal().await;
    assert_eq!(refusal.kind(), Kind::UnknownDirector);
    until("forgotten again", async || forgotten().then_some(())).await;
}

#[tokio::test]
async fn the_first_message_must_be_a_hello() {
    let app = FleetApp::start().await;
    let (director, identity) = raw(&app).await;
    let channel = channel(app.fleet.address(), app.ca.certificate(), Some(&identity)).await.unwrap();
    let (say, said) = mpsc::channel(4);
    say.send(saying(Say::Pong(wire::Pong { nonce: 1 }))).await.unwrap();
    let heard = FleetClient::new(channel).session(ReceiverStream::new(said)).await.unwrap().into_inner();
    let refusal = Raw { say, heard }.refusal().await;
    assert!(refusal.text.contains("must be a hello"), "{}", refusal.text);
    assert!(!app.fleet.director(director).connected);
}

#[tokio::test]
async fn an_oversized_message_ends_the_session_before_it_is_read() {
    let app = FleetApp::start().await;
    let (director, identity) = raw(&app).await;
    let mut raw = Raw::welcomed(&app, &identity).await;
    let csr = vec![0; MAX_AGENT_MESSAGE];
    raw.say(Say::Renew(wire::RenewRequest { csr })).await;
    let refusal = raw.refusal().await;
    assert_eq!(refusal.kind(), Kind::Malformed);
    assert!(refusal.text.contains("too large"), "{}", refusal.text);
    app.disconnected(director).await;
}

/// Sends these very bytes as the request's body and reads what comes back.
async fn send_bytes(app: &FleetApp, identity: &Identity, body: String) -> http::Response<Body> {
    let mut channel = channel(app.fleet.address(), app.ca.certificate(), Some(identity)).await.unwrap();
    let request = http::Request::post("http://console/arapaima.agent.v1.Fleet/Session")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(body))
        .unwrap();
    channel.ready().await.unwrap().call(request).await.unwrap()
}

#[tokio::test]
async fn truncated_messages_and_noise_do_no_harm() {
    let app = FleetApp::start().await;
    let (director, identity) = raw(&app).await;
    for body in [
        // A frame that announces 16 bytes and has two.
        "\0\0\0\0\x10\x0a\x02",
        // A frame whose protobuf ends in the middle of a field.
        "\0\0\0\0\x02\x0a\x7f",
        // Half a frame's head.
        "\0\0\0",
        // A frame that says it is compressed.
        "\x01\0\0\0\x01x",
        // Four gigabytes are announced, nearly.
        "\0\x7f\x7f\x7f\x7f",
        "noise",
        "",
    ] {
        let answer = send_bytes(&app, &identity, body.to_owned()).await;
        let read = tokio::time::timeout(PATIENCE, read_all(answer)).await;
        assert!(read.is_ok(), "{body:?}: the session ends");
        assert!(!app.fleet.director(director).connected, "{body:?}");
    }
    Raw::welcomed(&app, &identity).await;
}

async fn read_all(answer: http::Response<Body>) {
    use tonic::codegen::Body as _;
    let mut body = Box::pin(answer.into_body());
    while let Some(Ok(_)) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {}
}

#[tokio::test]
async fn an_agent_that_falls_silent_is_taken_for_dead() {
    let options = Options {
        heartbeat: Duration::from_millis(100),
        silence: Duration::from_millis(600),
        ..Options::default()
    };
    let app = FleetApp::start_with(Terms::default(), options).await;
    let (director, identity) = raw(&app).await;
    let mut raw = Raw::welcomed(&app, &identity).await;
    // As long as it answers, it lives.
    for _ in 0..10 {
        let nonce = until("a ping", async || match raw.next().await {
            Some(Hear::Ping(ping)) => Some(ping.nonce),
            _ => None,
        });
        let nonce = nonce.await;
        raw.say(Say::Pong(wire::Pong { nonce })).await;
    }
    assert!(app.fleet.director(director).connected);
    app.disconnected(director).await;
    until("the end", async || raw.next().await.is_none().then_some(())).await;
}

#[tokio::test]
async fn a_second_connection_takes_the_place_of_the_first() {
    let app = FleetApp::start().await;
    let (director, identity) = raw(&app).await;
    let mut first = Raw::welcomed(&app, &identity).await;
    let mut second = Raw::welcomed(&app, &identity).await;
    let refusal = first.refusal().await;
    assert_eq!(refusal.kind(), Kind::Replaced);
    let state = app.fleet.director(director);
    assert!(state.connected && state.refusal.is_none(), "{state:?}");
    second.say(Say::Observed((&Observed::nothing(7)).into())).await;
    assert_eq!(app.reported(director, Phase::Nothing).await.at_ms, 7);
    app.fleet.revoked(director);
    assert_eq!(second.refusal().await.kind(), Kind::Revoked);
}

#[tokio::test]
async fn a_slow_agent_gets_the_newest_revision_and_costs_nothing_until_then() {
    let app = FleetApp::start().await;
    let (cluster, director, token) = app.one_of_each().await;
    let identity = identity(&app, &token).await;
    // Larger than the client's window: the second one cannot be sent before the first has been read.
    app.store
        .edit_draft(&operator(), cluster, None, "notes", |editing| {
            crate::fleet_many::fill(editing, 400);
            Ok(())
        })
        .await
        .unwrap();
    apply(&app.store, cluster).await;
    let mut raw = Raw::connect(&app, &identity, hello()).await.unwrap();
    app.connected(director).await;
    for _ in 0..30 {
        app.apply(cluster).await;
    }
    let newest = app.store.latest_revision(cluster).await.unwrap().unwrap();
    assert!(newest.json.len() > 100_000, "{}", newest.json.len());
    let mut got = Vec::new();
    while got.last() != Some(&newest.generation.0) {
        match raw.next().await.expect("the newest") {
            Hear::Desired(desired) if desired.offset == 0 => got.push(desired.generation),
            Hear::Desired(_) => {}
            Hear::Welcome(_) | Hear::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(got.len() < 10 && got.is_sorted(), "{got:?}");
}

#[tokio::test]
async fn a_director_that_was_deleted_is_unknown() {
    let app = FleetApp::start().await;
    let (cluster, _, token) = app.one_of_each().await;
    let identity = identity(&app, &token).await;
    let mut raw = Raw::welcomed(&app, &identity).await;
    app.store.delete_cluster(&operator(), cluster, None).await.unwrap();
    assert_eq!(raw.refusal().await.kind(), Kind::UnknownDirector);
    let refusal = Raw::connect(&app, &identity, hello()).await.unwrap().refusal().await;
    assert_eq!(refusal.kind(), Kind::UnknownDirector);
}

#[tokio::test]
async fn an_expired_certificate_opens_nothing() {
    let short = Terms { director: Duration::from_secs(5), backdate: Duration::ZERO, ..Terms::default() };
    let app = FleetApp::start_with(short, Options::default()).await;
    let (_, identity) = raw(&app).await;
    let mut raw = Raw::welcomed(&app, &identity).await;
    let refusal = raw.refusal().await;
    assert!(refusal.text.contains("expired"), "{}", refusal.text);
    // TLS counts in whole seconds.
    until("refused by TLS", async || {
        let channel = channel(app.fleet.address(), app.ca.certificate(), Some(&identity)).await.ok();
        let Some(channel) = channel else { return Some(()) };
        let said = tokio_stream::iter([saying(Say::Hello(hello()))]);
        FleetClient::new(channel).session(said).await.is_err().then_some(())
    })
    .await;
}

// === to the agent ===

/// A console that says what the test wants.
struct Imposter {
    identity: Identity,
    sessions: Arc<AtomicUsize>,
    heard: mpsc::Receiver<wire::AgentMessage>,
    say: Arc<tokio::sync::Mutex<mpsc::Receiver<wire::ConsoleMessage>>>,
    saying: mpsc::Sender<wire::ConsoleMessage>,
}

struct Script {
    sessions: Arc<AtomicUsize>,
    heard: mpsc::Sender<wire::AgentMessage>,
    say: Arc<tokio::sync::Mutex<mpsc::Receiver<wire::ConsoleMessage>>>,
}

#[tonic::async_trait]
impl FleetService for Script {
    type SessionStream = ReceiverStream<Result<wire::ConsoleMessage, Status>>;

    async fn session(
        &self,
        request: Request<Streaming<wire::AgentMessage>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        self.sessions.fetch_add(1, Ordering::Relaxed);
        let (out, stream) = mpsc::channel(16);
        let (heard, say) = (self.heard.clone(), Arc::clone(&self.say));
        let mut messages = request.into_inner();
        tokio::spawn(async move {
            let mut say = say.lock().await;
            loop {
                tokio::select! {
                    message = messages.message() => match message {
                        Ok(Some(message)) => { let _unheard = heard.try_send(message); }
                        _ => return,
                    },
                    Some(message) = say.recv() => if out.send(Ok(message)).await.is_err() { return },
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

impl Imposter {
    /// With a CA of its own, and an agent's identity that trusts it.
    async fn start() -> Self {
        let ca_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(params, ca_key);
        let key = KeyPair::generate().unwrap();
        let console =
            CertificateParams::new(vec![CONSOLE_NAME.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let own = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().signed_by(&own, &issuer).unwrap();

        let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (behind, sessions) = (plain.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let (hear, heard) = mpsc::channel(64);
        let (saying, say) = mpsc::channel(64);
        let say = Arc::new(tokio::sync::Mutex::new(say));
        let script = Script { sessions: Arc::clone(&sessions), heard: hear, say: Arc::clone(&say) };
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(plain);
        let server = tonic::transport::Server::builder().add_service(FleetServer::new(script));
        tokio::spawn(async move { server.serve_with_incoming(incoming).await.unwrap() });

        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![console.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let address = terminate_tls(config, behind).await;
        let identity = Identity {
            director: DirectorId(1),
            name: "vs1".into(),
            role: MachineRole::Director,
            console: address.to_string(),
            key: PrivateKey::new(own.serialize_der()),
            certificate: certificate.der().clone(),
            ca: ca.der().clone(),
            enrolment: [1; 32],
        };
        Self { identity, sessions, heard, say, saying }
    }

    async fn say(&self, kind: Hear) {
        self.saying.send(wire::ConsoleMessage { kind: Some(kind) }).await.unwrap();
    }

    async fn welcome(&self) {
        self.say(Hear::Welcome(wire::Welcome { protocol: PROTOCOL, director_id: 1, ..Default::default() }))
            .await;
    }

    async fn report(&mut self, wanted: impl Fn(&Observed) -> bool) -> Observed {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.heard.recv()).await.unwrap().unwrap();
            if let Some(Say::Observed(observed)) = message.kind {
                let observed = Observed::try_from(observed).unwrap();
                if wanted(&observed) {
                    return observed;
                }
            }
        }
    }

    fn agent(&self, directory: &std::path::Path) -> TestAgent {
        let state = State::open(&directory.join("state")).unwrap();
        state.store_identity(self.identity.clone()).unwrap();
        TestAgent::run(Arc::new(state))
    }
}

async fn terminate_tls(config: ServerConfig, to: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut near) = acceptor.accept(tcp).await else { return };
                let mut far = TcpStream::connect(to).await.unwrap();
                // Ends when either side does.
                let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn an_agent_leaves_a_console_of_another_protocol() {
    for first in [
        Hear::Welcome(wire::Welcome { protocol: PROTOCOL + 1, director_id: 1, ..Default::default() }),
        Hear::Refusal(wire::Refusal { kind: Kind::Protocol.into(), text: "upgrade the agent".into() }),
        Hear::Welcome(wire::Welcome { protocol: PROTOCOL, director_id: 2, ..Default::default() }),
    ] {
        let console = Imposter::start().await;
        let directory = tempfile::tempdir().unwrap();
        console.say(first.clone()).await;
        console.say(first).await;
        let agent = console.agent(directory.path());
        until("a session", async || (console.sessions.load(Ordering::Relaxed) == 1).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(console.sessions.load(Ordering::Relaxed), 1, "it does not dial again soon");
        assert_eq!(agent.generation(), 0);
        agent.stop().await;
    }
}

#[tokio::test]
async fn an_agent_takes_nothing_that_was_damaged_on_the_way() {
    let mut console = Imposter::start().await;
    let directory = tempfile::tempdir().unwrap();
    let agent = console.agent(directory.path());
    console.welcome().await;
    console.report(|observed| observed.phase == Phase::Nothing).await;

    let cluster = Cluster::new(Name::parse("shop").unwrap());
    let spec = Bytes::from(Desired { running: true, cluster }.canonical());
    let whole = |spec: &Bytes| Parts::new(Generation(1), SpecHash::of(spec), spec.clone()).next().unwrap();
    let good = whole(&spec);
    let wrong_hash = wire::Desired { hash: vec![1; 32], ..good.clone() };
    let changed = Bytes::from([&spec[..spec.len() - 1], b" "].concat());
    let changed = wire::Desired { spec: changed, ..good.clone() };
    let stray = wire::Desired { offset: 7, ..good.clone() };
    let nonsense = whole(&Bytes::from_static(b"{}"));
    let bad =
        [(stray, "out of place"), (wrong_hash, "hash"), (changed, "hash"), (nonsense, "cannot be read")];
    for (bad, words) in bad {
        console.say(Hear::Desired(bad)).await;
        let refused = |observed: &Observed| {
            observed.phase == Phase::Refused
                && observed.error.as_ref().is_some_and(|error| error.contains(words))
        };
        console.report(refused).await;
        assert_eq!((agent.generation(), agent.state.desired()), (0, None));
    }
    console.say(Hear::Desired(good)).await;
    let report = console.report(|observed| observed.phase == Phase::Verified).await;
    assert_eq!((report.generation, report.error), (Generation(1), None));
    assert_eq!(agent.state.desired().unwrap().generation, Generation(1));
    agent.stop().await;
    drop(console.say);
}

#[tokio::test]
async fn a_console_that_talks_nonsense_is_left_and_tried_again() {
    let mut console = Imposter::start().await;
    let directory = tempfile::tempdir().unwrap();
    let agent = console.agent(directory.path());
    // No welcome first.
    console.say(Hear::Ping(wire::Ping { nonce: 1 })).await;
    until("another attempt", async || (console.sessions.load(Ordering::Relaxed) >= 2).then_some(())).await;
    console.welcome().await;
    console.report(|_| true).await;
    // A certificate that nobody asked for, and a query that means nothing, change nothing.
    console.say(Hear::Renewed(wire::RenewResponse { certificate: vec![1], ca_certificate: vec![2] })).await;
    console
        .say(Hear::Connections(wire::ConnectionsQuery {
            query_id: 5,
            client: "nowhere".into(),
            ..Default::default()
        }))
        .await;
    let answer = loop {
        match tokio::time::timeout(PATIENCE, console.heard.recv()).await.unwrap().unwrap().kind {
            Some(Say::Connections(answer)) => break answer,
            _ => continue,
        }
    };
    assert_eq!(answer.query_id, 5);
    assert!(answer.error.contains("client"), "{}", answer.error);
    assert_eq!(*agent.state.identity().unwrap(), console.identity);
    agent.stop().await;
}
