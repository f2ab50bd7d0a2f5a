//! Clusters: list, make, import, rename, delete.

mod export;
mod import;
mod supplement;

use app::components::{FieldErrors, Flash, check_ending, ending};
use app::frame::{Standing, Tab};
use app::i18n::{clusters as words, services};
use app::live::since_applied;
use app::pages::clusters::{self as pages, ClusterRow, DeleteCluster, EditCluster, NewCluster};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use model::{ClusterId, Field, Generation, Name, Problem, Problems, Role};
use serde::Deserialize;

use super::forms::{count, mark};
use crate::http::{AppState, Need, Page, PageError, Path, Routes, summary};
use crate::store::{ClusterSummary, DraftVersion, StoreError};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get_as(Need::Session, "/clusters", list)
        .get_as(Need::Operator, "/clusters/new", new)
        .post("/clusters/new", create)
        .get("/clusters/{id}", async |Path(id): Path<ClusterId>| {
            Redirect::to(&format!("/clusters/{id}/control"))
        })
        .get("/clusters/{id}/edit", edit)
        .post("/clusters/{id}/edit", rename)
        .get_as(Need::Administrator, "/clusters/{id}/delete", ask_delete)
        .post_as(Need::Administrator, "/clusters/{id}/delete", delete)
        .and(export::routes())
        .and(import::routes())
}

/// A form with a name alone.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    cluster_name: String,
    /// The name that was shown.
    seen: Option<String>,
}

impl Named {
    fn parse(&self) -> Result<Name, Problems> {
        let name = self.cluster_name.as_str();
        Name::parse(name).map_err(|reason| Problem::new(Field::ClusterName, name, reason).into())
    }
}

async fn list(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    let fares = summary::all(&state, page.roles()).await?;
    let mut rows = Vec::new();
    for cluster in state.store.clusters().await?.into_iter().filter(|cluster| page.sees(cluster.id)) {
        let found = fares.iter().find(|(id, ..)| *id == cluster.id).map(|(.., fares)| fares);
        let fares = found.map_or(app::State::Unknown, |fares| fares.whole.state);
        let since = match (fares, found.and_then(|fares| fares.since_ms)) {
            (fares, None) if since_applied(fares) => {
                state.store.latest_revision(cluster.id).await?.map(|revision| revision.at_ms)
            }
            (_, since) => since,
        };
        rows.push(ClusterRow {
            state: fares,
            since,
            standing: standing(&cluster),
            id: cluster.id,
            name: cluster.name.to_string(),
            services: cluster.services.into(),
            changes: cluster.has_changes,
            may_edit: page.may(Role::Operator, cluster.id),
        });
    }
    Ok(page.html(words::TITLE.get(page.lang()), move || pages::list(rows)))
}

fn standing(cluster: &ClusterSummary) -> Standing {
    match (cluster.generation, cluster.running) {
        (None, _) => Standing::NeverApplied,
        (Some(generation), true) => Standing::Running(generation),
        (Some(generation), false) => Standing::Stopped(generation),
    }
}

async fn new(page: Page) -> Response {
    page.html(words::NEW_TITLE.get(page.lang()), || pages::new(NewCluster::default()))
}

async fn create(
    State(state): State<AppState>,
    page: Page,
    Form(form): Form<Named>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let created = match form.parse() {
        Ok(name) => state.store.create_cluster(page.actor(), name.clone()).await.map(|id| (id, name)),
        Err(problems) => Err(problems.into()),
    };
    match created {
        Ok((id, name)) => {
            page.flash(Flash::done(words::CREATED.with(lang, &[("name", &name)])));
            Ok(page.redirect(&format!("/clusters/{id}/services")))
        }
        Err(StoreError::Invalid(problems)) => {
            let form = NewCluster { name: form.cluster_name, errors: FieldErrors::of(&problems, lang) };
            Ok(page.html_status(StatusCode::UNPROCESSABLE_ENTITY, words::NEW_TITLE.get(lang), || {
                pages::new(form)
            }))
        }
        Err(error) => Err(error.into()),
    }
}

async fn edit(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    let name = page.cluster_header(&state, id, Tab::Control).await?.name;
    let may_delete = page.may(Role::Administrator, id);
    let form = EditCluster { id, typed: name.clone(), name, may_delete, errors: FieldErrors::default() };
    Ok(page.html(words::EDIT.get(page.lang()), || pages::edit(form)))
}

async fn rename(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Form(form): Form<Named>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Control).await?;
    let renamed = match form.parse() {
        Ok(to) => {
            let seen = form.seen.as_deref();
            state.store.rename_cluster(page.actor(), id, seen, to.clone()).await.map(|()| to)
        }
        Err(problems) => Err(problems.into()),
    };
    match renamed {
        Ok(to) => {
            let said = Flash::done(words::RENAMED.with(lang, &[("name", &to)]));
            page.flash(said.next(services::REVIEW.get(lang), format!("/clusters/{id}/changes")));
            Ok(page.redirect(&format!("/clusters/{id}/edit")))
        }
        Err(StoreError::Invalid(problems)) => {
            let errors = FieldErrors::of(&problems, lang);
            let may_delete = page.may(Role::Administrator, id);
            // Of now: whoever saves again has seen it.
            let name = state.store.summary(id).await?.name.to_string();
            let form = EditCluster { id, name, typed: form.cluster_name, may_delete, errors };
            Ok(page
                .html_status(StatusCode::UNPROCESSABLE_ENTITY, words::EDIT.get(lang), || pages::edit(form)))
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask_delete(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    let (asked, _) = what_goes(&state, id).await?;
    deleting(&state, &page, asked, StatusCode::OK).await
}

async fn deleting(
    state: &AppState,
    page: &Page,
    asked: DeleteCluster,
    status: StatusCode,
) -> Result<Response, PageError> {
    page.cluster_header(state, asked.id, Tab::Control).await?;
    page.crumb(words::EDIT.get(page.lang()), format!("/clusters/{}/edit", asked.id));
    Ok(page.html_status(status, words::DELETE.get(page.lang()), || pages::delete(asked)))
}

/// What goes with a cluster, by its draft and generation of now.
async fn what_goes(
    state: &AppState,
    id: ClusterId,
) -> Result<(DeleteCluster, (DraftVersion, Option<Generation>)), StoreError> {
    let cluster = state.store.summary(id).await?;
    let directors = state.store.directors_of(id).await?;
    // What directors serve counts as well as what the draft would make of it.
    let applied = state.store.latest_revision(id).await?;
    let applied = applied.map_or(0, |revision| count(revision.desired.cluster.services().len()));
    let directors = count(directors.iter().filter(|director| director.revoked_ms.is_none()).count());
    let now = (cluster.draft_version, cluster.generation);
    let asked = DeleteCluster {
        id,
        seen: mark(&(cluster.generation, cluster.draft_version.0, directors)),
        name: cluster.name.to_string(),
        running: cluster.running,
        services: applied.max(cluster.services.into()),
        directors,
        errors: FieldErrors::default(),
    };
    Ok((asked, now))
}

/// The form of the question.
#[derive(Deserialize)]
struct Deleting {
    /// How many virtual services go, where the question asks for the number.
    #[serde(default)]
    confirm: String,
    /// How it was when it was shown.
    #[serde(default)]
    seen: String,
}

/// Twice is as good as once: who deletes what is gone already is told that it is gone.
async fn delete(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Form(form): Form<Deleting>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let moved = || {
        page.flash(Flash::failed(services::DELETE_MOVED.get(lang)));
        Ok(page.redirect(&format!("/clusters/{id}/delete")))
    };
    let already = || {
        page.flash(Flash::done(services::DELETED_ALREADY.get(lang)));
        Ok(page.redirect("/clusters"))
    };
    let (mut asked, now) = match what_goes(&state, id).await {
        Ok(asked) => asked,
        Err(StoreError::NotFound(_)) => return already(),
        Err(error) => return Err(error.into()),
    };
    if !form.seen.is_empty() && form.seen != asked.seen {
        return moved();
    }
    check_ending(&mut asked.errors, ending(asked.services), &form.confirm, lang);
    if !asked.errors.is_empty() {
        return deleting(&state, &page, asked, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let machines = match state.store.delete_cluster(page.actor(), id, Some(now)).await {
        Err(StoreError::Conflict(_)) => return moved(),
        Err(StoreError::NotFound(_)) => return already(),
        deleted => deleted?,
    };
    for machine in machines {
        state.fleet.deleted(machine);
    }
    page.flash(Flash::done(words::DELETED.with(lang, &[("name", &asked.name)])));
    Ok(page.redirect("/clusters"))
}
