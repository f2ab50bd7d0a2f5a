//! `arapaima-agent run`: from the command line to a running director, and to its end.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use health::ByProtocol;
use model::MachineRole;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::cli::{Choice, Run};
use crate::clock::now_ms;
use crate::data_plane::kernel::registry::Registry;
use crate::data_plane::kernel::{self, probe::Found};
use crate::data_plane::nothing::Nothing;
use crate::data_plane::simulated::Simulated;
use crate::data_plane::user::User;
use crate::data_plane::{DataPlane, Facts, Kind, Leaving};
use crate::director::{Director, InRole};
use crate::disk::{DiskError, Identity, State};
use crate::doctor::Doctor;
use crate::doctor::machine::Linux;
use crate::enrol::{self, EnrolError};
use crate::link::{self, NotEnrolled, Ports};
use crate::report::Report;
use crate::surroundings::kernel::OpenError;
use crate::surroundings::{self, Surroundings};

/// What `sysexits.h` calls `EX_USAGE`.
pub const USAGE: u8 = 64;

/// How long an agent that has an identity tries to get another one before it goes on with what it has.
const ENROL_ANEW: Duration = Duration::from_secs(30);

/// A running agent: a director and its link to the console. Dropped, it ends as if it had been killed.
pub struct Agent {
    identity: Arc<Identity>,
    director: Director,
    facts: Facts,
    link: JoinSet<Result<(), NotEnrolled>>,
    shutdown: CancellationToken,
}

/// Why the agent does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The state directory.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Becoming a director.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// The embedded data plane.
    #[error("cannot start the data plane")]
    DataPlane(#[from] balancer::StartError),
    /// The kernel was asked for, and cannot be had.
    #[error("cannot use the kernel's IPVS: {0}; or run with --data-plane user")]
    NoKernel(String),
    /// The traffic of these services would never come to user space.
    #[error(
        "the kernel still serves {0} virtual services that this agent made there, and takes their traffic before user space sees \
         it: run `arapaima-agent leave` with the same --state first, or --data-plane kernel"
    )]
    StillInKernel(usize),
    /// The kernel does not talk about interfaces and addresses.
    #[error(transparent)]
    Surroundings(#[from] OpenError),
    /// Reading the last good state.
    #[error("reading the last good state broke off")]
    LastState(#[from] JoinError),
}

/// Runs until a signal; the exit code is the one that `--help` describes.
pub async fn run(options: Run) -> ExitCode {
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!(%error, "cannot listen for signals");
            return ExitCode::from(1);
        }
    };
    let started = tokio::select! {
        biased;
        // Before there is a director, nothing has to be left in order.
        () = signals.next() => return ExitCode::SUCCESS,
        started = Agent::start(&options) => started,
    };
    match started {
        Ok(agent) => {
            say(&agent.to_string());
            until_the_end(agent, &mut signals, Duration::from_secs(options.drain)).await
        }
        Err(error) => {
            let code = error.exit_code();
            tracing::error!("{:#}", anyhow::Error::new(error));
            ExitCode::from(code)
        }
    }
}

impl Agent {
    /// Becomes a director if need be, starts from the last good state, and begins to talk to the console.
    pub async fn start(options: &Run) -> Result<Self, StartError> {
        let state = Arc::new(State::open(&options.state)?);
        let identity = identity(&state, options).await?;
        // It talks to the kernel, and is not to be asked again: a moment on this thread does no harm.
        let data_plane = match identity.role {
            // What it made when it was a director has to go.
            MachineRole::RealServer if !Registry::exists(&options.state) => Arc::new(Nothing),
            _ => data_plane(options)?,
        };
        let facts = data_plane.facts();
        tracing::info!(kind = %facts.kind, version = facts.version, "data plane: {}", facts.reason);
        let desired = {
            let state = Arc::clone(&state);
            tokio::task::spawn_blocking(move || state.desired()).await?.map(Arc::new)
        };
        let surroundings = surroundings(&options.state, identity.role, facts.kind)?;
        let around = surroundings.as_ref().map(|(around, _)| Arc::clone(around));
        let director =
            Director::surrounded(Arc::clone(&data_plane), surroundings, Arc::new(ByProtocol), desired);
        director.settled().await;
        let shutdown = CancellationToken::new();
        let doctor = Doctor {
            machine: Arc::new(Linux),
            role: identity.role,
            plane: facts.kind,
            surroundings: around,
            desired: director.desired().subscribe(),
            now_ms,
        };
        let ports = Ports {
            desired: director.desired(),
            observed: director.observed(),
            reports: Arc::new(
                Report::new(data_plane, director.index(), director.wake())
                    .with_doctor(doctor)
                    .with_checks(&options.checks),
            ),
            state,
        };
        let mut link = JoinSet::new();
        link.spawn(link::run(ports, shutdown.clone()));
        Ok(Self { identity, director, facts, link, shutdown })
    }

    /// Comes back only when a part of it has ended that should not; why.
    pub async fn broken(&mut self) -> String {
        tokio::select! {
            error = self.director.broken() => {
                error.map_or_else(|| "the reconciler or the checks ended".to_owned(), |error| error.to_string())
            }
            ended = self.link.join_next() => match ended {
                Some(Err(error)) => error.to_string(),
                Some(Ok(Err(error))) => error.to_string(),
                Some(Ok(Ok(()))) | None => "the link to the console ended".to_owned(),
            },
        }
    }

    /// Ends the link, and leaves the data plane.
    pub async fn leave(mut self, deadline: Duration) -> Leaving {
        self.shutdown.cancel();
        let left = self.director.leave(deadline).await;
        // Its last words may need the network; they are not worth waiting for.
        let _ended = tokio::time::timeout(Duration::from_secs(1), self.link.join_next()).await;
        left
    }
}

/// The line that says that it is ready.
impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity { director, name, role, .. } = &*self.identity;
        let generation = self.director.observed().borrow().generation;
        write!(f, "ready {role} {director} ({name}), data plane {}, generation {generation}", self.facts.kind)
    }
}

impl StartError {
    /// The exit code: whether what was typed is at fault, or something else.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Enrol(EnrolError::NothingToEnrolWith)) { USAGE } else { 1 }
    }
}

async fn until_the_end(mut agent: Agent, signals: &mut Signals, drain: Duration) -> ExitCode {
    let code = tokio::select! {
        () = signals.next() => ExitCode::SUCCESS,
        error = agent.broken() => {
            tracing::error!(error, "a part of the agent broke; ending, so that it can be started afresh");
            ExitCode::from(1)
        }
    };
    tracing::info!("ending; established connections have {} s to finish", drain.as_secs());
    tokio::select! {
        biased;
        () = signals.next() => {
            tracing::warn!("a second signal: ending at once");
            ExitCode::from(1)
        }
        left = agent.leave(drain) => {
            match left.cut {
                0 => tracing::info!("ended; no connection was cut"),
                cut => tracing::warn!(
                    "ended; {cut} connections were still open after {} s and have been cut",
                    drain.as_secs()
                ),
            }
            code
        }
    }
}

/// Enrols where that is needed. An agent that has an identity is never kept from its work by a console that is away.
async fn identity(state: &Arc<State>, options: &Run) -> Result<Arc<Identity>, EnrolError> {
    let ready = enrol::ready(state, options.console.as_deref(), options.token.as_ref());
    let Some(identity) = state.identity() else { return ready.await };
    tokio::time::timeout(ENROL_ANEW, ready).await.unwrap_or_else(|_| {
        tracing::warn!(
            "could not enrol anew within {} s; going on as director {} ({})",
            ENROL_ANEW.as_secs(),
            identity.director,
            identity.name
        );
        Ok(identity)
    })
}

/// What surrounds the kernel's table, or a real server; the embedded data plane has nothing around it.
fn surroundings(state: &Path, role: MachineRole, kind: Kind) -> Result<Option<InRole>, OpenError> {
    if role == MachineRole::Director && kind != Kind::Kernel {
        return Ok(None);
    }
    let surroundings: Arc<dyn Surroundings> =
        Arc::new(surroundings::kernel::Kernel::open(state)?.in_role(role));
    Ok(Some((surroundings, role)))
}

/// The data plane that was asked for, or the best there is, with the reason.
fn data_plane(options: &Run) -> Result<Arc<dyn DataPlane>, StartError> {
    let kernel = |found: Found, reason: String| -> Result<Arc<dyn DataPlane>, StartError> {
        Ok(Arc::new(found.data_plane(reason, &options.state)?))
    };
    let user = |reason: String| -> Result<Arc<dyn DataPlane>, StartError> {
        nothing_in_kernel(&options.state)?;
        let balancer = balancer::Balancer::start(options.proxy.options())?;
        Ok(Arc::new(User::new(balancer, reason)))
    };
    match options.data_plane {
        Choice::Simulated => Ok(Arc::new(Simulated::default())),
        Choice::User => user("asked for by --data-plane user".into()),
        Choice::Kernel => {
            let found = kernel::probe::probe().map_err(StartError::NoKernel)?;
            kernel(found, "asked for by --data-plane kernel".into())
        }
        Choice::Auto => match kernel::probe::probe() {
            Ok(found) => {
                let reason = format!("auto: this machine has {}", found.describe());
                kernel(found, reason)
            }
            Err(why_not) => user(format!("auto: {why_not}; so traffic goes through user space")),
        },
    }
}

/// Refuses where the kernel holds services of an earlier start, in this boot and network namespace.
fn nothing_in_kernel(state: &Path) -> Result<(), StartError> {
    if !Registry::exists(state) {
        return Ok(());
    }
    let left = Registry::open(state, &kernel::probe::boot())?.content().services.len();
    if left == 0 { Ok(()) } else { Err(StartError::StillInKernel(left)) }
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

/// Nobody may be reading; that is no reason not to run.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _written = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use model::table::TableKey;
    use model::{Family, FirewallMark};

    use super::*;

    #[test]
    fn user_space_does_not_begin_behind_services_in_the_kernel() {
        let state = tempfile::tempdir().unwrap();
        assert!(nothing_in_kernel(state.path()).is_ok());
        let registry = Registry::open(state.path(), &kernel::probe::boot()).unwrap();
        let key = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V4 };
        registry.update(|content| drop(content.services.insert(key.clone(), [].into()))).unwrap();
        assert!(matches!(nothing_in_kernel(state.path()), Err(StartError::StillInKernel(1))));
        registry.update(|content| drop(content.services.remove(&key))).unwrap();
        assert!(nothing_in_kernel(state.path()).is_ok());
        // A reboot has emptied the kernel's table.
        let registry = Registry::open(state.path(), "an earlier boot").unwrap();
        registry.update(|content| drop(content.services.insert(key, [].into()))).unwrap();
        assert!(nothing_in_kernel(state.path()).is_ok());
    }
}
