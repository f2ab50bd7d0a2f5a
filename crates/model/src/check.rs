//! What is asked of a real server to know whether it serves, and where load figures come from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Reason;
use crate::show::Invalid;

/// How a real server is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The port accepts a connection.
    #[default]
    Connect,
    /// After connecting, something is sent and the answer compared. Piranha's *Send* and *Expect*.
    SendExpect {
        /// What is sent; nothing where absent.
        send: Option<Payload>,
        /// What the answer must begin with (`*` is any character), or match.
        expect: Option<Payload>,
        /// Whether `expect` is a regular expression.
        regex: bool,
    },
    /// A program on the director decides. Piranha's *Sending Program*.
    Program {
        /// Its name in the director's root-owned check directory.
        program: ProgramName,
        /// What it must print.
        expect: Option<Payload>,
    },
}

/// Text that a check sends or expects, with Piranha's escapes (`\r`, `\n`, `\t`, `\\`) kept as typed; at most 255 bytes
/// as in Piranha.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Payload(String);

/// The bare name of a program that a director may run as a check. Where programs live is the director's business, so
/// that nothing typed in a browser is ever a path or a command line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProgramName(String);

/// Where a real server's load comes from; it then changes the weight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadMonitor {
    /// Weights stay as configured.
    #[default]
    None,
    /// The rstat service.
    Rup,
    /// The rwho service.
    Ruptime,
    /// `uptime` by remote shell.
    Uptime,
    /// Another program of the director's check directory.
    Program(ProgramName),
}

// === impl Check ===

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("connect"),
            Self::SendExpect { send, expect, regex } => {
                let quoted = |payload: &Option<Payload>| {
                    payload.as_ref().map_or("nothing".into(), |p| format!("\"{p}\""))
                };
                let how = if *regex { "match" } else { "expect" };
                write!(f, "send {}, {how} {}", quoted(send), quoted(expect))
            }
            Self::Program { program, expect: Some(expect) } => {
                write!(f, "program {program}, expect \"{expect}\"")
            }
            Self::Program { program, expect: None } => write!(f, "program {program}"),
        }
    }
}

// === impl Payload ===

impl Payload {
    /// The most bytes.
    pub const MAX: usize = 255;

    /// Takes visible text; empty text is no payload.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        if text.len() > Self::MAX {
            return Err(Reason::TooLong { max: Self::MAX });
        }
        if text.chars().any(char::is_control) {
            return Err(Reason::UnprintableCharacters);
        }
        Ok(Self(text.to_owned()))
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a regular expression, of the kind that the crate `regex` takes.
    pub fn is_regex(&self) -> bool {
        regex_syntax::Parser::new().parse(&self.0).is_ok()
    }

    /// The bytes meant: `\r`, `\n` and `\t` replaced, a backslash before anything else drops out.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len());
        let mut rest = self.0.bytes();
        while let Some(byte) = rest.next() {
            let meant = match byte {
                b'\\' => match rest.next() {
                    Some(b'r') => b'\r',
                    Some(b'n') => b'\n',
                    Some(b't') => b'\t',
                    Some(other) => other,
                    None => b'\\',
                },
                plain => plain,
            };
            bytes.push(meant);
        }
        bytes
    }
}

impl TryFrom<String> for Payload {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl From<Payload> for String {
    fn from(payload: Payload) -> Self {
        payload.0
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// === impl ProgramName ===

impl ProgramName {
    /// Takes letters, digits and `. _ -`, not beginning with `.` or `-`; at most 64 bytes.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !plain || text.len() > 64 || text.starts_with(['.', '-']) {
            return Err(Reason::NotAProgramName);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProgramName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl From<ProgramName> for String {
    fn from(name: ProgramName) -> Self {
        name.0
    }
}

impl fmt::Display for ProgramName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// === impl LoadMonitor ===

impl LoadMonitor {
    /// Takes `none`, `rup`, `ruptime`, `uptime` or a program's bare name.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        match text.trim() {
            "" | "none" => Ok(Self::None),
            "rup" => Ok(Self::Rup),
            "ruptime" => Ok(Self::Ruptime),
            "uptime" => Ok(Self::Uptime),
            other => ProgramName::parse(other).map(Self::Program),
        }
    }
}

impl fmt::Display for LoadMonitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Rup => "rup",
            Self::Ruptime => "ruptime",
            Self::Uptime => "uptime",
            Self::Program(program) => program.as_str(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_what_piranha_meant() {
        let payload = Payload::parse(r"GET / HTTP/1.0\r\n\r\n").unwrap();
        assert_eq!(payload.bytes(), b"GET / HTTP/1.0\r\n\r\n");
        assert_eq!(Payload::parse(r"a\*b\").unwrap().bytes(), b"a*b\\");
    }

    #[test]
    fn a_program_is_never_a_path() {
        assert_eq!(ProgramName::parse("../../bin/sh"), Err(Reason::NotAProgramName));
        assert_eq!(ProgramName::parse("check.sh %h"), Err(Reason::NotAProgramName));
    }
}
