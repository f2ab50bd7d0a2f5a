//! Unit and integration tests of all crates, and the examples in their documentation. nextest where it is installed
//! (it runs tests side by side and stops what hangs), else cargo's own runner.

use super::closing::{Reader, Tally};
use crate::programs::Selection;
use crate::{run, say};
use std::io::IsTerminal as _;
use std::process::Command;

/// How many tests nextest runs at once, where somebody has said so.
const NEXTEST_THREADS: &str = "NEXTEST_TEST_THREADS";

/// Compiles them. What does not compile is told again, and counted, where they run.
pub(super) fn compile() {
    say::heading("unit and integration tests: compile");
    if let Err(error) = run::run(runner().0.arg("--no-run")) {
        say::line(&format!("error: {error:#}"));
    }
}

/// Runs them all; one that fails does not stop the rest.
pub(super) fn run(tally: &mut Tally) {
    let (mut command, words) = runner();
    say::heading(&format!("unit and integration tests ({words})"));
    count("unit", command.arg("--no-fail-fast"), tally);
    say::heading("examples in the documentation");
    let mut command = run::cargo();
    command.args(["test", "--doc", "--no-fail-fast", "--locked"]).args(Selection::WithTests.packages());
    count("doc", &mut command, tally);
}

/// The command that runs them, and what it is.
fn runner() -> (Command, &'static str) {
    let mut command = run::cargo();
    let words = if run::read(run::cargo().args(["nextest", "--version"])).is_ok() {
        command.args(["nextest", "run"]);
        if std::env::var_os(NEXTEST_THREADS).is_none() {
            command.env(NEXTEST_THREADS, side_by_side().to_string());
        }
        "nextest"
    } else {
        command.args(["test", "--lib", "--bins", "--tests"]);
        "cargo test; cargo-nextest is not installed"
    };
    command.arg("--locked").args(Selection::WithTests.packages());
    (command, words)
}

/// How many tests run at once: more than there are processors, as many of them wait for a time to pass.
fn side_by_side() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    processors + processors.div_ceil(2)
}

/// Runs a test runner and adds what it counted.
pub(super) fn count(name: &str, command: &mut Command, tally: &mut Tally) {
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let mut reader = Reader::default();
    match run::tee(command, |line| reader.line(line)) {
        Ok(status) => tally.runner(name, reader.counts(), status.success()),
        Err(error) => {
            say::line(&format!("error: {error:#}"));
            tally.fail(name);
        }
    }
}
