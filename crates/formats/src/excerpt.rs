//! The line of a file around a fault, for a terminal: with a caret under it, and what to do.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// Several lines of plain text: the message, the line of the file with a caret under the fault, the remedy.
pub(crate) fn render(
    path: &str,
    source: &[u8],
    fault: &Range<usize>,
    message: &str,
    expected: &str,
    remedy: &str,
) -> String {
    let (excerpt, span) = excerpt(source, fault);
    let report = [Level::ERROR
        .primary_title(message)
        .element(
            Snippet::source(&excerpt)
                .line_start(physical_line(source, fault.start))
                .path(path)
                .annotation(AnnotationKind::Primary.span(span).label(format!("expected {expected}"))),
        )
        .element(Level::HELP.message(remedy))];
    Renderer::plain().render(&report)
}

/// The column of a byte: characters since the last line end of either kind, from 1.
pub(crate) fn column(source: &[u8], at: usize) -> usize {
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
