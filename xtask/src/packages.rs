//! Programs from Debian's packages: as root they are installed, else the one command that installs them is named.

use crate::{place, run, say};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// A program and the package that has it.
pub(crate) type Needed = (&'static str, &'static str);

/// Makes sure that these programs are there; `without` is how to go on without them.
pub(crate) fn ensure(needed: &[Needed], without: &str) -> Result<()> {
    let lacking: BTreeSet<&str> =
        needed.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = lacking.into_iter().collect();
    if place::program(&["apt-get"]).is_none() {
        bail!(
            "install these (by Debian's names) with this system's own package manager: {}; or {without}",
            packages.join(" ")
        );
    }
    if !rustix::process::geteuid().is_root() {
        bail!("sudo apt-get update && sudo apt-get install -y {}; or {without}", packages.join(" "));
    }
    say::note(&format!("installing {}", packages.join(" ")));
    refresh()?;
    let mut command = apt();
    command.args(["install", "-q", "-y", "--no-install-recommends"]).args(&packages);
    run::run(&mut command).with_context(|| format!("could not install {}", packages.join(" ")))
}

/// Fetches apt's package lists anew. For root.
pub(crate) fn refresh() -> Result<()> {
    run::run(apt().args(["update", "-q"]))
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Whether a program is on `PATH` or where the system keeps root's programs.
pub(crate) fn is_there(program: &str) -> bool {
    place::program(&[program]).is_some()
        || ["/usr/sbin", "/sbin"].iter().any(|dir| Path::new(dir).join(program).exists())
}
