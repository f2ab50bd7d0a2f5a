//! The console on the management host: made by its command line, visited as a browser without script does.

use super::Programs;
use super::agent::FLEET;
use crate::process::{self, Daemon};
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use visitor::client::{Answer, Client};
use visitor::{form, live};

/// Where browsers connect.
const PAGES: &str = "127.0.0.1:3636";
const USER: &str = "admin";
/// Of a console that nobody else can reach.
const PASSWORD: &str = "the guide's four machines";

/// The console, with one cluster.
pub(crate) struct Console {
    programs: Programs,
    data: PathBuf,
    log: PathBuf,
    listen: String,
    daemon: Option<Daemon>,
    visitor: Option<Client>,
    cluster: String,
    /// The generation that was applied last.
    applied: u64,
}

impl Console {
    /// A data directory with an administrator and the cluster, of which nothing is applied yet.
    pub(super) fn make(programs: &Programs, dir: &Path, lvs_cf: &str) -> Result<Self> {
        let data = dir.join("console");
        let mut console = Self {
            programs: programs.clone(),
            data,
            log: dir.join("console.log"),
            listen: PAGES.to_owned(),
            daemon: None,
            visitor: None,
            cluster: String::new(),
            applied: 1,
        };
        console.begin()?;
        let file = dir.join("lvs.cf");
        fs::write(&file, lvs_cf).with_context(|| format!("could not write {}", file.display()))?;
        let answer = console.ask(&["lvscf", "import", &file.to_string_lossy(), "--name", "guide"], "")?;
        let cluster =
            answer.lines().find_map(|line| line.strip_prefix("cluster ")?.split_whitespace().next());
        console.cluster =
            cluster.with_context(|| format!("the import named no cluster: {answer}"))?.to_owned();
        Ok(console)
    }

    /// The administrator. A password takes long to hash, by intent: it is done once, and copied from then on.
    fn begin(&self) -> Result<()> {
        let first = Path::new("/run/lab/first-console");
        if !first.exists() {
            let mut command = Command::new(&self.programs.console);
            command.args(["user", "add", USER, "--password-stdin", "--data"]).arg(first);
            process::feed(&mut command, PASSWORD)?;
        }
        process::feed(Command::new("cp").arg("-r").arg(first).arg(&self.data), "").map(drop)
    }

    /// Adds a director; its agent's token.
    pub(crate) fn add_director(&self, name: &str) -> Result<String> {
        let answer = self.ask(&["director", "add", name, "--cluster", &self.cluster], "")?;
        Ok(answer.trim().to_owned())
    }

    /// Adds a real server; its agent's token.
    pub(super) fn add_real_server(&self, name: &str) -> Result<String> {
        let words = ["director", "add", name, "--role", "real-server", "--cluster", &self.cluster];
        Ok(self.ask(&words, "")?.trim().to_owned())
    }

    /// Applies the draft and starts the balancing, from the command line.
    pub(super) fn apply_first(&self) -> Result<()> {
        self.ask(&["apply", "--cluster", &self.cluster, "--message", "The guide's cluster", "--start"], "")
            .map(drop)
    }

    /// Serves on another address than the management host's loopback.
    pub(crate) fn listen_on(&mut self, address: &str) {
        address.clone_into(&mut self.listen);
    }

    /// Starts the console, and logs in where nobody has yet.
    pub(crate) fn start(&mut self) -> Result<()> {
        let mut command = Command::new(&self.programs.console);
        command.args(["serve", "--listen", &self.listen, "--fleet", FLEET, "--allow-plain-http", "--data"]);
        command.arg(&self.data).arg("--site").arg(&self.programs.site);
        let mut daemon = Daemon::start("the console", &mut command, &self.log)?;
        daemon.ready("fleet ")?;
        self.daemon = Some(daemon);
        if self.visitor.is_none() {
            self.log_in()?;
        }
        Ok(())
    }

    /// Ends it, as the system's service manager does.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.daemon.take().map_or(Ok(()), |mut daemon| daemon.end())
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.daemon.take().map_or(Ok(()), |mut daemon| daemon.kill())
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        self.daemon.as_ref().map_or_else(String::new, Daemon::last_words)
    }

    /// A page's text.
    pub(crate) fn page(&mut self, path: &str) -> Result<String> {
        let answer = self.client()?.get(path)?;
        ensure!(answer.status == 200, "GET {path} was answered with status {}", answer.status);
        Ok(answer.body)
    }

    /// Fills in the form of a page, the one with the field `mark`, and sends it to the page's own address.
    pub(crate) fn fill_in(&mut self, path: &str, mark: &str, changes: &[(&str, &str)]) -> Result<()> {
        self.fill_in_to(path, path, mark, changes)
    }

    /// The same with another address to send it to.
    pub(crate) fn fill_in_to(
        &mut self,
        path: &str,
        to: &str,
        mark: &str,
        changes: &[(&str, &str)],
    ) -> Result<()> {
        let page = self.page(path)?;
        let mark = format!("name=\"{mark}\"");
        let mut fields =
            form::fields(&page, &mark).with_context(|| format!("{path} has no form with {mark}"))?;
        for (name, value) in changes {
            form::set(&mut fields, name, (*value).to_owned());
        }
        let answer = self.client()?.post(to, &fields)?;
        done(&answer, to)
    }

    /// Applies the draft, through the browser's form.
    pub(crate) fn apply(&mut self) -> Result<()> {
        let cluster = self.cluster_path();
        let page = format!("{cluster}/changes");
        self.fill_in_to(&page, &format!("{cluster}/apply"), "message", &[("message", "A change")])?;
        self.applied += 1;
        Ok(())
    }

    /// Stops the cluster, as the dashboard's button and its question do.
    pub(crate) fn stop_cluster(&mut self) -> Result<()> {
        let path = format!("{}/stop", self.cluster_path());
        let page = self.page(&path)?;
        // With several virtual services the question wants their number.
        let number =
            page.split_once("Type ").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default();
        self.post(&path, &[("confirm".to_owned(), number.to_owned())])?;
        self.applied += 1;
        Ok(())
    }

    /// Starts the balancing again.
    pub(crate) fn start_cluster(&mut self) -> Result<()> {
        self.send(&format!("{}/start", self.cluster_path()))?;
        self.applied += 1;
        Ok(())
    }

    /// Sends a form without fields: a button.
    pub(super) fn send(&mut self, path: &str) -> Result<()> {
        self.post(path, &[])
    }

    /// Sends these fields.
    pub(super) fn post(&mut self, path: &str, fields: &[(String, String)]) -> Result<()> {
        let answer = self.client()?.post(path, fields)?;
        done(&answer, path)
    }

    /// `/clusters/1`.
    pub(crate) fn cluster_path(&self) -> String {
        format!("/clusters/{}", self.cluster)
    }

    /// An error that names the first director that has not verified what is applied.
    pub(super) fn all_verified(&mut self) -> Result<()> {
        let shape = self.shape()?;
        let wanted = self.applied;
        let directors = shape["directors"].as_array().context("the live table has no directors")?;
        ensure!(!directors.is_empty(), "the cluster has no director");
        for director in directors {
            if director["phase"]["verified"] != wanted {
                bail!(
                    "{} is at {} with generation {wanted} applied: {}",
                    director["name"],
                    director["phase"],
                    director["error"]
                );
            }
        }
        Ok(())
    }

    /// How the live table shows a real server.
    pub(super) fn state_of(&mut self, server: &str) -> Result<Option<String>> {
        let path = format!("{}/control/stream", self.cluster_path());
        live::state(&self.client()?.event(&path, "shape")?, server)
    }

    /// The live table.
    pub(crate) fn shape(&mut self) -> Result<Value> {
        let path = format!("{}/control/stream", self.cluster_path());
        let event = self.client()?.event(&path, "shape")?;
        serde_json::from_str(&event).context("the live table is not JSON")
    }

    /// Watches the live table, as a browser does, until `stop` is set; how many updates came.
    pub(crate) fn watch(&mut self, stop: &AtomicBool) -> Result<usize> {
        let path = format!("{}/control/stream", self.cluster_path());
        let mut updates = 0;
        self.client()?.events(&path, |_, _| {
            updates += 1;
            !stop.load(Ordering::Relaxed)
        })?;
        Ok(updates)
    }

    fn client(&mut self) -> Result<&mut Client> {
        self.visitor.as_mut().context("nobody has logged in")
    }

    fn log_in(&mut self) -> Result<()> {
        let mut visitor = Client::new(PAGES.parse()?);
        let page = visitor.get("/login")?;
        let fields = form::log_in(&page.body, USER, PASSWORD).context("the log-in page has no form")?;
        done(&visitor.post("/login", &fields)?, "/login")?;
        self.visitor = Some(visitor);
        Ok(())
    }

    /// Runs the console's command line.
    fn ask(&self, words: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(&self.programs.console);
        process::feed(command.args(words).arg("--data").arg(&self.data), input)
    }
}

/// Forms are answered by leading on to another page; anything else shows the form again, with what is wrong.
fn done(answer: &Answer, path: &str) -> Result<()> {
    if answer.status == 303 {
        return Ok(());
    }
    let wrong: Vec<&str> = answer
        .body
        .split("class=\"error\"")
        .skip(1)
        .filter_map(|rest| rest.split('>').nth(1)?.split('<').next())
        .collect();
    bail!("POST {path} was answered with status {}: {}", answer.status, wrong.join("; "))
}
