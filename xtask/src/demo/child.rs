//! A program that the demo started: its ready lines, its log, its end. Each is in a process group of its own, so that
//! Ctrl-C reaches only the demo, which then stops them in order, each by its own process id.

use crate::run;
use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to end after it was asked to, before it is killed. The agent lets connections drain.
const GRACE: Duration = Duration::from_secs(10);

/// One running program.
pub(super) struct Program {
    name: &'static str,
    child: Child,
    log: PathBuf,
    lines: Receiver<String>,
    ended: Option<ExitStatus>,
}

impl Program {
    /// Starts it; its standard error goes to the file `log`.
    pub(super) fn start(name: &'static str, command: &mut Command, log: &Path) -> Result<Self> {
        let line = run::words(command);
        let file = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
        run::clean(command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file).process_group(0);
        let mut child = command.spawn().with_context(|| format!("could not start `{line}`"))?;
        let out = child.stdout.take().context("a child without standard output")?;
        let (sender, lines) = std::sync::mpsc::channel();
        thread::spawn(move || {
            // Reads on when nobody listens any more: a full pipe would stop the program.
            for line in BufReader::new(out).lines().map_while(std::io::Result::ok) {
                _ = sender.send(line);
            }
        });
        Ok(Self { name, child, log: log.to_path_buf(), lines, ended: None })
    }

    /// Waits for a line of standard output that begins so; gives back the rest of it.
    pub(super) fn ready(&mut self, beginning: &str, limit: Duration) -> Result<String> {
        let end = Instant::now() + limit;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(rest) = line.strip_prefix(beginning) {
                        return Ok(rest.trim().to_owned());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{} was not ready after {} s{}", self.name, limit.as_secs(), self.last_words())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    // Its output is closed, so it is about to end; `check` says how, once it has.
                    while Instant::now() < end {
                        self.check()?;
                        run::pause(Duration::from_millis(20));
                    }
                    bail!("{} closed its output without being ready{}", self.name, self.last_words())
                }
            }
        }
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// An error once the program has ended by itself.
    pub(super) fn check(&mut self) -> Result<()> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().with_context(|| format!("could not look at {}", self.name))?;
        }
        match self.ended {
            Some(status) => bail!("{} ended by itself ({status}){}", self.name, self.last_words()),
            None => Ok(()),
        }
    }

    /// Asks it to end, waits, and kills it if it does not.
    pub(super) fn stop(&mut self) -> Result<()> {
        if self.ended.is_some() || self.child.try_wait()?.is_some() {
            return Ok(());
        }
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            rustix::process::kill_process(id, rustix::process::Signal::TERM)
                .with_context(|| format!("could not ask {} to end", self.name))?;
        }
        let end = Instant::now() + GRACE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait()? {
                self.ended = Some(status);
                return Ok(());
            }
            run::pause(Duration::from_millis(20));
        }
        self.child.kill().with_context(|| format!("could not kill {}", self.name))?;
        self.ended = Some(self.child.wait()?);
        bail!("{} had not ended {} s after it was asked to, and was killed", self.name, GRACE.as_secs())
    }

    /// The end of its log, for an error message.
    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(12).collect();
        if lines.is_empty() {
            return format!("; it wrote nothing to {}", self.log.display());
        }
        let tail: Vec<&str> = lines.into_iter().rev().collect();
        format!("; the end of {}:\n    {}", self.log.display(), tail.join("\n    "))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Only when something failed on the way: the ordinary end is `stop`, in order and with an answer.
        _ = self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(script: &str, dir: &Path) -> Program {
        Program::start("it", Command::new("sh").args(["-c", script]), &dir.join("log")).unwrap()
    }

    #[test]
    fn a_ready_line_gives_its_rest_and_the_program_ends_when_asked() {
        let dir = tempfile::tempdir().unwrap();
        let mut program = start("echo hello; echo listening http://127.0.0.1:1; exec sleep 60", dir.path());
        assert_eq!(program.ready("listening ", Duration::from_secs(10)).unwrap(), "http://127.0.0.1:1");
        program.check().unwrap();
        program.stop().unwrap();
        assert!(program.child.try_wait().unwrap().is_some());
    }

    #[test]
    fn an_early_end_tells_the_end_of_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let mut program = start("echo the port is taken >&2; exit 7", dir.path());
        let error = program.ready("listening ", Duration::from_secs(10)).unwrap_err().to_string();
        assert!(error.contains("exit status: 7") && error.contains("the port is taken"), "{error}");
        assert!(program.check().is_err());
    }
}
