//! The audit log: one row for each write, made in the write's own transaction.

use model::ClusterId;
use sqlx::{Sqlite, Transaction};

use super::statements::statements;
use super::{Actor, Result, Store, UserId};
use crate::clock;

/// The longest detail, in bytes: an import of thousands of services must not become a row of megabytes.
const DETAIL_MAX: usize = 16 * 1024;

statements! {
    /// One row.
    INSERT = "insert into audit (at_ms, user_id, actor, origin, action, cluster_id, subject, detail) values (?, ?, ?, ?, ?, ?, ?, ?)";
    /// The newest rows before one.
    PAGE = "select id, at_ms, user_id, actor, origin, action, cluster_id, subject, detail from audit where id < ? order by id desc limit ?";
    /// Who changed a cluster's draft last.
    LAST_EDIT = "select actor, at_ms from audit where cluster_id = ? and action in ('draft.edit', 'draft.discard') order by id desc limit 1";
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
}

/// What a write tells the log.
pub(super) struct Entry<'a> {
    pub(super) action: &'static str,
    pub(super) cluster: Option<ClusterId>,
    pub(super) subject: &'a str,
    pub(super) detail: &'a str,
}

type Row = (i64, i64, Option<i64>, String, String, String, Option<u32>, String, String);

impl Store {
    /// The newest entries, `limit` at most, from before the entry `before` on.
    pub async fn audit(&self, limit: u32, before: Option<i64>) -> Result<Vec<AuditEntry>> {
        let before = before.unwrap_or(i64::MAX);
        let rows: Vec<Row> = sqlx::query_as(PAGE).bind(before).bind(limit).fetch_all(self.readers()).await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }
}

/// Writes `entry` in `transaction`.
pub(super) async fn record(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    entry: Entry<'_>,
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

fn shortened(detail: &str) -> String {
    if detail.len() <= DETAIL_MAX {
        return detail.to_owned();
    }
    let end = detail.floor_char_boundary(DETAIL_MAX);
    let lines = detail[end..].lines().count();
    format!("{}\n… {lines} more lines", &detail[..end])
}

impl From<Row> for AuditEntry {
    fn from((id, at_ms, user, actor, from, action, cluster, subject, detail): Row) -> Self {
        let (user, cluster) = (user.map(UserId), cluster.map(ClusterId));
        Self { id, at_ms, user, actor, from, action, cluster, subject, detail }
    }
}
