//! `arapaima-agent run`: from the command line to a running director, and to its end.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use health::ByProtocol;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::{Choice, Run};
use crate::data_plane::DataPlane;
use crate::data_plane::simulated::Simulated;
use crate::data_plane::user::User;
use crate::director::Director;
use crate::disk::{Identity, State};
use crate::enrol::{self, EnrolError};
use crate::link::{self, Ports};
use crate::report::Report;

/// What `sysexits.h` calls `EX_USAGE`.
pub const USAGE: u8 = 64;

/// How long an agent that has an identity tries to get another one before it goes on with what it has.
const ENROL_ANEW: Duration = Duration::from_secs(30);

/// Runs until a signal; the exit code is the one that `--help` describes.
pub async fn run(options: Run) -> ExitCode {
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return failed(&anyhow::Error::new(error).context("cannot listen for signals"), 1),
    };
    tokio::select! {
        biased;
        // Before there is a director, nothing has to be left in order.
        () = signals.next() => ExitCode::SUCCESS,
        started = start(&options) => match started {
            Ok(running) => running.until_the_end(&mut signals, Duration::from_secs(options.drain)).await,
            Err((error, code)) => failed(&error, code),
        },
    }
}

struct Running {
    director: Director,
    link: tokio::task::JoinHandle<()>,
    shutdown: CancellationToken,
}

type Failure = (anyhow::Error, u8);

async fn start(options: &Run) -> Result<Running, Failure> {
    let broken = |error| (error, 1);
    let state = State::open(&options.state).map_err(|error| broken(error.into()))?;
    let state = Arc::new(state);
    let identity = identity(&state, options).await?;
    let data_plane = data_plane(options).map_err(broken)?;
    let facts = data_plane.facts();
    tracing::info!(kind = %facts.kind, version = facts.version, "data plane: {}", facts.reason);
    let desired = {
        let state = Arc::clone(&state);
        let read = tokio::task::spawn_blocking(move || state.desired()).await;
        read.context("reading the last desired state panicked").map_err(broken)?.map(Arc::new)
    };
    let director = Director::start(Arc::clone(&data_plane), Arc::new(ByProtocol), desired);
    director.settled().await;
    let shutdown = CancellationToken::new();
    let ports = Ports {
        desired: director.desired(),
        observed: director.observed(),
        reports: Arc::new(Report::new(data_plane, director.index())),
        state,
    };
    let closing = shutdown.clone();
    let link = tokio::spawn(async move {
        if let Err(error) = link::run(ports, closing).await {
            tracing::error!(%error, "there is no link to the console");
        }
    });
    let generation = director.observed().borrow().generation;
    say(&format!(
        "ready director {} ({}), data plane {}, generation {generation}",
        identity.director, identity.name, facts.kind
    ));
    Ok(Running { director, link, shutdown })
}

/// Enrols where that is needed. An agent that has an identity is never kept from its work by a console that is away.
async fn identity(state: &Arc<State>, options: &Run) -> Result<Arc<Identity>, Failure> {
    let ready = enrol::ready(state, options.console.as_deref(), options.token.as_ref());
    let ready = match state.identity() {
        None => ready.await,
        Some(identity) => match tokio::time::timeout(ENROL_ANEW, ready).await {
            Ok(ready) => ready,
            Err(_) => {
                tracing::warn!(
                    "could not enrol anew within {} s; going on as director {} ({})",
                    ENROL_ANEW.as_secs(),
                    identity.director,
                    identity.name
                );
                Ok(identity)
            }
        },
    };
    ready.map_err(|error| {
        let code = if matches!(error, EnrolError::NothingToEnrolWith) { USAGE } else { 1 };
        (error.into(), code)
    })
}

fn data_plane(options: &Run) -> anyhow::Result<Arc<dyn DataPlane>> {
    Ok(match options.data_plane {
        Choice::Simulated => Arc::new(Simulated::default()),
        Choice::Auto | Choice::User => {
            let balancer =
                balancer::Balancer::start(options.proxy.options()).context("cannot start the data plane")?;
            Arc::new(User::new(balancer, options.data_plane.reason().into()))
        }
    })
}

impl Running {
    async fn until_the_end(mut self, signals: &mut Signals, drain: Duration) -> ExitCode {
        let mut code = ExitCode::SUCCESS;
        tokio::select! {
            () = signals.next() => {}
            error = self.director.broken() => {
                let error = error.map_or_else(|| "it ended".to_owned(), |error| error.to_string());
                tracing::error!(error, "a part of the agent broke; ending, so that it can be started afresh");
                code = ExitCode::from(1);
            }
            ended = &mut self.link => {
                let error = ended.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
                tracing::error!(error, "the link to the console broke; ending, so that it can be started afresh");
                code = ExitCode::from(1);
            }
        }
        tracing::info!("ending; established connections have {} s to finish", drain.as_secs());
        self.shutdown.cancel();
        let leaving = async {
            let left = self.director.leave(drain).await;
            // Its last words may need the network; they are not worth waiting for.
            if !self.link.is_finished() {
                let _ended = tokio::time::timeout(Duration::from_secs(1), self.link).await;
            }
            left
        };
        tokio::select! {
            biased;
            () = signals.next() => {
                tracing::warn!("a second signal: ending at once");
                ExitCode::from(1)
            }
            left = leaving => {
                match left.cut {
                    0 => tracing::info!("ended; no connection was cut"),
                    cut => tracing::warn!("ended; {cut} connections were still open after {} s and have been cut", drain.as_secs()),
                }
                code
            }
        }
    }
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn failed(error: &anyhow::Error, code: u8) -> ExitCode {
    tracing::error!("{error:#}");
    ExitCode::from(code)
}

/// Nobody may be reading; that is no reason not to run.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _written = writeln!(out, "{line}").and_then(|()| out.flush());
}
