//! Builds the parser's [`Diagnostic`]s: finds the words at fault and the likely remedy.

use std::net::Ipv4Addr;
use std::ops::Range;

use super::diagnostic::{Diagnostic, Refusal};
use super::keyword::{self, Scope};
use super::lexer::{Line, NulByte, Token};
use super::number::inet_aton;
use super::text::Text;
use super::unknown;
use crate::excerpt::column;

/// Knows the file.
#[derive(Clone, Copy)]
pub(super) struct Faults<'a> {
    pub(super) source: &'a [u8],
}

/// Knows the line that is being read and where in the file's structure it stands.
pub(super) struct At<'l, 'a> {
    faults: Faults<'a>,
    line: &'l Line<'a>,
    scope: Scope,
}

impl<'a> Faults<'a> {
    pub(super) fn at<'l>(self, line: &'l Line<'a>, scope: Scope) -> At<'l, 'a> {
        At { faults: self, line, scope }
    }

    pub(super) fn empty(self) -> Diagnostic {
        Diagnostic {
            line: 0,
            column: 0,
            span: 0..0,
            refusal: Refusal::Empty,
            keyword: None,
            found: "".into(),
            message: "the file is empty".into(),
            expected: "an lvs.cf".into(),
            remedy: "check that the right file was given; Piranha's is /etc/sysconfig/ha/lvs.cf".into(),
        }
    }

    pub(super) fn nul(self, nul: &NulByte) -> Diagnostic {
        Diagnostic {
            line: nul.line,
            column: column(self.source, nul.at),
            span: nul.at..nul.at + 1,
            refusal: Refusal::NulByte,
            keyword: None,
            found: "\\0".into(),
            message: "a NUL byte within a line".into(),
            expected: "text".into(),
            remedy: "this is no text file, or it is damaged or in UTF-16: save it as plain text".into(),
        }
    }

    pub(super) fn unclosed_quote(self, line: &Line<'a>, scope: Scope) -> Diagnostic {
        let at = self.at(line, scope);
        let span = line.unclosed.clone().unwrap_or_else(|| at.line_end());
        let quoted = &self.source[span.clone()];
        let quote = quoted.first().map_or('"', |byte| char::from(*byte));
        let closed_too_early = quoted.iter().filter(|byte| **byte == quoted[0]).count() > 1;
        let remedy = if closed_too_early {
            format!(
                "a quoted word without blanks must end its line: leave its quotes out, or delete what follows the closing {quote}"
            )
        } else {
            format!("close it with {quote} at the end of the value, or delete the quote")
        };
        at.diagnostic(
            Refusal::UnclosedQuote,
            span,
            format!("the quote {quote} is not closed"),
            format!("a closing {quote}"),
            remedy,
        )
    }
}

impl<'a> At<'_, 'a> {
    /// The first word; every line has one.
    pub(super) fn command(&self) -> &'a [u8] {
        self.line.tokens.first().map(|token| token.text).unwrap_or_default()
    }

    /// Reads the one value of `KEYWORD = VALUE` into `slot`, and returns the keyword.
    pub(super) fn set<T>(
        &self,
        keyword: &'static str,
        slot: &mut T,
        read: impl Fn(&Token<'a>) -> Result<T, Refusal>,
    ) -> Result<&'static str, Diagnostic> {
        let [token] = self.arguments(keyword)?;
        *slot = read(token).map_err(|refusal| self.bad_value(keyword, refusal, token))?;
        Ok(keyword)
    }

    /// `KEYWORD = ADDRESS DEVICE`.
    pub(super) fn address_and_device(&self, keyword: &'static str) -> Result<(Ipv4Addr, Text), Diagnostic> {
        let [address, device] = self.arguments(keyword)?;
        let read =
            super::parse::host(address).map_err(|refusal| self.bad_value(keyword, refusal, address))?;
        Ok((read, device.text.into()))
    }

    /// `KEYWORD = [ A B … ]`, and where words follow the list.
    pub(super) fn list(&self, keyword: &'static str) -> Result<(Vec<Text>, Option<usize>), Diagnostic> {
        self.equal(keyword)?;
        let words = self.line.tokens.get(2..).unwrap_or_default();
        let close = words.iter().position(|token| token.text == b"]");
        match (words.first(), close) {
            (Some(open), Some(close)) if open.text == b"[" => {
                let list = words[1..close].iter().map(|token| token.text.into()).collect();
                Ok((list, words.get(close + 1).map(|token| token.span.start)))
            }
            _ => {
                let span = words
                    .first()
                    .map_or_else(|| self.line_end(), |first| first.span.start..self.line.span.end);
                Err(self.about(
                    keyword,
                    Refusal::ListExpected,
                    span,
                    format!("`{keyword}` needs a list"),
                    "put `[` and `]` around the words, with blanks on both sides of each".to_owned(),
                ))
            }
        }
    }

    /// `BLOCK NAME {`.
    pub(super) fn block_name(&self) -> Result<Text, Diagnostic> {
        let block = match self.command() {
            b"virtual" => "virtual",
            b"failover" => "failover",
            _ => "server",
        };
        let remedy = format!("write `{block} NAME {{` on one line; a name with blanks goes in quotes");
        match self.line.tokens.as_slice() {
            [_, name, brace] if brace.text == b"{" => Ok(name.text.into()),
            [_, _, other] => Err(self.about(
                block,
                Refusal::MissingArguments,
                other.span.clone(),
                format!("`{block}` needs `{{` after its name"),
                remedy,
            )),
            [_, _, _, extra, ..] => Err(self.about(
                block,
                Refusal::UnexpectedArguments,
                extra.span.start..self.line.span.end,
                format!("more words than `{block} NAME {{`"),
                self.extra_remedy(extra, remedy),
            )),
            _ => Err(self.about(
                block,
                Refusal::MissingArguments,
                self.missing_at(),
                format!("`{block}` needs a name and `{{`"),
                self.unclosed_remedy().unwrap_or(remedy),
            )),
        }
    }

    pub(super) fn unknown_command(&self) -> Diagnostic {
        let Some(first) = self.line.tokens.first() else {
            return self.diagnostic(
                Refusal::UnknownCommand,
                self.line_end(),
                "a line without a word".to_owned(),
                "a keyword".to_owned(),
                "delete the line".to_owned(),
            );
        };
        let word = shortened(first.text);
        let (message, remedy) = unknown::explain(&word, first, self.scope);
        let expected = match self.scope {
            Scope::Global => "a keyword such as `primary`, or a `virtual NAME {`".to_owned(),
            Scope::Virtual => "a keyword of a `virtual` block, a `server NAME {` or `}`".to_owned(),
            Scope::Server => "`address`, `active`, `weight`, `port` or `}`".to_owned(),
        };
        self.diagnostic(Refusal::UnknownCommand, first.span.clone(), message, expected, remedy)
    }

    fn equal(&self, keyword: &'static str) -> Result<(), Diagnostic> {
        match self.line.tokens.get(1) {
            Some(token) if token.text == b"=" => Ok(()),
            Some(token) => Err(self.about(
                keyword,
                Refusal::EqualExpected,
                token.span.clone(),
                format!("`{keyword}` needs `=` after it, with a blank on each side"),
                format!("write it like this: {}", example(self.scope, keyword)),
            )),
            None => Err(self.about(
                keyword,
                Refusal::EqualExpected,
                self.missing_at(),
                format!("`{keyword}` needs `=` and a value"),
                self.unclosed_remedy()
                    .unwrap_or_else(|| format!("write it like this: {}", example(self.scope, keyword))),
            )),
        }
    }

    fn arguments<const N: usize>(&self, keyword: &'static str) -> Result<&[Token<'a>; N], Diagnostic> {
        self.equal(keyword)?;
        let words = self.line.tokens.get(2..).unwrap_or_default();
        if let Some(extra) = words.get(N) {
            let remedy = match N {
                1 => "put a value with blanks in quotes, or delete what is too much".to_owned(),
                _ => format!("write it like this: {}", example(self.scope, keyword)),
            };
            return Err(self.about(
                keyword,
                Refusal::UnexpectedArguments,
                extra.span.start..self.line.span.end,
                format!("more words than `{keyword}` takes"),
                self.extra_remedy(extra, remedy),
            ));
        }
        words.try_into().map_err(|_| {
            let message = match words.len() {
                0 => format!("`{keyword}` has no value"),
                _ => format!("`{keyword}` needs one more word"),
            };
            let remedy = self.unclosed_remedy().unwrap_or_else(|| {
                format!("write it like this: {}; or delete the line", example(self.scope, keyword))
            });
            self.about(keyword, Refusal::MissingArguments, self.missing_at(), message, remedy)
        })
    }

    fn bad_value(&self, keyword: &'static str, refusal: Refusal, token: &Token<'a>) -> Diagnostic {
        let found = shortened(token.text);
        let message = match refusal {
            Refusal::BadAddress if inet_aton(token.text).is_some() => {
                format!("`{keyword}` may not be {found}, which stands for no address")
            }
            _ => format!("`{found}` is not a value for `{keyword}`"),
        };
        let address = matches!(refusal, Refusal::BadAddress | Refusal::InvalidArgument)
            && example(self.scope, keyword).contains("192.0.2")
            || keyword == "address";
        let remedy = if address && found.contains(':') {
            "lvs.cf knows IPv4 only: import the rest and add IPv6 addresses afterwards".to_owned()
        } else if inet_aton(token.text).is_some_and(|address| address.is_unspecified()) {
            "delete the line: an address that is not set is left out".to_owned()
        } else if address && found.chars().any(char::is_alphabetic) {
            "host names are not looked up here: write the IPv4 address".to_owned()
        } else if refusal == Refusal::BooleanExpected || refusal == Refusal::IntegerExpected && found == "yes"
        {
            "write 1 for yes and 0 for no".to_owned()
        } else {
            format!("write it like this: {}", example(self.scope, keyword))
        };
        self.about(keyword, refusal, token.span.clone(), message, remedy)
    }

    /// A diagnostic about a line whose keyword is known.
    fn about(
        &self,
        keyword: &'static str,
        refusal: Refusal,
        span: Range<usize>,
        message: String,
        remedy: String,
    ) -> Diagnostic {
        let expected = match refusal {
            Refusal::UnexpectedArguments => "the end of the line",
            Refusal::EqualExpected => "`=`",
            _ => keyword::lookup(self.scope, keyword).map_or("a value", |known| known.value),
        };
        Diagnostic {
            keyword: Some(keyword),
            ..self.diagnostic(refusal, span, message, expected.to_owned(), remedy)
        }
    }

    fn diagnostic(
        &self,
        refusal: Refusal,
        span: Range<usize>,
        message: String,
        expected: String,
        remedy: String,
    ) -> Diagnostic {
        Diagnostic {
            line: self.line.number,
            column: column(self.faults.source, span.start),
            refusal,
            keyword: None,
            found: shortened(&self.faults.source[span.clone()]).into(),
            span,
            message: message.into(),
            expected: expected.into(),
            remedy: remedy.into(),
        }
    }

    /// Where a missing word should stand.
    fn missing_at(&self) -> Range<usize> {
        self.line.unclosed.clone().unwrap_or_else(|| self.line_end())
    }

    /// Behind the last word.
    fn line_end(&self) -> Range<usize> {
        let end = self.line.tokens.last().map_or(self.line.span.end, |token| token.span.end);
        end..end
    }

    fn unclosed_remedy(&self) -> Option<String> {
        let unclosed = self.line.unclosed.as_ref()?;
        let quote = char::from(*self.faults.source.get(unclosed.start)?);
        Some(format!("the quote {quote} is not closed: close it at the end of the value, or delete it"))
    }

    fn extra_remedy(&self, extra: &Token<'a>, otherwise: String) -> String {
        if extra.text.starts_with(b"#") {
            "a comment needs a line of its own: move it to the line above".to_owned()
        } else {
            otherwise
        }
    }
}

fn example(scope: Scope, keyword: &str) -> &'static str {
    keyword::lookup(scope, keyword).map_or("KEYWORD = VALUE", |known| known.example)
}

/// For a message: UTF-8, printable, at most 60 characters.
fn shortened(bytes: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * LONGEST)]);
    let mut short: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if text.chars().count() > LONGEST {
        short.push('…');
    }
    short
}
