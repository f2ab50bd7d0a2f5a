//! A console with many agents: its memory, and how long a push takes to reach all of them and to be reported by all of them.

use crate::{programs, run, say};
use anyhow::{Context as _, Result};
use std::process::Command;

/// Clusters of two directors each, and services of each cluster.
const CLUSTERS: &str = "500";
const SERVICES: &str = "20";

pub(super) fn measure() -> Result<()> {
    say::heading("many agents: build");
    programs::release()?;
    say::heading("1,000 agents, 10,000 services: a console beside them on this machine");
    let text = run::read(Command::new(programs::example("fleet_figures")).args([CLUSTERS, SERVICES]))?;
    let of = |name: &str| {
        let values = text.lines().filter_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        values.reduce(f64::max).with_context(|| format!("no figure for {name} in: {text}"))
    };
    let (empty, full, peak) = (of("empty-mib ")?, of("full-mib ")?, of("peak-mib ")?);
    say::line(&format!(
        "  console's memory: {full:.0} MiB, at most {peak:.0} MiB; without agents {empty:.0} MiB   target 256 MiB"
    ));
    say::line(&format!(
        "  every agent enrolled, connected and reported {:.1} s after the first one began",
        of("enrolled ")?
    ));
    say::line(&format!(
        "  a push to all until the last one has reported it: {:.2} s, the slowest of five   target 2 s",
        of("reached ")?
    ));
    say::line(&format!("    before it, the 500 revisions are written one by one: {:.2} s", of("written ")?));
    Ok(())
}
