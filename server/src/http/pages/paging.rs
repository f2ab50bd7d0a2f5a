//! Which page of a long list an address asks for.

use serde::{Deserialize, Deserializer};

/// A page's number from 1; the first where the address has none, or something that is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageNumber(usize);

impl PageNumber {
    /// The nearest one of so many pages. There is a first page always.
    pub(super) fn of(self, pages: usize) -> usize {
        self.0.clamp(1, pages.max(1))
    }
}

#[cfg(test)]
impl From<usize> for PageNumber {
    fn from(number: usize) -> Self {
        Self(number)
    }
}

impl Default for PageNumber {
    fn default() -> Self {
        Self(1)
    }
}

impl<'de> Deserialize<'de> for PageNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let typed = String::deserialize(deserializer)?;
        Ok(typed.trim().parse().map_or_else(|_| Self::default(), Self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_the_address_there_is_a_page() {
        let read = |typed: &str| serde_json::from_value::<PageNumber>(typed.into()).unwrap();
        let of = |typed: &str| read(typed).of(7);
        assert_eq!(["3", "0", "-1", "", "x", "99"].map(of), [3, 1, 1, 1, 1, 7]);
        assert_eq!(read("3").of(0), 1);
    }
}
