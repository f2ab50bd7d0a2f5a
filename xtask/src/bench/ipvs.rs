//! The kernel's table, in the guest: our crate and agent beside `ipvsadm`, keepalived and a bare loop, all in one kernel and one run. What
//! is measured, and how, is in `lab/src/measure`; here it is built and started.

use crate::packages::{self, Needed};
use crate::{lab, programs, run, say};
use anyhow::Result;
use std::process::Command;

/// Beside what the lab needs.
const PEERS: &[Needed] = &[("keepalived", "keepalived"), ("strace", "strace")];

pub(super) fn measure() -> Result<()> {
    packages::ensure(PEERS, "measure something else: cargo xtask bench balancer")?;
    say::heading("the kernel's table: build");
    let programs = programs::release()?;
    let mut words = Vec::new();
    for (option, example) in [
        ("--crate-figures", "table_figures"),
        ("--agent-figures", "reconcile_figures"),
        ("--connection-figures", "connection_figures"),
    ] {
        words.extend([option.to_owned(), programs::example(example).display().to_string()]);
    }
    // Beside the same two of the guest: how much of a figure is the guest's.
    say::heading("the kernel's table: seconds for a system call and a fresh page on this machine");
    run::run(Command::new(programs::example("table_figures")).arg("costs"))?;
    say::heading("the kernel's table: one guest, one processor");
    lab::measure(&programs.agent, &words, say::line)
}
