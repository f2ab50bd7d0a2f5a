//! The draft against what is applied; applying and discarding it; how far the directors are.

pub(super) mod guard;
mod progress;
mod revert;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;

use app::components::{FieldErrors, Flash};
use app::frame::Tab;
use app::i18n::{Msg, changes as words};
use app::pages::changes::{self as pages, ChangesPage, DiscardDraft, Foreseen};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::plan::Impact;
use model::{Abilities, Cause, Cluster, ClusterId, Generation, ServiceId};
use serde::Deserialize;

use super::forms::count;
use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::store::{Conflict, Draft, DraftVersion, Moved, StoreError, plan_from};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/clusters/{id}/changes", show)
        .get("/clusters/{id}/changes/stream", progress::stream)
        .get("/clusters/{id}/apply", back_to_changes)
        .post("/clusters/{id}/apply", apply)
        .get("/clusters/{id}/revert", back_to_changes)
        .post("/clusters/{id}/revert", revert::revert)
        .get("/clusters/{id}/discard", ask_discard)
        .post("/clusters/{id}/discard", discard)
}

/// Who loads anew what a form has answered comes to where it stood.
async fn back_to_changes(page: Page, Path(id): Path<ClusterId>) -> Response {
    page.redirect(&format!("/clusters/{id}/changes"))
}

/// The form below a plan.
#[derive(Deserialize)]
struct Apply {
    /// The generation that the plan starts from; empty for none.
    #[serde(default)]
    base: String,
    /// The draft's version that the plan leads to.
    #[serde(default)]
    draft: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    confirm: String,
    /// The changes that were shown, as the page remembers them.
    #[serde(default)]
    seen: String,
}

#[derive(Deserialize)]
struct Discard {
    #[serde(default)]
    draft: String,
    #[serde(default)]
    applied: String,
}

impl Apply {
    fn base(&self) -> Option<Generation> {
        self.base.parse().ok().map(Generation)
    }
}

/// A version that no draft has stands for one that cannot be read: the store calls that a conflict.
pub(super) fn version(text: &str) -> DraftVersion {
    DraftVersion(text.parse().unwrap_or(0))
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    let content = load(&state, &page, id).await?;
    Ok(page.html(words::TITLE.get(page.lang()), || pages::changes(content)))
}

async fn apply(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Form(form): Form<Apply>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let mut content = load(&state, &page, id).await?;
    let (base, drafted) = (form.base(), version(&form.draft));
    let applied = content.applied.as_ref().map(|(generation, _)| *generation);
    // The same form twice: the first one did it, and there is nothing left to apply.
    if content.changes.is_empty()
        && applied.is_some()
        && applied == Some(Generation(base.map_or(0, |base| base.0) + 1))
    {
        return Ok(page.redirect(&format!("/clusters/{id}/changes")));
    }
    form.message.trim().clone_into(&mut content.message);
    content.start = content.start.map(|_| !form.start.is_empty());
    // A number to confirm belongs to the plan that was shown; another plan is shown anew first.
    if (applied, content.version) == (base, drafted.0) {
        content.errors = guard::look(&form.message, &form.confirm, &content.impact, lang);
        if !content.errors.is_empty() {
            let title = words::TITLE.get(lang);
            return Ok(page.html_status(StatusCode::UNPROCESSABLE_ENTITY, title, || pages::changes(content)));
        }
    }
    let running = content.start.unwrap_or(true);
    match state.store.apply(page.actor(), id, base, drafted, &content.message, running).await {
        Ok(revision) => {
            state.fleet.push(id);
            page.flash(Flash::done(words::APPLIED.with(lang, &[("n", &revision.generation)])));
            Ok(page.redirect(&format!("/clusters/{id}/changes")))
        }
        Err(StoreError::Conflict(conflict)) => {
            let (message, start) = (content.message, content.start);
            let again = load(&state, &page, id).await?;
            let msg = match conflict.moved {
                Moved::Draft => words::CONFLICT_DRAFT,
                Moved::Applied => words::CONFLICT_APPLIED,
            };
            let conflict = Some(explained(&conflict, msg, lang));
            let seen: Vec<_> = form.seen.split_whitespace().map(str::to_owned).collect();
            let seen = (!seen.is_empty()).then_some(seen);
            let again = ChangesPage { message, start: again.start.and(start), conflict, seen, ..again };
            Ok(page.html_status(StatusCode::CONFLICT, words::TITLE.get(lang), || pages::changes(again)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Who was faster, in a message about it.
pub(super) fn explained(conflict: &Conflict, msg: Msg, lang: app::Lang) -> String {
    let who = conflict.by.clone().unwrap_or_else(|| words::SOMEBODY.get(lang).to_owned());
    msg.with(lang, &[("who", &who)])
}

async fn ask_discard(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Changes).await?;
    let asked = asked(id, &state.store.draft(id).await?, None);
    if asked.changes == 0 {
        return Ok(page.redirect(&format!("/clusters/{id}/changes")));
    }
    Ok(page.html(words::DISCARD.get(page.lang()), || pages::discard(asked)))
}

async fn discard(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Form(form): Form<Discard>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Changes).await?;
    let draft = state.store.draft(id).await?;
    // The same form twice: there is nothing left to discard.
    if draft.has_changes() {
        let seen = (version(&form.draft), form.applied.trim().parse().ok().map(Generation));
        match state.store.discard_draft(page.actor(), id, Some(seen)).await {
            Ok(()) => {}
            Err(StoreError::Conflict(conflict)) => {
                let text = explained(&conflict, words::CONFLICT_DISCARD, lang);
                let again = asked(id, &state.store.draft(id).await?, Some(text));
                let title = words::DISCARD.get(lang);
                return Ok(page.html_status(StatusCode::CONFLICT, title, || pages::discard(again)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    page.flash(Flash::done(words::DISCARDED.get(lang)));
    Ok(page.redirect(&format!("/clusters/{id}/changes")))
}

fn asked(id: ClusterId, draft: &Draft, conflict: Option<String>) -> DiscardDraft {
    DiscardDraft {
        id,
        name: draft.cluster.name().to_string(),
        version: draft.version.0,
        changes: count(draft.changes),
        applied: draft.applied.as_deref().map(|revision| revision.generation),
        conflict,
    }
}

/// What the cluster's directors are known to refuse of its draft; of one that has never connected nothing is known.
async fn foreseen(state: &AppState, id: ClusterId, draft: &Cluster) -> Result<Vec<Foreseen>, PageError> {
    let mut found: BTreeMap<(ServiceId, Cause), Vec<String>> = BTreeMap::new();
    for director in state.store.balancing(id).await? {
        let known = state.fleet.director(director.id);
        let Some(facts) = known.facts.filter(|_| director.revoked_ms.is_none()) else { continue };
        let abilities = Abilities {
            schedulers: facts.schedulers.into_iter().collect(),
            marks: facts.marks,
            refuses: facts.refuses,
        };
        for (service, cause) in model::foresee(&abilities, draft) {
            found.entry((service, cause)).or_default().push(director.name.to_string());
        }
    }
    let found = found.into_iter();
    Ok(found.map(|((service, cause), directors)| Foreseen { directors, service, cause }).collect())
}

/// The directors of a cluster that would all carry its virtual addresses: with a kernel's data plane they add them themselves, and where no
/// address says which one is the primary, each takes itself for the only one ([`Cluster::has_one_director`]).
async fn twins(state: &AppState, id: ClusterId, draft: &Cluster) -> Result<Vec<String>, PageError> {
    let offers = draft.services().values().any(|service| service.settings.active);
    if !draft.has_one_director() || !offers {
        return Ok(Vec::new());
    }
    let directors = state.store.balancing(id).await?.into_iter();
    let carry = directors.filter(|director| director.revoked_ms.is_none()).filter(|director| {
        state.fleet.director(director.id).facts.is_some_and(|facts| facts.kind == "kernel")
    });
    let names: Vec<String> = carry.map(|director| director.name.to_string()).collect();
    Ok(if names.len() > 1 { names } else { Vec::new() })
}

async fn load(state: &AppState, page: &Page, id: ClusterId) -> Result<ChangesPage, PageError> {
    page.cluster_header(state, id, Tab::Changes).await?;
    let draft = state.store.draft(id).await?;
    let progress = match draft.applied.as_deref() {
        Some(revision) => Some((progress::load(state, revision).await?, revision.author.clone())),
        None => None,
    };
    let target = Arc::clone(&draft.cluster);
    Ok(ChangesPage { progress, ..planned(state, id, &draft, target).await? })
}

/// What applying `target` would do to a cluster.
pub(super) async fn planned(
    state: &AppState,
    id: ClusterId,
    draft: &Draft,
    target: Arc<Cluster>,
) -> Result<ChangesPage, PageError> {
    let applied = draft.applied.as_deref();
    let changes = plan_from(applied, &target);
    let impact = Impact::between(applied.map(|revision| &revision.desired), &target);
    let start = match applied {
        // Whoever applies for the first time wants it to run.
        None => Some(true),
        Some(revision) if !revision.desired.running => Some(false),
        Some(_) => None,
    };
    let foreseen = foreseen(state, id, &target).await?;
    let twins = twins(state, id, &target).await?;
    let tables = if changes.is_empty() { Vec::new() } else { tables::load(state, applied, &target).await? };
    Ok(ChangesPage {
        id,
        version: draft.version.0,
        changes,
        impact,
        foreseen,
        twins,
        tables,
        message: String::new(),
        start,
        errors: FieldErrors::default(),
        conflict: None,
        seen: None,
        refused: None,
        progress: None,
        applied: applied.map(|revision| (revision.generation, revision.desired.clone())),
        draft: target,
    })
}
