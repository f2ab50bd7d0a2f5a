//! `cargo xtask test`: everything that must hold before a change goes in. Its last lines count what passed, what
//! failed and what was left out.

pub(crate) mod beside;
mod browser;
mod checks;
mod closing;
mod lab;
pub(crate) mod missing;
mod units;

use crate::{demo, say, wasm, web};
use anyhow::Result;
use clap::ValueEnum;
use closing::Tally;
use std::collections::BTreeSet;

/// A part of the whole, in the order in which they begin; what is compiled for some of them is compiled beside the first ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Part {
    /// cargo fmt
    Format,
    /// clippy, with warnings as errors, for the machine and for the browser
    Lint,
    /// The documentation, with warnings as errors
    Docs,
    /// Unit and integration tests, and the examples in the documentation
    Unit,
    /// cargo xtask demo --smoke
    Demo,
    /// The guide's machines in a kernel with IPVS
    Lab,
    /// The console in a real browser
    Browser,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lint => "lint",
            Self::Docs => "docs",
            Self::Unit => "unit",
            Self::Demo => "demo",
            Self::Lab => "lab",
            Self::Browser => "browser",
        }
    }
}

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Choice {
    /// Leave this part out (may be repeated)
    #[arg(long, value_name = "PART")]
    without: Vec<Part>,
    /// Run this part alone (may be repeated)
    #[arg(long, value_name = "PART", conflicts_with = "without")]
    only: Vec<Part>,
}

impl Choice {
    /// The parts to run, and those left out with the words that asked for it.
    fn split(&self) -> (BTreeSet<Part>, Vec<(Part, String)>) {
        let mut run = BTreeSet::new();
        let mut left_out = Vec::new();
        for part in Part::value_variants() {
            if self.without.contains(part) {
                left_out.push((*part, format!("--without {}", part.name())));
            } else if !self.only.is_empty() && !self.only.contains(part) {
                left_out.push((*part, "--only".to_owned()));
            } else {
                run.insert(*part);
            }
        }
        (run, left_out)
    }
}

/// Runs the chosen parts to the end, whatever fails on the way. Says whether all passed.
pub(crate) fn test(choice: &Choice) -> Result<bool> {
    let (parts, left_out) = choice.split();
    let mut tally = Tally::default();
    for (part, why) in left_out {
        tally.leave_out(part.name(), &why);
    }
    if let Some(remedy) = prepare(&parts, &mut tally) {
        for part in &parts {
            tally.leave_out(part.name(), "the set-up failed");
        }
        tally.print(Some(&remedy));
        return Ok(false);
    }
    let lab = compile(&parts, &mut tally);
    if parts.contains(&Part::Unit) {
        units::run(&mut tally);
    }
    if parts.contains(&Part::Demo) {
        say::heading("demo: the guide's test, from lvs.cf to live traffic");
        tally.check("demo --smoke", || demo::smoke(crate::programs::Selection::WithTests));
    }
    if parts.contains(&Part::Lab) && lab {
        lab::run(&mut tally);
    } else if parts.contains(&Part::Lab) {
        tally.leave_out(Part::Lab.name(), "there is no kernel for it");
    }
    if parts.contains(&Part::Browser) {
        browser::run(&mut tally);
    }
    let passed = tally.passed_all();
    tally.print(None);
    Ok(passed)
}

/// Everything that is compiled before a test runs, and the checks that are nothing else. Tests wait for its end: a busy machine would
/// make them slow. Says whether the lab has its kernel.
fn compile(parts: &BTreeSet<Part>, tally: &mut Tally) -> bool {
    let beside = beside::start(parts).unwrap_or_else(|error| {
        tally.check("set-up", || Err(error));
        None
    });
    if parts.contains(&Part::Format) {
        checks::format(tally);
    }
    if parts.contains(&Part::Lint) {
        checks::lint(tally);
    }
    if parts.contains(&Part::Docs) {
        checks::docs(tally);
    }
    if parts.contains(&Part::Unit) {
        units::compile();
    }
    beside.is_none_or(|beside| beside.join(tally))
}

/// Fetches what the parts need, but for the kernel's source. What is missing and cannot be fetched is found before anything slow begins;
/// then the answer is the one command that installs it.
fn prepare(parts: &BTreeSet<Part>, tally: &mut Tally) -> Option<String> {
    if parts.contains(&Part::Browser) {
        say::heading("set-up: browser");
        if let Some(remedy) = missing::install() {
            tally.fail("set-up");
            return Some(remedy);
        }
    }
    if parts.contains(&Part::Lab) {
        say::heading("set-up: lab");
        if let Err(error) = crate::lab::can_run() {
            say::line(&format!("error: {error:#}"));
            tally.fail("set-up");
            return Some("see the error above".to_owned());
        }
    }
    let needs_wasm =
        [Part::Lint, Part::Demo, Part::Lab, Part::Browser].iter().any(|part| parts.contains(part));
    if needs_wasm {
        say::heading("set-up: Rust for the browser, wasm-bindgen, wasm-opt");
        let prepared = wasm::ensure().and_then(|toolchain| {
            say::note(&format!("{}: {}", wasm::TARGET, toolchain.words()));
            web::tools()
        });
        if let Err(error) = prepared {
            say::line(&format!("error: {error:#}"));
            tally.fail("set-up");
            return Some("see the error above".to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_runs_or_is_left_out_with_a_reason() {
        let all = Choice { without: vec![], only: vec![] };
        assert_eq!(all.split().0.len(), Part::value_variants().len());
        let without = Choice { without: vec![Part::Browser], only: vec![] };
        let (run, left_out) = without.split();
        assert!(!run.contains(&Part::Browser));
        assert_eq!(left_out, [(Part::Browser, "--without browser".to_owned())]);
        let only = Choice { without: vec![], only: vec![Part::Format] };
        let (run, left_out) = only.split();
        assert_eq!(run.into_iter().collect::<Vec<_>>(), [Part::Format]);
        assert_eq!(left_out.len(), Part::value_variants().len() - 1);
    }
}
