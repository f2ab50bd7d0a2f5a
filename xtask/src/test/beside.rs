//! What is built beside the lints and the tests of the machine: the guest's kernel, and the pages with their lints. Every build
//! ends on one core, whatever there is: a last crate, a linker, an archive. Two builds at once fill each other's gaps.
//!
//! It is a process of its own with a log of its own, which is shown as one piece when it has ended.

use super::closing::Tally;
use super::{Part, checks};
use crate::{lab, place, run, say, web};
use anyhow::{Context as _, Result};
use clap::ValueEnum;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::process::{Child, Command};

/// A step of it. The exit code has the step's bit where it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// The guest's kernel
    Kernel,
    /// The lints of the pages
    Lints,
    /// The pages, compiled
    Pages,
}

/// What there is to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Work {
    /// The steps, in their order
    steps: Vec<Step>,
}

/// The work under way.
pub(super) struct Beside {
    steps: Vec<Step>,
    child: Child,
    log: File,
}

impl Step {
    /// Those that these parts need.
    fn of(parts: &BTreeSet<Part>) -> Vec<Self> {
        let wanted = |step: &Self| {
            let by: &[Part] = match step {
                Self::Kernel => &[Part::Lab],
                Self::Lints => &[Part::Lint],
                Self::Pages => &[Part::Demo, Part::Lab, Part::Browser],
            };
            by.iter().any(|part| parts.contains(part))
        };
        Self::value_variants().iter().copied().filter(wanted).collect()
    }

    fn carry_out(self) -> Result<()> {
        match self {
            Self::Kernel => lab::prepare(),
            Self::Lints => checks::lint_pages(),
            Self::Pages => web::compile(web::Mode::Release),
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Kernel => 1,
            Self::Lints => 2,
            Self::Pages => 4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Kernel => "lab's kernel",
            Self::Lints => "lint for the browser",
            Self::Pages => "pages for the browser",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Lints => "lints",
            Self::Pages => "pages",
        }
    }
}

/// Does all of it, whatever fails on the way; the bits of the steps that failed.
pub(crate) fn carry_out(work: &Work) -> u8 {
    let failed = |step: &Step| match step.carry_out() {
        Ok(()) => 0,
        Err(error) => {
            say::line(&format!("error: {error:#}"));
            step.bit()
        }
    };
    work.steps.iter().map(failed).fold(0, |all, bit| all | bit)
}

/// Begins what these parts need; none where that is nothing.
pub(super) fn start(parts: &BTreeSet<Part>) -> Result<Option<Beside>> {
    let steps = Step::of(parts);
    if steps.is_empty() {
        return Ok(None);
    }
    let path = place::target().join(format!("beside-{}.log", std::process::id()));
    let log = File::options().create_new(true).read(true).append(true).open(&path);
    let log = log.with_context(|| format!("could not write {}", path.display()))?;
    // It goes with the last of us who holds it.
    fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))?;
    // This very program, also where another run has just compiled it anew.
    let mut command = Command::new("/proc/self/exe");
    command.arg("beside").args(steps.iter().map(|step| step.word()));
    command.stdout(log.try_clone()?).stderr(log.try_clone()?);
    let child = command.spawn().with_context(|| format!("could not start `{}`", run::words(&command)))?;
    Ok(Some(Beside { steps, child, log }))
}

impl Beside {
    /// Waits for its end, shows its log and counts each step; whether there is a kernel, where one is wanted.
    pub(super) fn join(mut self, tally: &mut Tally) -> bool {
        let names: Vec<&str> = self.steps.iter().map(|step| step.name()).collect();
        say::heading(&format!("built beside the above: {}", names.join(", ")));
        let failed = self.ended().unwrap_or_else(|error| {
            say::line(&format!("error: {error:#}"));
            u8::MAX
        });
        for step in self.steps {
            tally.check(step.name(), || match failed & step.bit() {
                0 => Ok(()),
                _ => anyhow::bail!("{} failed; see above", step.name()),
            });
        }
        failed & Step::Kernel.bit() == 0
    }

    fn ended(&mut self) -> Result<u8> {
        let status = self.child.wait().context("could not wait for what was built beside")?;
        let mut log = Vec::new();
        self.log.rewind().and_then(|()| self.log.read_to_end(&mut log)).context("could not read the log")?;
        say::line(String::from_utf8_lossy(&log).trim_end());
        bits(status.code(), &self.steps).with_context(|| format!("it ended ({status})"))
    }
}

/// The steps that failed, by the exit code; none where it is another one, such as that of a panic.
fn bits(code: Option<i32>, steps: &[Step]) -> Option<u8> {
    let known = steps.iter().fold(0, |all, step| all | step.bit());
    u8::try_from(code?).ok().filter(|code| code & !known == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_parts_need_is_built() {
        let words = |parts: &[Part]| {
            let steps = Step::of(&parts.iter().copied().collect());
            steps.iter().map(|step| step.word()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(words(&[Part::Format, Part::Unit, Part::Docs]), "");
        assert_eq!(words(&[Part::Lint]), "lints");
        assert_eq!(words(&[Part::Lab]), "kernel pages");
        assert_eq!(words(&[Part::Lint, Part::Lab, Part::Browser]), "kernel lints pages");
    }

    #[test]
    fn an_exit_code_of_something_else_is_no_success() {
        let steps = [Step::Lints, Step::Pages];
        assert_eq!(bits(Some(0), &steps), Some(0));
        assert_eq!(bits(Some(4), &steps), Some(4));
        assert_eq!(bits(Some(1), &steps), None, "nobody asked for a kernel");
        assert_eq!(bits(Some(101), Step::value_variants()), None, "a panic");
        assert_eq!(bits(None, &steps), None, "a signal");
    }

    #[test]
    fn a_steps_word_is_the_one_that_is_read() {
        for step in Step::value_variants() {
            assert_eq!(Step::from_str(step.word(), false).as_ref(), Ok(step));
        }
    }
}
