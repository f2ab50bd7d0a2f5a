//! The list of everything that is linked into the console, the agent and the browser part, with its licence: what the console's page
//! about itself shows. It is checked in, so that a build needs nothing but the sources, and a test says when it is out of date.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use serde_json::Value;

use crate::{place, run};

/// The programs, and the target of each.
const PROGRAMS: &[(&[&str], &str)] =
    &[(&["server", "agent"], "x86_64-unknown-linux-gnu"), (&["app"], "wasm32-unknown-unknown")];

/// The list, in the server's sources.
pub(crate) fn file() -> PathBuf {
    place::root().join("server/src/http/pages/settings/licences.tsv")
}

/// Writes the list anew.
pub(crate) fn write() -> anyhow::Result<()> {
    let path = file();
    fs::write(&path, list()?).with_context(|| format!("cannot write {}", path.display()))
}

/// One line a crate: name, version, licence, address; by name.
fn list() -> anyhow::Result<String> {
    let mut lines = BTreeSet::new();
    for (programs, target) in PROGRAMS {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", target]);
        let metadata: Value = serde_json::from_str(&run::read(cargo.current_dir(place::root()))?)?;
        lines.extend(linked(&metadata, programs));
    }
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

/// The lines of what these programs are made of.
fn linked(metadata: &Value, programs: &[&str]) -> Vec<String> {
    let each = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let text = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let packages: BTreeMap<String, Value> =
        each(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<String, Value> =
        each(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let is_program = |package: &Value| {
        package["source"].is_null() && programs.iter().any(|program| package["name"] == *program)
    };
    let mut next: Vec<String> =
        packages.iter().filter(|(_, package)| is_program(package)).map(|(id, _)| id.clone()).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = next.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let Some(node) = nodes.get(&id) else { continue };
        // Not what only tests or builds need: that is in no program.
        let linked =
            |dependency: &Value| each(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        next.extend(each(&node["deps"]).iter().filter(|one| linked(one)).map(|one| text(&one["pkg"])));
    }
    let foreign =
        seen.iter().filter_map(|id| packages.get(id)).filter(|package| !package["source"].is_null());
    let line = |package: &Value| {
        ["name", "version", "license", "repository"]
            .map(|field| text(&package[field]).replace(['\t', '\n'], " "))
            .join("\t")
    };
    foreign.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_that_of_the_lock_file_and_leaves_nobody_out() {
        let list = list().unwrap();
        assert!(list.lines().count() > 100);
        for line in list.lines() {
            let licence = line.split('\t').nth(2).unwrap_or_default();
            assert!(!licence.is_empty(), "{line}");
        }
        let kept = fs::read_to_string(file()).unwrap();
        assert!(kept == list, "the licences are out of date: run `cargo xtask licences` and check it in");
    }
}
