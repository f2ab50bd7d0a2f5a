//! What a director is told: one document with a generation and a hash.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Cluster;

/// The desired state of a cluster: what a revision holds and what agents get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// Whether the balancing runs. Stopped, directors remove what they own.
    pub running: bool,
    /// The configuration.
    pub cluster: Cluster,
}

/// A cluster's revisions count upwards from 1; 0 is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub u64);

/// The SHA-256 of a desired state's canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecHash(pub [u8; 32]);

impl Desired {
    /// The canonical form: JSON with fields in the order of their declaration, maps in the order of their keys, no blanks.
    /// Equal states have equal bytes.
    pub fn canonical(&self) -> String {
        // Serialising to memory fails for non-string map keys alone, and ids become strings.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the canonical form; checks everything again.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

impl SpecHash {
    /// The hash of these bytes.
    pub fn of(canonical: &[u8]) -> Self {
        Self(Sha256::digest(canonical).into())
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SpecHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
