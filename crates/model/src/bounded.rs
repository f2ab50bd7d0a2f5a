//! Numbers with a range.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Reason;
use crate::show::Invalid;

macro_rules! bounded {
    ($($(#[$doc:meta])* $name:ident($inner:ty) in $min:literal..=$max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u64", into = "u64")]
        pub struct $name($inner);

        impl $name {
            /// The lowest value.
            pub const MIN: Self = Self($min);
            /// The highest value.
            pub const MAX: Self = Self($max);

            /// Refuses numbers outside the range.
            pub fn try_new(number: u64) -> Result<Self, Reason> {
                if ($min..=$max).contains(&number) {
                    <$inner>::try_from(number).map(Self).map_err(|_| Self::out_of_range())
                } else {
                    Err(Self::out_of_range())
                }
            }

            /// For constants; in a `const`, a value outside the range does not compile.
            pub const fn new_const(number: $inner) -> Self {
                let (min, max, number_wide): (u64, u64, u64) = ($min, $max, number as u64);
                assert!(min <= number_wide && number_wide <= max, "out of range");
                Self(number)
            }

            /// Takes what was typed: decimal digits, blanks around them are dropped.
            pub fn parse(text: &str) -> Result<Self, Reason> {
                let text = text.trim();
                if text.is_empty() {
                    return Err(Reason::Missing);
                }
                if !text.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(Reason::NotANumber);
                }
                // Digits alone can only fail by being too many.
                text.parse().map_err(|_| Self::out_of_range()).and_then(Self::try_new)
            }

            /// The number.
            pub fn get(self) -> $inner {
                self.0
            }

            fn out_of_range() -> Reason {
                Reason::OutOfRange { min: $min, max: $max }
            }
        }

        impl TryFrom<u64> for $name {
            type Error = Invalid;

            fn try_from(number: u64) -> Result<Self, Self::Error> {
                Self::try_new(number).map_err(|reason| Invalid::new(number, &reason))
            }
        }

        impl From<$name> for u64 {
            fn from(value: $name) -> Self {
                value.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

bounded! {
    /// A real server's share; 0 takes no new connections. The kernel holds it as a signed 32-bit number
    /// (`IPVS_DEST_ATTR_WEIGHT`, ipvsadm(8)).
    Weight(u32) in 0..=2_147_483_647;
    /// A TCP, UDP or SCTP port. 0 is no port.
    Port(u16) in 1..=65_535;
    /// A duration in whole seconds, at most 31 days: the longest time that ipvsadm takes (`MAX_TIMEOUT`, ipvsadm.c).
    Seconds(u32) in 1..=2_678_400;
    /// A waiting time in whole seconds that may be nothing at all.
    ReentrySeconds(u32) in 0..=86_400;
    /// A firewall mark (`nfmark`, 32 bits); 0 means unmarked and is none.
    FirewallMark(u32) in 1..=4_294_967_295;
    /// A number of connections (ipvsadm(8): 0 to 65535; 0, meaning none, is absence here).
    Threshold(u16) in 1..=65_535;
    /// The sync daemon's id, 8 bits on the wire (`struct ip_vs_sync_mesg`).
    SyncId(u8) in 0..=255;
    /// How many hops a sync daemon's messages may travel.
    SyncTtl(u8) in 1..=255;
    /// The longest message of a sync daemon in bytes: what a UDP packet of IPv4 can hold (ipvsadm(8), `--sync-maxlen`).
    SyncLength(u16) in 1..=65_507;
}

impl Seconds {
    /// As a duration.
    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0.into())
    }
}

impl ReentrySeconds {
    /// As a duration.
    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn piranhas_range_mistakes_are_refused() {
        assert_eq!(Port::parse("99999"), Err(Reason::OutOfRange { min: 1, max: 65_535 }));
        assert_eq!(Seconds::parse("-3"), Err(Reason::NotANumber));
        assert_eq!(SyncId::parse("999"), Err(Reason::OutOfRange { min: 0, max: 255 }));
    }

    #[test]
    fn more_digits_than_a_machine_word_are_out_of_range() {
        let text = "9".repeat(40);
        assert_eq!(Weight::parse(&text), Err(Reason::OutOfRange { min: 0, max: 2_147_483_647 }));
    }

    #[test]
    fn documents_are_checked_as_forms_are() {
        assert!(serde_json::from_str::<Port>("0").is_err());
        assert_eq!(serde_json::from_str::<Port>("80").ok(), Port::parse(" 80 ").ok());
    }
}
