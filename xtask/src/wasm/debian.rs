//! The browser toolchain from Debian's packages, for machines where rustup cannot download: Debian's `rustc-web`,
//! unpacked beside the system (no root needed, nothing installed), and the wasm32 standard library compiled once from
//! `rust-web-src`. About a minute, 150 MB fetched, 550 MB kept.
//!
//! Everything is made in a `.partial` directory and renamed at the end: an interrupted run is begun again, a
//! half-made toolchain is never used.

use super::{TARGET, has_std};
use crate::{place, run, say};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's packages that are asked for; apt adds what they depend on. clippy comes along so that the browser part's
/// own lines are linted for the browser.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];

/// Counts up when this file makes a toolchain that differs from what it made before.
const NAME: &str = "wasm-debian-1";

/// Debian's name for this machine's kind, as in `/usr/lib/x86_64-linux-gnu`.
const MULTIARCH: &str = if cfg!(target_arch = "aarch64") { "aarch64-linux-gnu" } else { "x86_64-linux-gnu" };

/// Rust's name for it.
const HOST: &str =
    if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };

/// The finished toolchain, if there is one.
pub(super) fn installed() -> Result<Option<PathBuf>> {
    let root = place::cache()?.join(NAME);
    Ok((root.is_dir() && has_std(&mut rustc(&root))).then_some(root))
}

/// The finished toolchain, made now if need be. Two runs at once make it once.
pub(super) fn ensure() -> Result<PathBuf> {
    let cache = place::cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("could not make {}", cache.display()))?;
    let lock = cache.join(format!("{NAME}.lock"));
    let lock = File::create(&lock).with_context(|| format!("could not write {}", lock.display()))?;
    lock.lock().context("could not lock the cache")?;
    if let Some(root) = installed()? {
        return Ok(root);
    }
    let partial = cache.join(format!("{NAME}.partial"));
    let root = cache.join(NAME);
    for old in [&partial, &root] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("could not remove {}", old.display()))?;
        }
    }
    make(&partial)?;
    fs::rename(&partial, &root).with_context(|| format!("could not rename {}", partial.display()))?;
    Ok(root)
}

/// `cargo` of the toolchain below `root`.
pub(super) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(root.join("usr/bin/cargo"));
    run::clean(&mut command);
    environment(&mut command, root);
    command.env("RUSTC", root.join("usr/bin/rustc")).current_dir(place::root());
    command
}

fn rustc(root: &Path) -> Command {
    let mut command = Command::new(root.join("usr/bin/rustc"));
    environment(&mut command, root);
    command
}

/// The libraries lie where the system's linker does not look; `cargo clippy` looks for its driver on `PATH`.
fn environment(command: &mut Command, root: &Path) {
    command
        .env("LD_LIBRARY_PATH", libraries(root))
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO_BUILD_TARGET");
    let mut path = vec![root.join("usr/bin")];
    path.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    if let Ok(path) = std::env::join_paths(path) {
        command.env("PATH", path);
    }
}

fn libraries(root: &Path) -> PathBuf {
    root.join("usr/lib").join(MULTIARCH)
}

fn make(root: &Path) -> Result<()> {
    for tool in ["apt-get", "apt-cache", "dpkg"] {
        if place::program(&[tool]).is_none() {
            bail!("this machine has no {tool}");
        }
    }
    let debs = root.join("debs");
    fs::create_dir_all(&debs).with_context(|| format!("could not make {}", debs.display()))?;
    refresh_lists()?;
    let (mut packages, lld) = packages()?;
    say::note("fetching Debian's Rust for the browser (about 150 MB)");
    let mut simulate = Command::new("apt-get");
    simulate.args(["install", "-s", "--no-install-recommends"]).args(&packages);
    packages.extend(to_install(&run::read(&mut simulate)?));
    run::run(Command::new("apt-get").args(["download", "-q"]).args(&packages).current_dir(&debs))?;
    unpack(&debs, root)?;
    if !root.join("usr/bin/rustc").exists() {
        bail!("Debian's packages were fetched but hold no usr/bin/rustc");
    }
    link_lld(root, &lld)?;
    build_std(root)?;
    for needless in ["debs", "build", "library", "usr/src", "usr/share/doc"] {
        let dir = root.join(needless);
        if dir.exists() {
            fs::remove_dir_all(&dir).with_context(|| format!("could not remove {}", dir.display()))?;
        }
    }
    if !has_std(&mut rustc(root)) {
        bail!("the standard library for {TARGET} was built, but rustc does not find it");
    }
    Ok(())
}

/// A machine that is new has no package lists, and then apt knows no package at all.
fn refresh_lists() -> Result<()> {
    if run::read(Command::new("apt-cache").args(["show", "rustc-web"])).is_ok_and(|text| !text.is_empty()) {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() {
        bail!("apt does not know the package rustc-web; refresh its lists with\n    sudo apt-get update");
    }
    run::run(Command::new("apt-get").args(["update", "-q"]))
}

/// Debian's packages to unpack whether or not the machine has them installed, and which of them is the linker that
/// belongs to rustc's LLVM (such as `lld-22`).
fn packages() -> Result<(BTreeSet<String>, String)> {
    let depends = |package: &str, start: &str| -> Result<String> {
        let text = run::read(Command::new("apt-cache").args(["depends", package]))?;
        dependency(&text, start).with_context(|| format!("{package} does not depend on {start}…"))
    };
    let std = depends("rustc-web", "libstd-rust-web-dev")?;
    let compiler = depends(&std, "libstd-rust-web-")?;
    let llvm = depends(&compiler, "libllvm")?;
    let lld = format!("lld-{}", llvm.trim_start_matches("libllvm"));
    let mut all: BTreeSet<String> = PACKAGES.map(str::to_owned).into();
    all.extend([std, compiler, llvm, lld.clone()]);
    Ok((all, lld))
}

/// The first package of that beginning that `apt-cache depends` names.
fn dependency(text: &str, start: &str) -> Option<String> {
    text.lines()
        .filter_map(|line| line.trim().trim_start_matches('|').strip_prefix("Depends: "))
        .find(|name| name.starts_with(start))
        .map(str::to_owned)
}

/// The packages that `apt-get install -s` would install.
fn to_install(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("Inst ")?.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

fn unpack(debs: &Path, root: &Path) -> Result<()> {
    let files = debs.read_dir().with_context(|| format!("could not read {}", debs.display()))?;
    for file in files {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "deb") {
            run::run(Command::new("dpkg").arg("-x").arg(&file).arg(root))?;
        }
    }
    Ok(())
}

/// rustc asks for `rust-lld` in its own directory.
fn link_lld(root: &Path, lld: &str) -> Result<()> {
    let version = lld.trim_start_matches("lld-");
    let bin = root.join("usr/lib/rustlib").join(HOST).join("bin");
    fs::create_dir_all(&bin).with_context(|| format!("could not make {}", bin.display()))?;
    let linker = bin.join("rust-lld");
    if linker.symlink_metadata().is_err() {
        symlink(format!("../../../../lib/llvm-{version}/bin/lld"), &linker)
            .with_context(|| format!("could not link {}", linker.display()))?;
    }
    if !linker.exists() {
        bail!("{lld} holds no lld at {}", linker.display());
    }
    Ok(())
}

/// Compiles std as Rust's own build does: profile `dist` embeds bitcode, so that link-time optimisation works.
fn build_std(root: &Path) -> Result<()> {
    say::note(&format!("compiling the standard library for {TARGET} (about a minute)"));
    let source = source(root)?;
    let library = root.join("library");
    run::run(Command::new("cp").arg("-r").arg(&source).arg(&library))?;
    let build = root.join("build");
    // Paths of this machine must not end up in what browsers load.
    let flags =
        format!("-Zforce-unstable-if-unmarked --remap-path-prefix={}=/rustc/library", library.display());
    let mut command = cargo(root);
    command
        .current_dir(&library)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags)
        .env("__CARGO_DEFAULT_LIB_METADATA", "stablestd")
        .env("CARGO_TARGET_DIR", &build)
        .args(["build", "--locked", "--profile", "dist", "--target", TARGET])
        .args(["--manifest-path", "sysroot/Cargo.toml", "--features", "panic-unwind,backtrace"]);
    run::run(&mut command)?;
    let into = root.join("usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&into).with_context(|| format!("could not make {}", into.display()))?;
    let built = build.join(TARGET).join("dist/deps");
    for file in built.read_dir().with_context(|| format!("could not read {}", built.display()))? {
        let file = file?.path();
        if let (Some(name), true) = (file.file_name(), file.extension().is_some_and(|kind| kind == "rlib")) {
            fs::copy(&file, into.join(name)).with_context(|| format!("could not copy {}", file.display()))?;
        }
    }
    Ok(())
}

/// `usr/src/rustc-VERSION/library`, from rust-web-src.
fn source(root: &Path) -> Result<PathBuf> {
    let all = root.join("usr/src");
    for entry in all.read_dir().with_context(|| format!("could not read {}", all.display()))? {
        let library = entry?.path().join("library");
        if library.join("sysroot/Cargo.toml").exists() {
            return Ok(library);
        }
    }
    bail!("rust-web-src holds no library below {}", all.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_apt_prints() {
        let depends = "libstd-rust-web-1.96\n  Depends: libc6\n |Depends: libgcc-s1\n  Depends: libllvm22\n";
        assert_eq!(dependency(depends, "libllvm").as_deref(), Some("libllvm22"));
        assert_eq!(dependency(depends, "lld"), None);
        let install = "Reading package lists...\nInst libllvm22 (1:22.1.8-1 Debian:12 [amd64])\nInst rustc-web (1.96)\n\
                       Conf rustc-web (1.96)\n";
        assert_eq!(to_install(install), ["libllvm22", "rustc-web"]);
    }
}
