//! Builds the parser's [`Diagnostic`]s: finds the words at fault and the likely remedy.

use std::ops::Range;

use super::diagnostic::{Diagnostic, Refusal};
use super::lexer::{Line, Word};
use super::options::{self, Id};
use crate::excerpt::column;

/// Knows the file.
#[derive(Clone, Copy)]
pub(super) struct Faults<'a> {
    pub(super) source: &'a [u8],
}

/// What a diagnostic says, but for its place.
pub(super) struct Words {
    pub(super) refusal: Refusal,
    pub(super) message: String,
    pub(super) expected: String,
    pub(super) remedy: String,
}

impl Faults<'_> {
    pub(super) fn empty(&self) -> Diagnostic {
        Diagnostic {
            line: 0,
            column: 0,
            span: 0..0,
            refusal: Refusal::Empty,
            found: "".into(),
            message: "there is no command in it".into(),
            expected: "lines such as `-A -t 192.0.2.1:80 -s wlc`".into(),
            remedy: "save the table with `ipvsadm-save -n`, as root, while IPVS is set up".into(),
        }
    }

    pub(super) fn not_text(&self, at: usize) -> Diagnostic {
        let line = self.source[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let words = Words {
            refusal: Refusal::NotText,
            message: "a byte that is not text".to_owned(),
            expected: "commands of ipvsadm".to_owned(),
            remedy: "this is no saved table, or it is damaged or in UTF-16: save it as plain text".to_owned(),
        };
        self.at(line, at..at + 1, words)
    }

    pub(super) fn unknown_option(&self, line: &Line<'_>, word: Word<'_>) -> Diagnostic {
        let mut remedy = "delete it; `man ipvsadm` lists the options".to_owned();
        if word.text.starts_with('\u{2013}') || word.text.starts_with('\u{2014}') {
            remedy = "write `-`: a word processor has made a dash of it".to_owned();
        } else if word.text == "--sctp" || word.text == "--tcp" || word.text == "--udp" {
            remedy = format!("write `{}-service`", word.text);
        }
        self.word(
            line,
            word,
            Words {
                refusal: Refusal::UnknownOption,
                message: format!("`{}` is not an option of ipvsadm", shortened(word.text)),
                expected: "an option such as `-t`".to_owned(),
                remedy,
            },
        )
    }

    pub(super) fn unexpected(&self, line: &Line<'_>, word: Word<'_>) -> Diagnostic {
        let remedy = match word.text {
            "ops" => "write `--ops`: ipvsadm before 1.28 saved this without the dashes".to_owned(),
            "pe" => "write `--pe`: ipvsadm before 1.28 saved this without the dashes".to_owned(),
            text if text.starts_with(['\u{2013}', '\u{2014}']) => {
                "write `-`: a word processor has made a dash of it".to_owned()
            }
            text if text.parse::<u32>().is_ok() => {
                "delete it, or write the option that it belongs to before it".to_owned()
            }
            _ => "delete it; save a table with `ipvsadm-save -n`, not with `ipvsadm -Ln`".to_owned(),
        };
        self.word(
            line,
            word,
            Words {
                refusal: Refusal::UnexpectedWord,
                message: format!("`{}` belongs to no option", shortened(word.text)),
                expected: "an option, or the end of the line".to_owned(),
                remedy,
            },
        )
    }

    pub(super) fn missing_value(&self, line: &Line<'_>, option: Word<'_>, id: Id) -> Diagnostic {
        let words = Words {
            refusal: Refusal::MissingValue,
            message: format!("`{}` has no value", option.text),
            expected: options::expected(id).to_owned(),
            remedy: format!("write {} behind `{}`, or delete it", options::expected(id), option.text),
        };
        self.at(line.number, line.end(), words)
    }

    /// The line lacks one of these.
    pub(super) fn missing(&self, line: &Line<'_>, what: &str, expected: &str) -> Diagnostic {
        let words = Words {
            refusal: Refusal::MissingOption,
            message: format!("{what} is missing"),
            expected: expected.to_owned(),
            remedy: format!("add {expected}, or delete the line"),
        };
        self.at(line.number, line.end(), words)
    }

    pub(super) fn twice(&self, line: &Line<'_>, first: Word<'_>, second: Word<'_>) -> Diagnostic {
        let message = if first.text == second.text {
            format!("`{}` stands there twice", second.text)
        } else {
            format!("`{}` and `{}` exclude each other", first.text, second.text)
        };
        self.word(
            line,
            second,
            Words {
                refusal: Refusal::Twice,
                message,
                expected: "one of the two".to_owned(),
                remedy: "delete the one that is not meant".to_owned(),
            },
        )
    }

    pub(super) fn not_an_addition(&self, line: &Line<'_>, word: Word<'_>) -> Diagnostic {
        self.word(
            line,
            word,
            Words {
                refusal: Refusal::NotAnAddition,
                message: format!("`{}` adds nothing to a table", shortened(word.text)),
                expected: "`-A` for a service, `-a` for a server".to_owned(),
                remedy: "delete the line; of a script, hand in what `ipvsadm-save -n` says after it has run"
                    .to_owned(),
            },
        )
    }

    pub(super) fn not_for(&self, line: &Line<'_>, word: Word<'_>, command: &str, takes: &str) -> Diagnostic {
        self.word(
            line,
            word,
            Words {
                refusal: Refusal::NotForThisCommand,
                message: format!("`{}` does not go with `{command}`", shortened(word.text)),
                expected: takes.to_owned(),
                remedy: "delete it, or move it to the line that it belongs to".to_owned(),
            },
        )
    }

    /// A value that cannot be: a number, a word.
    pub(super) fn bad(
        &self,
        line: &Line<'_>,
        refusal: Refusal,
        id: Id,
        word: Word<'_>,
        remedy: &str,
    ) -> Diagnostic {
        let expected = options::expected(id);
        self.word(
            line,
            word,
            Words {
                refusal,
                message: format!("`{}` is not a value for `{}`", shortened(word.text), options::spelled(id)),
                expected: expected.to_owned(),
                remedy: if remedy.is_empty() { format!("write {expected}") } else { remedy.to_owned() },
            },
        )
    }

    pub(super) fn word(&self, line: &Line<'_>, word: Word<'_>, words: Words) -> Diagnostic {
        self.at(line.number, word.span(), words)
    }

    pub(super) fn at(&self, line: usize, span: Range<usize>, words: Words) -> Diagnostic {
        let Words { refusal, message, expected, remedy } = words;
        let found = self.source.get(span.clone()).map(String::from_utf8_lossy).unwrap_or_default();
        Diagnostic {
            line,
            column: column(self.source, span.start),
            found: shortened(&found).into(),
            span,
            refusal,
            message: message.into(),
            expected: expected.into(),
            remedy: remedy.into(),
        }
    }
}

/// For a message: printable, at most 60 characters.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut short: String = text.chars().take(LONGEST).map(printable).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
