//! Which protocols understand each other.
//!
//! Fields may be added without a new version: the other side ignores what it does not know. A new version is made
//! where ignoring would be wrong: a new message kind that must be answered, a new value of an enumeration, another
//! meaning. One version is spoken at a time, so both sides must have the same; the refusal tells whom to upgrade.

use std::fmt;

/// The protocol that this crate speaks.
pub const PROTOCOL: u32 = 1;

/// One end of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The console.
    Console,
    /// The agent of a director.
    Agent,
}

/// The other side speaks another protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {them} speaks protocol {theirs} and this {us} speaks {ours}; upgrade the {older}, which is the older of the two",
    older = self.older()
)]
pub struct OtherProtocol {
    /// Who says so.
    pub us: Side,
    /// Whom it concerns.
    pub them: Side,
    /// Our protocol.
    pub ours: u32,
    /// Theirs.
    pub theirs: u32,
}

/// Refuses a peer of another protocol than [`PROTOCOL`]. `us` is who asks.
pub fn check_protocol(us: Side, theirs: u32) -> Result<(), OtherProtocol> {
    if theirs == PROTOCOL {
        return Ok(());
    }
    let them = match us {
        Side::Console => Side::Agent,
        Side::Agent => Side::Console,
    };
    Err(OtherProtocol { us, them, ours: PROTOCOL, theirs })
}

impl OtherProtocol {
    /// Which side is to be upgraded.
    pub fn older(&self) -> Side {
        if self.ours < self.theirs { self.us } else { self.them }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Console => "console",
            Self::Agent => "agent",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_protocol_is_accepted() {
        assert_eq!(check_protocol(Side::Console, PROTOCOL), Ok(()));
    }

    #[test]
    fn the_refusal_says_whom_to_upgrade() {
        let newer_agent = check_protocol(Side::Console, PROTOCOL + 1).unwrap_err();
        assert_eq!(newer_agent.older(), Side::Console);
        let older_console = check_protocol(Side::Agent, 0).unwrap_err();
        assert_eq!(
            older_console.to_string(),
            "the console speaks protocol 0 and this agent speaks 1; upgrade the console, which is the older of the two"
        );
    }
}
