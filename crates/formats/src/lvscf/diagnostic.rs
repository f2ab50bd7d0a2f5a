//! Why a file is refused: where, what was expected, how to mend it; and Piranha's own words for the same.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

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
        let (excerpt, span) = excerpt(source, &self.span);
        let report = [Level::ERROR
            .primary_title(&*self.message)
            .element(
                Snippet::source(&excerpt)
                    .line_start(physical_line(source, self.span.start))
                    .path(path)
                    .annotation(
                        AnnotationKind::Primary.span(span).label(format!("expected {}", self.expected)),
                    ),
            )
            .element(Level::HELP.message(&*self.remedy))];
        Renderer::plain().render(&report)
    }
}

/// The column of a byte: characters since the last line end of either kind, from 1.
pub(super) fn column(source: &[u8], at: usize) -> usize {
    let start = line_start(source, at);
    String::from_utf8_lossy(&source[start..at.min(source.len())]).chars().count() + 1
}

/// At most so many bytes are shown on either side of the fault.
const MARGIN: usize = 80;
/// A fault longer than this is shown by its beginning.
const LONGEST_FAULT: usize = 120;

/// The line around `span`, printable and of bearable length, and the span in it.
fn excerpt(source: &[u8], span: &Range<usize>) -> (String, Range<usize>) {
    let first = span.start.min(source.len());
    let line_end =
        source[first..].iter().position(|byte| is_line_end(*byte)).map_or(source.len(), |n| first + n);
    let last = span.end.clamp(first, line_end).min(first + LONGEST_FAULT);
    let start = line_start(source, first).max(first.saturating_sub(MARGIN));
    let end = line_end.min(last + MARGIN);
    let before = printable(&source[start..first]);
    let fault = printable(&source[first..last]);
    let after = printable(&source[last..end]);
    let at = before.len()..before.len() + fault.len();
    (format!("{before}{fault}{after}"), at)
}

/// Control characters would move the caret away from its place, or the terminal's cursor anywhere.
fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|character| match character {
            '\t' => ' ',
            _ if character.is_control() => char::REPLACEMENT_CHARACTER,
            _ => character,
        })
        .collect()
}

fn physical_line(source: &[u8], at: usize) -> usize {
    let before = &source[..line_start(source, at)];
    let feeds = before.iter().filter(|byte| **byte == b'\n').count();
    let lone_returns =
        before.iter().zip(before.iter().skip(1).chain([&0])).filter(|(a, b)| **a == b'\r' && **b != b'\n');
    feeds + lone_returns.count() + 1
}

fn line_start(source: &[u8], at: usize) -> usize {
    source[..at.min(source.len())].iter().rposition(|byte| is_line_end(*byte)).map_or(0, |last| last + 1)
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}
