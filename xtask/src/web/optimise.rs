//! `wasm-opt`, from npm's `binaryen` package where npm is. Never the `wasm-opt` on `PATH`: Debian's version 108
//! breaks the module without an error, and the page then never wakes up. Without it the module is right, but larger.

use crate::{node, place, run, say};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program and its version.
pub(super) struct WasmOpt {
    script: PathBuf,
    pub(super) version: String,
}

/// Fetches it where npm is; says so where it is not.
pub(super) fn find() -> Result<Option<WasmOpt>> {
    let pinned = place::root().join("xtask/wasm-opt");
    let dir = place::target().join("wasm-opt");
    if !node::present() {
        say::note("no npm here: wasm-opt is left out, and browsers load a larger file");
        return Ok(None);
    }
    fs::create_dir_all(&dir).with_context(|| format!("could not make {}", dir.display()))?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(pinned.join(name), dir.join(name)).with_context(|| format!("could not copy {name}"))?;
    }
    if let Err(error) = node::install(&dir) {
        say::note(&format!("wasm-opt is left out, and browsers load a larger file: {error:#}"));
        return Ok(None);
    }
    let package = dir.join("node_modules/binaryen");
    let manifest = package.join("package.json");
    let text = fs::read(&manifest).with_context(|| format!("could not read {}", manifest.display()))?;
    let json: serde_json::Value =
        serde_json::from_slice(&text).context("binaryen's package.json is not JSON")?;
    let version = json["version"].as_str().context("binaryen's package.json names no version")?.to_owned();
    Ok(Some(WasmOpt { script: package.join("bin/wasm-opt"), version }))
}

/// Makes the module smaller, in place.
pub(super) fn run(tool: &WasmOpt, module: &Path) -> Result<()> {
    let out = module.with_extension("opt");
    let before = size(module)?;
    say::note(&format!("wasm-opt {} on {}", tool.version, say::size(before)));
    let mut command = Command::new("node");
    command.arg(&tool.script).arg(module).arg("-o").arg(&out);
    command.args(["-Oz", "--enable-bulk-memory", "--enable-nontrapping-float-to-int"]);
    run::run(&mut command)?;
    if size(&out)? < 8 {
        bail!("wasm-opt wrote no module to {}", out.display());
    }
    fs::rename(&out, module).with_context(|| format!("could not rename {}", out.display()))
}

fn size(file: &Path) -> Result<u64> {
    Ok(fs::metadata(file).with_context(|| format!("could not look at {}", file.display()))?.len())
}
