//! Counts, and the closing lines. The last but one is for machines (`total: 412 passed, 0 failed, 1 skipped`), the
//! last for people: it says in words what ran, what failed and what was left out.

use crate::say;
use anyhow::Result;

/// So many steps are named with their times.
const LONGEST: usize = 12;

/// What has run so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    failures: Vec<String>,
    left_out: Vec<String>,
}

/// What one test runner said at its end.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Tally {
    /// One check that passes or fails as a whole. Its error is shown at once.
    pub(super) fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        match check() {
            Ok(()) => self.passed += 1,
            Err(error) => {
                say::line(&format!("error: {error:#}"));
                self.fail(name);
            }
        }
    }

    /// One failure.
    pub(super) fn fail(&mut self, name: &str) {
        self.failed += 1;
        self.failures.push(name.to_owned());
    }

    /// What a test runner counted; `succeeded` is its exit status, which has the last word: a runner that counted no
    /// failure but did not succeed (it could not compile, or ran nothing) has failed.
    pub(super) fn runner(&mut self, name: &str, counts: Counts, succeeded: bool) {
        self.passed += counts.passed;
        self.failed += counts.failed;
        self.skipped += counts.skipped;
        if counts.failed > 0 {
            self.failures.push(format!("{name} ({} failed)", counts.failed));
        } else if !succeeded {
            self.fail(name);
        }
    }

    /// A part that does not run, and why.
    pub(super) fn leave_out(&mut self, name: &str, why: &str) {
        self.left_out.push(format!("{name} ({why})"));
        self.skipped += 1;
    }

    /// Whether nothing failed.
    pub(super) fn passed_all(&self) -> bool {
        self.failed == 0
    }

    /// The closing lines; `remedy` is what to do about a failed set-up.
    pub(super) fn print(&self, remedy: Option<&str>) {
        say::heading("result");
        say::line(&format!("longest: {}", say::longest(LONGEST)));
        for line in self.lines(remedy) {
            say::line(&line);
        }
    }

    fn lines(&self, remedy: Option<&str>) -> [String; 2] {
        let Self { passed, failed, skipped, .. } = self;
        let plain = format!("total: {passed} passed, {failed} failed, {skipped} skipped");
        let mut words = format!("Ran {}: {passed} passed, ", passed + failed);
        if self.failures.is_empty() {
            words.push_str("none failed; ");
        } else {
            words.push_str(&format!("{failed} failed: {}; ", self.failures.join(", ")));
        }
        if self.left_out.is_empty() {
            words.push_str("no part was left out");
        } else {
            words.push_str(&format!("left out: {}", self.left_out.join(", ")));
        }
        if let Some(remedy) = remedy {
            words.push_str(&format!(". To mend it: {remedy}"));
        }
        [plain, words]
    }
}

/// Reads the closing lines of cargo's test runner, of nextest and of Node.js's runner, and the lab's TAP.
#[derive(Debug, Default)]
pub(super) struct Reader {
    counts: Counts,
}

impl Reader {
    /// Looks at one line of output.
    pub(super) fn line(&mut self, line: &str) {
        let whole = without_colours(line);
        let line = whole.trim();
        // At the beginning of the line only: nextest shows the output of a failed test, set in.
        if let Some(result) = whole.strip_prefix("test result: ") {
            self.words(result);
        } else if line.starts_with("Summary [") && line.contains(" run: ") {
            self.words(line.split(" run: ").nth(1).unwrap_or_default());
        } else if let Some(rest) = whole.strip_prefix("ok ") {
            self.counts.passed += u64::from(is_point(rest));
        } else if let Some(rest) = whole.strip_prefix("not ok ") {
            self.counts.failed += u64::from(is_point(rest));
        } else if let Some((word, number)) = line.strip_prefix("ℹ ").and_then(|line| line.split_once(' ')) {
            let Ok(number) = number.parse::<u64>() else { return };
            match word {
                "pass" => self.counts.passed += number,
                "fail" | "cancelled" => self.counts.failed += number,
                "skipped" | "todo" => self.counts.skipped += number,
                _ => {}
            }
        }
    }

    /// What the runner counted.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// `ok. 12 passed; 0 failed; 1 ignored; …` or `12 passed (1 slow), 1 failed, 3 skipped`.
    fn words(&mut self, text: &str) {
        let mut before = None;
        for word in text.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            if let Ok(number) = word.parse::<u64>() {
                before = Some(number);
                continue;
            }
            if let Some(number) = before.take() {
                match word {
                    "passed" => self.counts.passed += number,
                    "failed" | "timed" | "exec" => self.counts.failed += number,
                    "ignored" | "skipped" => self.counts.skipped += number,
                    _ => {}
                }
            }
        }
    }
}

/// Whether this is what stands behind `ok` in a line of TAP: `12 - what`.
fn is_point(rest: &str) -> bool {
    rest.split_once(" - ").is_some_and(|(number, _)| number.parse::<u64>().is_ok())
}

/// The line without the terminal's colour sequences.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            // ESC [ … letter
            rest.by_ref().skip(1).find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Counts {
        let mut reader = Reader::default();
        for line in lines {
            reader.line(line);
        }
        reader.counts()
    }

    #[test]
    fn reads_each_runner() {
        assert_eq!(
            read(&[
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.1s"
            ]),
            Counts { passed: 12, failed: 0, skipped: 1 }
        );
        assert_eq!(
            read(&[
                "     Summary [   1.2s] 20/24 tests run: 17 passed (1 leaky, 2 slow), 2 failed, 1 timed out, 4 skipped"
            ]),
            Counts { passed: 17, failed: 3, skipped: 4 }
        );
        assert_eq!(
            read(&[
                "\u{1b}[32m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m3\u{1b}[0m tests run: \u{1b}[1m3\u{1b}[0m \u{1b}[32mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m skipped"
            ]),
            Counts { passed: 3, failed: 0, skipped: 0 }
        );
        assert_eq!(
            read(&["TAP version 13", "ok 1 - nat: both answer", "# why", "not ok 2 - nat: it dies", "1..2"]),
            Counts { passed: 1, failed: 1, skipped: 0 }
        );
        assert_eq!(
            read(&[
                "ℹ tests 6",
                "ℹ pass 3",
                "ℹ fail 1",
                "ℹ cancelled 1",
                "ℹ skipped 1",
                "ℹ duration_ms 56.1"
            ]),
            Counts { passed: 3, failed: 2, skipped: 1 }
        );
    }

    #[test]
    fn lines_about_other_things_count_nothing() {
        let others = [
            "3 passed the gate",
            "ℹ pass over",
            "Summary of all",
            "ok then",
            "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 49 filtered out; finished in 0.22s",
        ];
        assert_eq!(read(&others), Counts::default());
    }

    #[test]
    fn the_last_line_says_what_was_left_out() {
        let mut tally = Tally::default();
        tally.runner("unit", Counts { passed: 411, failed: 0, skipped: 0 }, true);
        tally.check("format", || Ok(()));
        tally.leave_out("browser", "--without browser");
        assert!(tally.passed_all());
        let [plain, words] = tally.lines(None);
        assert_eq!(plain, "total: 412 passed, 0 failed, 1 skipped");
        assert_eq!(words, "Ran 412: 412 passed, none failed; left out: browser (--without browser)");
    }

    #[test]
    fn the_last_line_names_what_failed_and_how_to_mend_it() {
        let mut tally = Tally::default();
        tally.check("format", || anyhow::bail!("not formatted"));
        tally.runner("unit", Counts { passed: 3, failed: 2, skipped: 0 }, false);
        tally.runner("doc", Counts::default(), false);
        assert!(!tally.passed_all());
        let [plain, words] = tally.lines(Some("apt-get install chromium"));
        assert_eq!(plain, "total: 3 passed, 4 failed, 0 skipped");
        assert_eq!(
            words,
            "Ran 7: 3 passed, 4 failed: format, unit (2 failed), doc; no part was left out. \
             To mend it: apt-get install chromium"
        );
    }
}
