//! Figures of the kernel's table: our crate, our agent, and Debian's `ipvsadm` and keepalived beside them in the same kernel. For
//! `cargo xtask bench ipvs`. Nothing here is a check; what must hold, the scenarios say.

mod agent;
mod connections;
mod rest;
mod table;

use crate::guide::Programs;
use crate::net::{self, Machine, Place};
use crate::process;
use crate::tap;
use anyhow::{Context as _, Result};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to measure and with what.
#[derive(Debug, Args)]
pub(crate) struct Choice {
    #[command(flatten)]
    programs: Programs,
    /// The example `measure` of the crate `ipvs`
    #[arg(long)]
    crate_figures: PathBuf,
    /// The example `measure` of the crate `agent`
    #[arg(long)]
    agent_figures: PathBuf,
    /// Another one, about connections
    #[arg(long)]
    connection_figures: PathBuf,
    /// The chapters; none: all of them
    chapters: Vec<Chapter>,
}

/// What belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Chapter {
    /// Filling an empty table
    Table,
    /// What the agent's reconciler takes
    Agent,
    /// Listing connections
    Connections,
    /// The agent at rest
    Rest,
}

/// Measures; one line per figure.
pub(crate) fn measure(choice: &Choice) -> Result<()> {
    net::prepare()?;
    let asked = |chapter| choice.chapters.is_empty() || choice.chapters.contains(&chapter);
    costs(&choice.crate_figures)?;
    if asked(Chapter::Table) {
        table::measure(&choice.crate_figures)?;
    }
    if asked(Chapter::Agent) {
        agent::measure(&choice.agent_figures, &choice.crate_figures)?;
    }
    if asked(Chapter::Connections) {
        connections::measure(&choice.crate_figures, &choice.connection_figures)?;
    }
    if asked(Chapter::Rest) {
        rest::measure(&choice.programs)?;
    }
    Ok(())
}

/// What the kernel's part of everything costs here.
fn costs(program: &Path) -> Result<()> {
    let text = process::feed(Command::new(program).arg("costs"), "")?;
    let of = |name| median(figures(&text, name)).with_context(|| format!("no figure for {name}"));
    let microseconds = |name| of(name).map(|seconds| seconds * 1e6);
    let (call, page) = (microseconds("call")?, microseconds("page")?);
    tap::line(&format!(
        "in this kernel a system call that does nothing takes {call:.2} µs, a fresh page {page:.2} µs"
    ));
    Ok(())
}

/// A machine with nothing but its loopback.
const BARE: &[Machine] = &[Machine { name: "bare", legs: &[], routes: &[] }];

/// Does something in a network namespace, and with a table, that nobody has used before: the kernel remembers removed destinations for a
/// while, and looks through all of them for every new one.
fn fresh<T>(work: impl FnOnce(&Place) -> Result<T>) -> Result<T> {
    let places = net::build(&[], ("lo", &[]), BARE)?;
    let place = places.first().context("no machine was made")?;
    let done = work(place);
    // Emptied here, so that the kernel does not do it while the next one is measured.
    place.read(&["ipvsadm", "-C"])?;
    net::clear(&[], BARE)?;
    done
}

/// The figures that a program writes, one `NAME SECONDS` per line, of this name.
fn figures(text: &str, name: &str) -> Vec<f64> {
    let of = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok();
    text.lines().filter_map(of).collect()
}

/// The middle one; `None` where there is none.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Seconds, to be read.
fn seconds(value: f64) -> String {
    if value < 0.01 { format!("{:.3} ms", value * 1000.0) } else { format!("{value:.3} s") }
}

/// A figure beside what it is to be.
fn say(what: &str, value: &str, target: &str) {
    tap::line(&format!("{what}: {value}{}{target}", if target.is_empty() { "" } else { "   target " }));
}

/// A program's version, in its first line.
fn version(words: &[&str]) -> String {
    let mut command = Command::new(words.first().copied().unwrap_or("false"));
    let said = process::listen(command.args(words.get(1..).unwrap_or_default()), "");
    said.map(|said| (said.out + &said.err).lines().next().unwrap_or_default().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_by_name() {
        let text = "floor 0.5\napply 1.25\nfloor 0.25\nnoise\n";
        assert_eq!(figures(text, "floor"), [0.5, 0.25]);
        assert_eq!(median(figures(text, "floor")), Some(0.5));
        assert_eq!(median(figures(text, "nothing")), None);
        assert_eq!(seconds(0.0042), "4.200 ms");
    }
}
