//! The ports of a virtual service: one, several, ranges, or all.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::show::Invalid;
use crate::{Port, Reason};

/// Ports `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    first: Port,
    last: Port,
}

/// Which ports a virtual service takes. Ranges are sorted and disjoint; written as `80,443,10000-20000`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Ports {
    /// Every port; IPVS's port 0. The kernel takes it with persistence only.
    All,
    /// These ranges; at least one.
    Listed(Vec<PortRange>),
}

// === impl PortRange ===

impl PortRange {
    /// Refuses a range that ends before it starts.
    pub fn try_new(first: Port, last: Port) -> Result<Self, Reason> {
        if first <= last { Ok(Self { first, last }) } else { Err(Reason::ReversedRange) }
    }

    /// The lowest port.
    pub fn first(self) -> Port {
        self.first
    }

    /// The highest port.
    pub fn last(self) -> Port {
        self.last
    }

    fn parse(text: &str) -> Result<Self, Reason> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| {
            Port::parse(text).map_err(|reason| match reason {
                Reason::OutOfRange { .. } => reason,
                _ => Reason::NotAPortRange,
            })
        };
        Self::try_new(port(first)?, port(last)?)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { self.first.fmt(f) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

// === impl Ports ===

impl Ports {
    /// The most ranges: an nftables set could hold more, a page and a reader could not.
    pub const MAX_RANGES: usize = 64;

    /// One port.
    pub fn single(port: Port) -> Self {
        Self::Listed(vec![PortRange { first: port, last: port }])
    }

    /// Takes `80`, `80, 443`, `10000-20000`, and `0`, `*` or `all` for every port. Overlapping and neighbouring ranges are joined.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        if text == "0" || text == "*" || text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        let parts = text.split([',', '，', ' ']).map(str::trim).filter(|part| !part.is_empty());
        let mut ranges = parts.map(PortRange::parse).collect::<Result<Vec<_>, _>>()?;
        ranges.sort_unstable();
        let mut joined: Vec<PortRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(before) if u32::from(range.first.get()) <= u32::from(before.last.get()) + 1 => {
                    before.last = before.last.max(range.last);
                }
                _ => joined.push(range),
            }
        }
        match joined.len() {
            0 => Err(Reason::Missing),
            1..=Self::MAX_RANGES => Ok(Self::Listed(joined)),
            _ => Err(Reason::TooManyRanges { max: Self::MAX_RANGES }),
        }
    }

    /// The port, where there is exactly one.
    pub fn only(&self) -> Option<Port> {
        match self {
            Self::Listed(ranges) => match ranges.as_slice() {
                [range] if range.first == range.last => Some(range.first),
                _ => None,
            },
            Self::All => None,
        }
    }

    /// The lowest port, which stands for the service where one is needed (a check); none for all ports.
    pub fn lowest(&self) -> Option<Port> {
        match self {
            Self::Listed(ranges) => ranges.first().map(|range| range.first),
            Self::All => None,
        }
    }

    /// Whether there are more than one, and not all: the kernel then has a mark for them in place of a port.
    pub fn are_several(&self) -> bool {
        *self != Self::All && self.only().is_none()
    }

    /// How many ports are listed in both.
    pub fn shared(&self, other: &Self) -> u32 {
        let (Self::Listed(one), Self::Listed(other)) = (self, other) else { return 0 };
        let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (a, b)));
        let common = pairs.map(|(a, b)| (a.first.max(b.first).get(), a.last.min(b.last).get()));
        common.map(|(first, last)| (u32::from(last) + 1).saturating_sub(first.into())).sum()
    }

    /// Whether some port belongs to both.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Listed(a), Self::Listed(b)) => {
                a.iter().any(|a| b.iter().any(|b| a.first <= b.last && b.first <= a.last))
            }
            _ => true,
        }
    }
}

impl TryFrom<String> for Ports {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl From<Ports> for String {
    fn from(ports: Ports) -> Self {
        ports.to_string()
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Listed(ranges) => {
                for (index, range) in ranges.iter().enumerate() {
                    if index > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{range}")?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, Reason>) {
        assert_eq!(Ports::parse(text).map(|ports| ports.to_string()), expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn shared_ports_are_counted() {
        let shared =
            |one: &str, other: &str| Ports::parse(one).unwrap().shared(&Ports::parse(other).unwrap());
        assert_eq!(shared("80,443,1000-2000", "443-500,1990-65535"), 1 + 11);
        assert_eq!(shared("80", "81-90"), 0);
        assert_eq!(shared("1-65535", "1-65535"), 65_535);
        let several = |ports: &str| Ports::parse(ports).unwrap().are_several();
        assert!(several("80-81") && several("80,443") && !several("80") && !several("all"));
    }

    #[test]
    fn ports_are_sorted_and_joined() {
        check("443, 80", Ok("80,443"));
        check("80-90,85-100,101", Ok("80-101"));
        check("0", Ok("all"));
    }

    #[test]
    fn wrong_ports_say_why() {
        check("http", Err(Reason::NotAPortRange));
        check("90-80", Err(Reason::ReversedRange));
        check("99999", Err(Reason::OutOfRange { min: 1, max: 65_535 }));
        check("80-", Err(Reason::NotAPortRange));
        check(",", Err(Reason::Missing));
    }
}
