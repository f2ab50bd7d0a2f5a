//! Entries of a data plane that somebody else made: what an agent tells of them, and what it is told to do with one.

use model::Why;
use model::table::{Foreign, ForeignAction, ForeignKey};
use prost::Message as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cause::{join, split};
use crate::limits::{FOREIGN_BYTES, FRAME, NO_REASON, shorten};
use crate::malformed::{at_most, text};
use crate::{MAX_ENTRY, MAX_FOREIGN, Malformed, wire};

/// What to do with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignCommand {
    /// Which entry.
    pub entry: ForeignKey,
    /// What to do.
    pub action: ForeignAction,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignDone {
    /// The command's number.
    pub id: u64,
    /// Why it was not done.
    pub result: Result<(), Why>,
}

// === impl ForeignCommand ===

impl ForeignCommand {
    /// The message with this number.
    pub fn to_wire(&self, command_id: u64) -> wire::ForeignCommand {
        use wire::foreign_command::Action;
        let action = match self.action {
            ForeignAction::Adopt => Action::Adopt,
            ForeignAction::Remove => Action::Remove,
        };
        wire::ForeignCommand { command_id, action: action.into(), key: self.entry.canonical() }
    }

    /// The command's number, and the command.
    pub fn from_wire(wire: &wire::ForeignCommand) -> Result<(u64, Self), Malformed> {
        use wire::foreign_command::Action;
        let unknown = || Malformed::UnknownValue { field: "action", value: wire.action };
        let action = match Action::try_from(wire.action).map_err(|_| unknown())? {
            Action::Unspecified => return Err(Malformed::Missing("action")),
            Action::Adopt => ForeignAction::Adopt,
            Action::Remove => ForeignAction::Remove,
        };
        Ok((wire.command_id, Self { entry: key(&wire.key)?, action }))
    }
}

// === impl ForeignDone ===

impl From<&ForeignDone> for wire::ForeignDone {
    fn from(done: &ForeignDone) -> Self {
        let (mut error, cause) = split(done.result.as_ref().err());
        if error.is_empty() && done.result.is_err() {
            NO_REASON.clone_into(&mut error);
        }
        Self { command_id: done.id, error, cause }
    }
}

impl TryFrom<wire::ForeignDone> for ForeignDone {
    type Error = Malformed;

    fn try_from(wire: wire::ForeignDone) -> Result<Self, Malformed> {
        let result = join("error", wire.error, wire.cause)?.map_or(Ok(()), Err);
        Ok(Self { id: wire.command_id, result })
    }
}

// === entries ===

pub(crate) fn to_wire(foreign: &Foreign) -> wire::ForeignEntry {
    wire::ForeignEntry {
        key: foreign.place().canonical(),
        service: json(foreign.service.as_ref()),
        settings: json(foreign.settings.as_ref()),
        words: shorten(&foreign.words),
        adopting: foreign.adopting,
    }
}

/// Entries for the wire: the first [`MAX_FOREIGN`], and of what does not fit into [`FOREIGN_BYTES`] the keys alone.
pub(crate) fn all_to_wire(entries: &[Foreign]) -> Vec<wire::ForeignEntry> {
    let mut left = FOREIGN_BYTES;
    let entries = entries.iter().take(MAX_FOREIGN).map(to_wire).map(|whole| {
        let size = whole.encoded_len() + FRAME;
        let entry = if size <= left {
            whole
        } else {
            wire::ForeignEntry { key: whole.key, adopting: whole.adopting, ..Default::default() }
        };
        left = left.saturating_sub(entry.encoded_len() + FRAME);
        entry
    });
    entries.collect()
}

/// An entry from the wire. It is somebody else's, and nothing of it may end a session: what a newer agent says of it and this
/// version cannot read is left out. None where the key cannot be read, for then there is nothing to speak of.
pub(crate) fn from_wire(wire: wire::ForeignEntry) -> Result<Option<Foreign>, Malformed> {
    at_most("key", wire.key.len(), MAX_ENTRY)?;
    let Ok(ForeignKey { key, destination }) = ForeignKey::parse(&wire.key) else { return Ok(None) };
    Ok(Some(Foreign {
        key,
        destination,
        service: read("service", &wire.service)?,
        settings: read("settings", &wire.settings)?,
        words: text("words", wire.words)?,
        adopting: wire.adopting,
    }))
}

fn key(text: &str) -> Result<ForeignKey, Malformed> {
    at_most("key", text.len(), MAX_ENTRY)?;
    ForeignKey::parse(text).map_err(|source| Malformed::NotAnEntry { field: "key", source })
}

/// Nothing where it would be too long.
fn json<T: Serialize>(value: Option<&T>) -> String {
    let json = value.and_then(|value| serde_json::to_string(value).ok());
    json.filter(|json| json.len() <= MAX_ENTRY).unwrap_or_default()
}

/// None where it is empty, or of a kind that this version does not know.
fn read<T: DeserializeOwned>(field: &'static str, json: &str) -> Result<Option<T>, Malformed> {
    at_most(field, json.len(), MAX_ENTRY)?;
    Ok(serde_json::from_str(json).ok())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::table::{
        Role, TableDestination, TableDestinationKey, TableKey, TableService, TableServiceSettings,
    };
    use model::{Code, Family, FirewallMark, Forwarding, Scheduler, Thresholds, Weight};

    use super::*;
    use crate::MAX_TEXT;

    fn entry() -> TableDestination {
        TableDestination {
            forwarding: Forwarding::Ipip,
            weight: Weight::new_const(3),
            thresholds: Thresholds::default(),
            role: Role::RealServer,
        }
    }

    fn foreign(n: u8) -> Foreign {
        let key = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V6 };
        let settings = TableServiceSettings {
            scheduler: Scheduler::default(),
            persistence: None,
            one_packet: true,
            proxy_protocol: false,
        };
        let places = (1..=n).map(|n| TableDestinationKey::parse(&format!("[2001:db8::{n}]:80")).unwrap());
        let destinations: BTreeMap<_, _> = places.map(|place| (place, entry())).collect();
        let service = Some(TableService { settings, destinations });
        Foreign { service, words: "-A -f 7 -6".into(), adopting: true, ..Foreign::unknown(key, None) }
    }

    fn back(foreign: &Foreign) -> Foreign {
        from_wire(to_wire(foreign)).unwrap().unwrap()
    }

    #[test]
    fn entries_read_back() {
        assert_eq!(back(&foreign(3)), foreign(3));
        let place = TableDestinationKey::parse("10.0.0.1").unwrap();
        let within = Foreign { settings: Some(entry()), ..Foreign::unknown(foreign(0).key, Some(place)) };
        assert_eq!(back(&within), within);
    }

    #[test]
    fn an_endless_service_is_told_by_its_key() {
        assert_eq!(back(&foreign(250)), Foreign { service: None, ..foreign(250) });
    }

    #[test]
    fn what_cannot_be_read_of_an_entry_is_left_out() {
        let newer = wire::ForeignEntry { key: "{}".into(), ..to_wire(&foreign(1)) };
        assert_eq!(from_wire(newer).unwrap(), None);
        let newer = wire::ForeignEntry { service: "[]".into(), settings: "{".into(), ..to_wire(&foreign(1)) };
        assert_eq!(from_wire(newer).unwrap(), Some(Foreign { service: None, ..foreign(1) }));
        let endless = wire::ForeignEntry { service: " ".repeat(MAX_ENTRY + 1), ..to_wire(&foreign(1)) };
        assert!(matches!(from_wire(endless), Err(Malformed::TooLarge { field: "service", .. })));
    }

    #[test]
    fn entries_that_are_too_large_together_are_told_by_their_keys() {
        let large = Foreign { words: "w".repeat(MAX_TEXT), ..foreign(130) };
        let sent = all_to_wire(&vec![large; MAX_FOREIGN + 1]);
        assert_eq!(sent.len(), MAX_FOREIGN);
        let size: usize = sent.iter().map(|entry| entry.encoded_len() + FRAME).sum();
        assert!(size <= FOREIGN_BYTES + MAX_FOREIGN * 512, "{size}");
        assert!(!sent[0].service.is_empty() && sent[MAX_FOREIGN - 1].service.is_empty());
        let last = from_wire(sent[MAX_FOREIGN - 1].clone()).unwrap().unwrap();
        assert_eq!(last.place(), foreign(0).place());
    }

    #[test]
    fn commands_and_answers_read_back() {
        for action in [ForeignAction::Adopt, ForeignAction::Remove] {
            let command = ForeignCommand { entry: foreign(0).place(), action };
            assert_eq!(ForeignCommand::from_wire(&command.to_wire(9)).unwrap(), (9, command));
        }
        for result in [Ok(()), Err(Why::of("not there", Code::TableMoved))] {
            let done = ForeignDone { id: 4, result };
            assert_eq!(ForeignDone::try_from(wire::ForeignDone::from(&done)).unwrap(), done);
        }
    }
}
