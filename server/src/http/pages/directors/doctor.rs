//! Examining a machine, and having it mend itself.

use std::time::Duration;

use app::components::Flash;
use app::i18n::doctor as words;
use app::pages::directors::doctor::{Checkup, said};
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use model::DirectorId;
use serde::Deserialize;

use super::unanswered;
use crate::fleet::ExamineError;
use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::store::Director;

/// An examination takes a second at most; a busy machine gets some more.
const TIME: Duration = Duration::from_secs(15);

/// The longest name of a fix, in bytes: what an agent may send.
const FIX_MAX: usize = protocol::MAX_TEXT;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().post("/directors/{id}/doctor", examine)
}

#[derive(Deserialize)]
struct Posted {
    /// The agent's name for a fix; empty to look alone.
    #[serde(default)]
    fix: String,
}

/// What is known of a machine's health; nothing where no agent of it may come.
pub(super) fn checkup(state: &AppState, director: &Director) -> Option<Checkup> {
    if director.fingerprint.is_none() || director.revoked_ms.is_some() {
        return None;
    }
    let last = state.fleet.examination(director.id);
    Some(Checkup {
        director: director.id,
        can: state.fleet.has_doctor(director.id),
        last: last.map(|last| (last.answer.findings.clone(), last.at_ms)),
    })
}

async fn examine(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<DirectorId>,
    Form(posted): Form<Posted>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let name = state.store.director(id).await?.name;
    let fix = Some(posted.fix).filter(|fix| !fix.is_empty() && fix.len() <= FIX_MAX);
    if let Some(fix) = &fix {
        // Before it is sent: a command whose answer is lost may have been carried out.
        state.store.mended(page.actor(), id, fix).await?;
    }
    let told = fix.is_some();
    match state.fleet.examine(id, fix, TIME).await {
        Ok(answer) => {
            if let Some(fixed) = &answer.fixed {
                let (tone, text) = said(lang, fixed);
                page.flash(Flash { tone, text, next: None });
            }
        }
        Err(error) => {
            let uncertain = match error {
                ExamineError::Unanswered(why) if told => unanswered::uncertain(why, &name, lang),
                _ => None,
            };
            let why = match error {
                ExamineError::Unanswered(why) => unanswered::text(why, lang),
                ExamineError::Failed(why) => words::AGENT_SAYS.with(lang, &[("why", &why)]),
            };
            let not = || words::NOT_EXAMINED.with(lang, &[("name", &name), ("why", &why)]);
            page.flash(Flash::failed(uncertain.unwrap_or_else(not)));
        }
    }
    Ok(page.redirect(&format!("/directors/{id}#doctor")))
}
