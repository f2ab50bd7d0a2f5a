//! Guesses what an unknown keyword was meant to be.

use super::keyword::{self, Scope};
use super::lexer::Token;

/// What is wrong with the unknown keyword `word`, the line's `first` token in short, and what was probably meant.
pub(super) fn explain(word: &str, first: &Token<'_>, scope: Scope) -> (String, String) {
    if word == "}" {
        return (
            "there is no open block that this `}` could close".to_owned(),
            "delete it, or look for a `}` too many above".to_owned(),
        );
    }
    if word == "{" {
        return (
            "`{` stands on a line of its own".to_owned(),
            "put it at the end of the line above: `virtual NAME {`".to_owned(),
        );
    }
    if first.raw.starts_with(b"\xef\xbb\xbf") {
        return (
            "the file begins with a byte order mark".to_owned(),
            "save it as plain text, without a byte order mark".to_owned(),
        );
    }
    let before_equal = word.split('=').next().unwrap_or_default();
    if before_equal != word && keyword::lookup(scope, before_equal).is_some() {
        let name = before_equal;
        return (
            format!("no blanks around the `=` after `{name}`"),
            format!("write `{name} = VALUE`, with a blank on each side of `=`"),
        );
    }
    let message = format!("`{word}` is not a keyword {scope}");
    if let Some(remedy) = gone(word) {
        return (message, remedy.to_owned());
    }
    let elsewhere: Vec<_> = keyword::scopes_of(word).map(|scope| scope.to_string()).collect();
    if !elsewhere.is_empty() {
        return (
            message,
            format!("it belongs {}: look for a `}}` too many or too few above", elsewhere.join(" or ")),
        );
    }
    let remedy = match keyword::nearest(scope, before_equal) {
        Some(name) => format!("did you mean `{name}`? Keywords are written in lower case"),
        None => "correct the keyword, or delete the line or put # before it".to_owned(),
    };
    (message, remedy)
}

/// Keywords of manuals and web pages that the daemon never took.
fn gone(word: &str) -> Option<&'static str> {
    match word {
        "debug" => Some("write `debug_level`; `debug` is in the manual only"),
        "nmask" => Some("delete the line: the web pages wrote it, the daemon never read it"),
        "expect_program" => Some("delete the line: write the answer of `send_program` to `expect`"),
        _ => None,
    }
}
