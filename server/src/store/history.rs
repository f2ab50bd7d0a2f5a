//! A cluster's revisions as a list, and going back to one of them.

use std::sync::Arc;

use model::{ClusterId, Desired, Generation, SpecHash};

use super::revisions::{self, NewRevision, Origin, generation_of, number};
use super::statements::statements;
use super::{Actor, DraftVersion, Result, Revision, Store, StoreError, drafts};

statements! {
    /// What the list says of the newest ones up to a generation.
    PAGE = "select generation, hash, author, at_ms, message, origin, restores, running, services, servers, changes from revisions where cluster_id = ? and generation <= ? order by generation desc limit ?";
}

/// A revision in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionSummary {
    /// Which.
    pub generation: Generation,
    /// SHA-256 of its canonical form.
    pub hash: SpecHash,
    /// Who applied it.
    pub author: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Why, in the author's words; may be empty.
    pub message: String,
    /// How it came to be.
    pub origin: Origin,
    /// Whether the balancing runs.
    pub running: bool,
    /// How many virtual services it has.
    pub services: u64,
    /// How many real servers they have together.
    pub servers: u64,
    /// How many changes it made to the generation before; none where nobody counted.
    pub changes: Option<u64>,
}

/// What is asked of a roll back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollBack<'a> {
    /// The generation that the plan was made from.
    pub base: Generation,
    /// The generation to go back to.
    pub to: Generation,
    /// Why.
    pub message: &'a str,
    /// The draft's version, where changes of it that are not applied may be lost; none: they are kept.
    pub discard: Option<DraftVersion>,
}

type Row = (i64, Vec<u8>, String, i64, String, String, Option<i64>, bool, i64, i64, Option<i64>);

impl Store {
    /// The revisions from `newest` down, `limit` at most.
    pub async fn history(
        &self,
        id: ClusterId,
        newest: Generation,
        limit: u32,
    ) -> Result<Vec<RevisionSummary>> {
        let newest = number(newest)?;
        let rows: Vec<Row> =
            sqlx::query_as(PAGE).bind(id.0).bind(newest).bind(limit).fetch_all(self.readers()).await?;
        rows.into_iter().map(summary).collect()
    }

    /// Applies the configuration of an earlier generation as a new one. Whether the cluster runs stays as it is. A draft that holds
    /// nothing that is not applied goes along; one that does is kept, unless it is to be discarded. Where the configuration is the
    /// applied one already, nothing is written.
    pub async fn roll_back(
        &self,
        actor: &Actor,
        id: ClusterId,
        asked: RollBack<'_>,
    ) -> Result<Arc<Revision>> {
        let RollBack { base, to, message, discard } = asked;
        let mut transaction = self.begin().await?;
        let newest = revisions::newest(&mut transaction, id).await?.ok_or(StoreError::NothingApplied)?;
        let cluster = revisions::one(&mut transaction, id, to).await?.desired.cluster;
        if cluster == newest.desired.cluster {
            return Ok(Arc::new(newest));
        }
        if newest.generation != base {
            return Err(revisions::applied(Some(&newest)).into());
        }
        let (version, draft) = drafts::load_draft(&mut transaction, id).await?;
        if discard.is_some_and(|shown| shown != version) {
            return Err(drafts::moved(&mut transaction, id).await?.into());
        }
        if discard.is_some() || draft == newest.desired.cluster {
            let what = format!("back to generation {to}");
            drafts::replace(&mut transaction, actor, id, &draft, &cluster, &what).await?;
        }
        let desired = Desired { running: newest.desired.running, cluster };
        let origin = Origin::RollBack(to);
        let new = NewRevision { cluster: id, newest: Some(&newest), desired, message, origin };
        let revision = revisions::write(&mut transaction, actor, new).await?;
        self.commit(transaction).await?;
        Ok(self.keep(revision))
    }
}

fn summary(row: Row) -> Result<RevisionSummary> {
    let (generation, hash, author, at_ms, message, origin, restores, running, services, servers, changes) =
        row;
    let hash = <[u8; 32]>::try_from(hash).map_err(|hash| {
        StoreError::damaged("revision", std::io::Error::other(format!("a hash of {} bytes", hash.len())))
    })?;
    Ok(RevisionSummary {
        generation: generation_of(generation)?,
        hash: SpecHash(hash),
        author,
        at_ms,
        message,
        origin: Origin::read(&origin, restores)?,
        running,
        services: services.unsigned_abs(),
        servers: servers.unsigned_abs(),
        changes: changes.map(i64::unsigned_abs),
    })
}
