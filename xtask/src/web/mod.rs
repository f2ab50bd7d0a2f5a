//! `cargo xtask web`: everything that browsers load, in `target/site`: the pages' WebAssembly and its glue, the style
//! sheet, each under a name that holds its content's hash (so that it can be cached for ever), each with its brotli
//! and gzip form beside it, and `manifest.json`, from which the console learns the names.

mod bindgen;
mod compress;
mod css;
pub(crate) mod hash;
mod manifest;
mod optimise;

use crate::{place, run, say, wasm};
use anyhow::{Context as _, Result};
use manifest::Manifest;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Counts up when this module writes other files for the same input.
const FORMAT: &str = "1";

/// How the browser part is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As it is shipped: optimised for size.
    Release,
    /// Quickly: no optimisation, for work on the pages.
    Dev,
}

impl Mode {
    fn profile(self) -> &'static str {
        match self {
            Self::Release => "wasm-release",
            Self::Dev => "dev",
        }
    }

    fn directory(self) -> &'static str {
        match self {
            Self::Release => "wasm-release",
            Self::Dev => "debug",
        }
    }
}

/// Builds what is out of date and gives back the directory, [`place::site`].
pub(crate) fn build(mode: Mode) -> Result<PathBuf> {
    let toolchain = wasm::ensure()?;
    let module = module(&toolchain, mode)?;
    let wasm = fs::read(&module).with_context(|| format!("could not read {}", module.display()))?;
    let styles = css::read(&place::root().join("style"))?;
    let optimiser = match mode {
        Mode::Release => optimise::find()?,
        Mode::Dev => None,
    };
    let site = place::site();
    // Two runs at once, such as a demo beside the tests, make the files once.
    let _held = hold(&site.with_extension("lock"))?;
    let stamp = stamp(&wasm, &styles, bindgen::locked_version()?.as_str(), optimiser.as_ref(), mode);
    if Manifest::is_complete(&site, &stamp) {
        say::note("the browser's files are up to date");
        return Ok(site);
    }
    let next = site.with_extension("next");
    clear(&next)?;
    let work = site.with_extension("bindgen");
    clear(&work)?;
    bindgen::run(&module, &work, mode)?;
    if let Some(optimiser) = &optimiser {
        let before = Instant::now();
        match optimise::run(optimiser, &work.join("app_bg.wasm")) {
            Ok(()) => say::note(&format!("wasm-opt took {} s", before.elapsed().as_secs())),
            // An old Node.js, for instance, may not run it.
            Err(error) => {
                say::note(&format!("wasm-opt is left out, and browsers load a larger file: {error:#}"));
            }
        }
    }
    let manifest = assemble(&work, &styles, &next, &stamp)?;
    if site.exists() {
        fs::remove_dir_all(&site).with_context(|| format!("could not remove {}", site.display()))?;
    }
    fs::rename(&next, &site).with_context(|| format!("could not rename {}", next.display()))?;
    for line in manifest.words() {
        say::note(&line);
    }
    Ok(site)
}

/// Makes the tools ready that [`build`] uses, without building.
pub(crate) fn tools() -> Result<()> {
    bindgen::program()?;
    optimise::find().map(|_| ())
}

/// Compiles what [`build`] makes the files of.
pub(crate) fn compile(mode: Mode) -> Result<()> {
    module(&wasm::ensure()?, mode).map(drop)
}

fn module(toolchain: &wasm::Toolchain, mode: Mode) -> Result<PathBuf> {
    say::note(&format!("compiling the pages for the browser with {}", toolchain.words()));
    let mut command = toolchain.cargo();
    for_browser(&mut command, "build", mode);
    run::run(&mut command).context(run::COMPILING)?;
    Ok(front().join(wasm::TARGET).join(mode.directory()).join("app.wasm"))
}

/// Completes a `cargo` command to one that looks at the pages as the browser gets them.
pub(crate) fn for_browser(cargo: &mut Command, subcommand: &str, mode: Mode) {
    cargo
        .args([subcommand, "-p", "app", "--lib", "--target", wasm::TARGET, "--no-default-features"])
        .args(["--features", "hydrate", "--profile", mode.profile(), "--target-dir"])
        .arg(front())
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", remap());
}

/// A target directory of its own: another compiler, another profile, no waiting for cargo's lock.
fn front() -> PathBuf {
    place::target().join("front")
}

/// Panic messages hold file names: those of the project, not of the machine that built it.
fn remap() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(Path::new(&home).join(".cargo"))
    });
    let mut flags = format!("--remap-path-prefix={}=.", place::root().display());
    if let Some(home) = home {
        flags.push_str(&format!(" --remap-path-prefix={}=/cargo", home.display()));
    }
    flags
}

/// What the finished files depend on, in one line.
fn stamp(
    wasm: &[u8],
    styles: &str,
    bindgen: &str,
    optimiser: Option<&optimise::WasmOpt>,
    mode: Mode,
) -> String {
    let mut hash = Sha256::new();
    for part in [
        FORMAT.as_bytes(),
        wasm,
        styles.as_bytes(),
        bindgen.as_bytes(),
        optimiser.map_or("", |found| found.version.as_str()).as_bytes(),
        format!("{mode:?}").as_bytes(),
    ] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash::hex(&hash.finalize())
}

/// Gives every file its final name, compresses it and writes the manifest.
fn assemble(work: &Path, styles: &str, next: &Path, stamp: &str) -> Result<Manifest> {
    let mut manifest = Manifest::new(stamp);
    let read = |name: &str| {
        let file = work.join(name);
        fs::read(&file).with_context(|| format!("could not read {}", file.display()))
    };
    let wasm = manifest.add("app.wasm", read("app_bg.wasm")?);
    let mut glue =
        String::from_utf8(read("app.js")?).context("wasm-bindgen wrote something that is not text")?;
    // The glue asks for the module by name, relative to itself.
    glue = glue.replace("app_bg.wasm", &wasm);
    for snippet in bindgen::snippets(work)? {
        let text = read(&snippet)?;
        let name = manifest.add(&snippet, text);
        glue = glue.replace(&format!("./{snippet}"), &format!("./{name}"));
    }
    manifest.add("app.js", glue.into_bytes());
    manifest.add("app.css", css::minify(styles).into_bytes());
    manifest.write(next)?;
    Ok(manifest)
}

/// Waits for the lock; it goes with the file.
fn hold(path: &Path) -> Result<File> {
    let file = File::create(path).with_context(|| format!("could not write {}", path.display()))?;
    file.lock().with_context(|| format!("could not lock {}", path.display()))?;
    Ok(file)
}

fn clear(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("could not remove {}", dir.display()))?;
    }
    fs::create_dir_all(dir).with_context(|| format!("could not make {}", dir.display()))
}
