//! The demo's cluster for measurements: built for release, logged in, with the few forms that they post.

use super::places::Places;
use super::stage::{self, Data, Stage};
use super::{smoke, until_serving};
use crate::programs::Programs;
use crate::{place, run};
use anyhow::{Context as _, Result, bail, ensure};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use visitor::client::{Answer, Client};
use visitor::form;

/// The guide's cluster, running on free ports.
pub(crate) struct Guide {
    /// Logged in.
    pub(crate) client: Client,
    /// The cluster's number.
    pub(crate) cluster: String,
    stage: Stage,
    program: PathBuf,
    dir: PathBuf,
    _data: Data,
    places: Places,
}

impl Guide {
    /// Starts, waits until the virtual service answers, and logs in.
    pub(crate) fn start(programs: &Programs, site: &Path) -> Result<Self> {
        let dir = place::target().join(format!("bench-{}", std::process::id()));
        let data = Data::open(&dir, true)?;
        let signals = super::Signals::catch()?;
        let places = Places::free()?;
        let mut stage = stage::set(&data, &places, programs, site)?;
        if !until_serving(&mut stage, &places, &signals)? {
            bail!("interrupted");
        }
        let client = smoke::log_in(&stage)?;
        let cluster = stage.cluster.clone();
        let program = programs.console.clone();
        Ok(Self { client, cluster, stage, program, dir, _data: data, places })
    }

    /// The console's process id.
    pub(crate) fn console(&self) -> u32 {
        self.stage.console.id()
    }

    /// Where the virtual service answers.
    pub(crate) fn service(&self) -> SocketAddr {
        self.places.service
    }

    /// Makes a cluster of a table as `ipvsadm-save` writes it, and applies it; gives back its number.
    pub(crate) fn take_over(&self, name: &str, table: &str) -> Result<String> {
        let file = self.dir.join(name);
        fs::write(&file, table).with_context(|| format!("could not write {}", file.display()))?;
        let file = file.display().to_string();
        let answer = self.command(&["ipvsadm", "import", &file, "--name", name])?;
        let cluster = stage::imported(&answer)
            .with_context(|| format!("the import did not name the cluster: `{}`", answer.trim()))?;
        self.command(&["apply", "--cluster", &cluster, "--message", "measured", "--start"])?;
        Ok(cluster)
    }

    /// Runs one of the console's commands on its data.
    fn command(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        run::clean(&mut command);
        run::read(command.args(arguments).arg("--data").arg(&self.dir))
    }

    /// Adds a virtual service without real servers to the draft.
    pub(crate) fn add_service(&mut self, name: &str, address: SocketAddr) -> Result<()> {
        let path = format!("/clusters/{}/services/new", self.cluster);
        let page = self.client.get(&path)?;
        let mut fields =
            form::fields(&page.body, "name=\"ports\"").context("no form for a virtual service")?;
        for (name, value) in [
            ("name", name.to_owned()),
            ("address", address.ip().to_string()),
            ("ports", address.port().to_string()),
            ("active", "1".to_owned()),
        ] {
            form::set(&mut fields, name, value);
        }
        done(&self.client.post(&path, &fields)?, &path)
    }

    /// The fields of the form that applies the draft.
    pub(crate) fn apply_form(&mut self, message: &str) -> Result<Vec<(String, String)>> {
        let page = self.client.get(&format!("/clusters/{}/changes", self.cluster))?;
        let mut fields = form::fields(&page.body, "name=\"message\"").context("no form to apply")?;
        form::set(&mut fields, "message", message.to_owned());
        Ok(fields)
    }

    /// Applies.
    pub(crate) fn apply(&mut self, fields: &[(String, String)]) -> Result<()> {
        let path = format!("/clusters/{}/apply", self.cluster);
        done(&self.client.post(&path, fields)?, &path)
    }

    /// Stops what it started and removes its data.
    pub(crate) fn end(mut self) -> Result<()> {
        self.stage.agent.stop().and(self.stage.console.stop())?;
        fs::remove_dir_all(&self.dir).with_context(|| format!("could not remove {}", self.dir.display()))
    }
}

fn done(answer: &Answer, path: &str) -> Result<()> {
    ensure!(answer.status == 303, "POST {path} was answered with status {}, not 303", answer.status);
    Ok(())
}
