//! The tests in `end2end/`, run by Node.js's own test runner against the programs and the browser's files as built.

use super::closing::Tally;
use super::{missing, units};
use crate::programs::{self, Selection};
use crate::{node, place, say, web};
use anyhow::{Context as _, Result, bail};
use std::process::Command;

/// The file of tests that takes longest begins first, so that the others are done beside it.
const LONGEST: &str = "pages.test.js";

/// Builds what the tests use and runs them.
pub(super) fn run(tally: &mut Tally) {
    say::heading("browser tests: build");
    match command() {
        Ok(mut command) => {
            say::heading("browser tests");
            units::count("browser", &mut command, tally);
        }
        Err(error) => {
            say::line(&format!("error: {error:#}"));
            tally.fail("browser");
        }
    }
}

fn command() -> Result<Command> {
    let dir = place::root().join("end2end");
    node::install(&dir)?;
    let chromium = missing::chromium().context("no Chromium was found")?;
    let site = web::build(web::Mode::Release)?;
    let programs = programs::build(Selection::WithTests)?;
    let mut tests = Vec::new();
    for entry in dir.read_dir().with_context(|| format!("could not read {}", dir.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.js") {
            tests.push(path);
        }
    }
    tests.sort_by_key(|path| (!path.ends_with(LONGEST), path.clone()));
    if tests.is_empty() {
        bail!("there is no *.test.js in {}", dir.display());
    }
    let mut command = Command::new("node");
    command
        .args(["--test", "--test-reporter=spec", "--test-concurrency=2"])
        .args(tests)
        .env("ARAPAIMA_BIN", programs.console)
        .env("ARAPAIMA_AGENT_BIN", programs.agent)
        .env("ARAPAIMA_SITE", site)
        .env("CHROMIUM", chromium)
        .current_dir(dir);
    Ok(command)
}
