//! wasm-bindgen, at exactly the version that Cargo.lock names. It is a small program of this workspace
//! (`xtask/bindgen`), compiled when the browser part is first built.

use super::Mode;
use crate::{place, run, say};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of the `wasm-bindgen` crate in Cargo.lock; the tool must have the same.
pub(super) fn locked_version() -> Result<String> {
    let path = place::root().join("Cargo.lock");
    let lock = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    agreed_version(&lock)
}

/// Compiles the tool if need be.
pub(super) fn program() -> Result<PathBuf> {
    locked_version()?;
    say::note("wasm-bindgen (compiled once, some minutes on a small machine)");
    // Of the whole workspace: its dependencies with the features that the tests give them, so that each is compiled once.
    run::run(run::cargo().args(["build", "--workspace", "--bin", "xtask-bindgen"]))
        .context(run::COMPILING)?;
    Ok(place::target().join("debug/xtask-bindgen"))
}

/// Writes `app_bg.wasm`, `app.js` and the snippets that crates bring along into `out`.
pub(super) fn run(module: &Path, out: &Path, mode: Mode) -> Result<()> {
    let program = program()?;
    let mut command = Command::new(program);
    command.arg(module).arg(out);
    if mode == Mode::Dev {
        command.arg("--keep-names");
    }
    run::run(&mut command)
}

/// The names of the snippets below `out`, as the glue imports them but for a leading `./`.
pub(super) fn snippets(out: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    collect(out, &out.join("snippets"), &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(out: &Path, dir: &Path, found: &mut Vec<String>) -> Result<()> {
    if !dir.exists() {
        return Ok(());
    }
    for entry in dir.read_dir().with_context(|| format!("could not read {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(out, &path, found)?;
        } else if let Ok(name) = path.strip_prefix(out) {
            found.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

fn agreed_version(lock: &str) -> Result<String> {
    let library = version(lock, "wasm-bindgen").context("Cargo.lock does not hold wasm-bindgen")?;
    let tool = version(lock, "wasm-bindgen-cli-support")
        .context("Cargo.lock does not hold wasm-bindgen-cli-support")?;
    if library != tool {
        bail!(
            "Cargo.lock holds wasm-bindgen {library} but wasm-bindgen-cli-support {tool}; the browser part needs \
             both at one version. Write the same `=` version for both in Cargo.toml"
        );
    }
    Ok(library)
}

fn version(lock: &str, name: &str) -> Option<String> {
    let mut lines = lock.lines();
    let wanted = format!("name = \"{name}\"");
    lines.find(|line| *line == wanted)?;
    Some(lines.next()?.strip_prefix("version = \"")?.trim_end_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(library: &str, tool: &str) -> String {
        format!(
            "[[package]]\nname = \"wasm-bindgen\"\nversion = \"{library}\"\n\n[[package]]\nname = \
             \"wasm-bindgen-cli-support\"\nversion = \"{tool}\"\n"
        )
    }

    #[test]
    fn both_versions_must_agree() {
        assert_eq!(agreed_version(&lock("0.2.130", "0.2.130")).unwrap(), "0.2.130");
        let error = agreed_version(&lock("0.2.131", "0.2.130")).unwrap_err().to_string();
        assert!(error.contains("0.2.131") && error.contains("0.2.130"), "{error}");
        assert!(agreed_version("").is_err());
    }

    #[test]
    fn the_project_agrees() {
        assert!(!locked_version().unwrap().is_empty());
    }
}
