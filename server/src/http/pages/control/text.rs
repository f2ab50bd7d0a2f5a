//! The table as ipvsadm prints it.

use std::time::Duration;

use app::frame::Tab;
use app::i18n::control as words;
use app::pages::control::text::{self as pages, Text};
use axum::extract::{Query, State};
use axum::response::Response;
use formats::ipvsadm::Form;
use model::{ClusterId, DirectorId};
use serde::Deserialize;

use crate::http::{AppState, Page, PageError, Path};
use crate::live::{Seen, listing};
use crate::store::StoreError;

/// Directors count only while somebody looks: the page waits so long for the first numbers.
const COUNT_WITHIN: Duration = Duration::from_millis(1_500);

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    form: String,
    #[serde(default)]
    director: String,
}

pub(super) async fn show(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Control).await?;
    let form = Form::parse(&asked.form).unwrap_or_default();
    let here = |director: &Seen| director.state.connected;
    let mut seen = of(&state, id).await?;
    if seen.iter().any(here) && state.live.numbers_within(id, COUNT_WITHIN).await.is_some() {
        // With the numbers that have come meanwhile.
        seen = of(&state, id).await?;
    }
    let silent = seen.iter().filter(|seen| !here(seen)).map(|seen| seen.director.name.to_string()).collect();
    seen.retain(here);
    let chosen = asked.director.parse().ok().map(DirectorId);
    let chosen = chosen.filter(|id| seen.iter().any(|seen| seen.director.id == *id));
    let directors = seen.iter().map(|seen| (seen.director.id, seen.director.name.to_string())).collect();
    seen.retain(|seen| chosen.is_none_or(|id| seen.director.id == id));
    // What they hold, which may be older than what is applied.
    let held = seen.iter().filter_map(|seen| Some(seen.state.observed.as_deref()?.generation)).max();
    let revision = match held {
        Some(generation) if generation.0 > 0 => match state.store.revision(id, generation).await {
            Ok(revision) => Some(revision),
            // After a restore they may hold what this console has never known; the nearest to it is the newest.
            Err(StoreError::NotFound(_)) => state.store.latest_revision(id).await?,
            Err(error) => return Err(error.into()),
        },
        _ => state.store.latest_revision(id).await?,
    };
    let listing = revision.map(|revision| listing(&revision, &seen)).unwrap_or_default();
    let text = Text {
        cluster: id,
        form: form.name(),
        forms: Form::ALL.iter().map(|form| (form.name(), form.command())).collect(),
        directors,
        silent,
        director: chosen,
        text: listing.print(form),
    };
    Ok(page.html(words::TEXT_TITLE.get(page.lang()), move || pages::view(text)))
}

async fn of(state: &AppState, id: ClusterId) -> Result<Vec<Seen>, PageError> {
    let directors = state.store.balancing(id).await?;
    Ok(directors.into_iter().map(|director| Seen::of(&state.fleet, director)).collect())
}
