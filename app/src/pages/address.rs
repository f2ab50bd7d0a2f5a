//! Addresses of pages.

use std::fmt::Write;

/// A path with parameters; empty ones are left out.
pub fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    let mut join = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        out.push(join);
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    out.push(char::from(byte));
                }
                // Writing to memory cannot fail.
                _ => _ = write!(out, "%{byte:02X}"),
            }
        }
        join = '&';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_encoded_and_empty_ones_left_out() {
        assert_eq!(
            address("/x", &[("q", "网 &a"), ("sort", ""), ("page", "2")]),
            "/x?q=%E7%BD%91%20%26a&page=2"
        );
        assert_eq!(address("/x", &[("q", "")]), "/x");
    }
}
