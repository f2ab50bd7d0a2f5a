//! The audit log: one row for each write, made in the write's own transaction.

use model::{Change, ClusterId};
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::events::containing;
use super::statements::statements;
use super::{Actor, Changed, Changes, Result, Store, UserId};
use crate::clock;

/// The longest detail, in bytes: an import of thousands of services must not become a row of megabytes.
const DETAIL_MAX: usize = 16 * 1024;
/// Rows that one step of pruning deletes: it shares the one writer with everybody.
const PRUNE_ROWS: i64 = 500;

statements! {
    /// One row.
    INSERT = "insert into audit (at_ms, user_id, actor, origin, action, cluster_id, subject, detail, changes) values (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    /// The newest rows before one.
    PAGE = "select id, at_ms, user_id, actor, origin, action, cluster_id, subject, detail, changes from audit where id < ? order by id desc limit ?";
    /// The same of those that a filter lets through.
    FILTERED = "select id, at_ms, user_id, actor, origin, action, cluster_id, subject, detail, changes from audit where id < ?1 and (?2 is null or ?2 like '%,' || cluster_id || ',%') and (?3 = '' or action = ?3 or action like ?3 || '.%') and (?4 = '' or subject like ?4 escape '\\' or detail like ?4 escape '\\') and (?5 = '' or actor like ?5 escape '\\') and at_ms >= ?6 and at_ms < ?7 order by id desc limit ?8";
    /// How many rows there are.
    COUNT = "select count(*) from audit";
    /// Some that are too old.
    PRUNE_OLD = "delete from audit where id in (select id from audit where at_ms < ? order by at_ms limit ?)";
    /// Some that are too many.
    PRUNE_OLDEST = "delete from audit where id in (select id from audit order by id limit ?)";
    /// Who changed a cluster's draft last.
    LAST_EDIT = "select actor, at_ms from audit where cluster_id = ? and action in ('draft.edit', 'draft.discard', 'draft.revert', 'draft.follow') order by id desc limit 1";
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Ascending in time.
    pub id: i64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who, where it was a user.
    pub user: Option<UserId>,
    /// Who, as it was called then.
    pub actor: String,
    /// From where.
    pub from: String,
    /// What kind of write: `user.create`, `cluster.apply`, …
    pub action: String,
    /// Which cluster, where it was about one.
    pub cluster: Option<ClusterId>,
    /// The name of what was changed.
    pub subject: String,
    /// In an operator's words, one change a line.
    pub detail: String,
    /// Before and after, field by field, where the write has such.
    pub changes: Changes,
}

/// Which writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of these clusters alone; all, and what belongs to none, without it.
    pub visible: Option<Vec<ClusterId>>,
    /// An action (`user.create`), or those of a kind (`user`); all where it is empty.
    pub action: String,
    /// Part of the name of what was changed, or of what was done to it.
    pub object: String,
    /// Part of the name of who did it.
    pub person: String,
    /// From this moment on.
    pub from_ms: Option<i64>,
    /// Before this one.
    pub to_ms: Option<i64>,
}

/// What a write tells the log.
pub(super) struct Entry<'a> {
    pub(super) action: &'static str,
    pub(super) cluster: Option<ClusterId>,
    pub(super) subject: &'a str,
    pub(super) detail: &'a str,
}

type Row = (i64, i64, Option<i64>, String, String, String, Option<u32>, String, String, String);

impl Store {
    /// The newest entries, `limit` at most, from before the entry `before` on.
    pub async fn audit(&self, limit: u32, before: Option<i64>) -> Result<Vec<AuditEntry>> {
        let before = before.unwrap_or(i64::MAX);
        let rows: Vec<Row> = sqlx::query_as(PAGE).bind(before).bind(limit).fetch_all(self.readers()).await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }

    /// The newest entries that a filter lets through, `limit` at most, from before the entry `before` on.
    pub async fn audited(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        let rows: Vec<Row> = sqlx::query_as(FILTERED)
            .bind(before.unwrap_or(i64::MAX))
            .bind(super::events::visible(filter.visible.as_deref()))
            .bind(&filter.action)
            .bind(containing(&filter.object))
            .bind(containing(&filter.person))
            .bind(filter.from_ms.unwrap_or(i64::MIN))
            .bind(filter.to_ms.unwrap_or(i64::MAX))
            .bind(limit)
            .fetch_all(self.readers())
            .await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }

    /// Deletes some of the entries that are older than a moment, or more than `most`; how many. Less than it could is no failure:
    /// there is a next time.
    pub async fn prune_audit(&self, older_than_ms: i64, most: u64) -> Result<u64> {
        let rows: i64 = sqlx::query_scalar(COUNT).fetch_one(self.readers()).await?;
        let excess = rows.saturating_sub(i64::try_from(most).unwrap_or(i64::MAX)).clamp(0, PRUNE_ROWS);
        let mut transaction = self.begin().await?;
        let old =
            sqlx::query(PRUNE_OLD).bind(older_than_ms).bind(PRUNE_ROWS).execute(&mut *transaction).await?;
        let excess = excess.saturating_sub(i64::try_from(old.rows_affected()).unwrap_or(i64::MAX)).max(0);
        let many = sqlx::query(PRUNE_OLDEST).bind(excess).execute(&mut *transaction).await?;
        self.commit(transaction).await?;
        Ok(old.rows_affected() + many.rows_affected())
    }

    /// Notes that the log itself was pruned.
    pub async fn pruned_audit(&self, entries: u64) -> Result<()> {
        let detail = format!("entries removed: {entries}");
        let mut transaction = self.begin().await?;
        let entry = Entry { action: "audit.prune", cluster: None, subject: "audit", detail: &detail };
        record(&mut transaction, &Actor::console(), entry).await?;
        self.commit(transaction).await
    }

    /// Who changed a cluster's draft last, and when, in milliseconds since 1970.
    pub async fn last_edit(&self, cluster: ClusterId) -> Result<Option<(String, i64)>> {
        Ok(sqlx::query_as(LAST_EDIT).bind(cluster.0).fetch_optional(self.readers()).await?)
    }
}

/// Writes `entry` in `transaction`.
pub(super) async fn record(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    entry: Entry<'_>,
) -> Result<()> {
    record_with(transaction, actor, entry, Vec::new()).await
}

/// The same with what was before and after, field by field.
pub(super) async fn record_with(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    entry: Entry<'_>,
    changes: Vec<Changed>,
) -> Result<()> {
    sqlx::query(INSERT)
        .bind(clock::now_ms())
        .bind(actor.user.map(|user| user.0))
        .bind(&actor.name)
        .bind(&actor.from)
        .bind(entry.action)
        .bind(entry.cluster.map(|cluster| cluster.0))
        .bind(entry.subject)
        .bind(shortened(entry.detail))
        .bind(Changes::json(changes)?)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Who changed the draft last, and when.
pub(super) async fn last_edit(
    transaction: &mut Transaction<'static, Sqlite>,
    cluster: ClusterId,
) -> Result<Option<(String, i64)>> {
    Ok(sqlx::query_as(LAST_EDIT).bind(cluster.0).fetch_optional(&mut **transaction).await?)
}

/// When the draft was changed last.
pub(super) async fn last_touch(readers: &SqlitePool, cluster: ClusterId) -> Result<Option<i64>> {
    let last: Option<(String, i64)> =
        sqlx::query_as(LAST_EDIT).bind(cluster.0).fetch_optional(readers).await?;
    Ok(last.map(|(_, at_ms)| at_ms))
}

/// What was done, an empty line, and each change in a line: where a page shows the changes field by field, it shows what stands before
/// the empty line as well.
pub(super) fn with_changes(what: &str, changes: &[Change]) -> String {
    let lines = changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    if what.is_empty() { lines } else { format!("{what}\n\n{lines}") }
}

fn shortened(detail: &str) -> String {
    if detail.len() <= DETAIL_MAX {
        return detail.to_owned();
    }
    let end = detail.floor_char_boundary(DETAIL_MAX);
    let lines = detail[end..].lines().count();
    format!("{}\n… {lines} more lines", &detail[..end])
}

impl From<Row> for AuditEntry {
    fn from((id, at_ms, user, actor, from, action, cluster, subject, detail, changes): Row) -> Self {
        let (user, cluster) = (user.map(UserId), cluster.map(ClusterId));
        // Of a newer program: the details say the same.
        let changes = serde_json::from_str(&changes).unwrap_or_default();
        Self { id, at_ms, user, actor, from, action, cluster, subject, detail, changes }
    }
}
