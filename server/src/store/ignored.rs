//! What was decided about entries of directors' data planes that somebody else made: ignored ones are remembered here; that one
//! was to be adopted or removed only the log knows, the rest is the director's.

use std::collections::BTreeSet;

use model::DirectorId;
use model::table::{ForeignAction, ForeignKey};

use super::audit::{self, Entry};
use super::directors::one;
use super::statements::statements;
use super::{Actor, Result, Store};
use crate::clock;

/// The most that are ignored on a director: five times what a report holds.
const MOST: i64 = 1_000;

statements! {
    /// One more.
    INSERT = "insert into ignored_entries (director_id, entry, at_ms) values (?, ?, ?) on conflict do nothing";
    /// The oldest ones of a director that has too many.
    FORGET_OLD = "delete from ignored_entries where director_id = ?1 and entry not in (select entry from ignored_entries where director_id = ?1 order by at_ms desc, entry limit ?2)";
    /// One less.
    DELETE = "delete from ignored_entries where director_id = ? and entry = ?";
    /// A director's.
    OF_DIRECTOR = "select entry from ignored_entries where director_id = ?";
}

impl Store {
    /// The entries of a director's data plane that are ignored; some of them may be gone.
    pub async fn ignored(&self, director: DirectorId) -> Result<BTreeSet<ForeignKey>> {
        let rows: Vec<String> =
            sqlx::query_scalar(OF_DIRECTOR).bind(director.0).fetch_all(self.readers()).await?;
        // One that cannot be read, of a newer program for instance, is shown again; the page stands.
        let read = |row: &String| {
            let read = ForeignKey::parse(row);
            read.inspect_err(
                |error| tracing::warn!(%director, row, %error, "an ignored entry cannot be read"),
            )
        };
        Ok(rows.iter().filter_map(|row| read(row).ok()).collect())
    }

    /// Ignores an entry, or heeds it again. The log knows only what changed something. Of more than [`MOST`] the oldest one is heeded
    /// again.
    pub async fn ignore(
        &self,
        actor: &Actor,
        director: DirectorId,
        entry: &ForeignKey,
        ignored: bool,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let director = one(&mut transaction, director).await?;
        let key = entry.canonical();
        let done = if ignored {
            sqlx::query(INSERT)
                .bind(director.id.0)
                .bind(key)
                .bind(clock::now_ms())
                .execute(&mut *transaction)
                .await?
        } else {
            sqlx::query(DELETE).bind(director.id.0).bind(key).execute(&mut *transaction).await?
        };
        if done.rows_affected() == 0 {
            return Ok(());
        }
        sqlx::query(FORGET_OLD).bind(director.id.0).bind(MOST).execute(&mut *transaction).await?;
        let action = if ignored { "foreign.ignore" } else { "foreign.heed" };
        let (cluster, subject, detail) = (Some(director.cluster), director.name.as_str(), entry.to_string());
        audit::record(&mut transaction, actor, Entry { action, cluster, subject, detail: &detail }).await?;
        self.commit(transaction).await
    }

    /// Notes that a director is told to do something with somebody else's entry. Whether it could is in its next report.
    pub async fn commanded(
        &self,
        actor: &Actor,
        director: DirectorId,
        entry: &ForeignKey,
        action: ForeignAction,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let director = one(&mut transaction, director).await?;
        let action = match action {
            ForeignAction::Adopt => "foreign.adopt",
            ForeignAction::Remove => "foreign.remove",
        };
        let (cluster, subject, detail) = (Some(director.cluster), director.name.as_str(), entry.to_string());
        audit::record(&mut transaction, actor, Entry { action, cluster, subject, detail: &detail }).await?;
        self.commit(transaction).await
    }
}
