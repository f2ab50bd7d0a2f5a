//! What administrators decide about the console itself.

use serde::{Deserialize, Serialize};

use super::audit::{self, Entry};
use super::statements::statements;
use super::{Actor, Changed, Result, Store, StoreError};

statements! {
    /// Everything that is not as it is without.
    ALL_SET = "select name, value from settings";
    /// Decides something.
    SET = "insert into settings (name, value) values (?, ?) on conflict (name) do update set value = excluded.value";
}

/// How long, and how many rows of, what happened is kept: whichever is less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Events, in days.
    pub event_days: u32,
    /// Events.
    pub event_rows: u32,
    /// Entries of the audit log, in days.
    pub audit_days: u32,
    /// Entries of the audit log.
    pub audit_rows: u32,
}

/// The names in the database and in forms.
pub mod retention {
    /// Events, in days.
    pub const EVENT_DAYS: &str = "event_days";
    /// Events.
    pub const EVENT_ROWS: &str = "event_rows";
    /// Entries of the audit log, in days.
    pub const AUDIT_DAYS: &str = "audit_days";
    /// Entries of the audit log.
    pub const AUDIT_ROWS: &str = "audit_rows";
}

impl Default for Retention {
    /// A quarter for what is looked at after an incident; two years for what an auditor asks for.
    fn default() -> Self {
        Self { event_days: 90, event_rows: 200_000, audit_days: 730, audit_rows: 1_000_000 }
    }
}

impl Retention {
    /// Days that can be asked for.
    pub const DAYS: std::ops::RangeInclusive<u32> = 1..=3_650;
    /// Rows that can be asked for: some hundred bytes each.
    pub const ROWS: std::ops::RangeInclusive<u32> = 1_000..=10_000_000;

    /// Each number under its name.
    pub fn named(self) -> [(&'static str, u32); 4] {
        use retention::{AUDIT_DAYS, AUDIT_ROWS, EVENT_DAYS, EVENT_ROWS};
        let Self { event_days, event_rows, audit_days, audit_rows } = self;
        [
            (EVENT_DAYS, event_days),
            (EVENT_ROWS, event_rows),
            (AUDIT_DAYS, audit_days),
            (AUDIT_ROWS, audit_rows),
        ]
    }

    /// What is wanted, with what others changed since `base`; none where they changed the same otherwise, to what it is `now`.
    fn since(self, base: &Self, now: &Self) -> Option<Self> {
        let mut merged = self;
        let all = self.named().into_iter().zip(base.named()).zip(now.named());
        for (((name, mine), (_, base)), (_, theirs)) in all {
            match (mine == base, theirs == base) {
                (true, _) => merged.put(name, theirs),
                (false, true) => {}
                (false, false) if mine == theirs => {}
                (false, false) => return None,
            }
        }
        Some(merged)
    }

    fn put(&mut self, name: &str, value: u32) {
        match name {
            retention::EVENT_DAYS => self.event_days = value,
            retention::EVENT_ROWS => self.event_rows = value,
            retention::AUDIT_DAYS => self.audit_days = value,
            retention::AUDIT_ROWS => self.audit_rows = value,
            // Of a newer program.
            _ => {}
        }
    }
}

impl Store {
    /// How long what happened is kept.
    pub async fn retention(&self) -> Result<Retention> {
        let rows: Vec<(String, u32)> = sqlx::query_as(ALL_SET).fetch_all(self.readers()).await?;
        let mut retention = Retention::default();
        for (name, value) in rows {
            retention.put(&name, value);
        }
        Ok(retention)
    }

    /// Decides how long; whether it changed anything. `base` is how it was when the decision was made: what only one of two people
    /// changed goes together, and where both changed the same it is [`StoreError::RetentionMoved`] and nothing is written.
    pub async fn set_retention(
        &self,
        actor: &Actor,
        wanted: Retention,
        base: Option<Retention>,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let rows: Vec<(String, u32)> = sqlx::query_as(ALL_SET).fetch_all(&mut *transaction).await?;
        let mut before = Retention::default();
        for (name, value) in rows {
            before.put(&name, value);
        }
        let base = base.unwrap_or(before);
        let Some(wanted) = wanted.since(&base, &before) else {
            return Err(StoreError::RetentionMoved(before));
        };
        if before == wanted {
            return Ok(false);
        }
        let differing = before.named().into_iter().zip(wanted.named()).filter(|(old, new)| old != new);
        let mut changed = Vec::new();
        for ((name, old), (_, new)) in differing {
            sqlx::query(SET).bind(name).bind(new).execute(&mut *transaction).await?;
            changed.push(Changed::field(name, old.to_string(), new.to_string()));
        }
        let lines: Vec<String> = changed
            .iter()
            .map(|one| format!("{}: {} → {}", one.field, one.before, one.after).replace('"', ""))
            .collect();
        let detail = lines.join("\n");
        let entry =
            Entry { action: "settings.retention", cluster: None, subject: "retention", detail: &detail };
        audit::record_with(&mut transaction, actor, entry, changed).await?;
        self.commit(transaction).await?;
        Ok(true)
    }

    /// Notes that the pages have another certificate, by the fingerprints of both.
    pub async fn certificate_changed(
        &self,
        actor: &Actor,
        action: &'static str,
        before: &str,
        after: &str,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let detail = format!("fingerprint: {before} → {after}");
        let entry = Entry { action, cluster: None, subject: "certificate", detail: &detail };
        let changed = vec![Changed::field("fingerprint", before, after)];
        audit::record_with(&mut transaction, actor, entry, changed).await?;
        self.commit(transaction).await
    }
}
