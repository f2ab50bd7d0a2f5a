//! The lab's scenarios, as a part of all tests.

use super::closing::{Reader, Tally};
use crate::{lab, say};

/// Runs them all.
pub(super) fn run(tally: &mut Tally) {
    say::heading("lab: the guide's machines in a kernel with IPVS");
    let mut reader = Reader::default();
    let held = lab::all(|line| {
        say::line(line);
        reader.line(line);
    });
    match held {
        Ok(held) => tally.runner("lab", reader.counts(), held),
        Err(error) => {
            say::line(&format!("error: {error:#}"));
            tally.fail("lab");
        }
    }
}
