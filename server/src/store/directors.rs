//! Directors, and real servers whose agents are enrolled: which cluster they belong to, which certificate they show, when they were seen.
//!
//! A "director" here is any enrolled machine; [`Director::balances`] tells which ones are directors in LVS's sense.

use model::{ClusterId, DirectorId, EventKind, Field, Generation, MachineRole, Name};
use sqlx::{Sqlite, Transaction};

use super::audit::{self, Entry};
use super::events;
use super::statements::statements;
use super::{Actor, Happening, Result, Store, StoreError};
use crate::clock;

statements! {
    /// A new one.
    INSERT = "insert into directors (cluster_id, name, role, created_ms) select id, ?, ?, ? from clusters where id = ?";
    /// One.
    ONE = "select id, cluster_id, name, role, created_ms, fingerprint, previous_fingerprint, enrolled_ms, certificate_expires_ms, revoked_ms, last_seen_ms, observed_generation from directors where id = ?";
    /// All.
    EVERY = "select id, cluster_id, name, role, created_ms, fingerprint, previous_fingerprint, enrolled_ms, certificate_expires_ms, revoked_ms, last_seen_ms, observed_generation from directors order by cluster_id, name collate nocase, id";
    /// A cluster's.
    OF_CLUSTER = "select id, cluster_id, name, role, created_ms, fingerprint, previous_fingerprint, enrolled_ms, certificate_expires_ms, revoked_ms, last_seen_ms, observed_generation from directors where cluster_id = ? order by name collate nocase, id";
    /// It has a certificate by a token: it is let in again, whatever was before.
    ENROLLED = "update directors set fingerprint = ?, previous_fingerprint = null, enrolled_ms = ?, certificate_expires_ms = ?, revoked_ms = null where id = ?";
    /// It has a new certificate by the old one.
    RENEWED = "update directors set previous_fingerprint = ?, fingerprint = ?, certificate_expires_ms = ? where id = ? and revoked_ms is null and ? in (fingerprint, previous_fingerprint)";
    /// It uses its newest certificate; the one before is worth nothing from here on.
    TAKEN_INTO_USE = "update directors set previous_fingerprint = null where id = ? and fingerprint = ? and previous_fingerprint is not null";
    /// It is shut out.
    REVOKE = "update directors set revoked_ms = ?, fingerprint = null, previous_fingerprint = null where id = ?";
    /// It was heard of.
    SEEN = "update directors set last_seen_ms = ?, observed_generation = coalesce(?, observed_generation) where id = ?";
}

/// A director.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Director {
    /// Its id; stands in its certificate.
    pub id: DirectorId,
    /// The cluster that it carries.
    pub cluster: ClusterId,
    /// A label, unique in the cluster.
    pub name: Name,
    /// What the machine is.
    pub role: MachineRole,
    /// When it was made, in milliseconds since 1970, as all times here.
    pub created_ms: i64,
    /// SHA-256 of the certificate that it identifies itself with; `None` before it has enrolled and after it was revoked.
    pub fingerprint: Option<[u8; 32]>,
    /// SHA-256 of the certificate before that one, good until the agent has taken the new one into use.
    pub previous_fingerprint: Option<[u8; 32]>,
    /// When it enrolled.
    pub enrolled_ms: Option<i64>,
    /// When its certificate ends.
    pub certificate_expires_ms: Option<i64>,
    /// Since when it is shut out.
    pub revoked_ms: Option<i64>,
    /// When it was last heard of.
    pub last_seen_ms: Option<i64>,
    /// The newest generation that it reported as applied and verified.
    pub observed_generation: Option<Generation>,
}

impl Director {
    /// Whether it is a director in LVS's sense: not a real server.
    pub fn balances(&self) -> bool {
        self.role == MachineRole::Director
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: u32,
    cluster_id: u32,
    name: String,
    role: String,
    created_ms: i64,
    fingerprint: Option<Vec<u8>>,
    previous_fingerprint: Option<Vec<u8>>,
    enrolled_ms: Option<i64>,
    certificate_expires_ms: Option<i64>,
    revoked_ms: Option<i64>,
    last_seen_ms: Option<i64>,
    observed_generation: Option<i64>,
}

impl Store {
    /// Adds a director to a cluster; it needs a token to enrol.
    pub async fn create_director(&self, actor: &Actor, cluster: ClusterId, name: Name) -> Result<DirectorId> {
        self.create_machine(actor, cluster, name, MachineRole::Director).await
    }

    /// Adds a machine to a cluster, in this role for good; it needs a token to enrol.
    pub async fn create_machine(
        &self,
        actor: &Actor,
        cluster: ClusterId,
        name: Name,
        role: MachineRole,
    ) -> Result<DirectorId> {
        let mut transaction = self.begin().await?;
        let inserted = sqlx::query(INSERT)
            .bind(name.as_str())
            .bind(role.name())
            .bind(clock::now_ms())
            .bind(cluster.0)
            .execute(&mut *transaction)
            .await
            .map_err(|error| StoreError::duplicate(error, Field::ServerName, name.as_str()))?;
        if inserted.rows_affected() == 0 {
            return Err(StoreError::NotFound("cluster"));
        }
        let id = u32::try_from(inserted.last_insert_rowid()).map(DirectorId);
        let id = id.map_err(|error| StoreError::damaged("director id", error))?;
        let detail = format!("{role} {id}");
        let subject = name.as_str();
        let entry = Entry { action: "director.create", cluster: Some(cluster), subject, detail: &detail };
        audit::record(&mut transaction, actor, entry).await?;
        self.commit(transaction).await?;
        Ok(id)
    }

    /// All machines, by cluster and name, real servers among them.
    pub async fn directors(&self) -> Result<Vec<Director>> {
        let rows: Vec<Row> = sqlx::query_as(EVERY).fetch_all(self.readers()).await?;
        rows.into_iter().map(Director::try_from).collect()
    }

    /// A director.
    pub async fn director(&self, id: DirectorId) -> Result<Director> {
        let row: Option<Row> = sqlx::query_as(ONE).bind(id.0).fetch_optional(self.readers()).await?;
        row.ok_or(StoreError::NotFound("director"))?.try_into()
    }

    /// A cluster's machines by name, real servers among them.
    pub async fn directors_of(&self, cluster: ClusterId) -> Result<Vec<Director>> {
        let rows: Vec<Row> = sqlx::query_as(OF_CLUSTER).bind(cluster.0).fetch_all(self.readers()).await?;
        rows.into_iter().map(Director::try_from).collect()
    }

    /// Those of a cluster's machines that balance, by name. Real servers are not among them: they carry no services, and one that is
    /// away leaves nothing unbalanced.
    pub async fn balancing(&self, cluster: ClusterId) -> Result<Vec<Director>> {
        let mut directors = self.directors_of(cluster).await?;
        directors.retain(Director::balances);
        Ok(directors)
    }

    /// Notes a renewed certificate. `shown` is the one that it asked with, which stays good until the new one is used: the
    /// agent may not get the answer, and ask again. A director that is revoked, or has another certificate by now, is
    /// [`StoreError::NotFound`].
    pub async fn renewed(
        &self,
        actor: &Actor,
        id: DirectorId,
        shown: [u8; 32],
        fingerprint: [u8; 32],
        not_after_ms: i64,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let director = one(&mut transaction, id).await?;
        let updated = sqlx::query(RENEWED)
            .bind(shown.as_slice())
            .bind(fingerprint.as_slice())
            .bind(not_after_ms)
            .bind(id.0)
            .bind(shown.as_slice())
            .execute(&mut *transaction)
            .await?;
        if updated.rows_affected() == 0 {
            return Err(StoreError::NotFound("director"));
        }
        record(&mut transaction, actor, "director.renew", &director).await?;
        tell(&mut transaction, actor, EventKind::CertificateRenewed, &director).await?;
        self.commit(transaction).await
    }

    /// Shuts a director out: its certificate is worth nothing from here on, and its unused token neither.
    pub async fn revoke_director(&self, actor: &Actor, id: DirectorId) -> Result<()> {
        let mut transaction = self.begin().await?;
        let director = one(&mut transaction, id).await?;
        if director.revoked_ms.is_some() {
            // A second click changes neither the time nor the log.
            return Ok(());
        }
        sqlx::query(REVOKE).bind(clock::now_ms()).bind(id.0).execute(&mut *transaction).await?;
        super::tokens::forget(&mut transaction, id).await?;
        record(&mut transaction, actor, "director.revoke", &director).await?;
        tell(&mut transaction, actor, EventKind::AgentRevoked, &director).await?;
        self.commit(transaction).await
    }

    /// Notes that a director uses the certificate with this fingerprint: the one before it is worth nothing from here on.
    /// An observation, not in the log.
    pub async fn certificate_taken_into_use(&self, id: DirectorId, fingerprint: [u8; 32]) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(TAKEN_INTO_USE)
            .bind(id.0)
            .bind(fingerprint.as_slice())
            .execute(&mut *transaction)
            .await?;
        self.commit(transaction).await
    }

    /// [`Store::director_seen`] for many at once, in one transaction.
    pub async fn directors_seen(&self, seen: &[(DirectorId, i64, Option<Generation>)]) -> Result<()> {
        let mut transaction = self.begin().await?;
        for &(id, at_ms, observed) in seen {
            let generation = observed.and_then(|generation| i64::try_from(generation.0).ok());
            sqlx::query(SEEN).bind(at_ms).bind(generation).bind(id.0).execute(&mut *transaction).await?;
        }
        self.commit(transaction).await
    }

    /// Notes that a director was heard of, and what it has verified last. An observation and not somebody's write:
    /// the audit log does not have it.
    pub async fn director_seen(
        &self,
        id: DirectorId,
        at_ms: i64,
        observed: Option<Generation>,
    ) -> Result<()> {
        let generation = observed.and_then(|generation| i64::try_from(generation.0).ok());
        let mut transaction = self.begin().await?;
        sqlx::query(SEEN).bind(at_ms).bind(generation).bind(id.0).execute(&mut *transaction).await?;
        self.commit(transaction).await
    }
}

/// Notes an enrolment.
pub(super) async fn enrolled(
    transaction: &mut Transaction<'static, Sqlite>,
    id: DirectorId,
    fingerprint: [u8; 32],
    now_ms: i64,
    not_after_ms: i64,
) -> Result<Director> {
    sqlx::query(ENROLLED)
        .bind(fingerprint.as_slice())
        .bind(now_ms)
        .bind(not_after_ms)
        .bind(id.0)
        .execute(&mut **transaction)
        .await?;
    one(transaction, id).await
}

/// A director within a transaction.
pub(super) async fn one(transaction: &mut Transaction<'static, Sqlite>, id: DirectorId) -> Result<Director> {
    let row: Option<Row> = sqlx::query_as(ONE).bind(id.0).fetch_optional(&mut **transaction).await?;
    row.ok_or(StoreError::NotFound("director"))?.try_into()
}

/// Puts something about a director into the log.
pub(super) async fn record(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    action: &'static str,
    director: &Director,
) -> Result<()> {
    let detail = format!("{} {}", director.role, director.id);
    let (cluster, subject) = (Some(director.cluster), director.name.as_str());
    audit::record(transaction, actor, Entry { action, cluster, subject, detail: &detail }).await
}

/// Puts something about a director into the timeline. An agent acts for nobody: its own name stands there already.
pub(super) async fn tell(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    kind: EventKind,
    director: &Director,
) -> Result<()> {
    let by_hand = kind == EventKind::AgentRevoked;
    let told = Happening {
        cluster: Some(director.cluster),
        director: Some((director.id, director.name.to_string())),
        actor: if by_hand { actor.name.clone() } else { String::new() },
        origin: actor.from.clone(),
        ..Happening::new(kind, clock::now_ms())
    };
    events::record(transaction, &told).await
}

impl TryFrom<Row> for Director {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let generation = row.observed_generation.map(u64::try_from).transpose();
        Ok(Self {
            id: DirectorId(row.id),
            cluster: ClusterId(row.cluster_id),
            name: Name::try_from(row.name).map_err(|error| StoreError::damaged("director name", error))?,
            role: MachineRole::try_from(row.role).map_err(|error| StoreError::damaged("role", error))?,
            created_ms: row.created_ms,
            fingerprint: row.fingerprint.and_then(|bytes| bytes.try_into().ok()),
            previous_fingerprint: row.previous_fingerprint.and_then(|bytes| bytes.try_into().ok()),
            enrolled_ms: row.enrolled_ms,
            certificate_expires_ms: row.certificate_expires_ms,
            revoked_ms: row.revoked_ms,
            last_seen_ms: row.last_seen_ms,
            observed_generation: generation
                .map_err(|error| StoreError::damaged("generation", error))?
                .map(Generation),
        })
    }
}
