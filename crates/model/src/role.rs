//! What a machine is in a cluster.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Reason;
use crate::show::Invalid;

/// What an enrolled machine is in its cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineRole {
    /// It balances.
    #[default]
    Director,
    /// It serves, and its agent sees to what that needs: VIPs on loopback, ARP, tunnels.
    RealServer,
}

impl MachineRole {
    /// Every role.
    pub const ALL: &[Self] = &[Self::Director, Self::RealServer];

    /// Takes what [`MachineRole::name`] gives.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let found = Self::ALL.iter().copied().find(|role| role.name() == text.trim());
        found.ok_or(Reason::NotOneOf { choices: "director, real-server" })
    }

    /// The name in the database and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Director => "director",
            Self::RealServer => "real-server",
        }
    }
}

impl TryFrom<String> for MachineRole {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl fmt::Display for MachineRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_back() {
        for &role in MachineRole::ALL {
            assert_eq!(MachineRole::parse(role.name()), Ok(role));
            assert_eq!(serde_json::to_string(&role).ok(), Some(format!("\"{role}\"")));
        }
        assert!(MachineRole::parse("router").is_err());
    }
}
