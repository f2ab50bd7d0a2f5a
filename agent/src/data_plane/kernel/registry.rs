//! What this agent has made in the kernel. The kernel notes no authors, and outlives the agent: so the agent notes them itself,
//! on disk, and always before it writes to the kernel.
//!
//! A crash at any moment leaves at worst a note of something that was not made; [`Content::prune`] takes such notes out as soon as
//! the kernel has been read. What belongs to a former boot of the machine (or to another network namespace) is void:
//! what the kernel holds now, somebody else has made.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use model::table::{Role, TableDestinationKey, TableKey};
use serde::{Deserialize, Serialize};

use crate::data_plane::ForeignKey;
use crate::disk::{DiskError, read_bounded, replace};

mod marks;

pub use marks::{FIRST_MARK, NoMark};
pub(super) use marks::{Inheritance, MARKS};

const FILE: &str = "kernel.json";

/// The form of the file. Another number is another agent's, newer or damaged.
const FORMAT: u32 = 1;

/// 100,000 objects at some 100 bytes, with room; whatever is much longer is something else.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// The file, and what is in it.
#[derive(Debug)]
pub struct Registry {
    directory: PathBuf,
    /// Held while a change is written: changes do not overtake each other.
    writing: Mutex<()>,
    content: Mutex<Arc<Content>>,
}

/// What the agent has made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Which boot and network namespace all but the marks belong to.
    pub boot: String,
    /// Services with their destinations, and what the kernel does not know of these: what they are for.
    pub services: BTreeMap<TableKey, BTreeMap<TableDestinationKey, Role>>,
    /// The firewall marks of services with several ports. Kept across boots: who looks at rules finds the same ones.
    pub marks: BTreeMap<TableKey, u32>,
    /// The kernel's idle times as they were before this agent set others, in seconds.
    pub former: Former,
    /// Daemons for connection synchronisation.
    pub daemons: BTreeSet<Side>,
    /// Entries of somebody else that become this agent's as soon as they are desired.
    pub adopting: BTreeSet<ForeignKey>,
}

/// Idle times that somebody else had set; `None` where the present one is not this agent's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names of the idle times")]
pub struct Former {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp_fin: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub udp: Option<u32>,
}

/// The two sides of connection synchronisation; the kernel runs one daemon for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Sends.
    Master,
    /// Receives.
    Backup,
}

/// As it is on disk: JSON has text for keys only.
#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    boot: String,
    services: Vec<(TableKey, Vec<(TableDestinationKey, Role)>)>,
    marks: Vec<(TableKey, u32)>,
    former: Former,
    daemons: BTreeSet<Side>,
    adopting: BTreeSet<ForeignKey>,
}

// === impl Registry ===

impl Registry {
    /// Whether an agent has ever driven the kernel's table from this directory.
    pub fn exists(directory: &Path) -> bool {
        directory.join(FILE).exists()
    }

    /// Reads it. `boot` names this boot and network namespace. A damaged file is put aside with a warning: what the kernel holds
    /// is somebody else's then, and can be adopted.
    pub fn open(directory: &Path, boot: &str) -> Result<Self, DiskError> {
        let path = directory.join(FILE);
        let content = match read_bounded(&path, MAX_FILE) {
            Ok(None) => Content::default(),
            Ok(Some(bytes)) => Content::parse(&bytes).unwrap_or_else(|reason| {
                let aside = directory.join(format!("{FILE}.damaged"));
                let kept = std::fs::rename(&path, &aside).is_ok();
                tracing::error!(
                    path = %path.display(), %reason, kept_as = kept.then(|| aside.display().to_string()),
                    "the note of what this agent has made in the kernel cannot be read; what is there counts as somebody \
                     else's until it is adopted"
                );
                Content::default()
            }),
            Err(source) => return Err(DiskError::Io { attempt: "read", path, source }),
        };
        let content = content.at_boot(boot);
        Ok(Self {
            directory: directory.to_owned(),
            writing: Mutex::new(()),
            content: Mutex::new(Arc::new(content)),
        })
    }

    /// What is in it now.
    pub fn content(&self) -> Arc<Content> {
        Arc::clone(&self.content.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes it. Blocks until the change is on disk; where that fails nothing has changed. Nothing is written where the
    /// change changes nothing.
    pub fn update<R>(&self, change: impl FnOnce(&mut Content) -> R) -> Result<R, DiskError> {
        self.update_if(|content| change(content.to_mut()))
    }

    /// The same where mostly nothing changes: a large content is copied only for a change that takes hold of it.
    pub(super) fn update_if<R>(
        &self,
        change: impl FnOnce(&mut Cow<'_, Content>) -> R,
    ) -> Result<R, DiskError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.content();
        let mut after = Cow::Borrowed(&*before);
        let result = change(&mut after);
        if let Cow::Owned(after) = after
            && after != *before
        {
            replace(&self.directory, FILE, &[&after.to_json(&self.directory)?])?;
            *self.content.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(after);
        }
        Ok(result)
    }
}

// === impl Content ===

impl Content {
    /// Whether this agent made the service, or the destination of it.
    pub fn owns(&self, key: &TableKey, destination: Option<TableDestinationKey>) -> bool {
        self.services.get(key).is_some_and(|of_service| {
            destination.is_none_or(|destination| of_service.contains_key(&destination))
        })
    }

    /// Forgets what is not in the kernel (any more): of services and destinations what `there` does not know, and of adoptions
    /// those that `waiting` does not know.
    pub fn prune(
        &mut self,
        there: impl Fn(&TableKey, Option<TableDestinationKey>) -> bool,
        waiting: impl Fn(&ForeignKey) -> bool,
    ) {
        self.services.retain(|key, of_service| {
            of_service.retain(|destination, _| there(key, Some(*destination)));
            there(key, None)
        });
        self.adopting.retain(|entry| waiting(entry));
    }

    /// What is still true at this boot.
    fn at_boot(self, boot: &str) -> Self {
        if self.boot == boot {
            return self;
        }
        Self { boot: boot.to_owned(), marks: self.marks, ..Self::default() }
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if file.format != FORMAT {
            return Err(format!("its format is {}, this agent reads {FORMAT}", file.format));
        }
        let services =
            file.services.into_iter().map(|(key, of_service)| (key, of_service.into_iter().collect()));
        Ok(Self {
            boot: file.boot,
            services: services.collect(),
            marks: file.marks.into_iter().collect(),
            former: file.former,
            daemons: file.daemons,
            adopting: file.adopting,
        })
    }

    fn to_json(&self, directory: &Path) -> Result<Vec<u8>, DiskError> {
        let services = self.services.iter().map(|(key, of_service)| {
            (key.clone(), of_service.iter().map(|(destination, role)| (*destination, *role)).collect())
        });
        let file = File {
            format: FORMAT,
            boot: self.boot.clone(),
            services: services.collect(),
            marks: self.marks.iter().map(|(key, mark)| (key.clone(), *mark)).collect(),
            former: self.former,
            daemons: self.daemons.clone(),
            adopting: self.adopting.clone(),
        };
        let failed = |error: serde_json::Error| DiskError::Io {
            attempt: "write",
            path: directory.join(FILE),
            source: error.into(),
        };
        serde_json::to_vec(&file).map_err(failed)
    }
}

#[cfg(test)]
mod tests;
