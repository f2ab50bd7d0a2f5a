//! Changes of the draft, through the browser's forms.

use super::Console;
use anyhow::{Context as _, Result};
use serde_json::Value;

impl Console {
    /// Changes fields of a virtual service.
    pub(crate) fn edit_service(&mut self, service: &str, changes: &[(&str, &str)]) -> Result<()> {
        let (service, _) = self.ids(service, None)?;
        let path = format!("{}/services/{service}", self.cluster_path());
        self.fill_in(&path, "ports", changes)
    }

    /// Changes how a virtual service's real servers are checked.
    pub(crate) fn edit_check(&mut self, service: &str, changes: &[(&str, &str)]) -> Result<()> {
        let (service, _) = self.ids(service, None)?;
        let path = format!("{}/services/{service}/monitoring", self.cluster_path());
        self.fill_in(&path, "check", changes)
    }

    /// Changes fields of the global settings.
    pub(crate) fn edit_settings(&mut self, changes: &[(&str, &str)]) -> Result<()> {
        let path = format!("{}/settings", self.cluster_path());
        self.fill_in(&path, "tcp_timeout", changes)
    }

    /// Changes fields of the redundancy.
    pub(crate) fn edit_redundancy(&mut self, changes: &[(&str, &str)]) -> Result<()> {
        let path = format!("{}/redundancy", self.cluster_path());
        self.fill_in(&path, "deadtime", changes)
    }

    /// Changes fields of a real server.
    pub(crate) fn edit_server(
        &mut self,
        service: &str,
        server: &str,
        changes: &[(&str, &str)],
    ) -> Result<()> {
        let (service, server) = self.ids(service, Some(server))?;
        let path = format!("{}/services/{service}/servers/{server}", self.cluster_path());
        self.fill_in(&path, "server_name", changes)
    }

    /// Adds a virtual service.
    pub(crate) fn add_service(&mut self, fields: &[(&str, &str)]) -> Result<()> {
        let path = format!("{}/services/new", self.cluster_path());
        self.fill_in(&path, "ports", fields)
    }

    /// Adds a real server to a virtual service that is applied already.
    pub(crate) fn add_server(&mut self, service: &str, fields: &[(&str, &str)]) -> Result<()> {
        let (service, _) = self.ids(service, None)?;
        let path = format!("{}/services/{service}/servers/new", self.cluster_path());
        self.fill_in(&path, "server_name", fields)
    }

    /// Deletes a real server.
    pub(crate) fn delete_server(&mut self, service: &str, server: &str) -> Result<()> {
        let (service, server) = self.ids(service, Some(server))?;
        self.send(&format!("{}/services/{service}/servers/{server}/delete", self.cluster_path()))
    }

    /// Decides about something in a director's table that somebody else made, as the director's page offers it: `adopt`,
    /// `ignore` or `remove`. `words` are in its row.
    pub(crate) fn decide(&mut self, director: u32, words: &str, action: &str) -> Result<()> {
        let path = format!("/directors/{director}");
        let page = self.page(&path)?;
        let entry = page.split("<tr").filter(|row| row.contains(words)).find_map(|row| {
            let value = row.split("name=\"entry\" value=\"").nth(1)?.split('"').next()?;
            Some(value.replace("&quot;", "\"").replace("&amp;", "&"))
        });
        let entry = entry.with_context(|| format!("{path} offers nothing to decide about {words}"))?;
        let fields = [("entry".to_owned(), entry), ("action".to_owned(), action.to_owned())];
        self.post(&format!("{path}/foreign"), &fields)
    }

    /// Presses a button below a page, with these fields.
    pub(crate) fn press(&mut self, page: &str, button: &str, fields: &[(&str, &str)]) -> Result<()> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.post(&format!("{page}/{button}"), &fields.iter().map(owned).collect::<Vec<_>>())
    }

    /// The numbers of a virtual service and one of its real servers, by their names in the live table.
    fn ids(&mut self, service: &str, server: Option<&str>) -> Result<(u64, u64)> {
        let shape = self.shape()?;
        let service = named(&shape["services"], service)?;
        let server = match server {
            Some(server) => {
                named(&service["servers"], server)?["id"].as_u64().context("an id that is no number")?
            }
            None => 0,
        };
        Ok((service["id"].as_u64().context("an id that is no number")?, server))
    }
}

fn named<'a>(list: &'a Value, name: &str) -> Result<&'a Value> {
    let all = list.as_array().context("the live table has no list")?;
    all.iter().find(|item| item["name"] == name).with_context(|| format!("the live table has no {name}"))
}
