//! What the agent's reconciler takes: everything from a desired state that has come in to the kernel read back.

use super::{figures, fresh, median, say, seconds};
use crate::net::Place;
use crate::tap;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

/// `IPVS_CMD_*` of `linux/ip_vs.h` that change something.
const CHANGES: [u8; 12] = [1, 2, 3, 5, 6, 7, 9, 10, 12, 14, 16, 17];

pub(super) fn measure(program: &Path, bare: &Path) -> Result<()> {
    let (program, bare) = (program.to_string_lossy().into_owned(), bare.to_string_lossy().into_owned());
    let floor = fresh(|place| Ok(figure(&place.read(&[&bare, "floor", "10000"])?, "floor")))??;

    let (fill, weight, strace) = fresh(|place| {
        let state = State::new()?;
        let words = |task| [program.as_str(), task, state.0, "10000", "20000"];
        let fill = place.read(&words("fill"))?;
        let weight = place.read(&words("weight"))?;
        // Eleven changes: the first takes back the last one of the run before.
        let strace = strace(place, &words("weight"))?;
        Ok((fill, weight, strace))
    })?;
    let took = figure(&fill, "fill")?;
    let what = "agent, 10000x2 into an empty table, noted on disk, read back and compared";
    say(what, &format!("{}, {:.1} x the bare loop", seconds(took), took / floor), "");
    say("  of it writing to the kernel", &parts(&fill, "fill-writing", floor)?, "");
    say(
        "agent, one weight among 10000 services until the kernel has it",
        &seconds(figure(&weight, "weight-changed")?),
        "5 ms",
    );
    say("  until it is read back and compared", &seconds(figure(&weight, "weight")?), "");
    say("  of it reading the table", &seconds(figure(&weight, "weight-reading")?), "");
    let (parsed, judged) = (figure(&weight, "weight-parsed")?, figure(&weight, "weight-judged")?);
    let before = format!("{}, {}", seconds(parsed), seconds(judged));
    say(
        "  before it, of the whole desired state: hashed, parsed and checked; put beside the verdicts",
        &before,
        "",
    );
    say("  fresh pages in all", &figure(&weight, "weight-faults")?.to_string(), "");
    tap::line(&format!(
        "  netlink writes by our own count: {} a change; by strace: {strace} for 11 changes   target 1 a change",
        figure(&weight, "weight-writes")?
    ));

    let noop = fresh(|place| {
        let state = State::new()?;
        let words = |task| [program.as_str(), task, state.0, "2277", "37205"];
        place.read(&words("fill"))?;
        place.read(&words("noop"))
    })?;
    say(
        "agent, no-op reconcile of 2277 services, 37205 destinations",
        &seconds(figure(&noop, "noop")?),
        "150 ms",
    );
    say("  of it reading the table", &seconds(figure(&noop, "noop-reading")?), "");
    say("  fresh pages", &figure(&noop, "noop-faults")?.to_string(), "");
    say("  writes", &figure(&noop, "noop-writes")?.to_string(), "0");
    Ok(())
}

fn figure(text: &str, name: &str) -> Result<f64> {
    median(figures(text, name)).with_context(|| format!("no figure for {name}"))
}

fn parts(text: &str, name: &str, floor: f64) -> Result<String> {
    let value = figure(text, name)?;
    Ok(format!("{}, {:.1} x the bare loop", seconds(value), value / floor))
}

/// The agent's directory, for one namespace.
struct State(&'static str);

impl State {
    fn new() -> Result<Self> {
        let state = Self("/run/lab/measure-agent");
        state.clear();
        fs::create_dir_all(state.0).with_context(|| format!("could not make {}", state.0))?;
        Ok(state)
    }

    fn clear(&self) {
        // Where there is nothing yet, there is nothing to clear.
        _ = fs::remove_dir_all(self.0);
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.clear();
    }
}

/// How many messages that change something strace sees a program send to the kernel's IPVS.
fn strace(place: &Place, words: &[&str]) -> Result<usize> {
    const FILE: &str = "/run/lab/strace";
    let tracer = ["strace", "-f", "-qq", "-xx", "-s", "8", "-e", "trace=sendto,sendmsg", "-o", FILE];
    place.read(&[&tracer, words].concat())?;
    let trace = fs::read_to_string(FILE).context("strace wrote nothing")?;
    fs::remove_file(FILE).context("could not remove the trace")?;
    Ok(changes(&trace))
}

/// Messages to the family begin with a command and version 1; strace writes these bytes behind the message's head.
fn changes(trace: &str) -> usize {
    CHANGES
        .iter()
        .map(|command| trace.matches(&format!("}}, \"\\x{command:02x}\\x01\\x00\\x00")).count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_from_questions() {
        let trace = r#"7 sendto(4, [{nlmsg_len=68, nlmsg_type=IPVS, nlmsg_flags=NLM_F_REQUEST|0x300}, "\x08\x01\x00\x00\x30"...], 68) = 68
7 sendto(4, [[{nlmsg_len=68, nlmsg_type=IPVS, nlmsg_flags=NLM_F_REQUEST}, "\x06\x01\x00\x00\x30"...], [{nlmsg_len=68}, "\x06\x01\x00\x00"...]], 200) = 200"#;
        assert_eq!(changes(trace), 2);
    }
}
