//! Persistence: a client stays with its real server.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{PrefixLength, Seconds};

/// Persistence of a virtual service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Persistence {
    /// How long after its last connection a client is remembered.
    pub timeout: Seconds,
    /// Clients that share a prefix of this length count as one; `None`: each address for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<PrefixLength>,
    /// What identifies a client besides its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<PersistenceEngine>,
}

/// A persistence engine of the kernel (`ipvsadm --pe`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersistenceEngine {
    /// The Call-ID of SIP over UDP.
    Sip,
}

impl fmt::Display for Persistence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.timeout)?;
        if let Some(mask) = self.mask {
            write!(f, ", mask {mask}")?;
        }
        match self.engine {
            Some(PersistenceEngine::Sip) => f.write_str(", pe sip"),
            None => Ok(()),
        }
    }
}
