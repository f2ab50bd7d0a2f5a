//! The log as comma-separated values (RFC 4180), written while it is read: a page of rows at a time is in memory.

use std::convert::Infallible;

use app::time;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::Wanted;
use crate::http::{AppState, Page, PageError};
use crate::store::{AuditEntry, AuditFilter, Changed, Changes, shown};

/// The most entries of an export.
pub(super) const MOST: u64 = 100_000;
/// Entries that are read at a time.
const CHUNK: u32 = 1_000;

struct Reading {
    state: AppState,
    filter: AuditFilter,
    before: Option<i64>,
    left: u64,
    head: bool,
}

pub(super) async fn export(
    State(state): State<AppState>,
    page: Page,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let (filter, problem) = wanted.filter(&page)?;
    if let Some(problem) = problem {
        return Err(PageError::BadRequest(problem));
    }
    let reading = Reading { state, filter, before: None, left: MOST, head: true };
    let lines = stream::unfold(reading, |mut reading| async move {
        if reading.head {
            reading.head = false;
            return Some((Ok::<_, Infallible>(Bytes::from_static(HEAD.as_bytes())), reading));
        }
        let limit = CHUNK.min(u32::try_from(reading.left).unwrap_or(CHUNK));
        if limit == 0 {
            return None;
        }
        let entries = match reading.state.store.audited(&reading.filter, reading.before, limit).await {
            Ok(entries) => entries,
            Err(error) => {
                tracing::warn!(%error, "an export of the audit log ends early");
                return None;
            }
        };
        reading.before = Some(entries.last()?.id);
        reading.left = reading.left.saturating_sub(u64::try_from(entries.len()).unwrap_or(u64::MAX));
        let text: String = entries.iter().map(line).collect();
        Some((Ok(Bytes::from(text)), reading))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.csv\"")),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// With a byte order mark, by which spreadsheets know that it is UTF-8.
const HEAD: &str = "\u{feff}id,time,actor,from,action,cluster,object,detail,changes\r\n";

fn line(entry: &AuditEntry) -> String {
    let cluster = entry.cluster.map_or_else(String::new, |id| id.to_string());
    let fields = [
        entry.id.to_string(),
        time::iso(entry.at_ms),
        quoted(&entry.actor),
        quoted(&entry.from),
        quoted(&entry.action),
        cluster,
        quoted(&entry.subject),
        quoted(entry.detail.trim_end()),
        quoted(&changes(&entry.changes)),
    ];
    format!("{}\r\n", fields.join(","))
}

/// Before and after, a field in a line: `web / real1: weight: 1 → 3`.
fn changes(changes: &Changes) -> String {
    let mut lines: Vec<String> = changes.list.iter().map(change).collect();
    if changes.more > 0 {
        lines.push(format!("… {} more", changes.more));
    }
    lines.join("\n")
}

fn change(change: &Changed) -> String {
    let names = [change.about.as_str(), &change.field].into_iter().filter(|name| !name.is_empty());
    let names: String = names.flat_map(|name| [name, ": "]).collect();
    format!("{names}{} → {}", shown(&change.before), shown(&change.after))
}

/// Quoted, and with an apostrophe before what a spreadsheet would take for a formula: names are anybody's.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_a_line_each() {
        let list = vec![
            Changed { about: "web / real1".into(), ..Changed::field("weight", "1", "3") },
            Changed { about: "mail".into(), after: "tcp 192.0.2.1:25".into(), ..Changed::default() },
        ];
        let said = changes(&Changes { list, more: 2 });
        assert_eq!(said, "web / real1: weight: 1 → 3\nmail: not set → tcp 192.0.2.1:25\n… 2 more");
    }

    #[test]
    fn quotes_are_doubled_and_formulas_are_text() {
        assert_eq!(quoted("a \"b\",\nc"), "\"a \"\"b\"\",\nc\"");
        assert_eq!(quoted("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
    }
}
