//! Numbers and addresses as the C library reads them.
//!
//! The daemon used `strtol(…, 0)` and `inet_aton`: `0x50`, `0120` and `" 80"` are eighty, and `10.1` is an address.

use std::net::Ipv4Addr;

/// A C `int`, or `None` where `strtol` leaves something over.
///
/// An empty text is 0. Numbers are read as 64 bits, held at the limits, then cut to 32, as on the machines Piranha ran on.
pub(super) fn c_int(text: &[u8]) -> Option<i32> {
    if text.is_empty() {
        return Some(0);
    }
    let start = text.iter().position(|byte| !is_space(*byte))?;
    let rest = &text[start..];
    let (negative, digits) = match rest.first()? {
        b'-' => (true, &rest[1..]),
        b'+' => (false, &rest[1..]),
        _ => (false, rest),
    };
    let (value, used) = digits_in_c_base(digits)?;
    if used != digits.len() {
        return None;
    }
    let wide = if negative {
        value.saturating_neg().max(i128::from(i64::MIN))
    } else {
        value.min(i128::from(i64::MAX))
    };
    #[expect(clippy::cast_possible_truncation, reason = "the C program stores the long in an int")]
    Some(wide as i32)
}

/// An IPv4 address in any of `inet_aton`'s forms: one to four parts, decimal, octal or hexadecimal; what follows white space is
/// passed over.
pub(super) fn inet_aton(text: &[u8]) -> Option<Ipv4Addr> {
    let mut bytes = [0_u8; 4];
    let mut parts = 0;
    let mut rest = text;
    loop {
        if !rest.first()?.is_ascii_digit() {
            return None;
        }
        let (value, used) = digits_in_c_base(rest)?;
        rest = &rest[used..];
        if rest.first() == Some(&b'.') {
            if parts > 2 {
                return None;
            }
            bytes[parts] = u8::try_from(value).ok()?;
            parts += 1;
            rest = &rest[1..];
            continue;
        }
        if rest.first().is_some_and(|byte| !is_space(*byte)) {
            return None;
        }
        // The last part fills the bytes that are left.
        let last = u32::try_from(value).ok()?;
        let room = 32 - 8 * u32::try_from(parts).ok()?;
        if room < 32 && last >> room != 0 {
            return None;
        }
        return Some(Ipv4Addr::from_bits(u32::from_be_bytes(bytes) | last));
    }
}

/// C's `isspace` in the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// The value and length of the digits at the start, base taken from `0x` or `0`; `None` if there is none.
/// Values beyond 2^96 stay there: far over every limit that callers check.
fn digits_in_c_base(text: &[u8]) -> Option<(i128, usize)> {
    const CEILING: i128 = 1 << 96;
    let hexadecimal =
        text.len() > 2 && text[0] == b'0' && matches!(text[1], b'x' | b'X') && text[2].is_ascii_hexdigit();
    let (radix, prefix) = match (hexadecimal, text.first()?) {
        (true, _) => (16, 2),
        (false, b'0') => (8, 0),
        (false, _) => (10, 0),
    };
    let mut value = 0_i128;
    let mut used = prefix;
    while let Some(digit) = text.get(used).and_then(|byte| char::from(*byte).to_digit(radix)) {
        value = (value * i128::from(radix) + i128::from(digit)).min(CEILING);
        used += 1;
    }
    (used > prefix).then_some((value, used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_strtol_reads_them() {
        for (text, value) in [
            ("", Some(0)),
            ("0", Some(0)),
            ("80", Some(80)),
            ("-3", Some(-3)),
            ("+7", Some(7)),
            ("0x50", Some(80)),
            ("0X1f", Some(31)),
            ("-0x10", Some(-16)),
            ("0120", Some(80)),
            ("00", Some(0)),
            (" \t80", Some(80)),
            ("\n80", Some(80)),
            ("80 ", None),
            (" ", None),
            ("-", None),
            ("+-1", None),
            ("0x", None),
            ("0xg", None),
            ("08", None),
            ("8a", None),
            ("1e3", None),
            ("yes", None),
            ("2147483647", Some(i32::MAX)),
            ("2147483648", Some(i32::MIN)),
            ("4294967296", Some(0)),
            ("4294967375", Some(79)),
            ("99999999999999999999", Some(-1)),
            ("-99999999999999999999", Some(0)),
            ("0xffffffff", Some(-1)),
            ("99999999999999999999999999999999999999999999", Some(-1)),
        ] {
            assert_eq!(c_int(text.as_bytes()), value, "{text:?}");
        }
    }

    #[test]
    fn addresses_are_read_as_inet_aton_reads_them() {
        for (text, address) in [
            ("10.0.0.1", Some([10, 0, 0, 1])),
            ("10.1", Some([10, 0, 0, 1])),
            ("0x7f.1", Some([127, 0, 0, 1])),
            ("10.010.0x10.1", Some([10, 8, 16, 1])),
            ("1.2.772", Some([1, 2, 3, 4])),
            ("16909060", Some([1, 2, 3, 4])),
            ("0xffffffff", Some([255, 255, 255, 255])),
            ("0", Some([0, 0, 0, 0])),
            ("1.2.3.4 anything", Some([1, 2, 3, 4])),
            ("1.2.3.4\n", Some([1, 2, 3, 4])),
            ("", None),
            ("-1", None),
            (" 1.2.3.4", None),
            ("1.2.3.4.5", None),
            ("1.2.3.", None),
            ("256.1.1.1", None),
            ("1.2.3.256", None),
            ("1.2.65536", None),
            ("1.16777216", None),
            ("4294967296", None),
            ("0x100000000", None),
            ("1.2.3.08", None),
            ("1.2.3.4x", None),
            ("2001:db8::1", None),
            ("yes", None),
        ] {
            assert_eq!(inet_aton(text.as_bytes()), address.map(Ipv4Addr::from), "{text:?}");
        }
    }
}
