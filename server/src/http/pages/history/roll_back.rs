//! Applying the configuration of an earlier generation once more.

use std::sync::Arc;

use app::components::{FieldErrors, Flash};
use app::frame::Tab;
use app::i18n::history as words;
use app::pages::history::{self as pages, RollBackPage, Unapplied};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::{ClusterId, Generation};
use serde::Deserialize;

use crate::http::pages::changes::{explained, guard, planned, version};
use crate::http::pages::forms::count;
use crate::http::{AppState, Page, PageError, Path};
use crate::store::{Moved, RollBack, StoreError};

/// The form below the plan.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// The generation that the plan starts from.
    #[serde(default)]
    base: String,
    /// The draft's version that was shown, where it holds something that is not applied.
    #[serde(default)]
    draft: String,
    /// What becomes of that: `keep` or `discard`.
    #[serde(default)]
    unapplied: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    confirm: String,
}

impl Asked {
    fn discards(&self) -> bool {
        self.unapplied == "discard"
    }
}

pub(super) async fn ask(
    State(state): State<AppState>,
    page: Page,
    Path((id, to)): Path<(ClusterId, Generation)>,
) -> Result<Response, PageError> {
    let content = load(&state, &page, id, to).await?;
    Ok(answer(&page, StatusCode::OK, content))
}

pub(super) async fn roll_back(
    State(state): State<AppState>,
    page: Page,
    Path((id, to)): Path<(ClusterId, Generation)>,
    Form(form): Form<Asked>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let mut content = load(&state, &page, id, to).await?;
    // The same form twice: the first one did it.
    if content.plan.changes.is_empty() {
        page.flash(Flash::done(words::BACK_NOTHING.with(lang, &[("n", &to)])));
        return Ok(page.redirect(&format!("/clusters/{id}/history")));
    }
    let applied = content.plan.applied.as_ref().map(|(generation, _)| *generation);
    let base = form.base.parse().map(Generation).unwrap_or_default();
    form.message.trim().clone_into(&mut content.plan.message);
    if let Some(unapplied) = &mut content.unapplied {
        unapplied.discard = form.discards();
    }
    // A number to confirm belongs to the plan that was shown; another plan is shown anew first.
    if applied == Some(base) {
        content.plan.errors = guard::look(&form.message, &form.confirm, &content.plan.impact, lang);
        if !content.plan.errors.is_empty() {
            return Ok(answer(&page, StatusCode::UNPROCESSABLE_ENTITY, content));
        }
    }
    let discard = form.discards().then(|| version(&form.draft));
    let asked = RollBack { base, to, message: &content.plan.message, discard };
    match state.store.roll_back(page.actor(), id, asked).await {
        Ok(revision) => {
            state.fleet.push(id);
            let kept = state.store.draft(id).await?.has_changes();
            let said = if kept { words::BACK_DONE_KEPT } else { words::BACK_DONE };
            page.flash(Flash::done(said.with(lang, &[("n", &to), ("new", &revision.generation)])));
            Ok(page.redirect(&format!("/clusters/{id}/changes")))
        }
        Err(StoreError::Conflict(conflict)) => {
            let msg = match conflict.moved {
                Moved::Applied => words::BACK_CONFLICT,
                Moved::Draft => words::BACK_CONFLICT_DRAFT,
            };
            let mut again = load(&state, &page, id, to).await?;
            again.plan.conflict = Some(explained(&conflict, msg, lang));
            again.plan.message = content.plan.message;
            Ok(answer(&page, StatusCode::CONFLICT, again))
        }
        Err(StoreError::Invalid(problems)) => {
            content.plan.errors = FieldErrors::of(&problems, lang);
            Ok(answer(&page, StatusCode::UNPROCESSABLE_ENTITY, content))
        }
        Err(error) => Err(error.into()),
    }
}

fn answer(page: &Page, status: StatusCode, content: RollBackPage) -> Response {
    let lang = page.lang();
    let generation = words::GENERATION_N.with(lang, &[("n", &content.to)]);
    page.crumb(generation, format!("/clusters/{}/history/{}", content.plan.id, content.to));
    page.html_status(status, words::BACK_Q.get(lang), || pages::roll_back(content))
}

async fn load(
    state: &AppState,
    page: &Page,
    id: ClusterId,
    to: Generation,
) -> Result<RollBackPage, PageError> {
    page.cluster_header(state, id, Tab::History).await?;
    let draft = state.store.draft(id).await?;
    let target = state.store.revision(id, to).await?;
    let unapplied = draft.has_changes().then(|| Unapplied {
        changes: count(draft.changes),
        version: draft.version.0,
        discard: false,
    });
    let target = Arc::new(target.desired.cluster.clone());
    Ok(RollBackPage { to, plan: planned(state, id, &draft, target).await?, unapplied })
}
