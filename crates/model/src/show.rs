//! Values as a plan shows them: text where it is the same in every language, else a word to translate.

use std::fmt;

use crate::Reason;

/// A value in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The same in every language: numbers, addresses, LVS's own words.
    Text(String),
    /// Turned on.
    On,
    /// Turned off.
    Off,
    /// Not set.
    Unset,
}

/// A value that a plan can show.
pub trait Show {
    /// How it is shown.
    fn show(&self) -> Shown;
}

/// A stored value that does not parse; only a damaged or foreign document has one.
#[derive(Clone, Debug)]
pub struct Invalid(String);

// === impl Shown ===

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(text) => text,
            Self::On => "on",
            Self::Off => "off",
            Self::Unset => "not set",
        })
    }
}

impl Show for bool {
    fn show(&self) -> Shown {
        if *self { Shown::On } else { Shown::Off }
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self) -> Shown {
        self.as_ref().map_or(Shown::Unset, Show::show)
    }
}

/// Implements [`Show`] by `Display` for types whose text is the same in every language.
macro_rules! show_by_display {
    ($($ty:ty),* $(,)?) => {$(
        impl Show for $ty {
            fn show(&self) -> Shown {
                Shown::Text(self.to_string())
            }
        }
    )*};
}

show_by_display! {
    crate::Name, crate::Note, crate::Weight, crate::Port, crate::Seconds, crate::ReentrySeconds, crate::FirewallMark,
    crate::HostAddress, crate::Device, crate::PrefixLength, crate::Ports, crate::ServiceKey, crate::Scheduler,
    crate::Persistence, crate::Check, crate::SorryServer, crate::Forwarding, crate::NatRouter, crate::SyncDaemon,
}

impl Show for crate::LoadMonitor {
    fn show(&self) -> Shown {
        if *self == Self::None { Shown::Unset } else { Shown::Text(self.to_string()) }
    }
}

impl Show for crate::Thresholds {
    fn show(&self) -> Shown {
        if self.is_none() { Shown::Unset } else { Shown::Text(self.to_string()) }
    }
}

// === impl Invalid ===

impl Invalid {
    /// `value` cannot be, for `reason`.
    pub fn new(value: impl fmt::Display, reason: &Reason) -> Self {
        Self(format!("`{value}`: {reason}: {}", reason.remedy()))
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}
