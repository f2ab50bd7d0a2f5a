//! A Rust toolchain that compiles for the browser. An ordinary machine needs one `rustup target add`; where rustup
//! cannot download, Debian's packages give the same (see `debian`).

mod debian;

use crate::{run, say};
use anyhow::{Context as _, Result, bail};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The target's name, for rustc and cargo.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Names the way to take when the target is not installed yet: `rustup` or `debian`.
pub(crate) const WAY: &str = "ARAPAIMA_WASM";

/// How to call cargo so that it compiles for [`TARGET`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The cargo on `PATH`, as it is.
    Default,
    /// Debian's, unpacked below this directory.
    Debian(PathBuf),
}

impl Toolchain {
    /// A `cargo` command of this toolchain, started in the work tree.
    pub(crate) fn cargo(&self) -> Command {
        match self {
            Self::Default => run::cargo(),
            Self::Debian(root) => debian::cargo(root),
        }
    }

    /// Whether `cargo clippy` works with it.
    pub(crate) fn has_clippy(&self) -> bool {
        run::read(self.cargo().args(["clippy", "--version"])).is_ok()
    }

    /// For a reader: which one it is.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Default => "the installed toolchain".to_owned(),
            Self::Debian(root) => format!("Debian's, in {}", root.display()),
        }
    }
}

/// Which ways to try, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Rustup,
    Debian,
}

/// Finds a toolchain for the browser part or makes one: what is installed, else the way that [`WAY`] names, else
/// rustup, else Debian's packages; else an error that says what to install.
pub(crate) fn ensure() -> Result<Toolchain> {
    if let Some(toolchain) = installed()? {
        return Ok(toolchain);
    }
    let mut failures = Vec::new();
    for way in ways(env::var(WAY).ok().as_deref())? {
        match way {
            Way::Rustup => match rustup() {
                Ok(()) => return Ok(Toolchain::Default),
                Err(error) => failures.push(format!("rustup: {error:#}")),
            },
            Way::Debian => match debian::ensure() {
                Ok(root) => return Ok(Toolchain::Debian(root)),
                Err(error) => failures.push(format!("Debian's packages: {error:#}")),
            },
        }
        say::note(failures.last().map_or("", String::as_str));
    }
    bail!(
        "no Rust standard library for {TARGET}, which the browser part needs. Install it with\n    rustup target add \
         {TARGET}\nor on Debian set {WAY}=debian and run this again. Tried:\n  {}",
        failures.join("\n  ")
    )
}

fn installed() -> Result<Option<Toolchain>> {
    let mut rustc = Command::new("rustc");
    run::clean(&mut rustc);
    if has_std(&mut rustc) {
        return Ok(Some(Toolchain::Default));
    }
    Ok(debian::installed()?.map(Toolchain::Debian))
}

/// The order of [`ensure`], after what is installed.
fn ways(named: Option<&str>) -> Result<Vec<Way>> {
    match named {
        None | Some("") => Ok(vec![Way::Rustup, Way::Debian]),
        Some("rustup") => Ok(vec![Way::Rustup]),
        Some("debian") => Ok(vec![Way::Debian]),
        Some(other) => bail!("{WAY} is `{other}`; it can be `rustup` or `debian`, or unset to try both"),
    }
}

fn rustup() -> Result<()> {
    say::note(&format!("rustup target add {TARGET}"));
    let mut command = Command::new("rustup");
    run::clean(&mut command);
    // Five minutes: some 25 MB over a slow line, but not a network that swallows everything.
    run::run_within(command.args(["target", "add", TARGET]), Duration::from_secs(300))
}

/// Whether this rustc finds a standard library for [`TARGET`].
fn has_std(rustc: &mut Command) -> bool {
    let Ok(dir) = run::read(rustc.args(["--print", "target-libdir", "--target", TARGET])) else {
        return false;
    };
    has_std_in(Path::new(dir.trim())).unwrap_or(false)
}

fn has_std_in(dir: &Path) -> Result<bool> {
    for entry in dir.read_dir().with_context(|| format!("could not read {}", dir.display()))? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("libstd-") && name.ends_with(".rlib") {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_names_one_way_and_a_wrong_one_is_refused() {
        assert_eq!(ways(None).unwrap(), [Way::Rustup, Way::Debian]);
        assert_eq!(ways(Some("debian")).unwrap(), [Way::Debian]);
        assert_eq!(ways(Some("rustup")).unwrap(), [Way::Rustup]);
        let error = ways(Some("nix")).unwrap_err().to_string();
        assert!(error.contains("nix") && error.contains("debian"), "{error}");
    }

    #[test]
    fn a_standard_library_is_known_by_its_file() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!has_std_in(dir.path()).unwrap());
        std::fs::write(dir.path().join("libstd-0123.rlib"), "").unwrap();
        assert!(has_std_in(dir.path()).unwrap());
    }
}
