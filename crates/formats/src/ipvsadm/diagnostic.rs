//! Why commands are refused: where, what was expected, how to mend it.

use std::fmt;
use std::ops::Range;

use crate::excerpt;

/// The kinds of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// No command is in it.
    Empty,
    /// A byte that is not text.
    NotText,
    /// An option that `ipvsadm` does not know.
    UnknownOption,
    /// A word that belongs to no option.
    UnexpectedWord,
    /// An option without its value.
    MissingValue,
    /// The line lacks an option.
    MissingOption,
    /// A command that does not add anything.
    NotAnAddition,
    /// An option that this command does not take.
    NotForThisCommand,
    /// An option twice, or two that exclude each other.
    Twice,
    /// A name where an address or a number is needed.
    Name,
    /// Not an address and port.
    BadAddress,
    /// Not a number, or one out of its range.
    BadNumber,
    /// A word that is not one of those allowed.
    BadWord,
    /// Address families that cannot go together.
    Family,
    /// Port 0 without persistence.
    AllPorts,
    /// An option that works for UDP and firewall marks alone.
    NeedsUdp,
    /// An option that another one must go with.
    NeedsOther,
    /// A server of a service that has not been added.
    NoSuchService,
    /// It has been added already.
    AlreadyThere,
}

/// A refusal, located and explained.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Diagnostic {
    /// From 1; 0 where nothing is in the file.
    pub line: usize,
    /// From 1, in characters; 0 where nothing is in the file.
    pub column: usize,
    /// The bytes at fault; empty where something is missing.
    pub span: Range<usize>,
    /// The kind.
    pub refusal: Refusal,
    /// What stands there.
    pub found: Box<str>,
    /// What is wrong, without the place.
    pub message: Box<str>,
    /// What was expected instead.
    pub expected: Box<str>,
    /// How to mend it.
    pub remedy: Box<str>,
}

impl Diagnostic {
    /// Several lines of plain text: the message, the line of the file with a caret under the fault, the remedy.
    ///
    /// `source` is what was parsed, `path` its name for the reader.
    #[must_use]
    pub fn render(&self, path: &str, source: &[u8]) -> String {
        excerpt::render(path, source, &self.span, &self.message, &self.expected, &self.remedy)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}; expected {}; {}",
            self.line, self.column, self.message, self.expected, self.remedy
        )
    }
}
