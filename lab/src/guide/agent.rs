//! A director's agent, as it runs on a machine of its own.

use super::Plane;
use crate::net::Place;
use crate::process::{self, Daemon};
use anyhow::{Context as _, Result};
use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::path::Path;
use std::process::Command;

/// Where the console listens for agents.
pub(super) const FLEET: &str = "172.16.0.1:3637";

/// `nobody`, on every system.
const USER: &str = "65534";

/// As setpriv(1) takes them: none but these.
const CAPABILITIES: &str = "-all,+net_admin,+net_raw";

/// A running agent.
#[derive(Debug)]
pub(crate) struct Agent {
    daemon: Daemon,
}

impl Agent {
    /// Starts it; with a token it enrols. It is ready when this returns.
    pub(super) fn start(
        program: &Path,
        place: &Place,
        plane: Plane,
        dir: &Path,
        token: Option<&str>,
    ) -> Result<Self> {
        let mut command = command(program, place, plane, dir, "run")?;
        command.args(["--data-plane", plane.word(), "--console", FLEET]).env("RUST_LOG", "info");
        if let Some(token) = token {
            command.env("ARAPAIMA_TOKEN", token);
        }
        let log = dir.join(format!("agent-{}.log", place.name()));
        let mut daemon = Daemon::start(&format!("the agent on {}", place.name()), &mut command, &log)?;
        daemon.ready("ready ").with_context(|| format!("the agent on {} did not start", place.name()))?;
        Ok(Self { daemon })
    }

    /// Lets an agent that does not run undo what it has made.
    pub(super) fn leave(program: &Path, place: &Place, plane: Plane, dir: &Path) -> Result<()> {
        process::feed(&mut command(program, place, plane, dir, "leave")?, "").map(drop)
    }

    /// What its doctor says; whether something is grave makes no difference here.
    pub(super) fn examine(program: &Path, place: &Place, plane: Plane, dir: &Path) -> Result<String> {
        let mut command = command(program, place, plane, dir, "doctor")?;
        let said =
            command.args(["--data-plane", plane.word()]).output().context("could not start the doctor")?;
        Ok(String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr))
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.daemon.id()
    }

    /// An error when it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.daemon.check()
    }

    /// As `kill -9`.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.daemon.kill()
    }

    /// As the system's service manager ends it.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.daemon.end()
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        self.daemon.last_words()
    }
}

/// The agent's program on a machine, with its state directory.
fn command(program: &Path, place: &Place, plane: Plane, dir: &Path, verb: &str) -> Result<Command> {
    let state = dir.join(format!("agent-{}", place.name()));
    // `ip netns exec` shows the machine its own /sys, too.
    let mut command = Command::new("ip");
    command.args(["netns", "exec", place.name()]);
    if plane == Plane::Kernel {
        // As the shipped unit runs it: a user of its own with two capabilities, and none to be had beyond them.
        own(&state)?;
        command.args(["setpriv", "--clear-groups", "--no-new-privs", "--reuid", USER, "--regid", USER]);
        for set in ["--inh-caps", "--ambient-caps", "--bounding-set"] {
            command.args([set, CAPABILITIES]);
        }
    }
    command.arg(program).arg(verb).arg("--state").arg(state);
    Ok(command)
}

/// Makes a state directory that belongs to the agent's user.
fn own(state: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(state)
        .with_context(|| format!("could not make {}", state.display()))?;
    let user = USER.parse().context("no user")?;
    chown(state, Some(user), Some(user)).with_context(|| format!("could not give {} away", state.display()))
}
