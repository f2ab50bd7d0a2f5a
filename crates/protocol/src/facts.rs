//! What an agent says of its data plane.

use std::collections::BTreeSet;

use model::Code;

use crate::limits::shorten;
use crate::malformed::{at_most, text};
use crate::{Malformed, wire};

/// More schedulers than anybody has; IPVS knows thirteen.
const MAX_SCHEDULERS: usize = 64;
/// More kinds of refusals than anybody has.
const MAX_REFUSALS: usize = 256;

/// What a data plane is and can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataPlaneFacts {
    /// `user`, `kernel` or `simulated`; a newer agent may say something else.
    pub kind: String,
    /// Why this one, in words.
    pub reason: String,
    /// Its version.
    pub version: String,
    /// How many connections it holds at most, where there is a limit.
    pub connection_limit: Option<u64>,
    /// The schedulers that it knows, by IPVS's names.
    pub schedulers: Vec<String>,
    /// Whether it tells services apart by firewall marks.
    pub marks: bool,
    /// What it says of services that ask for more than it has.
    pub refuses: BTreeSet<Code>,
    /// Of the kernel, where it is what balances: its release; empty elsewhere.
    pub kernel_release: String,
    /// Rows of the kernel's connection table; 0 where it has none, or sizes it as needed.
    pub connection_table: u64,
}

impl From<&DataPlaneFacts> for wire::DataPlaneFacts {
    fn from(facts: &DataPlaneFacts) -> Self {
        Self {
            kind: shorten(&facts.kind),
            reason: shorten(&facts.reason),
            version: shorten(&facts.version),
            connection_limit: facts.connection_limit.unwrap_or(0),
            schedulers: facts.schedulers.iter().map(|name| shorten(name)).collect(),
            marks: facts.marks,
            refuses: facts.refuses.iter().map(|code| code.name().to_owned()).collect(),
            kernel_release: shorten(&facts.kernel_release),
            connection_table: facts.connection_table,
        }
    }
}

impl TryFrom<wire::DataPlaneFacts> for DataPlaneFacts {
    type Error = Malformed;

    fn try_from(wire: wire::DataPlaneFacts) -> Result<Self, Malformed> {
        at_most("schedulers", wire.schedulers.len(), MAX_SCHEDULERS)?;
        at_most("refuses", wire.refuses.len(), MAX_REFUSALS)?;
        let schedulers: Result<_, _> =
            wire.schedulers.into_iter().map(|name| text("schedulers", name)).collect();
        Ok(Self {
            kind: text("kind", wire.kind)?,
            reason: text("reason", wire.reason)?,
            version: text("version", wire.version)?,
            connection_limit: (wire.connection_limit > 0).then_some(wire.connection_limit),
            schedulers: schedulers?,
            marks: wire.marks,
            // Codes of a newer agent are of no use here.
            refuses: wire.refuses.iter().filter_map(|code| Code::parse(code)).collect(),
            kernel_release: text("kernel_release", wire.kernel_release)?,
            connection_table: wire.connection_table,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MAX_TEXT;

    #[test]
    fn facts_read_back() {
        let facts = DataPlaneFacts {
            kind: "user".into(),
            reason: "the kernel has no IPVS".into(),
            version: "0.1.0".into(),
            connection_limit: Some(50_000),
            schedulers: vec!["rr".into(), "wlc".into()],
            marks: false,
            refuses: [Code::NoSctp, Code::Relayed].into(),
            kernel_release: "6.12.0".into(),
            connection_table: 4096,
        };
        assert_eq!(DataPlaneFacts::try_from(wire::DataPlaneFacts::from(&facts)).unwrap(), facts);
    }

    #[test]
    fn long_texts_are_shortened_by_the_sender_and_refused_by_the_receiver() {
        let facts = DataPlaneFacts { reason: "x".repeat(MAX_TEXT + 1), ..Default::default() };
        let wire = wire::DataPlaneFacts::from(&facts);
        assert_eq!(wire.reason.len(), MAX_TEXT);
        let wire = wire::DataPlaneFacts { reason: facts.reason, ..wire };
        assert!(matches!(DataPlaneFacts::try_from(wire), Err(Malformed::TooLarge { field: "reason", .. })));
    }

    #[test]
    fn endless_lists_are_refused() {
        let wire = wire::DataPlaneFacts { schedulers: vec![String::new(); 65], ..Default::default() };
        assert!(matches!(
            DataPlaneFacts::try_from(wire),
            Err(Malformed::TooLarge { field: "schedulers", .. })
        ));
    }
}
