//! The guest's kernel: user-mode Linux with IPVS, built once from Debian's kernel source and kept in the cache. It is a
//! program like any other: it needs no root, no virtual machine, no modules.
//!
//! Everything is made in a `.partial` directory and renamed at the end: an interrupted run is begun again, a half-made
//! kernel is never used.

use crate::packages::{self, Needed};
use crate::{place, run, say, web};
use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's package with the source: Debian 12 has it among its security updates, Debian 13 as its own.
const SOURCE: &str = "linux-source-6.12";

/// What compiles it.
const TOOLS: &[Needed] = &[
    ("gcc", "gcc"),
    ("ld", "binutils"),
    ("make", "make"),
    ("flex", "flex"),
    ("bison", "bison"),
    ("bc", "bc"),
    ("xz", "xz-utils"),
    ("perl", "perl"),
];

/// What is in the kernel.
fn configuration() -> PathBuf {
    place::root().join("lab/kernel.config")
}

/// The kernel, built now if need be. Two runs at once build it once.
pub(crate) fn ensure() -> Result<PathBuf> {
    let cache = place::cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("could not make {}", cache.display()))?;
    let name = name()?;
    let kernel = cache.join(&name).join("linux");
    let lock = cache.join(format!("{name}.lock"));
    let lock = File::create(&lock).with_context(|| format!("could not write {}", lock.display()))?;
    lock.lock().context("could not lock the cache")?;
    if kernel.exists() {
        return Ok(kernel);
    }
    packages::ensure(TOOLS, super::WITHOUT)?;
    let partial = cache.join(format!("{name}.partial"));
    if partial.exists() {
        fs::remove_dir_all(&partial).with_context(|| format!("could not remove {}", partial.display()))?;
    }
    let done = partial.join("done");
    fs::create_dir_all(&done).with_context(|| format!("could not make {}", done.display()))?;
    make(&partial, &done)?;
    fs::rename(&done, cache.join(&name)).with_context(|| format!("could not rename {}", done.display()))?;
    fs::remove_dir_all(&partial).with_context(|| format!("could not remove {}", partial.display()))?;
    Ok(kernel)
}

/// Whether [`ensure`] has all that it needs, or gets it now.
pub(super) fn can_be_built() -> Result<()> {
    if place::cache()?.join(name()?).join("linux").exists() {
        Ok(())
    } else {
        packages::ensure(TOOLS, super::WITHOUT)
    }
}

/// The directory in the cache: one for each version of the source and each configuration.
fn name() -> Result<String> {
    let configuration = configuration();
    let wanted =
        fs::read(&configuration).with_context(|| format!("could not read {}", configuration.display()))?;
    let mut hash = Sha256::new();
    hash.update(version()?);
    hash.update("\n");
    hash.update(wanted);
    let digest = web::hash::hex(&hash.finalize());
    Ok(format!("guest-kernel-{}", digest.get(..16).unwrap_or(&digest)))
}

/// The version of the source that apt would fetch.
fn version() -> Result<String> {
    if !packages::is_there("apt-cache") {
        bail!("this machine has no apt, which the guest's kernel source comes by; {}", super::WITHOUT);
    }
    if let Some(version) = candidate()? {
        return Ok(version);
    }
    // A machine that is new has no package lists, and then apt knows no package at all.
    if !rustix::process::geteuid().is_root() {
        bail!("apt does not know the package {SOURCE}; refresh its lists with\n    sudo apt-get update");
    }
    packages::refresh()?;
    candidate()?.with_context(|| {
        format!(
            "apt knows no package {SOURCE}; Debian 12 has it in bookworm-security, Debian 13 in main. Or {}",
            super::WITHOUT
        )
    })
}

fn candidate() -> Result<Option<String>> {
    Ok(candidate_in(&run::read(Command::new("apt-cache").args(["policy", SOURCE]).env("LC_ALL", "C"))?))
}

/// The candidate that `apt-cache policy` names.
fn candidate_in(text: &str) -> Option<String> {
    let version = text.lines().find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    (version != "(none)").then(|| version.to_owned())
}

fn make(partial: &Path, done: &Path) -> Result<()> {
    say::note(&format!("fetching {SOURCE} (about 150 MB)"));
    run::run(Command::new("apt-get").args(["download", "-q", SOURCE]).current_dir(partial))?;
    let deb = only(partial, |name| name.ends_with(".deb"))?;
    run::run(Command::new("dpkg").arg("-x").arg(&deb).arg(partial.join("deb")))?;
    let archive = only(&partial.join("deb/usr/src"), |name| name.ends_with(".tar.xz"))?;
    run::run(Command::new("tar").arg("-xJf").arg(&archive).current_dir(partial))?;
    let source = only(partial, |name| name.starts_with("linux-source-") && !name.ends_with(".deb"))?;
    say::note("compiling the guest's kernel (some minutes, once)");
    let log = partial.join("log");
    let out = File::create(&log).with_context(|| format!("could not write {}", log.display()))?;
    let make = || {
        let mut make = Command::new("make");
        run::clean(&mut make);
        make.current_dir(&source).arg("ARCH=um");
        // Whatever calls this may be a make itself.
        make.env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
        make
    };
    run::run(
        make()
            .arg("allnoconfig")
            .arg(format!("KCONFIG_ALLCONFIG={}", configuration().display()))
            .stdout(out.try_clone()?),
    )?;
    complete(&configuration(), &source.join(".config"))?;
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    run::run(make().arg(format!("-j{cores}")).arg("linux").stdout(out))
        .with_context(|| format!("the guest's kernel did not compile; see {}", log.display()))?;
    run::run(Command::new("strip").arg("-o").arg(done.join("linux")).arg(source.join("linux")))
}

/// An error when Kconfig dropped something that was asked for: a name that is wrong, or what it depends on is not there.
fn complete(wanted: &Path, got: &Path) -> Result<()> {
    let read =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()));
    let (wanted, got) = (read(wanted)?, read(got)?);
    let dropped = dropped(&wanted, &got);
    if !dropped.is_empty() {
        bail!("Kconfig dropped {} of lab/kernel.config", dropped.join(", "));
    }
    Ok(())
}

fn dropped<'a>(wanted: &'a str, got: &str) -> Vec<&'a str> {
    wanted
        .lines()
        .filter(|line| line.starts_with("CONFIG_") && !line.ends_with("=n"))
        .filter(|line| !got.lines().any(|other| other == *line))
        .collect()
}

/// The one entry of a directory whose name fits.
fn only(dir: &Path, fits: impl Fn(&str) -> bool) -> Result<PathBuf> {
    for entry in dir.read_dir().with_context(|| format!("could not read {}", dir.display()))? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| fits(&name.to_string_lossy())) {
            return Ok(path);
        }
    }
    bail!("{} does not hold what {SOURCE} should have brought", dir.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_apts_candidate() {
        let text =
            "linux-source-6.12:\n  Installed: (none)\n  Candidate: 6.12.117-1~deb12u1\n  Version table:\n";
        assert_eq!(candidate_in(text).as_deref(), Some("6.12.117-1~deb12u1"));
        assert_eq!(candidate_in("linux-source-6.12:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate_in(""), None);
    }

    #[test]
    fn names_what_kconfig_dropped() {
        let wanted = "# IPVS\nCONFIG_IP_VS=y\nCONFIG_IP_VS_TWOZ=y\nCONFIG_MODULES=n\n";
        assert_eq!(dropped(wanted, "CONFIG_IP_VS=y\n# CONFIG_MODULES is not set\n"), ["CONFIG_IP_VS_TWOZ=y"]);
    }
}
