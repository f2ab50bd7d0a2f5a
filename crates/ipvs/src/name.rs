//! Names the kernel stores in sixteen bytes: schedulers, persistence engines, interfaces.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A scheduler (`wlc`), a persistence engine (`sip`) or a network interface (`eth0`): 1 to 15 bytes of printable ASCII without
/// spaces, because the kernel keeps sixteen with a closing zero (`IP_VS_SCHEDNAME_MAXLEN`, `IP_VS_PENAME_MAXLEN`, `IFNAMSIZ`).
///
/// A name read from the kernel may break that rule (interfaces may carry any byte but `/` and space); it is kept as far as it is text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

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
        &self.0
    }

    /// What the kernel sent, whatever it is.
    pub(crate) fn from_kernel(text: String) -> Self {
        Self(text)
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidName(text.to_owned())) }
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
    fn names_fit_the_kernel() {
        assert!("wlc".parse::<Name>().is_ok());
        assert!("a".repeat(15).parse::<Name>().is_ok());
        for bad in ["", "a b", "é", &"a".repeat(16)] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
    }
}
