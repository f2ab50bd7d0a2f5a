//! Values as a plan shows them: text where it is the same in every language, else a word to translate.

use std::fmt;

use crate::{Check, Field, MarkedTraffic, Persistence, Reason, ServiceKey, SyncDaemon};

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
    /// Several at once, each after the name of what it is, where that does not go without saying.
    Parts(Vec<(Option<Field>, Shown)>),
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
            Self::Parts(parts) => {
                for (index, (field, value)) in parts.iter().enumerate() {
                    let join = if index == 0 { "" } else { ", " };
                    match field {
                        Some(field) => write!(f, "{join}{field} {value}")?,
                        None => write!(f, "{join}{value}")?,
                    }
                }
                return Ok(());
            }
        })
    }
}

impl Shown {
    /// Several values; what is not set is left out.
    fn parts(parts: impl IntoIterator<Item = (Option<Field>, Self)>) -> Self {
        let parts: Vec<_> = parts.into_iter().filter(|(_, value)| *value != Self::Unset).collect();
        if parts.is_empty() { Self::Unset } else { Self::Parts(parts) }
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
    crate::HostAddress, crate::Device, crate::PrefixLength, crate::Ports, crate::Scheduler, crate::SorryServer,
    crate::Forwarding, crate::NatRouter, crate::Family, crate::Frontend, crate::Threshold, crate::MulticastGroup,
    crate::SyncId, crate::SyncTtl, crate::SyncLength, crate::ProgramName,
}

impl Show for ServiceKey {
    fn show(&self) -> Shown {
        let (mark, traffic) = match self {
            Self::Address(frontend) => return frontend.show(),
            Self::Mark { mark, traffic: MarkedTraffic::Frontend(frontend) } => (mark, frontend.show()),
            Self::Mark { mark, traffic: MarkedTraffic::Elsewhere(family) } => (mark, family.show()),
        };
        Shown::parts([(Some(Field::FirewallMark), mark.show()), (None, traffic)])
    }
}

impl Show for Persistence {
    fn show(&self) -> Shown {
        let engine = self.engine.map(|crate::PersistenceEngine::Sip| Shown::Text("sip".into()));
        Shown::parts([
            (None, Shown::Text(format!("{} s", self.timeout))),
            (Some(Field::PersistenceMask), self.mask.show()),
            (Some(Field::PersistenceEngine), engine.unwrap_or(Shown::Unset)),
        ])
    }
}

impl Show for Check {
    fn show(&self) -> Shown {
        let quoted = |payload: &Option<crate::Payload>| {
            payload.as_ref().map_or(Shown::Unset, |payload| Shown::Text(format!("\"{payload}\"")))
        };
        match self {
            Self::Connect => Shown::Text(self.to_string()),
            Self::SendExpect { send, expect, regex } => Shown::parts([
                (Some(Field::Send), quoted(send)),
                (Some(Field::Expect), quoted(expect)),
                (Some(Field::UseRegex), if *regex { Shown::On } else { Shown::Unset }),
            ]),
            Self::Program { program, expect } => Shown::parts([
                (Some(Field::SendProgram), program.show()),
                (Some(Field::Expect), quoted(expect)),
            ]),
        }
    }
}

impl Show for SyncDaemon {
    fn show(&self) -> Shown {
        Shown::parts([
            (None, self.interface.show()),
            (Some(Field::SyncId), self.id.show()),
            (Some(Field::SyncGroup), self.group.show()),
            (Some(Field::SyncPort), self.port.show()),
            (Some(Field::SyncTtl), self.ttl.show()),
            (Some(Field::SyncLength), self.max_length.show()),
        ])
    }
}

impl Show for crate::LoadMonitor {
    fn show(&self) -> Shown {
        if *self == Self::None { Shown::Unset } else { Shown::Text(self.to_string()) }
    }
}

impl Show for crate::Thresholds {
    fn show(&self) -> Shown {
        if self.is_none() {
            return Shown::Unset;
        }
        Shown::parts([
            (Some(Field::UpperThreshold), self.upper().show()),
            (Some(Field::LowerThreshold), self.lower().show()),
        ])
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
