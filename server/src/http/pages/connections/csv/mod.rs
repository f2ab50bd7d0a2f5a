//! The same as a file. Directors are asked one after the other while it is written; the last lines say how complete each one is.

mod lines;

use std::convert::Infallible;

use app::pages::connections::{Names, Outcome, View, Wanted};
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use model::ClusterId;
use protocol::{ConnectionsQuery, MAX_CONNECTION_GROUPS};

use super::ask;
use super::asked::{self, Asked};
use crate::fleet::Look;
use crate::http::{AppState, Page, PageError, Path};
use crate::store::Director;

/// Bytes of a part of the file, about.
const PART: usize = 32 * 1024;

/// At most [`protocol::MAX_CONNECTION_ROWS`] connections, or [`MAX_CONNECTION_GROUPS`] groups, of each director.
pub(super) async fn download(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let Asked { wanted, names, asked, .. } = asked::asked(&state, page.lang(), id, wanted).await?;
    let Ok((query, chosen)) = asked else {
        // The page says what is wrong.
        return Ok(page.redirect(&wanted.href(id)));
    };
    let listed = wanted.view() == View::List;
    let groupings = if listed { Vec::new() } else { query.groupings };
    let query = ConnectionsQuery { groupings, groups: MAX_CONNECTION_GROUPS, ..query };
    let file = File { state, query, names, listed, left: chosen.into_iter(), said: String::new() };
    let heading = Bytes::from_static(lines::heading(listed).as_bytes());
    let begun = Under { ready: vec![heading].into_iter(), file: Some(file) };
    let parts = stream::unfold(begun, |mut under| async move {
        let part = under.next().await?;
        Some((Ok::<_, Infallible>(part), under))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"connections-{id}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// A file that is being sent.
struct Under {
    /// Parts of the director that has answered last.
    ready: std::vec::IntoIter<Bytes>,
    /// What is to come; none after the last words.
    file: Option<File>,
}

/// What a file is made of.
struct File {
    state: AppState,
    query: ConnectionsQuery,
    names: Names,
    /// Connections; else groups.
    listed: bool,
    left: std::vec::IntoIter<Director>,
    /// The last lines so far.
    said: String,
}

impl Under {
    /// The next part.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(part) = self.ready.next() {
                return Some(part);
            }
            let file = self.file.as_mut()?;
            match file.left.next() {
                Some(director) => self.ready = file.of(&director).await.into_iter(),
                None => return self.file.take().map(|file| Bytes::from(file.said)),
            }
        }
    }
}

impl File {
    /// A director's rows or groups.
    async fn of(&mut self, director: &Director) -> Vec<Bytes> {
        let name = director.name.as_str();
        match ask(&self.state, director, &self.query).await {
            Ok(look) => {
                self.said.push_str(&lines::completeness(name, &look, self.listed));
                self.written(name, &look)
            }
            Err(why) => {
                self.said.push_str(&lines::not_read(name, reason(&why)));
                Vec::new()
            }
        }
    }

    fn written(&self, director: &str, look: &Look) -> Vec<Bytes> {
        let (mut parts, mut part) = (Vec::new(), String::new());
        let mut push = |line: String| {
            part.push_str(&line);
            if part.len() >= PART {
                parts.push(Bytes::from(std::mem::take(&mut part)));
            }
        };
        if self.listed {
            look.answer.rows.iter().for_each(|row| push(lines::row(director, row, &self.names)));
        } else {
            let groups = look.answer.groups.iter().flat_map(|counted| &counted.top);
            groups.for_each(|(group, count)| push(lines::group(director, group, *count, &self.names)));
        }
        parts.push(Bytes::from(part));
        parts
    }
}

/// For programs, so in one language.
fn reason(why: &Outcome) -> &str {
    match why {
        Outcome::Found(_) => "",
        Outcome::Away(_) => "its agent is away",
        Outcome::Unenrolled => "it has no agent yet",
        Outcome::Unsupported => "its agent cannot list connections",
        Outcome::Busy => "too many questions wait for it",
        Outcome::TimedOut(_) => "no answer in time",
        Outcome::Lost => "it went away while it was asked",
        Outcome::Failed(why) => why,
    }
}
