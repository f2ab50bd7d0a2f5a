//! The Test Anything Protocol (testanything.org), version 13: one line for each check, the plan at the end.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static COUNT: AtomicUsize = AtomicUsize::new(0);
static OUT: Mutex<()> = Mutex::new(());

/// One line as it is.
#[expect(clippy::print_stdout, reason = "what this program writes is its result")]
pub(crate) fn line(text: &str) {
    let _one_at_a_time = OUT.lock();
    println!("{text}");
    // Nobody may be listening any more; that is theirs to know.
    _ = std::io::stdout().flush();
}

/// Lines that are no results.
pub(crate) fn note(text: &str) {
    for part in text.lines() {
        line(&format!("# {part}"));
    }
}

/// A check that held.
pub(crate) fn ok(what: &str) {
    let number = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    line(&format!("ok {number} - {what}"));
}

/// A check that did not, and why.
pub(crate) fn not_ok(what: &str, why: &str) {
    let number = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    line(&format!("not ok {number} - {what}"));
    note(why);
}

/// The plan: as many as there were.
pub(crate) fn plan() {
    line(&format!("1..{}", COUNT.load(Ordering::Relaxed)));
}

/// Seconds with one decimal since `start`.
pub(crate) fn since(start: Instant) -> String {
    seconds(start.elapsed())
}

fn seconds(time: Duration) -> String {
    format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_one_decimal() {
        assert_eq!(seconds(Duration::from_millis(12_345)), "12.3 s");
    }
}
