//! Virtual services of a cluster's draft.

mod bulk;
mod copy;
mod monitoring;
mod rows;

use app::components::{FieldErrors, Flash};
use app::frame::Tab;
use app::i18n::{merging as merging_words, services as words};
use app::pages::services::{self as pages, DeleteService, ServiceForm};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::input::ServiceInput;
use model::{Check, ClusterId, Desired, ServiceId, VirtualService};

use super::forms::{Deleting, Switch, at_inputs, count, deleted, is_gone, mark, saved_message, switched};
use super::merging::{About, Posted, json};
use super::paging::Wanted;
use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::store::StoreError;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/clusters/{id}/services", list)
        .get("/clusters/{id}/services/new", new)
        .post("/clusters/{id}/services/new", create)
        .get("/clusters/{id}/services/bulk", back_to_list)
        .post("/clusters/{id}/services/bulk", bulk::bulk)
        .get("/clusters/{id}/services/copy", back_to_list)
        .post("/clusters/{id}/services/copy", copy::copy)
        .get("/clusters/{id}/services/{sid}", edit)
        .post("/clusters/{id}/services/{sid}", save)
        .get("/clusters/{id}/services/{sid}/delete", ask_delete)
        .post("/clusters/{id}/services/{sid}/delete", delete)
        .post("/clusters/{id}/services/{sid}/active", switch)
        .get("/clusters/{id}/services/{sid}/copy", copy::ask)
        .get("/clusters/{id}/services/{sid}/monitoring", monitoring::edit)
        .post("/clusters/{id}/services/{sid}/monitoring", monitoring::save)
}

async fn list(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Services).await?;
    let draft = state.store.draft(id).await?;
    let applied = draft.applied.as_deref().map(|revision| &revision.desired.cluster);
    let listed = rows::page(id, &draft.cluster, applied, wanted);
    Ok(page.html(words::TITLE.get(page.lang()), || pages::list(listed)))
}

/// Who loads anew what a form has answered comes to where it stood.
async fn back_to_list(page: Page, Path(id): Path<ClusterId>) -> Response {
    page.redirect(&format!("/clusters/{id}/services"))
}

async fn new(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Services).await?;
    Ok(form(&page, StatusCode::OK, blank(id, ServiceInput::new(), FieldErrors::default())))
}

async fn create(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Form(posted): Form<Posted<ServiceInput>>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Services).await?;
    let input = posted.input;
    let actor = page.actor();
    let added = state.store.edit_draft(actor, id, None, "", |editing| {
        let settings = input.parse_in(Check::Connect, editing, None)?;
        let name = settings.name.clone();
        let id = editing.next_service_id();
        editing.put_service(id, VirtualService { settings, destinations: Default::default() })?;
        Ok((id, name))
    });
    match added.await {
        Ok((service, name)) => {
            page.flash(Flash::done(words::ADDED.with(lang, &[("name", &name)])));
            Ok(page.redirect(&format!("/clusters/{id}/services/{service}/servers")))
        }
        Err(StoreError::Invalid(problems)) => {
            // The same form twice: the first one did it.
            if let Some(twin) = twin(&state, id, &input).await? {
                return Ok(page.redirect(&format!("/clusters/{id}/services/{twin}/servers")));
            }
            let errors = FieldErrors::of(&at_inputs(&problems), lang);
            Ok(form(&page, StatusCode::UNPROCESSABLE_ENTITY, blank(id, input, errors)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The service that is exactly what `input` asks for.
async fn twin(state: &AppState, id: ClusterId, input: &ServiceInput) -> Result<Option<ServiceId>, PageError> {
    let draft = state.store.draft(id).await?;
    let Ok(settings) = input.parse(Check::Connect) else { return Ok(None) };
    let twin = draft.cluster.services().iter().find(|(_, service)| service.settings == settings);
    Ok(twin.map(|(id, _)| *id))
}

async fn edit(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Services).await?;
    let draft = state.store.draft(id).await?;
    let service = draft.cluster.services().get(&sid).ok_or(PageError::NotFound)?;
    let input = ServiceInput::from(&service.settings);
    let base = json(&input)?;
    Ok(form(&page, StatusCode::OK, filled(id, sid, service, input, base)))
}

async fn save(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
    Form(posted): Form<Posted<ServiceInput>>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Services).await?;
    let input = &posted.input;
    let actor = page.actor();
    let saved = state.store.edit_draft(actor, id, None, "", |editing| {
        let current = editing.service(sid)?.settings.clone();
        let mine = input.parse_in(current.check.clone(), editing, Some(sid))?;
        let merged = posted.settle(&mine, &current, |input| input.parse(current.check.clone()).ok());
        let merged = match merged {
            Ok(merged) => merged,
            Err(clash) => return Ok(Err(clash)),
        };
        let (name, changed) = (merged.name.clone(), merged != current);
        editing.set_service(sid, merged)?;
        Ok(Ok((name, changed)))
    });
    let path = format!("/clusters/{id}/services/{sid}");
    match saved.await {
        Ok(Ok((name, changed))) => {
            page.flash(saved_message(&page, id, changed, &name));
            Ok(page.redirect(&path))
        }
        Ok(Err(clash)) => {
            let name = clash.theirs.name.to_string();
            page.crumb(name.clone(), path.clone());
            let about = About { name, action: path.clone(), cancel: path };
            posted.ask(&state, &page, id, &clash, about).await
        }
        Err(StoreError::Invalid(problems)) if is_gone(&problems) => {
            // Nothing that was typed goes with it.
            let name = if input.name.trim().is_empty() { sid.to_string() } else { input.name.clone() };
            let gone = Some(merging_words::GONE.with(lang, &[("name", &name)]));
            let again = ServiceForm { gone, ..blank(id, posted.input, FieldErrors::default()) };
            Ok(form(&page, StatusCode::CONFLICT, again))
        }
        Err(StoreError::Invalid(problems)) => {
            let draft = state.store.draft(id).await?;
            let service = draft.cluster.services().get(&sid).ok_or(PageError::NotFound)?;
            let errors = FieldErrors::of(&at_inputs(&problems), lang);
            let again = ServiceForm { errors, ..filled(id, sid, service, posted.input, posted.base) };
            Ok(form(&page, StatusCode::UNPROCESSABLE_ENTITY, again))
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask_delete(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Services).await?;
    let draft = state.store.draft(id).await?;
    let service = draft.cluster.services().get(&sid).ok_or(PageError::NotFound)?;
    let name = service.settings.name.to_string();
    page.crumb(name.clone(), format!("/clusters/{id}/services/{sid}"));
    let live = is_live(draft.applied.as_deref().map(|revision| &revision.desired), sid);
    let servers = count(service.destinations.len());
    let title = words::DELETE_VERB.with(lang, &[("name", &name)]);
    let asked = DeleteService { cluster: id, id: sid, name, servers, live, seen: mark(service) };
    Ok(page.html(title, || pages::delete(asked)))
}

async fn delete(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
    Form(form): Form<Deleting>,
) -> Result<Response, PageError> {
    let gone = state.store.edit_draft(page.actor(), id, None, "", |editing| {
        let service = editing.service(sid)?;
        form.check(service, &service.settings.name)?;
        editing.remove_service(sid)
    });
    let gone = gone.await.map(|service| service.settings.name);
    let list = format!("/clusters/{id}/services");
    deleted(&page, id, gone, words::DELETED, (&list, &format!("{list}/{sid}/delete")))
}

async fn switch(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
    Form(switch): Form<Switch>,
) -> Result<Response, PageError> {
    let draft = state.store.draft(id).await?;
    let name = &draft.cluster.services().get(&sid).ok_or(PageError::NotFound)?.settings.name;
    let done = state.store.edit_draft(page.actor(), id, None, "", |editing| {
        let mut settings = editing.service(sid)?.settings.clone();
        settings.active = switch.is_on();
        editing.set_service(sid, settings)
    });
    switched(&page, id, name, &switch, done.await, &format!("/clusters/{id}/services"))
}

/// Whether a service is offered now, as far as the console applied it.
pub(super) fn is_live(applied: Option<&Desired>, service: ServiceId) -> bool {
    let services = applied.filter(|desired| desired.running).map(|desired| desired.cluster.services());
    services.and_then(|services| services.get(&service)).is_some_and(|service| service.settings.active)
}

fn blank(id: ClusterId, input: ServiceInput, errors: FieldErrors) -> ServiceForm {
    ServiceForm { cluster: id, service: None, input, base: String::new(), errors, gone: None }
}

fn filled(
    id: ClusterId,
    sid: ServiceId,
    service: &VirtualService,
    input: ServiceInput,
    base: String,
) -> ServiceForm {
    let named = (sid, service.settings.name.to_string(), service.destinations.len());
    ServiceForm { cluster: id, service: Some(named), input, base, errors: FieldErrors::default(), gone: None }
}

fn form(page: &Page, status: StatusCode, form: ServiceForm) -> Response {
    let title = match &form.service {
        None => words::NEW_TITLE.get(page.lang()).to_owned(),
        Some((_, name, _)) => name.clone(),
    };
    page.html_status(status, title, || pages::form(form))
}
