//! Finding and paging people.

use app::i18n::people as words;
use app::pages::people::{self as pages, PeopleList, PersonRow};
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::http::pages::forms::{address, count};
use crate::http::pages::paging::PageNumber;
use crate::http::{AppState, Page, PageError};

/// Rows of one page.
const PER_PAGE: usize = 100;

/// What the address asks for.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: PageNumber,
}

/// The page that the address asks for; the nearest one where it asks for one that does not exist.
pub(super) async fn list(
    State(state): State<AppState>,
    page: Page,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let Wanted { q, page: number } = wanted;
    let q = q.trim().to_owned();
    let mut people = state.store.people().await?;
    people.retain(|person| person.name.to_lowercase().contains(&q.to_lowercase()));
    let seen = state.store.people_seen(page.now_ms()).await?;
    let pages = people.len().div_ceil(PER_PAGE);
    let number = number.of(pages);
    let first = (number - 1) * PER_PAGE;
    let matching = count(people.len());
    let rows = people.into_iter().skip(first).take(PER_PAGE).map(|person| {
        let seen = seen.get(&person.id).copied().unwrap_or_default();
        PersonRow {
            id: person.id.0,
            own: person.id == page.signed_in().user,
            name: person.name,
            roles: person.roles,
            disabled_ms: person.disabled_ms,
            seen_ms: seen.last_ms,
            sessions: u64::try_from(seen.sessions).unwrap_or(0),
        }
    });
    let other = |number: usize| address("/users", &[("q", &q), ("page", &number.to_string())]);
    let listed = PeopleList {
        rows: rows.collect(),
        matching,
        from: count(first) + 1,
        previous: (number > 1).then(|| other(number - 1)),
        next: (number < pages).then(|| other(number + 1)),
        q,
    };
    Ok(page.html(words::TITLE.get(page.lang()), move || pages::list(listed)))
}
