//! The program itself, without a console: it starts from its last good state, ends gracefully, and shares its directory with
//! nobody.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use agent::disk::{Identity, PrivateKey, State};
use model::{DestinationId, DirectorId};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Duration, Instant, timeout};

use crate::real::{Client, PATIENCE, Real, free, until};
use crate::support::{accepted, cluster, destination, service};

fn command(state: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arapaima-agent"));
    command.arg("run").arg("--state").arg(state).args(more);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn start(state: &Path, more: &[&str]) -> Child {
    let mut child = command(state, more).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, out.next_line()).await.expect("never ready").unwrap();
    let Some(line) = line else { panic!("ended: {}", errors(&mut child).await) };
    assert_eq!(line, "ready director 7 (vs1), data plane user, generation 3");
    child
}

async fn errors(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).await.unwrap();
    text
}

async fn end(child: &mut Child) -> ExitStatus {
    timeout(PATIENCE, child.wait()).await.expect("never ends").unwrap()
}

fn terminate(child: &Child) {
    let id = i32::try_from(child.id().unwrap()).unwrap();
    let id = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
}

/// A director of a console that is away, with a service over this real server.
fn prepare(directory: &Path, vip: SocketAddr, real: &Real) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
    let state = State::open(directory).unwrap();
    let identity = Identity {
        role: model::MachineRole::Director,
        director: DirectorId(7),
        name: "vs1".into(),
        console: free().to_string(),
        key: PrivateKey::new(key.serialize_der()),
        certificate: certificate.der().clone(),
        ca: certificate.der().clone(),
        enrolment: [5; 32],
    };
    state.store_identity(identity).unwrap();
    let destinations = [(DestinationId(2), destination("real1", real.address, 1))].into();
    state.store_desired(&accepted(3, true, &cluster([(1, service("http", vip), destinations)]))).unwrap();
}

struct Place {
    directory: tempfile::TempDir,
    vip: SocketAddr,
    _real: Real,
}

async fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let (vip, real) = (free(), Real::start("real1").await);
    prepare(&directory.path().join("state"), vip, &real);
    Place { directory, vip, _real: real }
}

impl Place {
    fn state(&self) -> std::path::PathBuf {
        self.directory.path().join("state")
    }
}

async fn serves(vip: SocketAddr) {
    until(vip, "served", |answers| answers.iter().all(|answer| answer == "real1")).await;
}

#[tokio::test]
async fn it_starts_from_its_last_good_state_without_a_console() {
    let place = place().await;
    let mut child = start(&place.state(), &[]).await;
    serves(place.vip).await;
    // Killed without a word, it comes back the same.
    child.kill().await.unwrap();
    let mut child = start(&place.state(), &[]).await;
    serves(place.vip).await;
    terminate(&child);
    assert_eq!(end(&mut child).await.code(), Some(0));
}

#[tokio::test]
async fn ending_waits_for_established_connections() {
    let place = place().await;
    let mut child = start(&place.state(), &["--drain", "15"]).await;
    serves(place.vip).await;
    let mut client = Client::connect(place.vip).await.unwrap();
    terminate(&child);
    let begun = Instant::now();
    while tokio::net::TcpStream::connect(place.vip).await.is_ok() {
        assert!(begun.elapsed() < PATIENCE, "new connections are still taken");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(client.works().await);
    assert!(child.try_wait().unwrap().is_none());
    drop(client);
    assert_eq!(end(&mut child).await.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(15));
    let errors = errors(&mut child).await;
    assert!(errors.contains("no connection was cut"), "{errors}");
}

#[tokio::test]
async fn the_deadline_cuts_what_is_left_and_says_how_much() {
    let place = place().await;
    let mut child = start(&place.state(), &["--drain", "1"]).await;
    serves(place.vip).await;
    let _clients = [Client::connect(place.vip).await.unwrap(), Client::connect(place.vip).await.unwrap()];
    terminate(&child);
    assert_eq!(end(&mut child).await.code(), Some(0));
    let errors = errors(&mut child).await;
    assert!(errors.contains("2 connections were still open after 1 s and have been cut"), "{errors}");
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let place = place().await;
    let mut child = start(&place.state(), &["--drain", "3600"]).await;
    serves(place.vip).await;
    let _client = Client::connect(place.vip).await.unwrap();
    terminate(&child);
    let begun = Instant::now();
    while tokio::net::TcpStream::connect(place.vip).await.is_ok() {
        assert!(begun.elapsed() < PATIENCE, "new connections are still taken");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    terminate(&child);
    assert_eq!(end(&mut child).await.code(), Some(1));
}

#[tokio::test]
async fn two_agents_do_not_share_a_directory() {
    let place = place().await;
    let _first = start(&place.state(), &[]).await;
    let mut second = command(&place.state(), &[]).spawn().unwrap();
    assert_eq!(end(&mut second).await.code(), Some(1));
    let errors = errors(&mut second).await;
    assert!(errors.contains("another agent is running with the state directory"), "{errors}");
}

#[tokio::test]
async fn a_first_start_without_a_token_says_what_is_needed() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = command(&directory.path().join("state"), &[]).spawn().unwrap();
    assert_eq!(end(&mut child).await.code(), Some(64));
    let errors = errors(&mut child).await;
    assert!(errors.contains("--token"), "{errors}");
    let mut child = command(directory.path(), &["--data-plane", "magic"]).spawn().unwrap();
    assert_eq!(end(&mut child).await.code(), Some(64));
}
