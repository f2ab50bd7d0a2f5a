//! Drafts and latest revisions as parsed values, so that a page does not parse ten thousand services to show one.
//!
//! An entry is only as good as the version it was read at: readers ask the file for the current version (one small row) and
//! take the entry when it is the same. So another process's write is seen at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::{Cluster, ClusterId, Generation};

use super::{DraftVersion, Revision, plan_from};

/// Parsed values by cluster. Bounded by the number of clusters: one draft and one revision each.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: Mutex<BTreeMap<ClusterId, Entry>>,
}

#[derive(Debug, Default)]
struct Entry {
    draft: Option<(DraftVersion, Arc<Cluster>)>,
    revision: Option<Arc<Revision>>,
    /// By how many changes the draft of this version differs from the revision of this generation.
    changes: Option<(DraftVersion, Option<Generation>, usize)>,
}

impl Cache {
    pub(super) fn draft(&self, id: ClusterId, version: DraftVersion) -> Option<Arc<Cluster>> {
        let found = self.known(id, |entry| entry.draft.clone()).flatten();
        found.filter(|(cached, _)| *cached == version).map(|(_, cluster)| cluster)
    }

    /// Keeps the newest: a slow reader must not replace what a writer has just put here.
    pub(super) fn put_draft(&self, id: ClusterId, version: DraftVersion, cluster: &Arc<Cluster>) {
        self.with(id, |entry| {
            if entry.draft.as_ref().is_none_or(|(cached, _)| *cached <= version) {
                entry.draft = Some((version, Arc::clone(cluster)));
            }
        });
    }

    pub(super) fn revision(&self, id: ClusterId, generation: Generation) -> Option<Arc<Revision>> {
        let revision = self.known(id, |entry| entry.revision.clone()).flatten();
        revision.filter(|revision| revision.generation == generation)
    }

    pub(super) fn put_revision(&self, revision: &Arc<Revision>) {
        self.with(revision.cluster, |entry| {
            if entry.revision.as_ref().is_none_or(|cached| cached.generation <= revision.generation) {
                entry.revision = Some(Arc::clone(revision));
            }
        });
    }

    /// By how many changes draft and revision differ, comparing them at most once for each pair.
    pub(super) fn changes(
        &self,
        id: ClusterId,
        version: DraftVersion,
        draft: &Cluster,
        revision: Option<&Revision>,
    ) -> usize {
        let generation = revision.map(|revision| revision.generation);
        let known = self.known(id, |entry| entry.changes).flatten();
        if let Some((cached_version, cached_generation, changes)) = known
            && (cached_version, cached_generation) == (version, generation)
        {
            return changes;
        }
        let changes = plan_from(revision, draft).len();
        self.with(id, |entry| entry.changes = Some((version, generation, changes)));
        changes
    }

    pub(super) fn forget(&self, id: ClusterId) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// The same without making an entry: whoever asks for clusters that do not exist must not fill the memory.
    fn known<R>(&self, id: ClusterId, read: impl FnOnce(&Entry) -> R) -> Option<R> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(&id).map(read)
    }

    /// The lock is held for the closure alone, which only moves pointers.
    fn with<R>(&self, id: ClusterId, read: impl FnOnce(&mut Entry) -> R) -> R {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        read(entries.entry(id).or_default())
    }
}
