//! Why a file is refused: where, what was expected, how to mend it; and Piranha's own words for the same.

use std::fmt;
use std::ops::Range;

use crate::excerpt;

/// The kinds of refusal. Piranha's daemon knew no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The file holds nothing.
    Empty,
    /// A quote is opened and not closed.
    UnclosedQuote,
    /// More words than the keyword takes.
    UnexpectedArguments,
    /// The second word is not `=`.
    EqualExpected,
    /// Fewer words than the keyword takes.
    MissingArguments,
    /// An address that may not be, or `0.0.0.0` where one is needed.
    BadAddress,
    /// A word that is not one of those allowed, or an unknown host name.
    InvalidArgument,
    /// Not a whole number.
    IntegerExpected,
    /// A number, but neither 0 nor 1.
    BooleanExpected,
    /// Not a keyword here.
    UnknownCommand,
    /// Not `[ … ]`.
    ListExpected,
    /// Not a subnet mask.
    BadMask,
    /// A NUL byte within a line: Piranha crashed on it.
    NulByte,
}

impl Refusal {
    /// Piranha 0.8.6's words.
    #[must_use]
    pub fn original(self) -> &'static str {
        match self {
            Self::Empty => "Empty configuration",
            Self::UnclosedQuote => "quotation mismatch",
            Self::UnexpectedArguments => "unexpected arguments",
            Self::EqualExpected => "equal (=) expected after command",
            Self::MissingArguments => "missing arguments",
            Self::BadAddress => "invalid host name or ip address",
            Self::InvalidArgument => "invalid argument",
            Self::IntegerExpected => "integer expected",
            Self::BooleanExpected => "boolean expected",
            Self::UnknownCommand => "unknown command",
            Self::ListExpected => "list expected",
            Self::BadMask => "Bad subnet mask specified",
            Self::NulByte => "unknown error",
        }
    }
}

/// A refusal, located and explained.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Diagnostic {
    /// From 1, as the daemon counts; 0 for an empty file.
    pub line: usize,
    /// From 1, in characters of the line as an editor shows it; 0 for an empty file.
    pub column: usize,
    /// The bytes at fault; empty where something is missing.
    pub span: Range<usize>,
    /// The kind.
    pub refusal: Refusal,
    /// The keyword of the line, if it is known in its place.
    pub keyword: Option<&'static str>,
    /// What stands there.
    pub found: Box<str>,
    /// What is wrong, without the place.
    pub message: Box<str>,
    /// What was expected instead.
    pub expected: Box<str>,
    /// How to mend it.
    pub remedy: Box<str>,
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

impl Diagnostic {
    /// Several lines of plain text: the message, the line of the file with a caret under the fault, the remedy.
    ///
    /// `source` is the file that was parsed, `path` its name for the reader.
    #[must_use]
    pub fn render(&self, path: &str, source: &[u8]) -> String {
        excerpt::render(path, source, &self.span, &self.message, &self.expected, &self.remedy)
    }
}
