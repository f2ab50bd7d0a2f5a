//! Taking single changes back.

use app::Lang;
use app::components::Flash;
use app::i18n::{changes as words, fields, problems};
use app::pages::changes::{self as pages, ChangesPage, Refused};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::plan::{self, Object, Part};
use model::{Cluster, ClusterId, Generation, Problems};
use serde::Deserialize;

use super::{explained, load, version};
use crate::http::{AppState, Page, PageError, Path};
use crate::store::{Draft, StoreError, plan_from};

/// The form around the plan.
#[derive(Deserialize)]
pub(super) struct Revert {
    #[serde(default)]
    base: String,
    #[serde(default)]
    draft: String,
    /// The parts, with blanks between them.
    #[serde(default)]
    part: String,
}

pub(super) async fn revert(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Form(form): Form<Revert>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let changes = format!("/clusters/{id}/changes");
    let parts: Option<Vec<Part>> = form.part.split_whitespace().map(Part::parse).collect();
    let Some(parts) = parts.filter(|parts| !parts.is_empty()) else {
        page.flash(Flash::failed(words::REVERT_STRANGE.get(lang)));
        return Ok(page.redirect(&changes));
    };
    let draft = state.store.draft(id).await?;
    // The same form twice: the first one did it.
    let drafted = plan_from(draft.applied.as_deref(), &draft.cluster);
    if !drafted.iter().any(|change| parts.iter().any(|part| part.covers(change))) {
        page.flash(Flash::done(words::REVERTED_ALREADY.get(lang)));
        return Ok(page.redirect(&changes));
    }
    let base = form.base.parse().ok().map(Generation);
    let actor = page.actor();
    let (status, again) = match state.store.revert(actor, id, base, version(&form.draft), &parts).await {
        Ok(()) => {
            page.flash(Flash::done(words::REVERTED.get(lang)));
            return Ok(page.redirect(&changes));
        }
        Err(StoreError::Conflict(conflict)) => {
            let again = load(&state, &page, id).await?;
            let conflict = Some(explained(&conflict, words::CONFLICT_REVERT, lang));
            (StatusCode::CONFLICT, ChangesPage { conflict, ..again })
        }
        Err(StoreError::Invalid(problems)) => {
            let refused = Some(refused(&draft, &parts, &problems, lang));
            (StatusCode::UNPROCESSABLE_ENTITY, ChangesPage { refused, ..load(&state, &page, id).await? })
        }
        Err(error) => return Err(error.into()),
    };
    Ok(page.html_status(status, words::TITLE.get(lang), || pages::changes(again)))
}

/// Why not, and with what else it can be.
fn refused(draft: &Draft, parts: &[Part], found: &Problems, lang: Lang) -> Refused {
    let why = found.iter().map(|problem| {
        let (field, text) = (fields::label(problem.field, lang), problems::text(problem, lang));
        words::REVERT_PROBLEM.with(lang, &[("field", &field), ("value", &problem.value), ("text", &text)])
    });
    let nothing = Cluster::new(draft.cluster.name().clone());
    let applied = draft.applied.as_deref().map_or(&nothing, |revision| &revision.desired.cluster);
    let together = match parts {
        [part] => plan::along_with(applied, &draft.cluster, *part),
        _ => None,
    };
    let together = together.map(|other| {
        let what = match other.object {
            Object::Service(id) | Object::Destination(id, _) => {
                let service = draft.cluster.services().get(&id).or(applied.services().get(&id));
                let name =
                    service.map_or_else(|| id.to_string(), |service| service.settings.name.to_string());
                words::GROUP_SERVICE.with(lang, &[("name", &name)])
            }
            Object::Settings => words::GROUP_SETTINGS.get(lang).to_owned(),
            Object::Redundancy => words::GROUP_REDUNDANCY.get(lang).to_owned(),
            Object::Cluster => words::whole(lang),
        };
        (parts.iter().copied().chain([other]).collect(), what)
    });
    Refused { why: why.collect(), together }
}
