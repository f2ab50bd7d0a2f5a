//! A cluster's draft: rows on disk, one parsed value in memory, edits that write only what they changed.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use model::plan::{self, Misfit, Part};
use model::{
    Cluster, ClusterId, DestinationId, Field, Generation, Name, Problem, Problems, Reason, Redundancy,
    ServiceId, Settings, VirtualService,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::audit::{self, Entry};
use super::statements::statements;
use super::{Actor, Changed, Conflict, Moved, Result, Revision, Store, StoreError, revisions};

statements! {
    /// What identifies the cached draft and revision.
    VERSIONS = "select draft_version, (select max(generation) from revisions where cluster_id = clusters.id) from clusters where id = ?";
    /// Everything but the services.
    HEAD = "select name, settings, redundancy, draft_version, next_id from clusters where id = ?";
    /// The services.
    SERVICES = "select id, service from draft_services where cluster_id = ? order by id";
    /// One service, new or changed.
    PUT_SERVICE = "insert into draft_services (cluster_id, id, service) values (?, ?, ?) on conflict (cluster_id, id) do update set service = excluded.service";
    /// One service gone.
    DELETE_SERVICE = "delete from draft_services where cluster_id = ? and id = ?";
    /// The next version.
    UPDATE = "update clusters set name = ?, settings = ?, redundancy = ?, draft_version = draft_version + 1, next_id = ? where id = ?";
}

/// Counts the changes of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftVersion(pub u64);

/// A cluster as it is being drawn, beside what is applied.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Which version this is; give it back with an edit to learn of others' edits.
    pub version: DraftVersion,
    /// The draft itself.
    pub cluster: Arc<Cluster>,
    /// The newest revision.
    pub applied: Option<Arc<Revision>>,
    /// By how many changes it differs from it.
    pub changes: usize,
}

impl Draft {
    /// Whether there is anything to apply.
    pub fn has_changes(&self) -> bool {
        self.changes > 0
    }
}

/// A draft within an edit: the cluster itself, and ids for what is new.
#[derive(Debug)]
pub struct Editing {
    cluster: Cluster,
    next_id: u32,
}

struct Head {
    name: Name,
    settings: Settings,
    redundancy: Redundancy,
    version: DraftVersion,
    next_id: u32,
}

type HeadRow = (String, String, String, i64, u32);

impl Store {
    /// When the draft was changed last, in milliseconds since 1970; none where the log does not say.
    pub async fn draft_touched(&self, id: ClusterId) -> Result<Option<i64>> {
        audit::last_touch(self.readers(), id).await
    }

    /// The draft and what is applied.
    pub async fn draft(&self, id: ClusterId) -> Result<Draft> {
        let row: Option<(i64, Option<i64>)> =
            sqlx::query_as(VERSIONS).bind(id.0).fetch_optional(self.readers()).await?;
        let (version, generation) = row.ok_or(StoreError::NotFound("cluster"))?;
        self.draft_at(id, version, generation).await
    }

    /// The same for who knows the versions already: from memory where they are the cached ones.
    pub(super) async fn draft_at(
        &self,
        id: ClusterId,
        version: i64,
        generation: Option<i64>,
    ) -> Result<Draft> {
        let version = draft_version(version)?;
        let (version, cluster) = match self.cache().draft(id, version) {
            Some(cluster) => (version, cluster),
            None => {
                // One transaction, so that the rows belong to the version.
                let mut transaction = self.readers().begin().await?;
                let (head, cluster) = load(&mut transaction, id).await?;
                let cluster = Arc::new(cluster);
                self.cache().put_draft(id, head.version, &cluster);
                (head.version, cluster)
            }
        };
        let applied = match generation {
            Some(generation) => Some(self.revision(id, revisions::generation_of(generation)?).await?),
            None => None,
        };
        let changes = self.cache().changes(id, version, &cluster, applied.as_deref());
        Ok(Draft { version, cluster, applied, changes })
    }

    /// Changes the draft. `expected` is the version that the editor has seen; another one by now is a [`Conflict`]. `what` names
    /// the edit in the audit log. The closure's problems come back as [`StoreError::Invalid`] and nothing is written; an edit
    /// that changes nothing writes nothing.
    pub async fn edit_draft<R>(
        &self,
        actor: &Actor,
        id: ClusterId,
        expected: Option<DraftVersion>,
        what: &str,
        edit: impl FnOnce(&mut Editing) -> std::result::Result<R, Problems>,
    ) -> Result<R> {
        let transaction = self.begin().await?;
        self.write_draft(transaction, actor, id, expected, "draft.edit", what, edit).await
    }

    /// Makes the draft what is applied; with nothing applied it becomes empty. `seen` are the draft and the generation that were
    /// shown; if either moved, it is a [`Conflict`]: an apply or a roll-back leaves the draft's version alone.
    pub async fn discard_draft(
        &self,
        actor: &Actor,
        id: ClusterId,
        seen: Option<(DraftVersion, Option<Generation>)>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        if let Some(seen) = seen {
            unmoved(&mut transaction, id, seen).await?;
        }
        let applied = revisions::newest(&mut transaction, id).await?;
        self.write_draft(transaction, actor, id, None, "draft.discard", "discard", |editing| {
            **editing = match applied {
                Some(revision) => revision.desired.cluster,
                None => Cluster::new(editing.name().clone()),
            };
            Ok(())
        })
        .await
    }

    /// Makes parts of the draft what is applied, and leaves the rest. `base` and `expected` are what was shown when this was asked
    /// for; if either moved, it is a [`Conflict`]: nobody takes back what they have not seen.
    pub async fn revert(
        &self,
        actor: &Actor,
        id: ClusterId,
        base: Option<Generation>,
        expected: DraftVersion,
        parts: &[Part],
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        unmoved(&mut transaction, id, (expected, base)).await?;
        let newest = revisions::newest(&mut transaction, id).await?;
        self.write_draft(transaction, actor, id, None, "draft.revert", "revert", |editing| {
            let empty = Cluster::new(editing.name().clone());
            let applied = newest.as_ref().map_or(&empty, |revision| &revision.desired.cluster);
            **editing = plan::revert(applied, editing, parts).map_err(|misfit| match misfit {
                Misfit::Invalid(problems) => problems,
                // The plan was made from this very draft.
                Misfit::Conflict(change) => {
                    Problem::new(Field::ClusterName, change.to_string(), Reason::Gone).into()
                }
            })?;
            Ok(())
        })
        .await
    }

    #[expect(clippy::too_many_arguments, reason = "one caller each for edit, discard and revert")]
    async fn write_draft<R>(
        &self,
        mut transaction: Transaction<'static, Sqlite>,
        actor: &Actor,
        id: ClusterId,
        expected: Option<DraftVersion>,
        action: &'static str,
        what: &str,
        edit: impl FnOnce(&mut Editing) -> std::result::Result<R, Problems>,
    ) -> Result<R> {
        let head = head(&mut transaction, id).await?;
        if expected.is_some_and(|expected| expected != head.version) {
            return Err(moved(&mut transaction, id).await?.into());
        }
        let before = match self.cache().draft(id, head.version) {
            Some(cluster) => cluster,
            None => Arc::new(assemble(&mut transaction, id, &head).await?),
        };
        let mut editing = Editing { cluster: Cluster::clone(&before), next_id: head.next_id };
        let answer = edit(&mut editing)?;
        if editing.cluster == *before {
            return Ok(answer);
        }
        write_difference(&mut transaction, id, &before, &editing).await?;
        log(&mut transaction, actor, id, action, what, &before, &editing.cluster).await?;
        self.commit(transaction).await?;
        self.cache().put_draft(id, DraftVersion(head.version.0 + 1), &Arc::new(editing.cluster));
        Ok(answer)
    }
}

/// Makes the draft `cluster`, whatever it was.
pub(super) async fn replace(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    id: ClusterId,
    before: &Cluster,
    cluster: &Cluster,
    what: &str,
) -> Result<()> {
    let head = head(transaction, id).await?;
    let editing = Editing { cluster: cluster.clone(), next_id: head.next_id };
    write_difference(transaction, id, before, &editing).await?;
    log(transaction, actor, id, "draft.follow", what, before, cluster).await
}

/// One row of the log for an edit of a draft.
async fn log(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    id: ClusterId,
    action: &'static str,
    what: &str,
    before: &Cluster,
    after: &Cluster,
) -> Result<()> {
    let changes = model::plan(before, after);
    let detail = audit::with_changes(what, &changes);
    let subject = after.name().as_str();
    let entry = Entry { action, cluster: Some(id), subject, detail: &detail };
    audit::record_with(transaction, actor, entry, changes.iter().flat_map(Changed::of).collect()).await
}

/// A [`Conflict`] unless the draft and what is applied are those that were shown.
pub(super) async fn unmoved(
    transaction: &mut Transaction<'static, Sqlite>,
    id: ClusterId,
    (seen, applied): (DraftVersion, Option<Generation>),
) -> Result<()> {
    let row: Option<(i64, Option<i64>)> =
        sqlx::query_as(VERSIONS).bind(id.0).fetch_optional(&mut **transaction).await?;
    let (version, generation) = row.ok_or(StoreError::NotFound("cluster"))?;
    if generation.map(revisions::generation_of).transpose()? != applied {
        return Err(revisions::applied(revisions::newest(transaction, id).await?.as_ref()).into());
    }
    if draft_version(version)? != seen {
        return Err(moved(transaction, id).await?.into());
    }
    Ok(())
}

/// Everything of a draft, within one transaction.
pub(super) async fn load_draft(
    transaction: &mut Transaction<'static, Sqlite>,
    id: ClusterId,
) -> Result<(DraftVersion, Cluster)> {
    let (head, cluster) = load(transaction, id).await?;
    Ok((head.version, cluster))
}

/// Who moved the draft.
pub(super) async fn moved(transaction: &mut Transaction<'static, Sqlite>, id: ClusterId) -> Result<Conflict> {
    let (by, at_ms) = audit::last_edit(transaction, id).await?.unzip();
    Ok(Conflict { moved: Moved::Draft, by, at_ms })
}

/// Writes one service's row.
pub(super) async fn put_service(
    connection: &mut SqliteConnection,
    cluster: ClusterId,
    id: ServiceId,
    service: &VirtualService,
) -> Result<()> {
    sqlx::query(PUT_SERVICE).bind(cluster.0).bind(id.0).bind(json(service)?).execute(connection).await?;
    Ok(())
}

/// Canonical JSON for a column.
pub(super) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::damaged("value", error))
}

async fn load(connection: &mut SqliteConnection, id: ClusterId) -> Result<(Head, Cluster)> {
    let head = head(connection, id).await?;
    let cluster = assemble(connection, id, &head).await?;
    Ok((head, cluster))
}

async fn head(connection: &mut SqliteConnection, id: ClusterId) -> Result<Head> {
    let row: Option<HeadRow> = sqlx::query_as(HEAD).bind(id.0).fetch_optional(connection).await?;
    let (name, settings, redundancy, version, next_id) = row.ok_or(StoreError::NotFound("cluster"))?;
    Ok(Head {
        name: Name::try_from(name).map_err(|error| StoreError::damaged("cluster name", error))?,
        settings: parse("cluster", &settings)?,
        redundancy: parse("cluster", &redundancy)?,
        version: draft_version(version)?,
        next_id,
    })
}

async fn assemble(connection: &mut SqliteConnection, id: ClusterId, head: &Head) -> Result<Cluster> {
    let rows: Vec<(u32, String)> = sqlx::query_as(SERVICES).bind(id.0).fetch_all(connection).await?;
    let mut services = BTreeMap::new();
    for (service_id, service) in rows {
        services.insert(ServiceId(service_id), parse("virtual service", &service)?);
    }
    let (name, settings, redundancy) = (head.name.clone(), head.settings.clone(), head.redundancy.clone());
    Cluster::from_parts(name, settings, redundancy, services)
        .map_err(|error| StoreError::damaged("cluster", error))
}

async fn write_difference(
    transaction: &mut Transaction<'static, Sqlite>,
    id: ClusterId,
    before: &Cluster,
    editing: &Editing,
) -> Result<()> {
    let after = &editing.cluster;
    for service_id in before.services().keys().filter(|id| !after.services().contains_key(id)) {
        sqlx::query(DELETE_SERVICE).bind(id.0).bind(service_id.0).execute(&mut **transaction).await?;
    }
    for (&service_id, service) in after.services() {
        if before.services().get(&service_id) != Some(service) {
            put_service(transaction, id, service_id, service).await?;
        }
    }
    // An edit may bring ids of its own (a discard brings back what was applied).
    let next_id = editing.next_id.max(after.highest_id().saturating_add(1));
    sqlx::query(UPDATE)
        .bind(after.name().as_str())
        .bind(json(after.settings())?)
        .bind(json(after.redundancy())?)
        .bind(next_id)
        .bind(id.0)
        .execute(&mut **transaction)
        .await
        .map_err(|error| StoreError::duplicate(error, Field::ClusterName, after.name().as_str()))?;
    Ok(())
}

fn parse<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| StoreError::damaged(what, error))
}

fn draft_version(version: i64) -> Result<DraftVersion> {
    u64::try_from(version).map(DraftVersion).map_err(|error| StoreError::damaged("draft version", error))
}

// === impl Editing ===

impl Editing {
    /// An id for a new virtual service.
    pub fn next_service_id(&mut self) -> ServiceId {
        ServiceId(self.next())
    }

    /// An id for a new destination.
    pub fn next_destination_id(&mut self) -> DestinationId {
        DestinationId(self.next())
    }

    fn next(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id = id.saturating_add(1);
        id
    }
}

impl Deref for Editing {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        &self.cluster
    }
}

impl DerefMut for Editing {
    fn deref_mut(&mut self) -> &mut Cluster {
        &mut self.cluster
    }
}
