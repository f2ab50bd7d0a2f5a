//! What surrounds the table, as an agent reports it: addresses, sysctls, packet filter rules, tunnels, the gateway.

use model::{Cause, Code, Why};
use prost::Message as _;

use crate::limits::{FRAME, NO_REASON, SURROUNDING_BYTES, shorten};
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

impl Surrounding {
    /// Why it is not as it should be; none where it is.
    pub fn failure(&self) -> Option<Why> {
        let Self { kind, name, state, error } = self;
        if *state != SurroundingState::Failed {
            return None;
        }
        let error = error.as_deref().unwrap_or(NO_REASON);
        let cause = Cause::new(Code::Surrounding, [("kind", kind), ("name", name)]);
        Some(Why::new(format!("{name}: {error}"), cause))
    }
}

/// As many as fit into a report, in their order: what failed first, and of the rest the first ones.
pub(crate) fn all_to_wire(surroundings: &[Surrounding]) -> Vec<wire::Surrounding> {
    let failed = |one: &Surrounding| one.state == SurroundingState::Failed;
    let mut left = SURROUNDING_BYTES;
    let mut count = MAX_SURROUNDINGS;
    let mut kept: Vec<Option<wire::Surrounding>> = vec![None; surroundings.len()];
    for wanted in [true, false] {
        for (place, one) in kept.iter_mut().zip(surroundings).filter(|(_, one)| failed(one) == wanted) {
            let sent = wire::Surrounding::from(one);
            let size = sent.encoded_len() + FRAME;
            if size > left || count == 0 {
                break;
            }
            left -= size;
            count -= 1;
            *place = Some(sent);
        }
    }
    kept.into_iter().flatten().collect()
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
    fn what_failed_is_told_first_and_with_a_reason() {
        let one = |n: usize, state| Surrounding {
            kind: "address".into(),
            name: format!("{n}"),
            state,
            error: Some("x".repeat(1_000)),
        };
        let mut all: Vec<_> = (0..MAX_SURROUNDINGS).map(|n| one(n, SurroundingState::Applied)).collect();
        all.push(one(MAX_SURROUNDINGS, SurroundingState::Failed));
        let sent = all_to_wire(&all);
        let size: usize = sent.iter().map(|one| one.encoded_len() + FRAME).sum();
        assert!(size <= SURROUNDING_BYTES && size > SURROUNDING_BYTES - 2_000, "{size}");
        assert_eq!(sent[0].name, "0", "their order");
        assert_eq!(sent.last().map(|one| one.name.clone()), Some(MAX_SURROUNDINGS.to_string()));
        let silent = Surrounding { error: None, ..one(7, SurroundingState::Failed) };
        assert_eq!(silent.failure().unwrap().text, format!("7: {NO_REASON}"));
        assert_eq!(one(7, SurroundingState::Foreign).failure(), None);
    }

    #[test]
    fn what_is_no_state_is_refused_by_name() {
        let wire = wire::Surrounding::default();
        assert!(matches!(Surrounding::try_from(wire), Err(Malformed::Missing("surrounding"))));
        let wire = wire::Surrounding { state: 9, ..Default::default() };
        assert!(matches!(Surrounding::try_from(wire), Err(Malformed::UnknownValue { value: 9, .. })));
    }
}
