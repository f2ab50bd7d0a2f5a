//! Runs one command in the guest: a kernel of its own that boots in about a second, with this machine's files read-only and
//! memory for what is written. What the command writes comes out here, and so does its exit code.

use crate::demo::Signals;
use crate::{place, run};
use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::{Duration, Instant};

/// The error after Ctrl-C.
pub(super) const INTERRUPTED: &str = "interrupted";

/// What the guest may use of this machine's memory.
const MEMORY: &str = "1G";

/// One run of the guest.
pub(super) struct Guest<'a> {
    /// The guest's kernel.
    pub(super) kernel: &'a Path,
    /// The lab's program, which is the guest's first process.
    pub(super) lab: &'a Path,
    /// Words for the kernel, such as a network device.
    pub(super) devices: &'a [String],
    /// What starts the kernel, such as `ip netns exec NAME`; empty for nothing.
    pub(super) before: &'a [String],
    /// How long it may take, with the guest's boot.
    pub(super) limit: Duration,
}

/// The directory that a run shares with its guest; it goes with this value.
pub(super) struct Shared {
    dir: PathBuf,
}

impl Shared {
    /// A new one below the target directory.
    pub(super) fn new() -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let dir = place::target().join(format!("lab-{}-{number}", std::process::id()));
        if dir.to_string_lossy().contains(char::is_whitespace) {
            bail!(
                "the guest cannot take {}: a kernel's command line has no way to write a blank",
                dir.display()
            );
        }
        fs::create_dir_all(&dir).with_context(|| format!("could not make {}", dir.display()))?;
        Ok(Self { dir })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Nothing depends on it, and nobody is left to tell.
        _ = fs::remove_dir_all(&self.dir);
    }
}

impl Guest<'_> {
    /// Runs `words` in the current directory, each line of output to `seen`; the exit code. On Ctrl-C the guest ends first.
    pub(super) fn run(&self, shared: &Shared, words: &[String], mut seen: impl FnMut(&str)) -> Result<i32> {
        let dir = &shared.dir;
        let here = std::env::current_dir().context("no current directory")?;
        let mut order = format!("{}\0", here.display());
        for name in ["RUST_LOG", "RUST_BACKTRACE"] {
            if let Ok(value) = std::env::var(name) {
                order.push_str(&format!("{name}={value}\0"));
            }
        }
        order.push('\0');
        for word in words {
            order.push_str(&format!("{word}\0"));
        }
        fs::write(dir.join("command"), order).context("could not leave the guest its command")?;
        let signals = Signals::catch()?;
        let mut child = self.boot(dir)?;
        let lines = lines(&mut child)?;
        let end = Instant::now() + self.limit;
        loop {
            match lines.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => seen(&line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if signals.raised() {
                end_now(&mut child)?;
                bail!(INTERRUPTED);
            }
            if Instant::now() >= end {
                end_now(&mut child)?;
                bail!("the guest had not finished after {} s and was stopped", self.limit.as_secs());
            }
        }
        child.wait().context("could not wait for the guest")?;
        // The kernel's own exit status says nothing about the command.
        let code = fs::read_to_string(dir.join("code")).ok().and_then(|code| code.trim().parse().ok());
        code.with_context(|| {
            let words = fs::read_to_string(dir.join("kernel.log")).unwrap_or_default();
            format!("the guest ended before its command did: {}", words.lines().last().unwrap_or_default())
        })
    }

    fn boot(&self, dir: &Path) -> Result<Child> {
        let log = dir.join("kernel.log");
        let log = File::create(&log).with_context(|| format!("could not write {}", log.display()))?;
        let mut command = match self.before.split_first() {
            Some((program, more)) => {
                let mut command = Command::new(program);
                command.args(more).arg(self.kernel);
                command
            }
            None => Command::new(self.kernel),
        };
        run::clean(&mut command);
        command
            .arg(format!("mem={MEMORY}"))
            .args(["root=/dev/root", "rootfstype=hostfs", "ro"])
            .arg(format!("init={}", self.lab.display()))
            .arg(format!("uml_dir={}", dir.display()))
            .arg("umid=guest")
            .arg(format!("arapaima_lab={}", dir.display()))
            .args(["con0=null,fd:1", "con=null", "quiet", "loglevel=1", "panic=-1", "noreboot"])
            .args(self.devices)
            // A pipe: this kernel cannot wait for a file.
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        command.spawn().with_context(|| format!("could not start the guest {}", self.kernel.display()))
    }
}

/// The guest's lines as they come. What the kernel says at its end is left out.
fn lines(child: &mut Child) -> Result<std::sync::mpsc::Receiver<String>> {
    let out = child.stdout.take().context("a guest without output")?;
    let (sender, lines) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            if line != "reboot: Power down" && sender.send(line).is_err() {
                break;
            }
        }
    });
    Ok(lines)
}

fn end_now(child: &mut Child) -> Result<()> {
    // SIGTERM: this kernel then ends the processes that carry its own.
    if let Some(id) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
    let end = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        run::pause(Duration::from_millis(50));
    }
    child.kill().context("could not stop the guest")?;
    child.wait().map(drop).context("could not wait for the guest")
}
