//! What was applied: immutable revisions, and the newest of each cluster.

use std::sync::Arc;

use model::{Cluster, ClusterId, Desired, EventKind, Generation, SpecHash};
use sqlx::{Sqlite, Transaction};

use super::audit::{self, Entry};
use super::statements::statements;
use super::{Actor, Conflict, DraftVersion, Happening, Moved, Result, Store, StoreError, TooLarge};
use super::{drafts, events};
use crate::clock;

statements! {
    /// What identifies the cached revision.
    NEWEST = "select max(generation) from revisions where cluster_id = ?";
    /// One revision.
    ONE = "select generation, desired, hash, author, at_ms, message from revisions where cluster_id = ? and generation = ?";
    /// The newest ones.
    LATEST = "select generation, desired, hash, author, at_ms, message from revisions where cluster_id = ? order by generation desc limit ?";
    /// A new one.
    INSERT = "insert into revisions (cluster_id, generation, desired, hash, author_id, author, at_ms, message) values (?, ?, ?, ?, ?, ?, ?, ?)";
}

/// A desired state that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Of which cluster.
    pub cluster: ClusterId,
    /// Counts a cluster's revisions from 1.
    pub generation: Generation,
    /// The desired state.
    pub desired: Desired,
    /// Its canonical form: the very bytes that agents get.
    pub json: String,
    /// SHA-256 of those bytes.
    pub hash: SpecHash,
    /// Who applied it.
    pub author: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Why, in the author's words; may be empty.
    pub message: String,
}

type Row = (i64, String, Vec<u8>, String, i64, String);

impl Store {
    /// Writes the draft as a new revision, running or not. `base` is the generation that the editor compared the draft with and
    /// `draft` the version that was shown: if either moved, it is a [`Conflict`]. More than an agent takes is [`TooLarge`].
    pub async fn apply(
        &self,
        actor: &Actor,
        id: ClusterId,
        base: Option<Generation>,
        draft: DraftVersion,
        message: &str,
        running: bool,
    ) -> Result<Arc<Revision>> {
        let mut transaction = self.begin().await?;
        let (version, cluster) = drafts::load_draft(&mut transaction, id).await?;
        if version != draft {
            return Err(drafts::moved(&mut transaction, id).await?.into());
        }
        let newest = newest(&mut transaction, id).await?;
        if newest.as_ref().map(|revision| revision.generation) != base {
            return Err(applied(newest.as_ref()).into());
        }
        let desired = Desired { running, cluster };
        self.write_revision(transaction, actor, id, newest.as_ref(), desired, message, "cluster.apply").await
    }

    /// Starts or stops a cluster: what is applied, with `running` changed, as a new revision. The draft is left alone.
    pub async fn set_running(&self, actor: &Actor, id: ClusterId, running: bool) -> Result<Arc<Revision>> {
        let mut transaction = self.begin().await?;
        let newest = newest(&mut transaction, id).await?.ok_or(StoreError::NothingApplied)?;
        if newest.desired.running == running {
            return Ok(Arc::new(newest));
        }
        let desired = Desired { running, cluster: newest.desired.cluster.clone() };
        let (action, message) = if running { ("cluster.start", "Start") } else { ("cluster.stop", "Stop") };
        self.write_revision(transaction, actor, id, Some(&newest), desired, message, action).await
    }

    /// The newest revision.
    pub async fn latest_revision(&self, id: ClusterId) -> Result<Option<Arc<Revision>>> {
        let generation: Option<i64> = sqlx::query_scalar(NEWEST).bind(id.0).fetch_one(self.readers()).await?;
        match generation {
            Some(generation) => self.revision(id, generation_of(generation)?).await.map(Some),
            None => Ok(None),
        }
    }

    /// One revision.
    pub async fn revision(&self, id: ClusterId, generation: Generation) -> Result<Arc<Revision>> {
        if let Some(revision) = self.cache().revision(id, generation) {
            return Ok(revision);
        }
        let number = i64::try_from(generation.0).map_err(|_| StoreError::NotFound("revision"))?;
        let row: Option<Row> =
            sqlx::query_as(ONE).bind(id.0).bind(number).fetch_optional(self.readers()).await?;
        let revision = Arc::new(revision(id, row.ok_or(StoreError::NotFound("revision"))?)?);
        self.cache().put_revision(&revision);
        Ok(revision)
    }

    /// The newest revisions, `limit` at most, the newest first.
    pub async fn revisions(&self, id: ClusterId, limit: u32) -> Result<Vec<Arc<Revision>>> {
        let rows: Vec<Row> = sqlx::query_as(LATEST).bind(id.0).bind(limit).fetch_all(self.readers()).await?;
        rows.into_iter().map(|row| revision(id, row).map(Arc::new)).collect()
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one caller each for apply, start and stop; a struct would be used once"
    )]
    async fn write_revision(
        &self,
        mut transaction: Transaction<'static, Sqlite>,
        actor: &Actor,
        id: ClusterId,
        newest: Option<&Revision>,
        desired: Desired,
        message: &str,
        action: &'static str,
    ) -> Result<Arc<Revision>> {
        let generation = Generation(newest.map_or(0, |revision| revision.generation.0) + 1);
        let json = desired.canonical();
        // What no agent takes would be a revision that never arrives, and the next ones would hide why.
        TooLarge::check(&desired.cluster, json.len())?;
        let hash = SpecHash::of(json.as_bytes());
        let at_ms = clock::now_ms();
        sqlx::query(INSERT)
            .bind(id.0)
            .bind(i64::try_from(generation.0).map_err(|error| StoreError::damaged("generation", error))?)
            .bind(&json)
            .bind(hash.0.as_slice())
            .bind(actor.user.map(|user| user.0))
            .bind(&actor.name)
            .bind(at_ms)
            .bind(message)
            .execute(&mut *transaction)
            .await?;
        let detail = what_changes(newest.map(|revision| &revision.desired), &desired, generation, message);
        let subject = desired.cluster.name().as_str();
        audit::record(&mut transaction, actor, Entry { action, cluster: Some(id), subject, detail: &detail })
            .await?;
        let kind = match action {
            "cluster.start" => EventKind::Started,
            "cluster.stop" => EventKind::Stopped,
            _ => EventKind::Applied,
        };
        let told = Happening {
            cluster: Some(id),
            generation: Some(generation),
            actor: actor.name.clone(),
            origin: actor.from.clone(),
            ..Happening::new(kind, at_ms)
        };
        events::record(&mut transaction, &told).await?;
        self.commit(transaction).await?;
        let (author, message) = (actor.name.clone(), message.to_owned());
        let revision =
            Arc::new(Revision { cluster: id, generation, desired, json, hash, author, at_ms, message });
        self.cache().put_revision(&revision);
        Ok(revision)
    }
}

/// The newest revision, within a transaction.
pub(super) async fn newest(
    transaction: &mut Transaction<'static, Sqlite>,
    id: ClusterId,
) -> Result<Option<Revision>> {
    let row: Option<Row> =
        sqlx::query_as(LATEST).bind(id.0).bind(1).fetch_optional(&mut **transaction).await?;
    row.map(|row| revision(id, row)).transpose()
}

fn applied(newest: Option<&Revision>) -> Conflict {
    let by = newest.map(|revision| revision.author.clone());
    Conflict { moved: Moved::Applied, by, at_ms: newest.map(|revision| revision.at_ms) }
}

fn what_changes(before: Option<&Desired>, after: &Desired, generation: Generation, message: &str) -> String {
    let mut lines = vec![format!("generation {generation}")];
    if !message.is_empty() {
        lines.push(message.to_owned());
    }
    let empty = Cluster::new(after.cluster.name().clone());
    let from = before.map_or(&empty, |desired| &desired.cluster);
    lines.extend(model::plan(from, &after.cluster).iter().map(ToString::to_string));
    if before.is_some_and(|desired| desired.running) != after.running {
        lines.push(if after.running { "running".into() } else { "stopped".into() });
    }
    lines.join("\n")
}

/// Reads the bytes that agents get, and does not trust them: a row that another hand changed is refused.
fn revision(cluster: ClusterId, (generation, json, hash, author, at_ms, message): Row) -> Result<Revision> {
    let desired = Desired::parse(json.as_bytes()).map_err(|error| StoreError::damaged("revision", error))?;
    let actual = SpecHash::of(json.as_bytes());
    if hash != actual.0 {
        let error = std::io::Error::other(format!(
            "the hash of generation {generation} is {actual}, not the stored one"
        ));
        return Err(StoreError::damaged("revision", error));
    }
    let generation = generation_of(generation)?;
    Ok(Revision { cluster, generation, desired, json, hash: actual, author, at_ms, message })
}

pub(super) fn generation_of(generation: i64) -> Result<Generation> {
    u64::try_from(generation).map(Generation).map_err(|error| StoreError::damaged("generation", error))
}
