//! What was applied: immutable revisions, and the newest of each cluster.

use std::sync::Arc;

use model::{Change, Cluster, ClusterId, Desired, EventKind, Generation, SpecHash};
use sqlx::{Sqlite, Transaction};

use super::audit::{self, Entry};
use super::statements::statements;
use super::{Actor, Changed, Conflict, DraftVersion, Happening, Moved, Result, Store, StoreError, TooLarge};
use super::{drafts, events};
use crate::clock;

statements! {
    /// What identifies the cached revision.
    NEWEST = "select max(generation) from revisions where cluster_id = ?";
    /// One revision.
    ONE = "select generation, desired, hash, author, at_ms, message, origin, restores from revisions where cluster_id = ? and generation = ?";
    /// The newest one.
    LATEST = "select generation, desired, hash, author, at_ms, message, origin, restores from revisions where cluster_id = ? order by generation desc limit 1";
    /// A new one.
    INSERT = "insert into revisions (cluster_id, generation, desired, hash, author_id, author, at_ms, message, origin, restores, running, services, servers, changes) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
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
    /// How it came to be.
    pub origin: Origin,
}

/// How a revision came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The draft was applied.
    Apply,
    /// The cluster was started, with nothing else changed.
    Start,
    /// The cluster was stopped, with nothing else changed.
    Stop,
    /// The configuration of this generation was applied once more.
    RollBack(Generation),
}

/// A revision to be.
pub(super) struct NewRevision<'a> {
    pub(super) cluster: ClusterId,
    /// The one before.
    pub(super) newest: Option<&'a Revision>,
    pub(super) desired: Desired,
    pub(super) message: &'a str,
    pub(super) origin: Origin,
}

type Row = (i64, String, Vec<u8>, String, i64, String, String, Option<i64>);

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
        let new =
            NewRevision { cluster: id, newest: newest.as_ref(), desired, message, origin: Origin::Apply };
        let revision = write(&mut transaction, actor, new).await?;
        self.commit(transaction).await?;
        Ok(self.keep(revision))
    }

    /// Starts or stops a cluster: what is applied, with `running` changed, as a new revision. The draft is left alone.
    pub async fn set_running(&self, actor: &Actor, id: ClusterId, running: bool) -> Result<Arc<Revision>> {
        let mut transaction = self.begin().await?;
        let newest = newest(&mut transaction, id).await?.ok_or(StoreError::NothingApplied)?;
        if newest.desired.running == running {
            return Ok(Arc::new(newest));
        }
        let desired = Desired { running, cluster: newest.desired.cluster.clone() };
        let (origin, message) = if running { (Origin::Start, "Start") } else { (Origin::Stop, "Stop") };
        let new = NewRevision { cluster: id, newest: Some(&newest), desired, message, origin };
        let revision = write(&mut transaction, actor, new).await?;
        self.commit(transaction).await?;
        Ok(self.keep(revision))
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
        let row: Option<Row> =
            sqlx::query_as(ONE).bind(id.0).bind(number(generation)?).fetch_optional(self.readers()).await?;
        let revision = Arc::new(revision(id, row.ok_or(StoreError::NotFound("revision"))?)?);
        self.cache().put_revision(&revision);
        Ok(revision)
    }

    /// A revision that has just been committed, for those who ask next.
    pub(super) fn keep(&self, revision: Revision) -> Arc<Revision> {
        let revision = Arc::new(revision);
        self.cache().put_revision(&revision);
        revision
    }
}

/// Writes a revision and its row of the log.
pub(super) async fn write(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    new: NewRevision<'_>,
) -> Result<Revision> {
    let NewRevision { cluster: id, newest, desired, message, origin } = new;
    let generation = Generation(newest.map_or(0, |revision| revision.generation.0) + 1);
    let json = desired.canonical();
    // What no agent takes would be a revision that never arrives, and the next ones would hide why.
    TooLarge::check(&desired.cluster, json.len())?;
    let hash = SpecHash::of(json.as_bytes());
    let at_ms = clock::now_ms();
    let changes = plan_from(newest, &desired.cluster);
    let services = desired.cluster.services();
    let servers: usize = services.values().map(|service| service.destinations.len()).sum();
    sqlx::query(INSERT)
        .bind(id.0)
        .bind(number(generation)?)
        .bind(&json)
        .bind(hash.0.as_slice())
        .bind(actor.user.map(|user| user.0))
        .bind(&actor.name)
        .bind(at_ms)
        .bind(message)
        .bind(origin.word())
        .bind(origin.restores().map(number).transpose()?)
        .bind(desired.running)
        .bind(counted(services.len()))
        .bind(counted(servers))
        .bind(counted(changes.len()))
        .execute(&mut **transaction)
        .await?;
    let before = newest.map(|revision| &revision.desired);
    let detail = what_changes(generation, origin, message, &changes);
    let (action, subject) = (origin.action(), desired.cluster.name().as_str());
    let entry = Entry { action, cluster: Some(id), subject, detail: &detail };
    let running = |desired: &Desired| desired.running;
    let mut changed: Vec<Changed> = changes.iter().flat_map(Changed::of).collect();
    if before.map(running) != Some(desired.running) {
        changed.insert(0, Changed::field("running", before.map(running), desired.running));
    }
    audit::record_with(transaction, actor, entry, changed).await?;
    let told = Happening {
        cluster: Some(id),
        generation: Some(generation),
        actor: actor.name.clone(),
        origin: actor.from.clone(),
        ..Happening::new(origin.event(), at_ms)
    };
    events::record(transaction, &told).await?;
    let (author, message) = (actor.name.clone(), message.to_owned());
    Ok(Revision { cluster: id, generation, desired, json, hash, author, at_ms, message, origin })
}

/// The newest revision, within a transaction.
pub(super) async fn newest(
    transaction: &mut Transaction<'static, Sqlite>,
    id: ClusterId,
) -> Result<Option<Revision>> {
    let row: Option<Row> = sqlx::query_as(LATEST).bind(id.0).fetch_optional(&mut **transaction).await?;
    row.map(|row| revision(id, row)).transpose()
}

/// One revision, within a transaction.
pub(super) async fn one(
    transaction: &mut Transaction<'static, Sqlite>,
    id: ClusterId,
    generation: Generation,
) -> Result<Revision> {
    let number = number(generation)?;
    let row: Option<Row> =
        sqlx::query_as(ONE).bind(id.0).bind(number).fetch_optional(&mut **transaction).await?;
    revision(id, row.ok_or(StoreError::NotFound("revision"))?)
}

/// Another configuration was applied meanwhile.
pub(super) fn applied(newest: Option<&Revision>) -> Conflict {
    let by = newest.map(|revision| revision.author.clone());
    Conflict { moved: Moved::Applied, by, at_ms: newest.map(|revision| revision.at_ms) }
}

/// The changes from what is applied to `target`; from nothing, where nothing ever was.
pub fn plan_from(applied: Option<&Revision>, target: &Cluster) -> Vec<Change> {
    let nothing = Cluster::new(target.name().clone());
    model::plan(applied.map_or(&nothing, |revision| &revision.desired.cluster), target)
}

fn what_changes(generation: Generation, origin: Origin, message: &str, changes: &[Change]) -> String {
    let mut lines = vec![format!("generation {generation}")];
    lines.extend(origin.restores().map(|restored| format!("back to generation {restored}")));
    // Starting and stopping have no message of anybody's; the action says it.
    if !message.is_empty() && !matches!(origin, Origin::Start | Origin::Stop) {
        lines.push(message.to_owned());
    }
    audit::with_changes(&lines.join("\n"), changes)
}

/// Reads the bytes that agents get, and does not trust them: a row that another hand changed is refused.
fn revision(cluster: ClusterId, row: Row) -> Result<Revision> {
    let (generation, json, hash, author, at_ms, message, origin, restores) = row;
    let desired = Desired::parse(json.as_bytes()).map_err(|error| StoreError::damaged("revision", error))?;
    let actual = SpecHash::of(json.as_bytes());
    if hash != actual.0 {
        let error = std::io::Error::other(format!(
            "the hash of generation {generation} is {actual}, not the stored one"
        ));
        return Err(StoreError::damaged("revision", error));
    }
    let generation = generation_of(generation)?;
    let origin = Origin::read(&origin, restores)?;
    Ok(Revision { cluster, generation, desired, json, hash: actual, author, at_ms, message, origin })
}

pub(super) fn generation_of(generation: i64) -> Result<Generation> {
    u64::try_from(generation).map(Generation).map_err(|error| StoreError::damaged("generation", error))
}

pub(super) fn number(generation: Generation) -> Result<i64> {
    i64::try_from(generation.0).map_err(|_| StoreError::NotFound("revision"))
}

fn counted(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

// === impl Origin ===

impl Origin {
    /// From the columns `origin` and `restores`.
    pub(super) fn read(word: &str, restores: Option<i64>) -> Result<Self> {
        Ok(match (word, restores) {
            ("start", _) => Self::Start,
            ("stop", _) => Self::Stop,
            ("roll-back", Some(restored)) => Self::RollBack(generation_of(restored)?),
            _ => Self::Apply,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::RollBack(_) => "roll-back",
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Apply => "cluster.apply",
            Self::Start => "cluster.start",
            Self::Stop => "cluster.stop",
            Self::RollBack(_) => "cluster.roll-back",
        }
    }

    fn event(self) -> EventKind {
        match self {
            Self::Apply | Self::RollBack(_) => EventKind::Applied,
            Self::Start => EventKind::Started,
            Self::Stop => EventKind::Stopped,
        }
    }

    /// The generation that it brought back.
    pub fn restores(self) -> Option<Generation> {
        match self {
            Self::RollBack(generation) => Some(generation),
            Self::Apply | Self::Start | Self::Stop => None,
        }
    }
}
