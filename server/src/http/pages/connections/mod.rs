//! The live connection table. Everything is in the address; the directors are asked when the page is.

mod asked;
mod csv;

use std::sync::Arc;
use std::time::Duration;

use app::components::FieldErrors;
use app::frame::Tab;
use app::i18n::connections as words;
use app::pages::connections::{self as pages, Connections, Found, Names, Outcome, Wanted};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::future::join_all;
use model::ClusterId;
use protocol::{ConnectionsQuery, MAX_READING};

use crate::fleet::{ConnectionsError, Look, Unanswered};
use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::store::Director;
use asked::Asked;

/// A page lists so many connections of each director. Ours: what a person reads, and some 10 kB compressed.
const ROWS: u32 = 200;
/// And so many groups.
const GROUPS: u32 = 200;
/// Reading for a page ends after so long: whoever looks at a page wants to see something.
const FOR_A_PAGE: Duration = Duration::from_secs(2);
/// For an answer: there may be another reading before, each of [`MAX_READING`] at most.
const PATIENCE: Duration = Duration::from_secs(2 * MAX_READING.as_secs() + 5);

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get("/clusters/{id}/connections", show).get("/clusters/{id}/connections.csv", csv::download)
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Connections).await?;
    let Asked { wanted, names, directors, asked } = asked::asked(&state, page.lang(), id, wanted).await?;
    let title = words::TITLE.get(page.lang());
    let shown = Connections {
        cluster: id,
        wanted,
        errors: FieldErrors::default(),
        directors: directors.iter().map(|director| director.name.to_string()).collect(),
        looks: Vec::new(),
        names,
        now_ms: page.now_ms(),
    };
    match asked {
        Err(errors) => Ok(page.html_status(StatusCode::UNPROCESSABLE_ENTITY, title, move || {
            pages::view(&Connections { errors, ..shown })
        })),
        Ok((query, chosen)) => {
            let query = ConnectionsQuery {
                limit: query.limit.min(ROWS),
                groups: GROUPS,
                within: FOR_A_PAGE,
                ..query
            };
            let looks = chosen.iter().map(|director| look(&state, director, &query));
            let looks = join_all(looks).await;
            let now_ms = state.clock.now_ms();
            Ok(page.html(title, move || pages::view(&Connections { looks, now_ms, ..shown })))
        }
    }
}

/// A look at a director, for a page.
async fn look(state: &AppState, director: &Director, query: &ConnectionsQuery) -> pages::Look {
    let outcome = match ask(state, director, query).await {
        Ok(look) => Outcome::Found(found(&look)),
        Err(outcome) => outcome,
    };
    pages::Look { director: director.name.to_string(), outcome }
}

/// A look at a director; else why there is none.
async fn ask(state: &AppState, director: &Director, query: &ConnectionsQuery) -> Result<Arc<Look>, Outcome> {
    let looked = state.fleet.connections(director.id, query, PATIENCE).await;
    looked.map_err(|error| match error {
        ConnectionsError::Unanswered(Unanswered::NotConnected) if director.fingerprint.is_none() => {
            Outcome::Unenrolled
        }
        ConnectionsError::Unanswered(Unanswered::NotConnected) => {
            Outcome::Away(state.fleet.director(director.id).since_ms.or(director.last_seen_ms))
        }
        ConnectionsError::Unanswered(Unanswered::TooOld) => Outcome::Unsupported,
        ConnectionsError::Unanswered(Unanswered::Busy) => Outcome::Busy,
        ConnectionsError::Unanswered(Unanswered::TimedOut(after)) => Outcome::TimedOut(after.as_secs()),
        ConnectionsError::Unanswered(Unanswered::Lost) => Outcome::Lost,
        ConnectionsError::Failed(why) => Outcome::Failed(why),
    })
}

fn found(look: &Look) -> Found {
    let answer = &look.answer;
    let reading = answer.reading.unwrap_or_default();
    Found {
        at_ms: look.at_ms,
        took_ms: (!look.older).then(|| u64::try_from(reading.took.as_millis()).unwrap_or(u64::MAX)),
        finished: reading.finished,
        percent: percent(reading.read, reading.expected),
        unreadable: reading.unreadable,
        older: look.older,
        total: answer.total,
        rows: answer.rows.clone(),
        groups: answer.groups.clone(),
    }
}

/// How much was read, where it was not all: connections came and went meanwhile, so that it is never said to be all.
fn percent(read: u64, expected: Option<u64>) -> Option<u64> {
    let expected = u128::from(expected.filter(|&expected| expected > 0)?);
    u64::try_from((u128::from(read) * 100 / expected).min(99)).ok()
}

/// What the applied configuration calls things.
fn names(cluster: &model::Cluster) -> Names {
    let mut names = Names::default();
    for (&id, service) in cluster.services() {
        names.services.insert(id, service.settings.name.to_string());
        for server in service.destinations.values() {
            names.servers.entry(server.address.get()).or_insert_with(|| server.name.to_string());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_never_said_to_be_all() {
        assert_eq!((percent(61, Some(100)), percent(120, Some(100))), (Some(61), Some(99)));
        assert_eq!((percent(5, None), percent(5, Some(0))), (None, None));
    }
}
