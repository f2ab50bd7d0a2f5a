//! The lab's scenarios, and the tests that need a kernel with IPVS, as a part of all tests.

use super::closing::{Reader, Tally};
use crate::{lab, say};
use anyhow::Result;

/// Runs them all, and the tests that need such a kernel.
pub(super) fn run(tally: &mut Tally) {
    say::heading("lab: the guide's machines in a kernel with IPVS");
    count("lab", |seen| lab::all(seen), tally);
    say::heading("lab: the tests that need a kernel with IPVS");
    count("lab tests", |seen| lab::tests(seen), tally);
}

fn count(name: &str, run: impl FnOnce(&mut dyn FnMut(&str)) -> Result<bool>, tally: &mut Tally) {
    let mut reader = Reader::default();
    let held = run(&mut |line: &str| {
        say::line(line);
        reader.line(line);
    });
    match held {
        Ok(held) => tally.runner(name, reader.counts(), held),
        Err(error) => {
            say::line(&format!("error: {error:#}"));
            tally.fail(name);
        }
    }
}
