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
use model::plan::RedundancyEdit;

use super::forms::{Posted, is_conflict, saved};
use super::services::json;
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
    let form = RedundancyForm { cluster: id, input, base, errors, conflict: false };
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
    let base = posted.base();
    let Posted { base: base_json, input } = posted;
    let done = state.store.edit_draft(page.actor(), id, None, "", |editing| {
        let current = editing.redundancy().clone();
        let mine = input.parse()?;
        let before = base.as_ref().and_then(|base| base.parse().ok());
        let merged = RedundancyEdit::rebase(before.as_ref().unwrap_or(&current), &mine, &current)?;
        let changed = merged != current;
        editing.set_redundancy(merged)?;
        Ok(changed)
    });
    match done.await {
        Ok(changed) => {
            page.flash(saved(&page, id, changed, words::SAVED.get(lang)));
            Ok(page.redirect(&format!("/clusters/{id}/redundancy")))
        }
        Err(StoreError::Invalid(problems)) => {
            let errors = FieldErrors::of(&problems, lang);
            let conflict = is_conflict(&problems);
            let (input, base) = if conflict {
                // From here on the form is about what the other one saved; saving again replaces it knowingly.
                let theirs = RedundancyInput::from(state.store.draft(id).await?.cluster.redundancy());
                let shown = base.as_ref().map_or_else(|| input.clone(), |base| input.onto(base, &theirs));
                (shown, json(&theirs)?)
            } else {
                (input, base_json)
            };
            let status = if conflict { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
            let form = RedundancyForm { cluster: id, input, base, errors, conflict };
            Ok(page.html_status(status, words::TITLE.get(lang), || pages::view(form)))
        }
        Err(error) => Err(error.into()),
    }
}
