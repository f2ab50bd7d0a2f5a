//! Names the kernel stores in sixteen bytes: schedulers, persistence engines, interfaces.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A scheduler (`wlc`), a persistence engine (`sip`) or a network interface (`eth0`): 1 to 15 bytes of printable ASCII without
/// spaces, because the kernel keeps sixteen with a closing zero (`IP_VS_SCHEDNAME_MAXLEN`, `IP_VS_PENAME_MAXLEN`, `IFNAMSIZ`).
///
/// A name read from the kernel may break that rule (interfaces may carry any byte but `/` and space); it is kept as far as it is text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// Zeros after the text, so that names compare as their texts do.
    bytes: [u8; LONGEST],
    length: u8,
}

/// The longest name, without the closing zero.
const LONGEST: usize = 15;

/// A text that is no name for the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no name for the kernel: 1 to 15 printable ASCII characters without spaces")]
pub struct InvalidName(pub String);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// What the kernel sent, as much of it as is text and fits.
    pub(crate) fn from_kernel(value: &[u8]) -> Self {
        let end = value.iter().take(LONGEST).position(|byte| *byte == 0).unwrap_or(value.len().min(LONGEST));
        let value = value.get(..end).unwrap_or_default();
        let text = match std::str::from_utf8(value) {
            Ok(text) => text.as_bytes(),
            Err(error) => value.get(..error.valid_up_to()).unwrap_or_default(),
        };
        let mut bytes = [0; LONGEST];
        bytes[..text.len()].copy_from_slice(text);
        Self { bytes, length: u8::try_from(text.len()).unwrap_or_default() }
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self::from_kernel(text.as_bytes())) } else { Err(InvalidName(text.to_owned())) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_the_kernel() {
        assert!("wlc".parse::<Name>().is_ok());
        assert!("a".repeat(15).parse::<Name>().is_ok());
        for bad in ["", "a b", "é", &"a".repeat(16)] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn whatever_the_kernel_sends_is_a_name() {
        assert_eq!(Name::from_kernel(b"eth0\0rest").as_str(), "eth0");
        assert_eq!(Name::from_kernel(&[b'x'; 40]).as_str(), "x".repeat(15));
        assert_eq!(Name::from_kernel(b"a\xffb").as_str(), "a");
        assert_eq!(Name::from_kernel(b"").as_str(), "");
        assert!("rr".parse::<Name>().unwrap() < "wrr".parse().unwrap());
    }
}
