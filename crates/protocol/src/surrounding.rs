//! What surrounds the table, as an agent reports it: addresses, sysctls, packet filter rules, tunnels, the gateway.

use crate::limits::shorten;
use crate::malformed::text;
use crate::{Malformed, wire};

/// The most of them in a report; an agent that has more names those that are not as they should be first.
pub const MAX_SURROUNDINGS: usize = 10_000;

/// Something around the table that is wanted, or should be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surrounding {
    /// What it is, for machines: `address`, `sysctl`, `rules`, `tunnel`, `encap-port`, `gateway`; a newer agent may know others.
    pub kind: String,
    /// Its name: `192.0.2.1/32 on eth0`, `net.ipv4.ip_forward`.
    pub name: String,
    /// Whether it is as it should be.
    pub state: SurroundingState,
    /// What is wrong and what to do about it, in the agent's words.
    pub error: Option<String>,
}

/// Whether something around the table is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurroundingState {
    /// Read back, and as it was set.
    Applied,
    /// Not as it should be; `error` says why.
    Failed,
    /// As it should be, and somebody else's: it was there before the agent, and stays when the agent goes.
    Foreign,
}

impl From<&Surrounding> for wire::Surrounding {
    fn from(surrounding: &Surrounding) -> Self {
        let state = match surrounding.state {
            SurroundingState::Applied => wire::surrounding::State::Applied,
            SurroundingState::Failed => wire::surrounding::State::Failed,
            SurroundingState::Foreign => wire::surrounding::State::Foreign,
        };
        Self {
            kind: shorten(&surrounding.kind),
            name: shorten(&surrounding.name),
            state: state.into(),
            error: surrounding.error.as_deref().map(shorten).unwrap_or_default(),
        }
    }
}

impl TryFrom<wire::Surrounding> for Surrounding {
    type Error = Malformed;

    fn try_from(wire: wire::Surrounding) -> Result<Self, Malformed> {
        use wire::surrounding::State;
        let unknown = || Malformed::UnknownValue { field: "surrounding", value: wire.state };
        let state = match State::try_from(wire.state).map_err(|_| unknown())? {
            State::Unspecified => return Err(Malformed::Missing("surrounding")),
            State::Applied => SurroundingState::Applied,
            State::Failed => SurroundingState::Failed,
            State::Foreign => SurroundingState::Foreign,
        };
        let error = text("error", wire.error)?;
        Ok(Self {
            kind: text("kind", wire.kind)?,
            name: text("name", wire.name)?,
            state,
            error: (!error.is_empty()).then_some(error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back() {
        for state in [SurroundingState::Applied, SurroundingState::Failed, SurroundingState::Foreign] {
            let said = Surrounding {
                kind: "address".into(),
                name: "192.0.2.1/32 on eth0".into(),
                state,
                error: Some("no such device".into()),
            };
            assert_eq!(Surrounding::try_from(wire::Surrounding::from(&said)).unwrap(), said);
            let silent = Surrounding { error: None, ..said };
            assert_eq!(Surrounding::try_from(wire::Surrounding::from(&silent)).unwrap(), silent);
        }
    }

    #[test]
    fn what_is_no_state_is_refused_by_name() {
        let wire = wire::Surrounding::default();
        assert!(matches!(Surrounding::try_from(wire), Err(Malformed::Missing("surrounding"))));
        let wire = wire::Surrounding { state: 9, ..Default::default() };
        assert!(matches!(Surrounding::try_from(wire), Err(Malformed::UnknownValue { value: 9, .. })));
    }
}
