//! Builds the console and the agent.

use crate::{place, run, say};
use anyhow::{Context as _, Result};
use std::path::PathBuf;

/// Where the two programs are.
pub(crate) struct Programs {
    pub(crate) console: PathBuf,
    pub(crate) agent: PathBuf,
}

/// With what else the programs are built. Cargo turns on, in every crate, the features that any selected package
/// wants; one selection for all steps of a run means that every dependency is compiled once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    /// The programs alone.
    Alone,
    /// With the tests of all crates, exactly as the lints and the test runner build them.
    WithTests,
}

impl Selection {
    /// Cargo's arguments that select the packages.
    pub(crate) fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Alone => &["--package", "server", "--package", "agent"],
            Self::WithTests => &["--workspace"],
        }
    }

    fn targets(self) -> &'static [&'static str] {
        match self {
            Self::Alone => &["--bins"],
            Self::WithTests => &["--lib", "--bins", "--tests"],
        }
    }
}

/// Compiles what is out of date.
pub(crate) fn build(selection: Selection) -> Result<Programs> {
    say::note("compiling the console and the agent");
    run::run(run::cargo().arg("build").args(selection.packages()).args(selection.targets()))
        .context(run::COMPILING)?;
    let bin = place::target().join("debug");
    Ok(Programs { console: bin.join("arapaima"), agent: bin.join("arapaima-agent") })
}

/// Compiles what is out of date, and the lab's program with it.
pub(crate) fn lab(selection: Selection) -> Result<(Programs, PathBuf)> {
    say::note("compiling the console, the agent and the lab");
    let mut command = run::cargo();
    command.arg("build").args(selection.packages()).args(selection.targets());
    if selection == Selection::Alone {
        command.args(["--package", "lab"]);
    }
    run::run(&mut command).context(run::COMPILING)?;
    let bin = place::target().join("debug");
    Ok((Programs { console: bin.join("arapaima"), agent: bin.join("arapaima-agent") }, bin.join("lab")))
}

/// Compiles the lab's program alone, if it is out of date.
pub(crate) fn lab_alone() -> Result<PathBuf> {
    run::run(run::cargo().args(["build", "--package", "lab", "--bins"])).context(run::COMPILING)?;
    Ok(place::target().join("debug/lab"))
}

/// The examples that measurements run.
const MEASURED: [&str; 6] =
    ["fleet_figures", "reconcile_figures", "connection_figures", "table_figures", "forward", "load"];

/// Compiles everything that is measured for release, whatever is asked for: one selection for all measurements.
pub(crate) fn release() -> Result<Programs> {
    say::note("compiling for release; this takes minutes the first time");
    let mut command = run::cargo();
    command.args([
        "build",
        "--release",
        "--workspace",
        "--exclude",
        "xtask",
        "--exclude",
        "xtask-bindgen",
        "--bins",
    ]);
    for example in MEASURED {
        command.args(["--example", example]);
    }
    run::run(&mut command).context(run::COMPILING)?;
    let bin = place::target().join("release");
    Ok(Programs { console: bin.join("arapaima"), agent: bin.join("arapaima-agent") })
}

/// Where an example is that [`release`] has compiled.
pub(crate) fn example(name: &str) -> PathBuf {
    place::target().join("release/examples").join(name)
}
