//! What was typed, brought to the form that parsers take.

/// Full-width letters, digits and signs become ASCII; the Chinese full stop and comma become theirs; blanks around go.
pub fn fold(text: &str) -> String {
    let folded: String = text
        .chars()
        .map(|c| match c {
            // Full-width forms lie 0xFEE0 above ASCII (Unicode block Halfwidth and Fullwidth Forms).
            '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
            '\u{3000}' | '\u{a0}' => ' ',
            '。' => '.',
            '、' => ',',
            '–' | '—' | '−' => '-',
            other => other,
        })
        .collect();
    folded.trim().to_owned()
}

/// A number, which may end in its unit.
pub(super) fn number(text: &str) -> String {
    let text = fold(text);
    ["s", "秒"]
        .iter()
        .find_map(|unit| text.strip_suffix(unit))
        .map_or(text.clone(), |bare| bare.trim_end().to_owned())
}

/// A number that may be written in hexadecimal, as firewall marks are.
pub(super) fn mark(text: &str) -> String {
    let text = fold(text);
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match hex.map(|digits| u64::from_str_radix(digits, 16)) {
        Some(Ok(number)) => number.to_string(),
        _ => text,
    }
}

/// Ports: `80；443`, `80 - 90` and `80~90` are meant as `80,443` and `80-90`.
pub(super) fn ports(text: &str) -> String {
    let text = fold(text).replace(';', ",").replace('~', "-");
    let mut parts = text.split('-').map(str::trim);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| format!("{before}-{part}"))
}

/// Splits `192.0.2.1:80` and `[2001:db8::1]:80`; the port is empty where there is none.
pub(super) fn socket(text: &str) -> (String, String) {
    let text = fold(text);
    let split = match text.strip_prefix('[') {
        Some(rest) => rest.split_once("]:"),
        None => text.split_once(':').filter(|(_, port)| !port.contains(':')),
    };
    match split {
        Some((address, port)) if !address.is_empty() && !port.is_empty() => {
            (address.to_owned(), port.to_owned())
        }
        _ => (text, String::new()),
    }
}

/// Splits `192.0.2.1/24`; the length is empty where there is none.
pub(super) fn prefix(text: &str) -> (String, String) {
    let text = fold(text);
    match text.split_once('/') {
        Some((address, length)) if !address.is_empty() => {
            (address.trim().to_owned(), length.trim().to_owned())
        }
        _ => (text, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_input_methods_are_understood() {
        assert_eq!(fold("　１９２．０。２。１　"), "192.0.2.1");
        assert_eq!(ports("８０，４４３；１００００～２００００"), "80,443,10000-20000");
        assert_eq!(ports("80、 90 — 95"), "80, 90-95");
        assert_eq!(number("３０ 秒"), "30");
    }

    #[test]
    fn addresses_give_up_their_ports_and_prefixes() {
        let both = |address: &str, port: &str| (address.to_owned(), port.to_owned());
        assert_eq!(socket("192.0.2.1:80"), both("192.0.2.1", "80"));
        assert_eq!(socket("[2001:db8::1]:80"), both("2001:db8::1", "80"));
        assert_eq!(socket("2001:db8::1"), both("2001:db8::1", ""));
        assert_eq!(socket("192.0.2.1:"), both("192.0.2.1:", ""));
        assert_eq!(prefix("192.0.2.1 / 24"), both("192.0.2.1", "24"));
        assert_eq!(prefix("/24"), both("/24", ""));
    }

    #[test]
    fn marks_may_be_hexadecimal() {
        assert_eq!(mark("0x50"), "80");
        assert_eq!(mark("0xzz"), "0xzz");
    }
}
