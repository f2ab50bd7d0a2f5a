//! `cargo xtask bench`: what the program costs, measured on this machine. Figures differ from machine to machine, so where
//! a peer exists it runs beside us, in turns, in the same run, and the ratio is what counts. Nothing here is a test.

mod balancer;
mod figures;
mod fleet;
mod ipvs;
mod peers;
mod web;

use anyhow::Result;
use clap::ValueEnum;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Bytes and times of the console's pages, applies, many viewers, a browser on a slow network
    Web,
    /// The embedded data plane beside HAProxy and nginx
    Balancer,
    /// A console with a thousand agents: memory, and how fast a push reaches all
    Fleet,
    /// The kernel's table beside ipvsadm and keepalived, in the guest kernel
    Ipvs,
}

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Choice {
    /// The subject; all of them where none is named
    subject: Vec<Subject>,
}

/// Measures what was asked for.
pub(crate) fn bench(choice: &Choice) -> Result<()> {
    let asked = |subject| choice.subject.is_empty() || choice.subject.contains(&subject);
    if asked(Subject::Web) {
        web::measure()?;
    }
    if asked(Subject::Balancer) {
        balancer::measure()?;
    }
    if asked(Subject::Fleet) {
        fleet::measure()?;
    }
    if asked(Subject::Ipvs) {
        ipvs::measure()?;
    }
    Ok(())
}
