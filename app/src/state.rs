//! The states that the console shows, with shape and word first and colour second.

use serde::{Deserialize, Serialize};

use crate::i18n::{Lang, Msg, states};

/// How something fares. Unknown is never shown as good, nor as zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// ● It serves.
    Serving,
    /// ◐ It serves, but not as configured.
    Degraded,
    /// ▲ It should serve and does not.
    Failing,
    /// ↓ It keeps its connections and takes no new ones.
    Draining,
    /// ◔ On its way: being applied.
    Pending,
    /// ○ Switched off on purpose.
    Inactive,
    /// ○ The whole cluster is switched off on purpose.
    Stopped,
    /// ◌ Nobody can say: the director is away.
    Unknown,
}

impl State {
    /// Every state, the best first.
    pub const ALL: &[Self] = &[
        Self::Serving,
        Self::Degraded,
        Self::Failing,
        Self::Draining,
        Self::Pending,
        Self::Inactive,
        Self::Stopped,
        Self::Unknown,
    ];

    /// The name in class names and in the set of marks.
    pub fn name(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
            Self::Draining => "draining",
            Self::Pending => "pending",
            Self::Inactive => "inactive",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    /// The word beside the mark.
    pub fn word(self, lang: Lang) -> &'static str {
        let msg: Msg = match self {
            Self::Serving => states::SERVING,
            Self::Degraded => states::DEGRADED,
            Self::Failing => states::FAILING,
            Self::Draining => states::DRAINING,
            Self::Pending => states::PENDING,
            Self::Inactive => states::INACTIVE,
            Self::Stopped => states::STOPPED,
            Self::Unknown => states::UNKNOWN,
        };
        msg.get(lang)
    }

    /// The mark alone, as HTML: a shape from the set that every page carries once. Say the state in words beside it.
    pub fn mark(self) -> String {
        let name = self.name();
        format!(r##"<svg class="mark {name}" aria-hidden="true"><use href="#m-{name}"/></svg>"##)
    }

    /// Which of two to show for a whole that has both: the one that an operator must see first.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let rank = |state: Self| match state {
            Self::Failing => 7,
            Self::Unknown => 6,
            Self::Degraded => 5,
            Self::Pending => 4,
            Self::Draining => 3,
            Self::Serving => 2,
            Self::Stopped => 1,
            Self::Inactive => 0,
        };
        if rank(self) >= rank(other) { self } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_outweighs_service_and_unknown_is_never_good() {
        assert_eq!(State::Serving.worse(State::Failing), State::Failing);
        assert_eq!(State::Unknown.worse(State::Serving), State::Unknown);
        assert_eq!(State::Inactive.worse(State::Serving), State::Serving);
    }
}
