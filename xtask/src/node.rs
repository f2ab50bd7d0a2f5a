//! Packages from npm, always as a package-lock.json pins them. No package may run a script while it is installed:
//! some would download programs.

use crate::{run, say};
use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Whether this machine has Node.js and npm.
pub(crate) fn present() -> bool {
    crate::place::program(&["node"]).is_some() && crate::place::program(&["npm"]).is_some()
}

/// Installs the packages of `dir`'s package-lock.json into `dir/node_modules`, unless they are there already.
pub(crate) fn install(dir: &Path) -> Result<()> {
    let lock = dir.join("package-lock.json");
    let text = fs::read(&lock).with_context(|| format!("could not read {}", lock.display()))?;
    let wanted = crate::web::hash::hex(&Sha256::digest(&text));
    let stamp = dir.join("node_modules/.arapaima");
    if fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    if !present() {
        bail!("this machine has no Node.js with npm");
    }
    say::note(&format!("npm ci in {}", dir.display()));
    let mut command = Command::new("npm");
    command
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--loglevel=error",
        ])
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .current_dir(dir);
    run::run(&mut command).context("could not fetch the packages from npm; is there a network?")?;
    fs::write(&stamp, wanted).with_context(|| format!("could not write {}", stamp.display()))
}
