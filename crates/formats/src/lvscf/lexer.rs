//! Bytes to lines of tokens, by the daemon's rules.
//!
//! A line ends at the next carriage return **anywhere ahead** in the file, and only if there is none at the next line feed. So in
//! a file with CR-LF ends every line after the first begins with a line feed, which the daemon takes for an empty line: it reads
//! the first line and passes over the rest. Such lines are reported as [`Unread`].

use std::ops::Range;

/// The daemon's token array has 100 entries, the last of them for the end mark.
const MOST_TOKENS: usize = 99;

/// One word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// Without its quotes.
    pub(super) text: &'a [u8],
    /// As in the file, quotes included.
    pub(super) raw: &'a [u8],
    /// Bytes of the file.
    pub(super) span: Range<usize>,
}

/// A line that holds something.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Counted from 1, as the daemon counts: see the module's words on carriage returns.
    pub(super) number: usize,
    /// From the first token to the line's end.
    pub(super) span: Range<usize>,
    pub(super) tokens: Vec<Token<'a>>,
    /// Where a quote is opened and not closed: the tokens before it are in `tokens`.
    pub(super) unclosed: Option<Range<usize>>,
    /// Where the 100th token begins: it and those after it are dropped.
    pub(super) dropped: Option<usize>,
}

/// Text that the daemon passes over although it is neither blank nor a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) span: Range<usize>,
}

/// A NUL byte within a line: the daemon crashed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NulByte {
    pub(super) line: usize,
    pub(super) at: usize,
}

pub(super) struct Lexer<'a> {
    source: &'a [u8],
    /// The daemon's text ends at the first NUL, or at the end of the file.
    end: usize,
    position: usize,
    /// The first one at or after `position`, if there is any left.
    carriage_return: Option<usize>,
    number: usize,
    unread: Vec<Unread>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a [u8]) -> Self {
        let end = position_of(0, source).unwrap_or(source.len());
        let carriage_return = position_of(b'\r', &source[..end]);
        Self { source, end, position: 0, carriage_return, number: 0, unread: Vec::new() }
    }

    /// What was passed over, in file order; complete once [`Lexer::next_line`] has returned `None`.
    pub(super) fn into_unread(mut self) -> Vec<Unread> {
        if self.end < self.source.len() {
            self.note_unread(self.end + 1..self.source.len(), false);
        }
        self.unread
    }

    /// The next line with a token, or `None` at the end.
    pub(super) fn next_line(&mut self) -> Result<Option<Line<'a>>, NulByte> {
        loop {
            if self.position >= self.end {
                return Ok(None);
            }
            let start = self.position;
            let rest = &self.source[start..self.end];
            self.number += 1;
            let Some(length) = self.line_length(rest) else {
                return Err(NulByte { line: self.number, at: self.end });
            };
            self.position = start + length + 1;
            let line = &rest[..length];
            let blanks = line.iter().take_while(|byte| is_blank(**byte)).count();
            let body = &line[blanks..];
            if matches!(body.first(), None | Some(b'#' | b'\n')) {
                self.note_unread(start..start + length, true);
                continue;
            }
            return Ok(Some(tokenise(body, start + blanks, self.number)));
        }
    }

    /// Up to the next carriage return anywhere ahead, else up to the next line feed, else up to the end of the file.
    fn line_length(&mut self, rest: &[u8]) -> Option<usize> {
        let start = self.position;
        // Looked for once per carriage return, not per line: a long file must not take the square of its length.
        if self.carriage_return.is_some_and(|at| at < start) {
            self.carriage_return = position_of(b'\r', rest).map(|at| start + at);
        }
        let carriage_return = self.carriage_return.map(|at| at - start);
        carriage_return.or_else(|| position_of(b'\n', rest)).or((!self.has_nul()).then_some(rest.len()))
    }

    fn has_nul(&self) -> bool {
        self.end < self.source.len()
    }

    /// Notes each line of `span` that holds something, but for the one the daemon rightly takes as empty or as a comment.
    fn note_unread(&mut self, span: Range<usize>, first_is_read: bool) {
        let mut start = span.start;
        for (index, piece) in self.source[span].split(|byte| matches!(byte, b'\n' | b'\r')).enumerate() {
            let blanks = piece.iter().take_while(|byte| is_blank(**byte)).count();
            let body = &piece[blanks..];
            if !(body.is_empty() || body[0] == b'#' || first_is_read && index == 0) {
                self.unread.push(Unread { span: start + blanks..start + piece.len() });
            }
            start += piece.len() + 1;
        }
    }
}

/// Splits what follows the leading blanks of one line.
pub(super) fn tokenise(body: &[u8], offset: usize, number: usize) -> Line<'_> {
    let mut line =
        Line { number, span: offset..offset + body.len(), tokens: Vec::new(), unclosed: None, dropped: None };
    let mut start = 0;
    while start < body.len() {
        if line.tokens.len() == MOST_TOKENS {
            line.dropped = Some(offset + start);
            break;
        }
        let word_end = start + body[start..].iter().take_while(|byte| !is_blank(**byte)).count();
        let token = if matches!(body[start], b'"' | b'\'') {
            quoted(body, start, word_end)
        } else {
            Some((start..word_end, word_end))
        };
        let Some((text, end)) = token else {
            line.unclosed = Some(offset + start..offset + body.len());
            break;
        };
        line.tokens.push(Token {
            text: &body[text],
            raw: &body[start..end],
            span: offset + start..offset + end,
        });
        start = end + body[end..].iter().take_while(|byte| is_blank(**byte)).count();
    }
    line
}

/// The text within a quoted token and the token's end, or `None` if it is not closed.
///
/// The daemon looks for the closing quote from the first blank on: a quoted word without a blank must end the line, and
/// `"a"b c"` is one token.
fn quoted(body: &[u8], start: usize, word_end: usize) -> Option<(Range<usize>, usize)> {
    let quote = body[start];
    let mut end = word_end;
    while end < body.len() && body[end] != b'\n' && body[end] != quote {
        end += 1;
    }
    if body.get(end) == Some(&quote) {
        end += 1;
    }
    // A lone quote at the end of the line left the daemon with an undefined value: refused as unclosed.
    (end > start + 1 && body[end - 1] == quote).then_some((start + 1..end - 1, end))
}

fn position_of(wanted: u8, bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}

/// C's `isblank`.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let line = tokenise(line.as_bytes(), 0, 1);
        let mut words: Vec<_> =
            line.tokens.iter().map(|token| String::from_utf8_lossy(token.text).into_owned()).collect();
        if line.unclosed.is_some() {
            words.push("<unclosed>".to_owned());
        }
        words
    }

    fn lines(source: &[u8]) -> Vec<(usize, String)> {
        let mut lexer = Lexer::new(source);
        let mut lines = Vec::new();
        while let Some(line) = lexer.next_line().unwrap() {
            lines.push((line.number, String::from_utf8_lossy(&source[line.span]).into_owned()));
        }
        lines
    }

    #[test]
    fn words_are_split_at_blanks_and_quotes_keep_them_together() {
        for (line, expected) in [
            ("primary = 10.0.0.1", &["primary", "=", "10.0.0.1"][..]),
            ("a\t=  b  ", &["a", "=", "b"]),
            ("primary=10.0.0.1", &["primary=10.0.0.1"]),
            (r#"virtual "my web" {"#, &["virtual", "my web", "{"]),
            (r#"expect = 'OK "fine"'"#, &["expect", "=", r#"OK "fine""#]),
            (r#"send = """#, &["send", "=", ""]),
            (r#"send = "GET""#, &["send", "=", "GET"]),
            (r#"send = "GET" "#, &["send", "=", "<unclosed>"]),
            (r#"virtual "web" {"#, &["virtual", "<unclosed>"]),
            (r#"send = "a"b c""#, &["send", "=", r#"a"b c"#]),
            (r#"send = "a" b "c""#, &["send", "=", r#"a" b "#, r#"c""#]),
            (r#"send = "a b"c"#, &["send", "=", "a b", "c"]),
            (r#"send = "ab"c"#, &["send", "=", "<unclosed>"]),
            (r#"send = "unclosed"#, &["send", "=", "<unclosed>"]),
            (r#"send = ""#, &["send", "=", "<unclosed>"]),
            (r#"send = " x"#, &["send", "=", "<unclosed>"]),
            (r#"send = a"b"#, &["send", "=", r#"a"b"#]),
            ("caf\u{e9} = \u{4e2d}", &["caf\u{e9}", "=", "\u{4e2d}"]),
        ] {
            assert_eq!(words(line), expected, "{line}");
        }
    }

    #[test]
    fn the_hundredth_token_is_dropped() {
        let many = "x ".repeat(100);
        let line = tokenise(many.as_bytes(), 0, 1);
        assert_eq!(line.tokens.len(), 99);
        assert_eq!(line.dropped, Some(198));
        assert_eq!(tokenise("x ".repeat(99).as_bytes(), 0, 1).dropped, None);
    }

    #[test]
    fn comments_and_empty_lines_count_but_are_not_returned() {
        assert_eq!(lines(b"# c\n\n  # d\n a = b\nc"), [(4, "a = b".to_owned()), (5, "c".to_owned())]);
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n"), []);
        assert_eq!(lines(b" \t"), []);
    }

    #[test]
    fn of_a_cr_lf_file_only_the_first_line_is_read() {
        let source = b"a = 1\r\nb = 2\r\n# c\r\nd\r\n";
        assert_eq!(lines(source), [(1, "a = 1".to_owned())]);
        let mut lexer = Lexer::new(source);
        while lexer.next_line().unwrap().is_some() {}
        let unread: Vec<_> = lexer.into_unread().into_iter().map(|unread| &source[unread.span]).collect();
        assert_eq!(unread, [b"b = 2".as_slice(), b"d"]);
    }

    #[test]
    fn a_last_line_without_its_end_is_read_after_carriage_returns() {
        assert_eq!(lines(b"a\r\nb\r\n}"), [(1, "a".to_owned()), (4, "}".to_owned())]);
    }

    #[test]
    fn one_carriage_return_swallows_the_line_feeds_before_it() {
        assert_eq!(lines(b"a\nb\rc"), [(1, "a\nb".to_owned()), (2, "c".to_owned())]);
        assert_eq!(lines(b"a\rb\r"), [(1, "a".to_owned()), (2, "b".to_owned())]);
    }

    #[test]
    fn a_nul_ends_the_file_or_is_refused_within_a_line() {
        assert_eq!(lines(b"a\n\0b\n"), [(1, "a".to_owned())]);
        let mut lexer = Lexer::new(b"a\nb\0c\n");
        assert!(lexer.next_line().unwrap().is_some());
        assert_eq!(lexer.next_line().unwrap_err(), NulByte { line: 2, at: 3 });
    }
}
