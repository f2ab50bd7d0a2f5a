//! Paths of our own to go back to: whatever a form or an address brings, the answer never leads to another site.

use std::fmt::Write;

/// A path on this console, with its query. Begins with one `/` and has nothing that a browser could read as a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Takes `/…` alone: `//host` and `/\host` are other sites to a browser, and control characters are dropped by it,
    /// so that `/<tab>/host` is one too.
    pub fn parse(text: &str) -> Option<Self> {
        const LONGEST: usize = 1024;
        let rest = text.strip_prefix('/')?;
        let elsewhere = rest.starts_with(['/', '\\']);
        let odd = text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
        (!elsewhere && !odd && text.len() <= LONGEST && text.is_ascii()).then(|| Self(text.to_owned()))
    }

    /// As a `Location`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the value of a query parameter.
    pub fn encoded(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for byte in self.0.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                    out.push(char::from(byte));
                }
                // Writing to memory cannot fail.
                _ => _ = write!(out, "%{byte:02X}"),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_console_pass() {
        for good in ["/", "/clusters", "/clusters/1/services?sort=name", "/login?next=/clusters"] {
            assert_eq!(LocalPath::parse(good).unwrap().as_str(), good);
        }
        let bad = [
            "",
            "clusters",
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/a\\b",
            "/a\r\nX: y",
        ];
        for bad in bad {
            assert_eq!(LocalPath::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_query_survives_as_a_parameter() {
        let path = LocalPath::parse("/clusters?sort=name&desc=1").unwrap();
        assert_eq!(path.encoded(), "/clusters%3Fsort%3Dname%26desc%3D1");
    }
}
