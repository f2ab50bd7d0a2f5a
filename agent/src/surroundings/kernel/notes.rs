//! The notes on what is ours, as a file in the agent's directory.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::disk::{DiskError, read_bounded, replace};
use crate::surroundings::Owned;

const FILE: &str = "surroundings.json";

/// The form of the file. Another number is another agent's, newer or damaged.
const FORMAT: u32 = 1;

/// 65,536 addresses at some 100 bytes, with room.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// The file, and what is in it.
#[derive(Debug)]
pub(super) struct Notes {
    directory: PathBuf,
    content: Mutex<Content>,
}

/// What is noted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    format: u32,
    /// Which boot and network namespace it is about. What it says of another is void: nothing there outlives a boot.
    boot: String,
    pub(super) owned: Owned,
    /// The hash of our table's listing right after it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) listing: Option<String>,
    /// Whether a table of ours may stand beside it: rules were being replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) bridged: bool,
}

impl Notes {
    /// Reads them. A damaged file is put aside with a warning: what is there counts as somebody else's then.
    pub(super) fn open(directory: &Path, boot: &str) -> Result<Self, DiskError> {
        let path = directory.join(FILE);
        let bytes = read_bounded(&path, MAX_FILE).map_err(|source| DiskError::Io {
            attempt: "read",
            path: path.clone(),
            source,
        })?;
        let read = bytes.map(|bytes| match serde_json::from_slice::<Content>(&bytes) {
            Ok(content) if content.format == FORMAT => Ok(content),
            Ok(content) => Err(format!("its format is {}, this agent reads {FORMAT}", content.format)),
            Err(error) => Err(error.to_string()),
        });
        let content = match read {
            Some(Ok(content)) => content,
            None => Content::default(),
            Some(Err(reason)) => {
                let aside = directory.join(format!("{FILE}.damaged"));
                let kept = std::fs::rename(&path, &aside).is_ok();
                tracing::error!(
                    path = %path.display(), %reason, kept_as = kept.then(|| aside.display().to_string()),
                    "the note of addresses, sysctls and tunnels that this agent has made cannot be read; they count as somebody else's"
                );
                Content::default()
            }
        };
        let content = if content.boot == boot { content } else { Content::default() };
        let content = Content { format: FORMAT, boot: boot.to_owned(), ..content };
        Ok(Self { directory: directory.to_owned(), content: Mutex::new(content) })
    }

    /// What they say now.
    pub(super) fn content(&self) -> Content {
        self.content.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes them. Blocks until the change is on disk; where that fails nothing has changed. Nothing is written where the
    /// change changes nothing.
    pub(super) fn update(&self, change: impl FnOnce(&mut Content)) -> Result<(), String> {
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let mut after = content.clone();
        change(&mut after);
        if after == *content {
            return Ok(());
        }
        // Serialising numbers and strings to memory does not fail, but for maps whose keys are no text; there are none.
        let json = serde_json::to_vec(&after).map_err(|error| error.to_string())?;
        replace(&self.directory, FILE, &[&json])
            .map_err(|error| crate::surroundings::kernel::chain(&error))?;
        *content = after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::{Former, Place, Sysctl};

    fn owned() -> Owned {
        let place = Place { device: "eth0".into(), address: "10.0.0.2".parse().unwrap(), prefix: 32 };
        let former = Former { former: "0".into(), ours: "1".into(), kept: true };
        Owned {
            addresses: [place].into(),
            sysctls: [(Sysctl::forward_v4(), former)].into(),
            rules: true,
            ..Owned::default()
        }
    }

    #[test]
    fn notes_outlive_the_agent_and_not_the_boot() {
        let directory = tempfile::tempdir().unwrap();
        let notes = Notes::open(directory.path(), "one").unwrap();
        assert!(notes.content().owned.is_empty());
        notes.update(|content| content.owned = owned()).unwrap();
        assert_eq!(Notes::open(directory.path(), "one").unwrap().content().owned, owned());
        assert!(Notes::open(directory.path(), "two").unwrap().content().owned.is_empty());
    }

    #[test]
    fn damaged_notes_are_put_aside() {
        let directory = tempfile::tempdir().unwrap();
        for damaged in ["{", r#"{"format":9,"boot":"one","owned":{}}"#] {
            std::fs::write(directory.path().join(FILE), damaged).unwrap();
            assert!(Notes::open(directory.path(), "one").unwrap().content().owned.is_empty());
            assert_eq!(
                std::fs::read_to_string(directory.path().join("surroundings.json.damaged")).unwrap(),
                damaged
            );
        }
    }
}
