//! What the browser tests need from the system: a browser, Node.js with npm, and a font with Chinese characters. As
//! root on Debian it is installed; elsewhere the one command that installs it is named.

use crate::{place, run, say};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's Chromium without windows: the same engine for half of the processor time, and half of the download.
const HEADLESS: &str = "chromium-headless-shell";

/// The browser: what `CHROMIUM` names, else the first of these on `PATH`.
pub(crate) fn chromium() -> Option<PathBuf> {
    named().or_else(|| {
        place::program(&[HEADLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
    })
}

fn named() -> Option<PathBuf> {
    std::env::var_os("CHROMIUM").filter(|named| !named.is_empty()).map(PathBuf::from)
}

/// Which browser the tests would get now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Browser {
    /// [`HEADLESS`], or the one that somebody chose.
    Best,
    /// One that does as well, only slower.
    Slower,
    None,
}

impl Browser {
    fn present() -> Self {
        if named().is_some() || place::program(&[HEADLESS]).is_some() {
            Self::Best
        } else if chromium().is_some() {
            Self::Slower
        } else {
            Self::None
        }
    }
}

/// Installs what is missing, where it may. Otherwise gives back what the person must do.
pub(super) fn install() -> Option<String> {
    let browser = Browser::present();
    let packages = lacking(browser, crate::node::present(), has_chinese_font());
    if packages.is_empty() {
        return None;
    }
    let machine =
        Machine { root: rustix::process::geteuid().is_root(), apt: place::program(&["apt-get"]).is_some() };
    let remedy = remedy(machine, browser, &packages);
    match remedy {
        Remedy::Install => {
            say::note(&format!("installing {}", packages.join(" ")));
            match install_now(&packages) {
                Ok(()) => None,
                Err(error) => {
                    say::line(&format!("error: {error:#}"));
                    if dispensable(browser, &packages) {
                        go_without(&packages)
                    } else {
                        Some(by_hand(&packages))
                    }
                }
            }
        }
        Remedy::DoWithout => go_without(&packages),
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

/// Whether the tests run without these packages, too.
fn dispensable(browser: Browser, packages: &[&str]) -> bool {
    packages.iter().all(|package| *package == FONT || (*package == HEADLESS && browser == Browser::Slower))
}

/// Says what the tests are like without these packages. Nothing is left to do for anybody.
fn go_without(packages: &[&str]) -> Option<String> {
    for package in packages {
        let consequence = match *package {
            FONT => "pictures of Chinese pages will show boxes",
            _ => "the tests take twice as long",
        };
        say::note(&format!("without {package}: {consequence}"));
    }
    None
}

fn lacking(browser: Browser, node: bool, font: bool) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if browser != Browser::Best {
        packages.push(HEADLESS);
    }
    if !node {
        packages.extend(["nodejs", "npm"]);
    }
    if !font {
        packages.push(FONT);
    }
    packages
}

fn remedy(machine: Machine, browser: Browser, packages: &[&str]) -> Remedy {
    match machine {
        Machine { root: true, apt: true } => Remedy::Install,
        _ if dispensable(browser, packages) => Remedy::DoWithout,
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

    const ROOT: Machine = Machine { root: true, apt: true };
    const USER: Machine = Machine { root: false, apt: true };
    const ELSEWHERE: Machine = Machine { root: true, apt: false };

    #[test]
    fn nothing_is_lacking_where_all_is_there() {
        assert!(lacking(Browser::Best, true, true).is_empty());
        assert_eq!(lacking(Browser::None, false, false), [HEADLESS, "nodejs", "npm", FONT]);
    }

    #[test]
    fn root_on_debian_installs_and_others_are_told_one_command() {
        let packages = [HEADLESS, "nodejs", "npm"];
        assert_eq!(remedy(ROOT, Browser::None, &packages), Remedy::Install);
        let Remedy::Say(words) = remedy(USER, Browser::None, &packages) else { panic!("says nothing") };
        assert_eq!(
            words,
            "sudo apt-get update && sudo apt-get install -y chromium-headless-shell nodejs npm"
        );
        let Remedy::Say(words) = remedy(ELSEWHERE, Browser::None, &packages) else { panic!("says nothing") };
        assert!(words.contains("chromium") && words.contains("--without browser"), "{words}");
    }

    #[test]
    fn a_missing_font_and_a_slower_browser_stop_nobody() {
        assert_eq!(remedy(USER, Browser::Best, &[FONT]), Remedy::DoWithout);
        assert_eq!(remedy(USER, Browser::Slower, &[HEADLESS, FONT]), Remedy::DoWithout);
        assert_eq!(remedy(ROOT, Browser::Slower, &[HEADLESS]), Remedy::Install);
        assert!(matches!(remedy(USER, Browser::None, &[HEADLESS]), Remedy::Say(_)));
    }
}
