//! Runs other programs: cargo, npm, apt-get. A failure names the whole command, so that a reader can repeat it.

use anyhow::{Context as _, Result, bail};
use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What to look at when a compilation failed: its own words stand above.
pub(crate) const COMPILING: &str = "could not compile; see cargo's words above. If it could not fetch a crate: the first \
     build needs the network, later ones do not";

/// `cargo`, without what an outer `cargo run` left in the environment: those variables name *this* crate, and build
/// scripts that watch them would run again for nothing.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new("cargo");
    clean(&mut command);
    command.current_dir(crate::place::root());
    command
}

/// Takes the outer cargo's variables out of a command's environment.
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name == "CARGO" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
}

/// The command as a line one could type.
pub(crate) fn words(command: &Command) -> String {
    let quoted = |word: &OsStr| {
        let word = word.to_string_lossy();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=/.,:+@%".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.into_owned()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    std::iter::once(command.get_program()).chain(command.get_args()).map(quoted).collect::<Vec<_>>().join(" ")
}

/// Runs to the end with this terminal; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = words(command);
    let status = command.status().with_context(|| format!("could not start `{line}`"))?;
    check(&line, status)
}

/// Runs and gives back what it wrote to standard output; what it wrote to standard error is in the error.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let line = words(command);
    let output = command.output().with_context(|| format!("could not start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs with a limit of time: for what may hang on a network that answers nothing.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let line = words(command);
    let mut child = command.spawn().with_context(|| format!("could not start `{line}`"))?;
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().with_context(|| format!("could not wait for `{line}`"))? {
            return check(&line, status);
        }
        if Instant::now() >= end {
            child.kill().with_context(|| format!("could not stop `{line}`"))?;
            child.wait()?;
            bail!("`{line}` had not finished after {} s and was stopped", limit.as_secs());
        }
        pause(Duration::from_millis(50));
    }
}

/// Runs, passes every line of both outputs on at once, and shows each to `seen`. For test runners whose closing lines
/// are counted.
pub(crate) fn tee(command: &mut Command, mut seen: impl FnMut(&str)) -> Result<ExitStatus> {
    let line = words(command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("could not start `{line}`"))?;
    let (sender, lines) = std::sync::mpsc::channel::<Vec<u8>>();
    let outputs: [Option<Box<dyn std::io::Read + Send>>; 2] = [
        child.stdout.take().map(|out| Box::new(out) as Box<dyn std::io::Read + Send>),
        child.stderr.take().map(|out| Box::new(out) as Box<dyn std::io::Read + Send>),
    ];
    for output in outputs.into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(output);
            let mut text = Vec::new();
            while reader.read_until(b'\n', &mut text).is_ok_and(|n| n > 0) {
                if sender.send(std::mem::take(&mut text)).is_err() {
                    break;
                }
            }
        });
    }
    drop(sender);
    for text in lines {
        let mut out = std::io::stdout().lock();
        out.write_all(&text).and_then(|()| out.flush()).context("could not write to standard output")?;
        seen(&String::from_utf8_lossy(&text));
    }
    child.wait().with_context(|| format!("could not wait for `{line}`"))
}

/// Waits a little: between two looks at something that cannot say by itself that it changed.
#[expect(clippy::disallowed_methods, reason = "this program has no async runtime to block")]
pub(crate) fn pause(time: Duration) {
    thread::sleep(time);
}

fn check(line: &str, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_as_typed() {
        let mut command = Command::new("echo");
        command.args(["a-b", "it's here", ""]);
        assert_eq!(words(&command), r"echo a-b 'it'\''s here' ''");
    }

    #[test]
    fn a_failure_names_the_command_and_its_words() {
        let error =
            read(Command::new("sh").args(["-c", "echo no network >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("exit 3"), "{error}");
        assert!(error.contains("no network"), "{error}");
    }

    #[test]
    fn what_hangs_is_stopped() {
        let error = run_within(Command::new("sleep").arg("60"), Duration::from_millis(100)).unwrap_err();
        assert!(error.to_string().contains("was stopped"), "{error}");
    }

    #[test]
    fn tee_shows_both_outputs() {
        let mut lines = Vec::new();
        let status = tee(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 4"]), |line| {
            lines.push(line.trim().to_owned());
        });
        lines.sort();
        assert_eq!(lines, ["one", "two"]);
        assert_eq!(status.unwrap().code(), Some(4));
    }
}
