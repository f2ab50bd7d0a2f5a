//! Sets the stage: the data directory, the guide's cluster from its lvs.cf, the console, one director's agent.

use super::child::Program;
use super::places::{PORT, Places};
use crate::programs::Programs;
use crate::{place, run, say};
use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The administrator's name.
pub(super) const USER: &str = "admin";

/// The name of the file that marks a directory as a demo's: `begun`, then `ready CLUSTER`.
const MARK: &str = "arapaima-demo";

/// How long the console and the agent may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// A data directory, held by this demo alone.
pub(super) struct Data {
    dir: PathBuf,
    /// The lock on it goes with this file.
    mark: File,
    /// The cluster that an earlier demo left here.
    cluster: Option<String>,
}

/// A running cluster.
pub(super) struct Stage {
    pub(super) console: Program,
    pub(super) agent: Program,
    /// Where the console's pages are.
    pub(super) pages: SocketAddr,
    /// The cluster's number in the console.
    pub(super) cluster: String,
    /// The administrator's password, when this run made it.
    pub(super) password: Option<String>,
}

impl Data {
    /// Takes the directory: a new one, or what an earlier demo left (with `reset`, that is removed first).
    pub(super) fn open(dir: &Path, reset: bool) -> Result<Self> {
        let path = dir.join(MARK);
        if dir.exists() && !path.exists() && dir.read_dir()?.next().is_some() {
            bail!(
                "{} holds other things than a demo's data; name another directory with --data",
                dir.display()
            );
        }
        fs::create_dir_all(dir).with_context(|| format!("could not make {}", dir.display()))?;
        let mut mark = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("could not write {}", path.display()))?;
        if mark.try_lock().is_err() {
            bail!("another demo is using {}; name another directory with --data", dir.display());
        }
        let mut text = String::new();
        mark.read_to_string(&mut text)?;
        let cluster = text.trim().strip_prefix("ready ").map(str::to_owned).filter(|_| !reset);
        if cluster.is_none() {
            // Nothing yet, an interrupted first run, or a wish to begin anew.
            empty(dir)?;
        }
        Ok(Self { dir: dir.to_path_buf(), mark, cluster })
    }

    /// Whether an earlier demo left its cluster here.
    pub(super) fn is_from_earlier(&self) -> bool {
        self.cluster.is_some()
    }

    /// Marks the data as complete: from now on the next demo uses it.
    pub(super) fn keep(&mut self, cluster: &str) -> Result<()> {
        self.mark.set_len(0)?;
        self.mark.rewind()?;
        writeln!(self.mark, "ready {cluster}").context("could not mark the data directory as complete")
    }
}

/// Removes everything but the mark, which is locked.
fn empty(dir: &Path) -> Result<()> {
    for entry in dir.read_dir()? {
        let path = entry?.path();
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else if path.file_name().is_some_and(|name| name == MARK) {
            Ok(())
        } else {
            fs::remove_file(&path)
        };
        removed.with_context(|| format!("could not remove {}", path.display()))?;
    }
    Ok(())
}

/// Makes the cluster unless it is there, and starts the console and the agent.
pub(super) fn set(data: &Data, places: &Places, programs: &Programs, site: &Path) -> Result<Stage> {
    let mut password = None;
    let mut token = None;
    let cluster = match data.cluster.clone() {
        Some(cluster) => {
            say::note(&format!("using the cluster of an earlier demo in {}", data.dir.display()));
            cluster
        }
        None => {
            let (made, secret, cluster) = make(data, places, programs)?;
            (password, token) = (Some(made), Some(secret));
            cluster
        }
    };
    let mut console = start_console(&data.dir, places, programs, site)?;
    let pages = console.ready("listening http://", PATIENCE)?;
    let pages = pages.trim_end_matches('/').parse().with_context(|| format!("`{pages}` is no address"))?;
    let fleet = console.ready("fleet ", PATIENCE)?;
    let mut command = Command::new(&programs.agent);
    command
        .args(["run", "--data-plane", "user", "--console", &fleet, "--state"])
        .arg(data.dir.join("agent-vs1"));
    if let Some(token) = &token {
        command.args(["--token", token]);
    }
    let agent = Program::start("the agent", &mut command, &data.dir.join("agent.log"))?;
    Ok(Stage { console, agent, pages, cluster, password })
}

fn start_console(dir: &Path, places: &Places, programs: &Programs, site: &Path) -> Result<Program> {
    let mut command = Command::new(&programs.console);
    command
        .args([
            "serve",
            "--listen",
            &places.console.to_string(),
            "--fleet",
            &places.fleet.to_string(),
            "--data",
        ])
        .arg(dir)
        .arg("--site")
        .arg(site);
    Program::start("the console", &mut command, &dir.join("console.log"))
}

/// The administrator, the cluster from its lvs.cf, its director's token, and the first revision.
fn make(data: &Data, places: &Places, programs: &Programs) -> Result<(String, String, String)> {
    let console = |arguments: &[&str]| {
        let mut command = Command::new(&programs.console);
        run::clean(&mut command);
        command.args(arguments).arg("--data").arg(&data.dir);
        command
    };
    let password = password()?;
    say::note(&format!("adding the user {USER}"));
    feed(&mut console(&["user", "add", USER, "--password-stdin"]), &password)?;

    let guide = place::root().join("xtask/demo/guide.cf");
    let text = fs::read_to_string(&guide).with_context(|| format!("could not read {}", guide.display()))?;
    let file = data.dir.join("guide.cf");
    fs::write(&file, on_port(&text, places.service.port()))
        .with_context(|| format!("could not write {}", file.display()))?;
    say::note(&format!("importing {}", guide.display()));
    let file = file.to_string_lossy();
    let Said { answer, remarks } = feed(&mut console(&["lvscf", "import", &file, "--name", "guide"]), "")?;
    for loss in remarks.lines() {
        say::note(&format!("  {loss}"));
    }
    let cluster = imported(&answer)
        .with_context(|| format!("`arapaima lvscf import` did not name the cluster: `{}`", answer.trim()))?;

    say::note("adding the director vs1");
    let token =
        feed(&mut console(&["director", "add", "vs1", "--cluster", &cluster]), "")?.answer.trim().to_owned();
    say::note("applying");
    feed(&mut console(&["apply", "--cluster", &cluster, "--message", "The guide's cluster", "--start"]), "")?;
    Ok((password, token, cluster))
}

/// What a program wrote to its standard output, and to its standard error.
struct Said {
    answer: String,
    remarks: String,
}

/// Runs a program with this on its standard input.
fn feed(command: &mut Command, input: &str) -> Result<Said> {
    let line = run::words(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("could not start `{line}`"))?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that reads no input may have closed it already.
        _ = writeln!(pipe, "{input}");
    }
    let output = child.wait_with_output().with_context(|| format!("could not wait for `{line}`"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = Said { answer: text(&output.stdout), remarks: text(&output.stderr) };
    if !output.status.success() {
        bail!("`{line}` failed ({}): {}", output.status, said.remarks.trim());
    }
    Ok(said)
}

/// The guide with its service on another port.
fn on_port(guide: &str, port: u16) -> String {
    guide.replace(&format!("port = {PORT}"), &format!("port = {port}"))
}

/// From `cluster 1 guide`.
pub(super) fn imported(answer: &str) -> Option<String> {
    let line = answer.lines().find_map(|line| line.strip_prefix("cluster "))?;
    line.split_whitespace().next().map(str::to_owned)
}

/// 20 letters and digits that are not easily mistaken for one another: 98 bits.
fn password() -> Result<String> {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0u8; 20];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).context("no randomness")?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_moves_to_another_port() {
        let guide = fs::read_to_string(place::root().join("xtask/demo/guide.cf")).unwrap();
        let moved = on_port(&guide, 40_123);
        assert_eq!(moved.matches("port = 40123").count(), 1);
        assert!(moved.contains("heartbeat_port = 539"));
    }

    #[test]
    fn passwords_differ_and_are_long() {
        let (one, two) = (password().unwrap(), password().unwrap());
        assert_eq!(one.len(), 20);
        assert_ne!(one, two);
    }

    #[test]
    fn the_import_names_its_cluster() {
        assert_eq!(imported("cluster 7 guide\n").as_deref(), Some("7"));
        assert_eq!(imported("nothing"), None);
    }

    #[test]
    fn a_directory_with_other_things_is_refused_and_one_demo_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("demo");
        let mut first = Data::open(&data, false).unwrap();
        assert!(!first.is_from_earlier());
        assert!(Data::open(&data, false).err().unwrap().to_string().contains("another demo"));
        fs::write(data.join("arapaima.db"), "x").unwrap();
        first.keep("3").unwrap();
        drop(first);
        assert!(Data::open(&data, false).unwrap().is_from_earlier());
        assert!(!Data::open(&data, true).unwrap().is_from_earlier());
        assert!(!data.join("arapaima.db").exists());
        fs::write(dir.path().join("thesis.txt"), "x").unwrap();
        assert!(Data::open(dir.path(), true).err().unwrap().to_string().contains("other things"));
    }

    #[test]
    fn an_interrupted_first_run_is_begun_again() {
        let dir = tempfile::tempdir().unwrap();
        let first = Data::open(dir.path(), false).unwrap();
        fs::write(dir.path().join("arapaima.db"), "half").unwrap();
        drop(first);
        assert!(!Data::open(dir.path(), false).unwrap().is_from_earlier());
        assert!(!dir.path().join("arapaima.db").exists());
    }
}
