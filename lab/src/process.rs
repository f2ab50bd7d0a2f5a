//! Programs: run to the end, or started and ended by their own ids.

use crate::time::{pause, within};
use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What a program wrote, whether it succeeded or not.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs to the end with `input`; standard output. Anything but success is an error that holds standard error.
pub(crate) fn feed(command: &mut Command, input: &str) -> Result<String> {
    let said = listen(command, input)?;
    if !said.success {
        bail!("`{}` failed: {} {}", words(command), said.out.trim(), said.err.trim());
    }
    Ok(said.out)
}

/// Runs to the end with `input`.
pub(crate) fn listen(command: &mut Command, input: &str) -> Result<Said> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("could not start `{}`", words(command)))?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that reads no input may have closed it already.
        _ = pipe.write_all(input.as_bytes());
    }
    let output =
        child.wait_with_output().with_context(|| format!("could not wait for `{}`", words(command)))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said { success: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) })
}

/// The command as one could type it, roughly.
pub(crate) fn words(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
    words.join(std::ffi::OsStr::new(" ")).to_string_lossy().into_owned()
}

/// A program that goes on until it is ended. Everything it writes goes to one file.
#[derive(Debug)]
pub(crate) struct Daemon {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it; `log` is begun anew.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
        let both = file.try_clone().context("could not share a log")?;
        command.stdin(Stdio::null()).stdout(file).stderr(both);
        let child = command.spawn().with_context(|| format!("could not start `{}`", words(command)))?;
        Ok(Self { name: name.to_owned(), child, log: log.to_path_buf() })
    }

    /// Waits for a line that begins so; gives back the rest of it.
    pub(crate) fn ready(&mut self, beginning: &str) -> Result<String> {
        within(Duration::from_secs(60), || {
            let log = self.log();
            if let Some(rest) = log.lines().find_map(|line| line.strip_prefix(beginning)) {
                return Ok(Ok(rest.trim().to_owned()));
            }
            if let Some(status) = self.child.try_wait()? {
                return Ok(Err(anyhow::anyhow!("{} ended ({status}): {}", self.name, self.last_words())));
            }
            bail!("{} has not said `{beginning}`: {}", self.name, self.last_words())
        })?
    }

    /// Everything it wrote.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The end of what it wrote.
    pub(crate) fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// An error when it has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("{} ended by itself ({status}): {}", self.name, self.last_words()),
            None => Ok(()),
        }
    }

    /// As `kill -9`.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill().with_context(|| format!("could not kill {}", self.name))?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end and waits.
    pub(crate) fn end(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        self.signal(Signal::TERM)?;
        // The agent lets connections of the embedded data plane finish: 10 seconds, by default.
        for _ in 0..1500 {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            pause(10);
        }
        self.kill()?;
        bail!("{} did not end when asked to, and was killed", self.name)
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        kill_process(id, signal).with_context(|| format!("could not signal {}", self.name))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Where a scenario failed on the way; the ordinary end came before.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
