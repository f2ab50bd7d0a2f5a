//! The audit log, and its export.

mod csv;

use app::i18n::{audit as words, events};
use app::pages::audit::{self as pages, Asked, AuditPage, ChangedField, Entry, Which};
use app::pages::events::names;
use axum::extract::{Query, State};
use axum::response::Response;
use model::{ClusterId, Role};
use serde::Deserialize;

use super::forms::{address, count};
use super::span::Span;
use crate::http::{AppState, Need, Page, PageError, Routes};
use crate::store::{AuditEntry, AuditFilter, Changed, shown};

/// Rows of a page.
const ROWS: u32 = 100;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get_as(Need::Session, "/audit", show).get_as(Need::Session, "/audit/audit.csv", csv::export)
}

#[derive(Clone, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    action: String,
    #[serde(default)]
    range: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    object: String,
    #[serde(default)]
    person: String,
    /// What is before this entry is shown.
    #[serde(default)]
    before: String,
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let (filter, problem) = wanted.filter(&page)?;
    let before: Option<i64> = wanted.before.parse().ok();
    // One more than is shown tells whether there are older ones.
    let mut entries = state.store.audited(&filter, before, ROWS + 1).await?;
    let more = entries.len() > ROWS as usize;
    entries.truncate(ROWS as usize);
    let last = entries.last().map(|entry| entry.id.to_string()).filter(|_| more);
    let retention = state.store.retention().await?;
    let mut clusters = super::people::clusters(&state).await?;
    clusters.retain(|&id, _| page.sees(id));
    let shown = AuditPage {
        older: last.map(|last| wanted.address("/audit", (names::BEFORE, &last))),
        newest: wanted.address("/audit", ("", "")),
        is_older: before.is_some(),
        csv: wanted.address("/audit/audit.csv", ("", "")),
        csv_rows: csv::MOST,
        entries: entries.into_iter().map(entry).collect(),
        problem,
        days: retention.audit_days,
        rows: retention.audit_rows,
        clusters,
        asked: wanted.asked(),
    };
    Ok(page.html(words::TITLE.get(lang), move || pages::view(shown)))
}

impl Wanted {
    fn filter(&self, page: &Page) -> Result<(AuditFilter, Option<String>), PageError> {
        let (span, problem) = match Span::parse(&self.range, &self.from, &self.to, page.now_ms()) {
            Ok(span) => (span, None),
            Err(wrong) => {
                (Span::default(), Some(events::NOT_A_TIME.with(page.lang(), &[("text", &wrong.0)])))
            }
        };
        let filter = AuditFilter {
            visible: visible(page)?,
            action: self.action.trim().to_owned(),
            object: self.object.trim().to_owned(),
            person: self.person.trim().to_owned(),
            from_ms: span.from_ms,
            to_ms: span.to_ms,
        };
        Ok((filter, problem))
    }

    fn asked(self) -> Asked {
        let Self { action, range, from, to, object, person, .. } = self;
        Asked { action, range, from, to, object, person }
    }

    /// The page's address with what is asked for, and one thing more.
    fn address(&self, path: &str, more: (&str, &str)) -> String {
        let asked = [
            (pages::ACTION, self.action.as_str()),
            (names::RANGE, &self.range),
            (names::FROM, &self.from),
            (names::TO, &self.to),
            (names::OBJECT, &self.object),
            (names::PERSON, &self.person),
            more,
        ];
        address(path, &asked)
    }
}

fn entry(entry: AuditEntry) -> Entry {
    let AuditEntry { at_ms, actor, from, action, cluster, subject, detail, changes, .. } = entry;
    let more = count(changes.more);
    let changes = changes.list.into_iter().map(changed).collect();
    Entry { at_ms, actor, from, action, cluster, subject, detail, changes, more }
}

fn changed(changed: Changed) -> ChangedField {
    let field = match changed.model_field() {
        Some(field) => Some(Which::Model(field)),
        None if changed.field.is_empty() => None,
        None => Some(Which::Own(changed.field.clone())),
    };
    ChangedField { field, before: shown(&changed.before), after: shown(&changed.after), about: changed.about }
}

/// The clusters of whose entries the person may know: those that it operates. None for an administrator: all of them, and what
/// belongs to none.
fn visible(page: &Page) -> Result<Option<Vec<ClusterId>>, PageError> {
    if page.may(Role::Administrator, None) {
        return Ok(None);
    }
    if !page.roles().may_somewhere(Role::Operator) {
        page.require(Role::Operator, None)?;
    }
    let clusters = page.rail().iter().map(|cluster| cluster.id);
    Ok(Some(clusters.filter(|&cluster| page.may(Role::Operator, cluster)).collect()))
}
