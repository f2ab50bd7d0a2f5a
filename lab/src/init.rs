//! The guest's first process: mounts what programs expect, runs the one command that the runner left for it, writes its exit
//! code, powers the guest off. The host's root directory is the guest's, read-only; what is written goes to memory, except
//! for the runner's own directory at `/run/out`.

use crate::net;
use anyhow::{Context as _, Result};
use rustix::mount::{MountFlags, mount};
use rustix::process::{WaitOptions, wait};
use rustix::system::{RebootCommand, reboot};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

/// The runner's directory, as the guest sees it.
const OUT: &str = "/run/out";

/// Where programs in the guest make files that live only as long as they run.
const TMP: &str = "/run/tmp";

/// What this file writes to the runner where the command could not even be started.
const NOT_STARTED: i32 = 126;

/// The word on the kernel's command line that names the runner's directory; the kernel hands what it does not know to its first
/// process as environment.
const SHARED: &str = "arapaima_lab";

/// The runner's directory, where this is the guest's first process.
pub(crate) fn shared() -> Option<String> {
    (std::process::id() == 1).then(|| std::env::var(SHARED).ok()).flatten()
}

/// Never returns where it works: the guest is off by then.
pub(crate) fn run(shared: &str) -> ExitCode {
    let code = mounts(shared).and_then(|()| command()).unwrap_or_else(|error| {
        crate::tap::line(&format!("guest: {error:#}"));
        NOT_STARTED
    });
    if let Err(error) = fs::write(Path::new(OUT).join("code"), code.to_string()) {
        crate::tap::line(&format!("guest: could not tell the exit code {code}: {error}"));
    }
    rustix::fs::sync();
    _ = reboot(RebootCommand::PowerOff);
    ExitCode::FAILURE
}

fn mounts(shared: &str) -> Result<()> {
    mount_at("proc", "/proc", "")?;
    mount_at("sysfs", "/sys", "")?;
    mount_at("tmpfs", "/run", "mode=755")?;
    for dir in [OUT, "/run/netns", "/run/lock", TMP] {
        fs::create_dir_all(dir).with_context(|| format!("could not make {dir}"))?;
    }
    // Programs that are not root's make files there too.
    fs::set_permissions(TMP, fs::Permissions::from_mode(0o1777))
        .with_context(|| format!("could not open {TMP} to all"))?;
    mount_at("hostfs", OUT, shared)?;
    for dir in ["/dev/pts", "/dev/shm"] {
        fs::create_dir_all(dir).with_context(|| format!("could not make {dir}"))?;
    }
    mount_at("devpts", "/dev/pts", "")?;
    mount_at("tmpfs", "/dev/shm", "mode=1777")?;
    // What lies below /tmp, such as a work tree, stays visible.
    if !shared.starts_with("/tmp/") {
        mount_at("tmpfs", "/tmp", "mode=1777")?;
    }
    plain_output();
    net::up("lo")
}

fn mount_at(kind: &str, at: &str, options: &str) -> Result<()> {
    let data = CString::new(options).context("a mount option with a zero byte")?;
    mount(kind, at, kind, MountFlags::empty(), Some(data.as_c_str()))
        .with_context(|| format!("could not mount {kind} at {at}"))
}

/// The console writes lines as programs wrote them, without carriage returns.
fn plain_output() {
    use rustix::termios::{OptionalActions, OutputModes, tcgetattr, tcsetattr};
    let out = std::io::stdout();
    if let Ok(mut modes) = tcgetattr(&out) {
        modes.output_modes.remove(OutputModes::OPOST);
        _ = tcsetattr(&out, OptionalActions::Now, &modes);
    }
}

/// Runs the runner's command: its directory, its environment, its words, each ended by a zero byte, with an empty one
/// between environment and words.
fn command() -> Result<i32> {
    let file = Path::new(OUT).join("command");
    let text = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    let mut parts = text.split_terminator('\0');
    let dir = parts.next().context("the runner named no directory")?.to_owned();
    let environment: BTreeMap<&str, &str> =
        parts.by_ref().take_while(|part| !part.is_empty()).filter_map(|pair| pair.split_once('=')).collect();
    let program = parts.next().context("the runner named no program")?;
    let child = Command::new(program)
        .args(parts)
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", "/root")
        .env("TMPDIR", TMP)
        .envs(environment)
        .current_dir(dir)
        .spawn()
        .with_context(|| format!("could not start {program}"))?;
    let id = i32::try_from(child.id()).context("a process id out of range")?;
    // The first process is everybody's parent in the end: it buries whoever comes.
    loop {
        let (ended, status) = wait(WaitOptions::empty())
            .context("could not wait for the command")?
            .context("nobody ended, yet the wait did")?;
        if ended.as_raw_nonzero().get() == id {
            let code =
                status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
            return Ok(code.unwrap_or(NOT_STARTED));
        }
    }
}
