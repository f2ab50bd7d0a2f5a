//! Names of clusters, services and servers: labels for people, not host names.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Reason;

/// 1 to 64 visible characters of any script; blanks inside are fine, at an end they are not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The most characters (Unicode scalar values). Our own choice: long enough for any habit, short enough for a table.
    pub const MAX: usize = 64;

    /// Takes what was typed; blanks around it are dropped.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        if text.chars().count() > Self::MAX {
            return Err(Reason::TooLong { max: Self::MAX });
        }
        if text.chars().any(is_invisible) {
            return Err(Reason::UnprintableCharacters);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, and those that change the direction of text or have no width: two names that look the
/// same must be the same.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

impl TryFrom<String> for Name {
    type Error = crate::show::Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| crate::show::Invalid::new(&text, &reason))
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_names_and_inner_blanks_are_fine() {
        assert_eq!(Name::parse(" 网站 一 ").map(String::from), Ok("网站 一".to_owned()));
    }

    #[test]
    fn invisible_characters_are_refused() {
        assert_eq!(Name::parse("a\u{202e}b"), Err(Reason::UnprintableCharacters));
        assert_eq!(Name::parse("a\tb"), Err(Reason::UnprintableCharacters));
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(Name::parse(&"网".repeat(64)).is_ok());
        assert_eq!(Name::parse(&"x".repeat(65)), Err(Reason::TooLong { max: 64 }));
        assert_eq!(Name::parse("  "), Err(Reason::Missing));
    }
}
