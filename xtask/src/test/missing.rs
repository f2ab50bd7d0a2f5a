//! What the browser tests need from the system: a browser, Node.js with npm, and a font with Chinese characters. As
//! root on Debian it is installed; elsewhere the one command that installs it is named.

use crate::{place, run, say};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The browser: what `CHROMIUM` names, else the first of these on `PATH`.
pub(crate) fn chromium() -> Option<PathBuf> {
    match std::env::var_os("CHROMIUM") {
        Some(named) if !named.is_empty() => Some(PathBuf::from(named)),
        _ => place::program(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]),
    }
}

/// Installs what is missing, where it may. Otherwise gives back what the person must do.
pub(super) fn install() -> Option<String> {
    let packages = lacking(chromium().is_some(), crate::node::present(), has_chinese_font());
    if packages.is_empty() {
        return None;
    }
    let machine =
        Machine { root: rustix::process::geteuid().is_root(), apt: place::program(&["apt-get"]).is_some() };
    let remedy = remedy(machine, &packages);
    match remedy {
        Remedy::Install => {
            say::note(&format!("installing {}", packages.join(" ")));
            match install_now(&packages) {
                Ok(()) => None,
                Err(error) => {
                    say::line(&format!("error: {error:#}"));
                    Some(by_hand(&packages))
                }
            }
        }
        // The tests run without the font; only their pictures of Chinese pages show boxes.
        Remedy::DoWithout => {
            say::note("no font with Chinese characters was found: pictures of Chinese pages will show boxes");
            None
        }
        Remedy::Say(words) => Some(words),
    }
}

#[derive(Debug, Clone, Copy)]
struct Machine {
    root: bool,
    apt: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Remedy {
    Install,
    DoWithout,
    Say(String),
}

const FONT: &str = "fonts-noto-cjk";

fn lacking(chromium: bool, node: bool, font: bool) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if !chromium {
        packages.push("chromium");
    }
    if !node {
        packages.extend(["nodejs", "npm"]);
    }
    if !font {
        packages.push(FONT);
    }
    packages
}

fn remedy(machine: Machine, packages: &[&str]) -> Remedy {
    match machine {
        Machine { root: true, apt: true } => Remedy::Install,
        _ if packages == [FONT] => Remedy::DoWithout,
        Machine { apt: true, .. } => Remedy::Say(by_hand(packages)),
        Machine { apt: false, .. } => Remedy::Say(format!(
            "install these (by Debian's names) with this system's own package manager: {}; or leave the part out: cargo \
             xtask test --without browser",
            packages.join(" ")
        )),
    }
}

fn by_hand(packages: &[&str]) -> String {
    format!("sudo apt-get update && sudo apt-get install -y {}", packages.join(" "))
}

fn install_now(packages: &[&str]) -> Result<()> {
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run::run(apt().args(["update", "-q"]))?;
    run::run(apt().args(["install", "-q", "-y", "--no-install-recommends"]).args(packages))
}

fn has_chinese_font() -> bool {
    // Debian's own place first; elsewhere fontconfig knows.
    Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()
        || run::read(Command::new("fc-list").arg(":lang=zh")).is_ok_and(|fonts| !fonts.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lacking_where_all_is_there() {
        assert!(lacking(true, true, true).is_empty());
        assert_eq!(lacking(false, false, false), ["chromium", "nodejs", "npm", FONT]);
    }

    #[test]
    fn root_on_debian_installs_and_others_are_told_one_command() {
        let packages = ["chromium", "nodejs", "npm"];
        assert_eq!(remedy(Machine { root: true, apt: true }, &packages), Remedy::Install);
        let Remedy::Say(words) = remedy(Machine { root: false, apt: true }, &packages) else {
            panic!("says nothing")
        };
        assert_eq!(words, "sudo apt-get update && sudo apt-get install -y chromium nodejs npm");
        let Remedy::Say(words) = remedy(Machine { root: true, apt: false }, &packages) else {
            panic!("says nothing")
        };
        assert!(words.contains("chromium") && words.contains("--without browser"), "{words}");
    }

    #[test]
    fn a_missing_font_alone_stops_nobody() {
        assert_eq!(remedy(Machine { root: false, apt: true }, &[FONT]), Remedy::DoWithout);
        assert_eq!(remedy(Machine { root: true, apt: true }, &[FONT]), Remedy::Install);
    }
}
