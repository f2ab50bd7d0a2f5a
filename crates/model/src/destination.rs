//! A destination: a real server within a virtual service.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::editable;
use crate::{Family, Field, Forwarding, HostAddress, Name, Note, Port, Reason, Show, Threshold, Weight};

/// A real server as one virtual service uses it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Destination {
    /// A label, unique in the service.
    pub name: Name,
    /// The real server's address (RIP).
    pub address: HostAddress,
    /// Its port; `None`: the port that the client used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
    /// Its share.
    pub weight: Weight,
    /// How packets reach it; `None`: as the cluster's settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarding: Option<Forwarding>,
    /// Connection limits.
    #[serde(default, skip_serializing_if = "Thresholds::is_none")]
    pub thresholds: Thresholds,
    /// Whether it takes part.
    pub active: bool,
    /// What people should know about it; directors do nothing with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// Limits of a destination's connections. The lower is never above the upper, and never alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawThresholds", into = "RawThresholds")]
pub struct Thresholds {
    upper: Option<Threshold>,
    lower: Option<Threshold>,
}

#[derive(Serialize, Deserialize)]
struct RawThresholds {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upper: Option<Threshold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lower: Option<Threshold>,
}

editable! {
    /// One field of a destination that differs.
    DestinationEdit for Destination {
        Name(name: Name) = Field::ServerName,
        Address(address: HostAddress) = Field::ServerAddress,
        Port(port: Option<Port>) = Field::ServerPort,
        Weight(weight: Weight) = Field::Weight,
        Forwarding(forwarding: Option<Forwarding>) = Field::Forwarding,
        Thresholds(thresholds: Thresholds) = Field::Thresholds,
        Active(active: bool) = Field::ServerActive,
        Note(note: Option<Note>) = Field::ServerNote,
    }
}

impl Destination {
    /// Address and port as they are written together: `192.0.2.1:80`, `[2001:db8::1]:80`, or the address alone.
    pub fn socket(&self) -> String {
        match (self.port, self.address.family()) {
            (None, _) => self.address.to_string(),
            (Some(port), Family::V4) => format!("{}:{port}", self.address),
            (Some(port), Family::V6) => format!("[{}]:{port}", self.address),
        }
    }
}

// === impl Thresholds ===

impl Thresholds {
    /// Refuses a lower threshold above the upper one, or without one.
    pub fn try_new(upper: Option<Threshold>, lower: Option<Threshold>) -> Result<Self, Reason> {
        match (upper, lower) {
            (None, Some(_)) => Err(Reason::LowerWithoutUpper),
            (Some(upper), Some(lower)) if lower > upper => Err(Reason::LowerAboveUpper),
            _ => Ok(Self { upper, lower }),
        }
    }

    /// Connections from which on no new ones come.
    pub fn upper(self) -> Option<Threshold> {
        self.upper
    }

    /// Connections below which new ones come again; without it the kernel takes three quarters of the upper one.
    pub fn lower(self) -> Option<Threshold> {
        self.lower
    }

    /// Whether there are no limits.
    pub fn is_none(&self) -> bool {
        self.upper.is_none()
    }
}

impl TryFrom<RawThresholds> for Thresholds {
    type Error = crate::show::Invalid;

    fn try_from(raw: RawThresholds) -> Result<Self, Self::Error> {
        Self::try_new(raw.upper, raw.lower).map_err(|reason| crate::show::Invalid::new("thresholds", &reason))
    }
}

impl From<Thresholds> for RawThresholds {
    fn from(thresholds: Thresholds) -> Self {
        Self { upper: thresholds.upper, lower: thresholds.lower }
    }
}

impl fmt::Display for Thresholds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.upper, self.lower) {
            (None, _) => f.write_str("none"),
            (Some(upper), None) => write!(f, "upper {upper}"),
            (Some(upper), Some(lower)) => write!(f, "upper {upper}, lower {lower}"),
        }
    }
}
