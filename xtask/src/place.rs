//! Where things are: the work tree, cargo's target directory, the cache that outlives both.

use anyhow::{Context as _, Result};
use std::env;
use std::path::{Path, PathBuf};

/// The work tree: the directory above this crate.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's target directory: `CARGO_TARGET_DIR` where it is set, else `target` in the work tree.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) if !dir.is_empty() => root().join(dir),
        _ => root().join("target"),
    }
}

/// What the console serves beside its pages: the browser's files and their manifest.
pub(crate) fn site() -> PathBuf {
    target().join("site")
}

/// What is kept from one clone of the project to the next, such as a toolchain: `$XDG_CACHE_HOME/arapaima`, by
/// default `~/.cache/arapaima`.
pub(crate) fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME") {
        Some(dir) if Path::new(&dir).is_absolute() => PathBuf::from(dir),
        _ => PathBuf::from(env::var_os("HOME").context("no HOME is set, so there is no place for a cache")?)
            .join(".cache"),
    };
    Ok(base.join("arapaima"))
}

/// The first program of one of these names on `PATH`.
pub(crate) fn program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names
        .iter()
        .find_map(|name| env::split_paths(&path).map(|dir| dir.join(name)).find(|file| is_program(file)))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
