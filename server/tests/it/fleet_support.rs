//! A console's agents' side without its pages, real agents' links with a stub for the rest of the agent, and a raw client
//! that can say what no agent would.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent::disk::{DiskError, Identity, State};
use agent::link::{self, Ports, Reports};
use async_trait::async_trait;
use hyper_util::rt::TokioIo;
use model::{ClusterId, DirectorId, MachineRole, Name};
use protocol::wire::agent_message::Kind as Say;
use protocol::wire::console_message::Kind as Hear;
use protocol::wire::fleet_client::FleetClient;
use protocol::{
    Accepted, CONSOLE_NAME, ConnectionsAnswer, ConnectionsQuery, DataPlaneFacts, Observed, PROTOCOL, Phase,
    Stats, Token, wire,
};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use server::ca::{Ca, Terms};
use server::clock::{Clock, now_ms};
use server::fleet::{Fleet, Options};
use server::store::{Actor, Revision, Store};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};

/// Nothing here takes so long; a machine under load may.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Polls until `condition` gives something.
pub(crate) async fn until<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let polled = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = condition().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    polled.await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

// === the console ===

/// Store, CA and fleet on a free port.
pub(crate) struct FleetApp {
    directory: TempDir,
    pub(crate) store: Store,
    pub(crate) ca: Ca,
    pub(crate) fleet: Fleet,
    options: Options,
    /// How far the clock is ahead.
    ahead_ms: Arc<AtomicI64>,
}

pub(crate) fn operator() -> Actor {
    Actor::command_line()
}

impl FleetApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(Terms::default(), Options::default()).await
    }

    pub(crate) async fn start_with(terms: Terms, options: Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path().join("arapaima.db")).await.unwrap();
        let ahead_ms = Arc::new(AtomicI64::new(0));
        let ca = Ca::open_with(&directory.path().join("ca"), terms, clock(&ahead_ms)).unwrap();
        // Nobody else takes it between a stop and a start.
        let listen = crate::real::free();
        let fleet =
            Fleet::start_with(store.clone(), ca.clone(), listen, clock(&ahead_ms), options).await.unwrap();
        Self { directory, store, ca, fleet, options, ahead_ms }
    }

    /// Ends the fleet. The port is free afterwards.
    pub(crate) async fn stop(&self) {
        self.fleet.shut_down().await;
    }

    /// After [`FleetApp::stop`]: starts anew at the same address, with everything read from disk again.
    pub(crate) async fn start_again(&mut self) {
        self.store = Store::open(self.directory.path().join("arapaima.db")).await.unwrap();
        self.ca = Ca::open(&self.directory.path().join("ca")).unwrap();
        let (store, ca, address) = (self.store.clone(), self.ca.clone(), self.fleet.address());
        self.fleet =
            Fleet::start_with(store, ca, address, clock(&self.ahead_ms), self.options).await.unwrap();
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn address(&self) -> String {
        self.fleet.address().to_string()
    }

    pub(crate) async fn cluster(&self, name: &str) -> ClusterId {
        self.store.create_cluster(&operator(), Name::parse(name).unwrap()).await.unwrap()
    }

    pub(crate) async fn director(&self, cluster: ClusterId, name: &str) -> (DirectorId, Token) {
        let id = self.store.create_director(&operator(), cluster, Name::parse(name).unwrap()).await.unwrap();
        (id, self.fleet.new_token(&operator(), id).await.unwrap())
    }

    /// The same in another role.
    pub(crate) async fn machine(
        &self,
        cluster: ClusterId,
        name: &str,
        role: MachineRole,
    ) -> (DirectorId, Token) {
        let name = Name::parse(name).unwrap();
        let id = self.store.create_machine(&operator(), cluster, name, role).await.unwrap();
        (id, self.fleet.new_token(&operator(), id).await.unwrap())
    }

    /// Writes a revision and pushes it.
    pub(crate) async fn apply(&self, cluster: ClusterId) -> Arc<Revision> {
        let revision = apply(&self.store, cluster).await;
        self.fleet.push(cluster);
        revision
    }

    /// A cluster with one revision and one director.
    pub(crate) async fn one_of_each(&self) -> (ClusterId, DirectorId, Token) {
        let cluster = self.cluster("shop").await;
        apply(&self.store, cluster).await;
        let (director, token) = self.director(cluster, "vs1").await;
        (cluster, director, token)
    }

    pub(crate) async fn connected(&self, director: DirectorId) {
        until("connected", async || self.fleet.director(director).connected.then_some(())).await;
    }

    pub(crate) async fn disconnected(&self, director: DirectorId) {
        until("disconnected", async || (!self.fleet.director(director).connected).then_some(())).await;
    }

    /// Waits for a report with this phase and returns it.
    pub(crate) async fn reported(&self, director: DirectorId, phase: Phase) -> Arc<Observed> {
        until("report", async || {
            self.fleet.director(director).observed.filter(|observed| observed.phase == phase)
        })
        .await
    }
}

/// Writes a revision the way the command line does.
pub(crate) async fn apply(store: &Store, cluster: ClusterId) -> Arc<Revision> {
    let draft = store.draft(cluster).await.unwrap();
    let base = draft.applied.map(|revision| revision.generation);
    store.apply(&operator(), cluster, base, draft.version, "test", true).await.unwrap()
}

fn clock(ahead_ms: &Arc<AtomicI64>) -> Clock {
    let ahead_ms = Arc::clone(ahead_ms);
    Clock::from_fn(move || now_ms() + ahead_ms.load(Ordering::Relaxed))
}

// === an agent ===

/// A real link; the reconciler behind it says of everything that it is verified.
pub(crate) struct TestAgent {
    pub(crate) state: Arc<State>,
    pub(crate) desired: watch::Receiver<Option<Arc<Accepted>>>,
    pub(crate) reports: Arc<StubReports>,
    /// Where its reports come from.
    pub(crate) observe: watch::Sender<Arc<Observed>>,
    shutdown: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// What the console may ask, with a count of how often it did.
#[derive(Default)]
pub(crate) struct StubReports {
    /// Whether it says that a kernel balances.
    kernel: bool,
    pub(crate) samples: AtomicUsize,
    /// What to say about connections; never, while there is nothing.
    pub(crate) connections: Mutex<Option<Result<ConnectionsAnswer, String>>>,
    /// What it was asked about them.
    pub(crate) queries: Mutex<Vec<ConnectionsQuery>>,
    /// What it was told to do with somebody else's entries. It can adopt, and cannot remove.
    pub(crate) commands: Mutex<Vec<protocol::ForeignCommand>>,
    /// What its doctor finds; without findings it has no doctor. A fix mends the first of them.
    pub(crate) findings: Mutex<Option<Vec<model::Finding>>>,
}

#[async_trait]
impl Reports for StubReports {
    fn facts(&self) -> DataPlaneFacts {
        DataPlaneFacts {
            kind: if self.kernel { "kernel" } else { "simulated" }.into(),
            schedulers: vec!["wlc".into()],
            ..DataPlaneFacts::default()
        }
    }

    fn programs(&self) -> Option<protocol::CheckPrograms> {
        let names = vec![model::ProgramName::parse("check-http").unwrap()];
        Some(protocol::CheckPrograms { directory: "/etc/arapaima/checks".into(), names })
    }

    async fn stats(&self, _changes: bool) -> Result<Stats, String> {
        let sample = self.samples.fetch_add(1, Ordering::Relaxed);
        Ok(Stats { at_ms: i64::try_from(sample).unwrap(), ..Stats::default() })
    }

    async fn foreign(&self, command: protocol::ForeignCommand) -> Result<(), model::Why> {
        let action = command.action;
        self.commands.lock().unwrap().push(command);
        match action {
            model::table::ForeignAction::Adopt => Ok(()),
            model::table::ForeignAction::Remove => Err("the kernel said no".into()),
        }
    }

    async fn examine(&self, _: i64, fix: Option<String>) -> Result<protocol::DoctorAnswer, String> {
        let mut findings = self.findings.lock().unwrap();
        let findings = findings.as_mut().ok_or("no doctor today")?;
        let fixed = fix.map(|fix| match findings.first() {
            Some(first) if first.fix.as_ref() == Some(&fix) => {
                findings.remove(0);
                Ok(())
            }
            _ => Err("nothing like that is the matter any more".to_owned()),
        });
        Ok(protocol::DoctorAnswer { findings: findings.clone(), at_ms: 7, fixed })
    }

    async fn connections(&self, query: ConnectionsQuery) -> Result<ConnectionsAnswer, String> {
        self.queries.lock().unwrap().push(query);
        let answer = self.connections.lock().unwrap().clone();
        match answer {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

/// A process that another test is just starting holds a copy of every lock until its program begins.
pub(crate) async fn open(directory: &Path) -> State {
    let begun = std::time::Instant::now();
    loop {
        match State::open(directory) {
            Err(DiskError::InUse(_)) if begun.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            outcome => return outcome.unwrap(),
        }
    }
}

impl TestAgent {
    /// Enrols and runs.
    pub(crate) async fn enrol(directory: &Path, console: &str, token: &Token) -> Self {
        let state = Arc::new(open(directory).await);
        agent::enrol::ready(&state, Some(console), Some(token)).await.unwrap();
        Self::run(state)
    }

    /// The same over a kernel's data plane, as far as it says.
    pub(crate) async fn enrol_with_kernel(directory: &Path, console: &str, token: &Token) -> Self {
        let state = Arc::new(open(directory).await);
        agent::enrol::ready(&state, Some(console), Some(token)).await.unwrap();
        Self::run_with(state, StubReports { kernel: true, ..StubReports::default() })
    }

    /// Starts as after a restart of the machine: with what is on disk, and no token.
    pub(crate) async fn restart(directory: &Path, console: Option<&str>) -> Self {
        let state = Arc::new(open(directory).await);
        agent::enrol::ready(&state, console, None).await.unwrap();
        Self::run(state)
    }

    pub(crate) fn run(state: Arc<State>) -> Self {
        Self::run_with(state, StubReports::default())
    }

    fn run_with(state: Arc<State>, reports: StubReports) -> Self {
        let desired = watch::Sender::new(state.desired().map(Arc::new));
        let watched = desired.subscribe();
        let (observe, observed) = watch::channel(Arc::new(Observed::nothing(0)));
        let reported = observe.clone();
        let reports = Arc::new(reports);
        let shutdown = CancellationToken::new();
        let ports = Ports { desired, observed, reports: reports.clone(), state: Arc::clone(&state) };
        let link = link::run(ports, shutdown.clone());
        let mut wanted = watched.clone();
        let tasks = vec![
            tokio::spawn(async move { link.await.unwrap() }),
            tokio::spawn(async move {
                wanted.mark_changed();
                while wanted.changed().await.is_ok() {
                    let Some(accepted) = wanted.borrow_and_update().clone() else { continue };
                    let verified = Observed {
                        generation: accepted.generation,
                        hash: Some(accepted.hash),
                        phase: Phase::Verified,
                        running: accepted.desired.running,
                        ..Observed::nothing(now_ms())
                    };
                    observe.send_replace(Arc::new(verified));
                }
            }),
        ];
        Self { state, desired: watched, reports, observe: reported, shutdown, tasks }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.desired.borrow().as_ref().map_or(0, |accepted| accepted.generation.0)
    }

    pub(crate) async fn has(&self, generation: u64) {
        until("generation", async || (self.generation() == generation).then_some(())).await;
    }

    /// Ends it; its directory is free afterwards.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        for task in self.tasks {
            tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
        }
    }
}

// === between them ===

/// Forwards connections to `to` and counts them.
pub(crate) struct Wire {
    pub(crate) address: String,
    connections: Arc<AtomicUsize>,
}

impl Wire {
    pub(crate) async fn to(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(to).await {
                        // Ends when either side does, with or without an error.
                        let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        Self { address, connections }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

// === a raw client ===

/// Speaks the protocol by hand.
pub(crate) struct Raw {
    pub(crate) say: mpsc::Sender<wire::AgentMessage>,
    pub(crate) heard: Streaming<wire::ConsoleMessage>,
}

/// A channel that trusts `ca`, with or without an identity.
pub(crate) async fn channel(
    address: SocketAddr,
    ca: &CertificateDer<'static>,
    identity: Option<&Identity>,
) -> Result<Channel, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.clone()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let mut config = match identity {
        Some(identity) => {
            let key = identity.key.der().clone_key().into();
            builder.with_client_auth_cert(vec![identity.certificate.clone()], key).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tcp = TcpStream::connect(address).await?;
    let name = ServerName::try_from(CONSOLE_NAME).unwrap();
    let tls = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
    let once = Mutex::new(Some(TokioIo::new(tls)));
    let connector = tower::service_fn(move |_| {
        std::future::ready(
            once.lock().unwrap().take().ok_or(std::io::Error::from(std::io::ErrorKind::NotConnected)),
        )
    });
    // As little as HTTP/2 allows by default: who does not read has this much on its way.
    let endpoint = Endpoint::from_static("http://console").initial_stream_window_size(65_535);
    endpoint.connect_with_connector(connector).await.map_err(std::io::Error::other)
}

pub(crate) fn hello() -> wire::Hello {
    wire::Hello { protocol: PROTOCOL, agent_version: "test".into(), ..wire::Hello::default() }
}

pub(crate) fn saying(kind: Say) -> wire::AgentMessage {
    wire::AgentMessage { kind: Some(kind) }
}

impl Raw {
    /// Connects as this director, and says hello.
    pub(crate) async fn connect(
        app: &FleetApp,
        identity: &Identity,
        hello: wire::Hello,
    ) -> Result<Self, Status> {
        let channel = channel(app.fleet.address(), app.ca.certificate(), Some(identity)).await.unwrap();
        let (say, said) = mpsc::channel(4);
        say.send(saying(Say::Hello(hello))).await.unwrap();
        let mut client = FleetClient::new(channel)
            .max_decoding_message_size(protocol::MAX_CONSOLE_MESSAGE)
            .max_encoding_message_size(usize::MAX);
        let heard = client.session(ReceiverStream::new(said)).await?.into_inner();
        Ok(Self { say, heard })
    }

    /// Connects and takes the welcome.
    pub(crate) async fn welcomed(app: &FleetApp, identity: &Identity) -> Self {
        let mut raw = Self::connect(app, identity, hello()).await.unwrap();
        let first = raw.next().await;
        assert!(matches!(first, Some(Hear::Welcome(_))), "{first:?}");
        raw
    }

    pub(crate) async fn say(&self, kind: Say) {
        self.say.send(saying(kind)).await.unwrap();
    }

    /// The next message; none at the end of the session.
    pub(crate) async fn next(&mut self) -> Option<Hear> {
        let next = tokio::time::timeout(PATIENCE, self.heard.message()).await.expect("a message in time");
        next.ok().flatten().and_then(|message| message.kind)
    }

    /// Reads on to the refusal, after which there is nothing more.
    pub(crate) async fn refusal(&mut self) -> wire::Refusal {
        loop {
            match self.next().await {
                Some(Hear::Refusal(refusal)) => {
                    assert_eq!(self.next().await, None, "a refusal is the last message");
                    return refusal;
                }
                Some(_) => {}
                None => panic!("the session ended without a word"),
            }
        }
    }
}

/// An enrolled identity, not stored anywhere.
pub(crate) async fn identity(app: &FleetApp, token: &Token) -> Identity {
    agent::enrol::enrol(&app.address(), token).await.unwrap()
}
