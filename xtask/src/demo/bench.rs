//! The demo's cluster for measurements: built for release, logged in, with the few forms that they post.

use super::places::Places;
use super::stage::{self, Data, Stage};
use super::{smoke, until_serving};
use crate::programs;
use crate::{place, web};
use anyhow::{Context as _, Result, bail, ensure};
use std::net::SocketAddr;
use std::path::PathBuf;
use visitor::client::{Answer, Client};
use visitor::form;

/// The guide's cluster, running on free ports.
pub(crate) struct Guide {
    /// Logged in.
    pub(crate) client: Client,
    /// The cluster's number.
    pub(crate) cluster: String,
    stage: Stage,
    dir: PathBuf,
    _data: Data,
    _places: Places,
}

impl Guide {
    /// Builds, starts, waits until the virtual service answers, and logs in.
    pub(crate) fn start() -> Result<Self> {
        let site = web::build(web::Mode::Release)?;
        let programs = programs::release()?;
        let dir = place::target().join(format!("bench-{}", std::process::id()));
        let data = Data::open(&dir, true)?;
        let signals = super::Signals::catch()?;
        let places = Places::free()?;
        let mut stage = stage::set(&data, &places, &programs, &site)?;
        if !until_serving(&mut stage, &places, &signals)? {
            bail!("interrupted");
        }
        let client = smoke::log_in(&stage)?;
        let cluster = stage.cluster.clone();
        Ok(Self { client, cluster, stage, dir, _data: data, _places: places })
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
        std::fs::remove_dir_all(&self.dir).with_context(|| format!("could not remove {}", self.dir.display()))
    }
}

fn done(answer: &Answer, path: &str) -> Result<()> {
    ensure!(answer.status == 303, "POST {path} was answered with status {}, not 303", answer.status);
    Ok(())
}
