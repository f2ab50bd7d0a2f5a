//! Notes: what people want to tell each other about a virtual service or a real server.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Reason;

/// 1 to 500 visible characters of any script in one or several lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Note(String);

impl Note {
    /// The most characters (Unicode scalar values). Our own choice: a ticket's number and a few sentences; each revision holds it.
    pub const MAX: usize = 500;

    /// Takes what was typed; blanks around it are dropped, line breaks are those of Unix afterwards.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        if text.chars().count() > Self::MAX {
            return Err(Reason::TooLong { max: Self::MAX });
        }
        if text.chars().any(|c| c != '\n' && crate::name::is_invisible(c)) {
            return Err(Reason::UnprintableCharacters);
        }
        Ok(Self(text.to_owned()))
    }

    /// The note as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Note {
    type Error = crate::show::Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| crate::show::Invalid::new(&text, &reason))
    }
}

impl From<Note> for String {
    fn from(note: Note) -> Self {
        note.0
    }
}

/// In one line, as plans and logs show it.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, line) in self.0.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
            if index > 0 {
                f.write_str(" / ")?;
            }
            f.write_str(line)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_and_shown_as_one() {
        let note = Note::parse("  Ask 王 first.\r\n\r\nTicket 12\r\n").unwrap();
        assert_eq!(note.as_str(), "Ask 王 first.\n\nTicket 12");
        assert_eq!(note.to_string(), "Ask 王 first. / Ticket 12");
        assert_eq!(Note::parse(note.as_str()), Ok(note));
    }

    #[test]
    fn what_cannot_be_seen_or_has_no_end_is_refused() {
        assert_eq!(Note::parse("a\tb"), Err(Reason::UnprintableCharacters));
        assert_eq!(Note::parse("a\u{202e}b"), Err(Reason::UnprintableCharacters));
        assert_eq!(Note::parse(&"网".repeat(501)), Err(Reason::TooLong { max: 500 }));
        assert!(Note::parse(&"网".repeat(500)).is_ok());
    }
}
