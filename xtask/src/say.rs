//! What the tasks tell the person in front of the terminal, in one place: headings with the time since the start,
//! plain lines, and notes. Everything goes to standard output, so that a log keeps the order.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

static START: OnceLock<Instant> = OnceLock::new();

/// The steps so far, each with when it began.
static STEPS: Mutex<Vec<(String, Duration)>> = Mutex::new(Vec::new());

/// Starts the clock that headings show. Later calls change nothing.
pub(crate) fn start() {
    START.get_or_init(Instant::now);
}

/// A heading: which step begins, and how long the whole run has taken so far.
pub(crate) fn heading(text: &str) {
    let since = START.get_or_init(Instant::now).elapsed();
    STEPS.lock().unwrap_or_else(PoisonError::into_inner).push((text.to_owned(), since));
    line(&format!("\n==> [{}] {text}", elapsed(since)));
}

/// The `n` steps that took longest, longest first: `lab 11:02, browser tests 9:40`. The last one has only begun.
pub(crate) fn longest(n: usize) -> String {
    longest_of(&STEPS.lock().unwrap_or_else(PoisonError::into_inner), n)
}

fn longest_of(steps: &[(String, Duration)], n: usize) -> String {
    let next = steps.iter().skip(1).map(|(_, began)| *began);
    let mut took: Vec<_> = steps.iter().zip(next).map(|((text, began), end)| (end - *began, text)).collect();
    took.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    let words: Vec<_> =
        took.iter().take(n).map(|(time, text)| format!("{text} {}", elapsed(*time))).collect();
    words.join(", ")
}

/// One plain line.
#[expect(clippy::print_stdout, reason = "this program talks to a person at a terminal")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// One line of a step's own progress, set in under its heading.
pub(crate) fn note(text: &str) {
    line(&format!("    {text}"));
}

/// Minutes and seconds, as in `2:07`.
pub(crate) fn elapsed(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

/// A size for people: bytes below 10,000, else thousands of bytes.
pub(crate) fn size(bytes: u64) -> String {
    if bytes < 10_000 { format!("{bytes} B") } else { format!("{} kB", (bytes + 500) / 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_steps_are_named() {
        let steps = [("format", 0), ("lint", 2), ("unit", 190), ("result", 250)];
        let steps = steps.map(|(text, began)| (text.to_owned(), Duration::from_secs(began)));
        assert_eq!(longest_of(&steps, 2), "lint 3:08, unit 1:00");
        assert_eq!(longest_of(&[], 2), "");
    }

    #[test]
    fn times_and_sizes_read_well() {
        assert_eq!(elapsed(Duration::from_secs(127)), "2:07");
        assert_eq!(size(9_999), "9999 B");
        assert_eq!(size(84_501), "85 kB");
    }
}
