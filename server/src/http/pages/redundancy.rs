//! The redundancy of a cluster's draft.

use app::components::FieldErrors;
use app::frame::Tab;
use app::i18n::redundancy as words;
use app::pages::redundancy::{self as pages, RedundancyForm};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::ClusterId;
use model::input::RedundancyInput;

use super::forms::saved;
use super::merging::{About, Posted, json};
use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::store::StoreError;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get("/clusters/{id}/redundancy", edit).post("/clusters/{id}/redundancy", save)
}

async fn edit(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Redundancy).await?;
    let input = RedundancyInput::from(state.store.draft(id).await?.cluster.redundancy());
    let base = json(&input)?;
    let errors = FieldErrors::default();
    let form = RedundancyForm { cluster: id, input, base, errors };
    Ok(page.html(words::TITLE.get(page.lang()), || pages::view(form)))
}

async fn save(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Form(posted): Form<Posted<RedundancyInput>>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Redundancy).await?;
    let input = &posted.input;
    let done = state.store.edit_draft(page.actor(), id, None, "", |editing| {
        let current = editing.redundancy().clone();
        let merged = match posted.settle(&input.parse()?, &current, |input| input.parse().ok()) {
            Ok(merged) => merged,
            Err(clash) => return Ok(Err(clash)),
        };
        let changed = merged != current;
        editing.set_redundancy(merged)?;
        Ok(Ok(changed))
    });
    let path = format!("/clusters/{id}/redundancy");
    match done.await {
        Ok(Ok(changed)) => {
            page.flash(saved(&page, id, changed, words::SAVED.get(lang)));
            Ok(page.redirect(&path))
        }
        Ok(Err(clash)) => {
            let name = words::TITLE.get(lang).to_owned();
            let about = About { name, action: path.clone(), cancel: path };
            posted.ask(&state, &page, id, &clash, about).await
        }
        Err(StoreError::Invalid(problems)) => {
            let errors = FieldErrors::of(&problems, lang);
            let form = RedundancyForm { cluster: id, input: posted.input, base: posted.base, errors };
            let title = words::TITLE.get(lang);
            Ok(page.html_status(StatusCode::UNPROCESSABLE_ENTITY, title, || pages::view(form)))
        }
        Err(error) => Err(error.into()),
    }
}
