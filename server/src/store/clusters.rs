//! Clusters as a whole: list, make, import, delete.

use model::{Cluster, ClusterId, Desired, DirectorId, Field, Generation, Name, Problem, Reason, Shown};
use sqlx::{Sqlite, Transaction};

use super::audit::{self, Entry};
use super::statements::statements;
use super::{Actor, Changed, Draft, DraftVersion, Result, Store, StoreError, TooLarge};
use super::{drafts, revisions};
use crate::clock;

statements! {
    /// Its name.
    NAME = "select name from clusters where id = ?";
    /// All, by name, with what identifies their cached parts.
    LIST = "select id, name, draft_version, (select max(generation) from revisions where cluster_id = clusters.id) from clusters order by name collate nocase, id";
    /// A new one.
    INSERT = "insert into clusters (name, settings, redundancy, draft_version, next_id, created_ms) values (?, ?, ?, 1, ?, ?)";
    /// Its machines.
    MACHINES = "select id from directors where cluster_id = ?";
    /// Gone, with everything that belongs to it.
    DELETE = "delete from clusters where id = ?";
}

/// A cluster in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSummary {
    /// Its id.
    pub id: ClusterId,
    /// The draft's name for it.
    pub name: Name,
    /// Whether the newest revision says that it runs.
    pub running: bool,
    /// The newest revision.
    pub generation: Option<Generation>,
    /// The draft's version.
    pub draft_version: DraftVersion,
    /// How many virtual services the draft has.
    pub services: u32,
    /// Whether the draft differs from what is applied.
    pub has_changes: bool,
}

type Row = (u32, String, i64, Option<i64>);

impl Store {
    /// All clusters by name. One question for all of them, and a further one for each whose cached value is too old.
    pub async fn clusters(&self) -> Result<Vec<ClusterSummary>> {
        let rows: Vec<Row> = sqlx::query_as(LIST).fetch_all(self.readers()).await?;
        let mut clusters = Vec::with_capacity(rows.len());
        for (id, _, version, generation) in rows {
            let id = ClusterId(id);
            match self.draft_at(id, version, generation).await {
                Ok(draft) => clusters.push(summary(id, &draft)),
                // Deleted between the two questions.
                Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(clusters)
    }

    /// One cluster as the list shows it.
    pub async fn summary(&self, id: ClusterId) -> Result<ClusterSummary> {
        Ok(summary(id, &self.draft(id).await?))
    }

    /// Makes an empty cluster.
    pub async fn create_cluster(&self, actor: &Actor, name: Name) -> Result<ClusterId> {
        self.insert_cluster(actor, &Cluster::new(name), "cluster.create").await
    }

    /// Makes a cluster from one that was read from elsewhere; its services keep their ids. One that could never be applied is
    /// [`TooLarge`].
    pub async fn import_cluster(&self, actor: &Actor, cluster: Cluster) -> Result<ClusterId> {
        let desired = Desired { running: true, cluster };
        TooLarge::check(&desired.cluster, desired.canonical().len())?;
        let cluster = desired.cluster;
        self.insert_cluster(actor, &cluster, "cluster.import").await
    }

    /// Gives the draft another name; what is applied keeps its own until the next apply. `seen` is the one that was shown: a third
    /// one, which somebody else has given it meanwhile, stays.
    pub async fn rename_cluster(
        &self,
        actor: &Actor,
        id: ClusterId,
        seen: Option<&str>,
        name: Name,
    ) -> Result<()> {
        self.edit_draft(actor, id, None, "rename", |editing| {
            let now = editing.name();
            if seen.is_some_and(|seen| seen != now.as_str()) && *now != name {
                let reason = Reason::ChangedMeanwhile { now: Shown::Text(now.to_string()) };
                return Err(Problem::new(Field::ClusterName, name.as_str(), reason).into());
            }
            editing.rename(name);
            Ok(())
        })
        .await
    }

    /// Deletes a cluster with its draft, revisions and machines, whose certificates are worth nothing from here on; their ids.
    /// `seen` are the draft and the generation that were shown; if either moved, it is a [`Conflict`](super::Conflict).
    pub async fn delete_cluster(
        &self,
        actor: &Actor,
        id: ClusterId,
        seen: Option<(DraftVersion, Option<Generation>)>,
    ) -> Result<Vec<DirectorId>> {
        let mut transaction = self.begin().await?;
        if let Some(seen) = seen {
            drafts::unmoved(&mut transaction, id, seen).await?;
        }
        let name: Option<String> =
            sqlx::query_scalar(NAME).bind(id.0).fetch_optional(&mut *transaction).await?;
        let name = name.ok_or(StoreError::NotFound("cluster"))?;
        let (gone, detail) = match lost(&mut transaction, id).await {
            Ok(cluster) => (Changed::went(&cluster), services(&cluster)),
            // What cannot be read does not keep its cluster here for good.
            Err(StoreError::Damaged { what, .. }) => (Vec::new(), format!("its {what} cannot be read")),
            Err(error) => return Err(error),
        };
        let machines: Vec<u32> = sqlx::query_scalar(MACHINES).bind(id.0).fetch_all(&mut *transaction).await?;
        sqlx::query(DELETE).bind(id.0).execute(&mut *transaction).await?;
        let entry = Entry { action: "cluster.delete", cluster: Some(id), subject: &name, detail: &detail };
        audit::record_with(&mut transaction, actor, entry, gone).await?;
        self.commit(transaction).await?;
        self.cache().forget(id);
        Ok(machines.into_iter().map(DirectorId).collect())
    }

    async fn insert_cluster(
        &self,
        actor: &Actor,
        cluster: &Cluster,
        action: &'static str,
    ) -> Result<ClusterId> {
        let mut transaction = self.begin().await?;
        let name = cluster.name().as_str();
        let inserted = sqlx::query(INSERT)
            .bind(name)
            .bind(drafts::json(cluster.settings())?)
            .bind(drafts::json(cluster.redundancy())?)
            .bind(i64::from(cluster.highest_id()) + 1)
            .bind(clock::now_ms())
            .execute(&mut *transaction)
            .await
            .map_err(|error| StoreError::duplicate(error, Field::ClusterName, name))?;
        let id = u32::try_from(inserted.last_insert_rowid()).map(ClusterId);
        let id = id.map_err(|error| StoreError::damaged("cluster id", error))?;
        for (&service_id, service) in cluster.services() {
            drafts::put_service(&mut transaction, id, service_id, service).await?;
        }
        let detail = services(cluster);
        let entry = Entry { action, cluster: Some(id), subject: name, detail: &detail };
        audit::record_with(&mut transaction, actor, entry, Changed::came(cluster)).await?;
        self.commit(transaction).await?;
        Ok(id)
    }
}

/// What goes with a cluster: what is applied, which directors serve; the draft where nothing ever was.
async fn lost(transaction: &mut Transaction<'static, Sqlite>, id: ClusterId) -> Result<Cluster> {
    match revisions::newest(transaction, id).await? {
        Some(revision) => Ok(revision.desired.cluster),
        None => drafts::load_draft(transaction, id).await.map(|(_, cluster)| cluster),
    }
}

fn services(cluster: &Cluster) -> String {
    audit::with_changes(&format!("virtual services: {}", cluster.services().len()), &[])
}

fn summary(id: ClusterId, draft: &Draft) -> ClusterSummary {
    let applied = draft.applied.as_deref();
    ClusterSummary {
        id,
        name: draft.cluster.name().clone(),
        running: applied.is_some_and(|revision| revision.desired.running),
        generation: applied.map(|revision| revision.generation),
        draft_version: draft.version,
        services: u32::try_from(draft.cluster.services().len()).unwrap_or(u32::MAX),
        has_changes: draft.has_changes(),
    }
}
