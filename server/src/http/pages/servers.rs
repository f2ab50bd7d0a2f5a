//! Real servers of a virtual service, in a cluster's draft.

mod rows;

use app::components::{FieldErrors, Flash};
use app::frame::Tab;
use app::i18n::{merging as merging_words, servers as words};
use app::pages::servers::{self as pages, DeleteServer, ServerForm, ServersPage};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::input::DestinationInput;
use model::{
    ClusterId, Destination, DestinationId, Field, Forwarding, Problem, Problems, Reason, ServiceId,
    VirtualService,
};

use super::forms::{Back, Deleting, Switch, at_inputs, deleted, is_gone, mark, saved_message, switched};
use super::merging::{About, Posted, json};
use super::paging::Wanted;
use super::services::is_live;
use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::store::{Draft, StoreError};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/clusters/{id}/services/{sid}/servers", list)
        .get("/clusters/{id}/services/{sid}/servers/new", new)
        .post("/clusters/{id}/services/{sid}/servers/new", create)
        .get("/clusters/{id}/services/{sid}/servers/{did}", edit)
        .post("/clusters/{id}/services/{sid}/servers/{did}", save)
        .get("/clusters/{id}/services/{sid}/servers/{did}/delete", ask_delete)
        .post("/clusters/{id}/services/{sid}/servers/{did}/delete", delete)
        .post("/clusters/{id}/services/{sid}/servers/{did}/active", switch)
}

async fn list(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Services).await?;
    let draft = state.store.draft(id).await?;
    let service = service(&draft, sid)?;
    let applied = draft.applied.as_deref().and_then(|revision| revision.desired.cluster.services().get(&sid));
    let base = format!("/clusters/{id}/services/{sid}/servers");
    let (rows, listing) = rows::part(base, service, applied, wanted);
    let name = service.settings.name.to_string();
    let title = words::TITLE.with(lang, &[("name", &name)]);
    let inherited = draft.cluster.settings().forwarding;
    let listed = ServersPage { cluster: id, service: sid, name, rows, listing, inherited };
    Ok(page.html(title, || pages::list(listed)))
}

async fn new(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Services).await?;
    let draft = state.store.draft(id).await?;
    let about = Within::new(id, sid, &draft)?;
    Ok(form(
        &page,
        StatusCode::OK,
        about.form(None, DestinationInput::new(), String::new(), &Back::default()),
    ))
}

async fn create(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
    Form(posted): Form<Posted<DestinationInput>>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Services).await?;
    let list = format!("/clusters/{id}/services/{sid}/servers");
    let input = posted.input;
    let actor = page.actor();
    let added = state.store.edit_draft(actor, id, None, "", |editing| {
        let service = editing.service(sid)?;
        let destination = input.parse_in(editing, service, None)?;
        let name = destination.name.clone();
        let id = editing.next_destination_id();
        editing.put_destination(sid, id, destination)?;
        Ok(name)
    });
    match added.await {
        Ok(name) => {
            let said = Flash::done(words::ADDED.with(lang, &[("name", &name)]));
            page.flash(said.next(words::ANOTHER.get(lang), format!("{list}/new")));
            Ok(page.redirect(&list))
        }
        Err(StoreError::Invalid(problems)) if is_gone(&problems) => Err(PageError::NotFound),
        Err(StoreError::Invalid(problems)) => {
            let draft = state.store.draft(id).await?;
            // The same form twice: the first one did it.
            let twin = input.parse().ok().filter(|parsed| {
                service(&draft, sid)
                    .is_ok_and(|service| service.destinations.values().any(|other| other == parsed))
            });
            if twin.is_some() {
                return Ok(page.redirect(&list));
            }
            let errors = FieldErrors::of(&at_inputs(&problems), lang);
            let again = Within::new(id, sid, &draft)?.form(None, input, String::new(), &Back::default());
            Ok(form(&page, StatusCode::UNPROCESSABLE_ENTITY, ServerForm { errors, ..again }))
        }
        Err(error) => Err(error.into()),
    }
}

async fn edit(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid, did)): Path<(ClusterId, ServiceId, DestinationId)>,
    Query(back): Query<Back>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Services).await?;
    let draft = state.store.draft(id).await?;
    let destination = service(&draft, sid)?.destinations.get(&did).ok_or(PageError::NotFound)?;
    let input = DestinationInput::from(destination);
    let base = json(&input)?;
    let named = Some((did, destination.name.to_string()));
    Ok(form(&page, StatusCode::OK, Within::new(id, sid, &draft)?.form(named, input, base, &back)))
}

async fn save(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid, did)): Path<(ClusterId, ServiceId, DestinationId)>,
    Form(posted): Form<Posted<DestinationInput>>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Services).await?;
    let (input, back) = (&posted.input, posted.back());
    let actor = page.actor();
    let saved = state.store.edit_draft(actor, id, None, "", |editing| {
        let service = editing.service(sid)?;
        let current = current(service, did)?;
        let mine = input.parse_in(editing, service, Some(did))?;
        let merged = match posted.settle(&mine, &current, |input| input.parse().ok()) {
            Ok(merged) => merged,
            Err(clash) => return Ok(Err(clash)),
        };
        let (name, changed) = (merged.name.clone(), merged != current);
        editing.put_destination(sid, did, merged)?;
        Ok(Ok((name, changed)))
    });
    let list = format!("/clusters/{id}/services/{sid}/servers");
    match saved.await {
        Ok(Ok((name, changed))) => {
            page.flash(saved_message(&page, id, changed, &name));
            Ok(page.redirect(&back.to(&list)))
        }
        Ok(Err(clash)) => {
            let name = clash.theirs.name.to_string();
            page.crumb(name.clone(), format!("{list}/{did}"));
            let about = About { name, action: format!("{list}/{did}"), cancel: back.to(&list) };
            posted.ask(&state, &page, id, &clash, about).await
        }
        Err(StoreError::Invalid(problems)) if is_gone(&problems) => {
            let draft = state.store.draft(id).await?;
            // Nothing that was typed goes with it.
            let about = Within::new(id, sid, &draft)?;
            let name =
                if input.server_name.trim().is_empty() { did.to_string() } else { input.server_name.clone() };
            let gone = Some(merging_words::GONE.with(lang, &[("name", &name)]));
            let again = ServerForm { gone, ..about.form(None, posted.input, String::new(), &back) };
            Ok(form(&page, StatusCode::CONFLICT, again))
        }
        Err(StoreError::Invalid(problems)) => {
            let draft = state.store.draft(id).await?;
            let destination = service(&draft, sid)?.destinations.get(&did).ok_or(PageError::NotFound)?;
            let named = Some((did, destination.name.to_string()));
            let errors = FieldErrors::of(&at_inputs(&problems), lang);
            let again = Within::new(id, sid, &draft)?.form(named, posted.input, posted.base, &back);
            Ok(form(&page, StatusCode::UNPROCESSABLE_ENTITY, ServerForm { errors, ..again }))
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask_delete(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid, did)): Path<(ClusterId, ServiceId, DestinationId)>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.cluster_header(&state, id, Tab::Services).await?;
    let draft = state.store.draft(id).await?;
    let service = service(&draft, sid)?;
    let destination = service.destinations.get(&did).ok_or(PageError::NotFound)?;
    let applied = draft.applied.as_deref().map(|revision| &revision.desired);
    let before = applied.and_then(|desired| desired.cluster.services().get(&sid)?.destinations.get(&did));
    let live = is_live(applied, sid) && before.is_some_and(|destination| destination.active);
    let others =
        service.destinations.iter().filter(|(other, destination)| **other != did && destination.active);
    let name = destination.name.to_string();
    let base = format!("/clusters/{id}/services/{sid}");
    page.crumb(service.settings.name.to_string(), format!("{base}/servers"));
    page.crumb(name.clone(), format!("{base}/servers/{did}"));
    let asked = DeleteServer {
        cluster: id,
        service: (sid, service.settings.name.to_string()),
        id: did,
        live,
        last: destination.active && others.count() == 0,
        sorry: service.settings.sorry_server.is_some(),
        seen: mark(destination),
        name,
    };
    let title = words::DELETE_VERB.with(lang, &[("name", &asked.name)]);
    Ok(page.html(title, || pages::delete(asked)))
}

async fn delete(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid, did)): Path<(ClusterId, ServiceId, DestinationId)>,
    Form(form): Form<Deleting>,
) -> Result<Response, PageError> {
    let gone = state.store.edit_draft(page.actor(), id, None, "", |editing| {
        let destination = current(editing.service(sid)?, did)?;
        form.check(&destination, &destination.name)?;
        editing.remove_destination(sid, did)
    });
    let gone = gone.await.map(|destination| destination.name);
    let list = format!("/clusters/{id}/services/{sid}/servers");
    deleted(&page, id, gone, words::DELETED, (&list, &format!("{list}/{did}/delete")))
}

async fn switch(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid, did)): Path<(ClusterId, ServiceId, DestinationId)>,
    Form(switch): Form<Switch>,
) -> Result<Response, PageError> {
    let draft = state.store.draft(id).await?;
    let name = &service(&draft, sid)?.destinations.get(&did).ok_or(PageError::NotFound)?.name;
    let done = state.store.edit_draft(page.actor(), id, None, "", |editing| {
        let mut destination = current(editing.service(sid)?, did)?;
        destination.active = switch.is_on();
        editing.put_destination(sid, did, destination)
    });
    switched(&page, id, name, &switch, done.await, &format!("/clusters/{id}/services/{sid}/servers"))
}

/// A destination as it is in the draft.
fn current(service: &VirtualService, id: DestinationId) -> Result<Destination, Problems> {
    let gone = || Problem::new(Field::ServerName, id.to_string(), Reason::Gone).into();
    service.destinations.get(&id).cloned().ok_or_else(gone)
}

fn service(draft: &Draft, id: ServiceId) -> Result<&VirtualService, PageError> {
    draft.cluster.services().get(&id).ok_or(PageError::NotFound)
}

/// What every form of a real server says beside its fields.
struct Within {
    cluster: ClusterId,
    service: (ServiceId, String),
    inherited: Forwarding,
}

impl Within {
    fn new(cluster: ClusterId, id: ServiceId, draft: &Draft) -> Result<Self, PageError> {
        let name = service(draft, id)?.settings.name.to_string();
        Ok(Self { cluster, service: (id, name), inherited: draft.cluster.settings().forwarding })
    }

    fn form(
        self,
        server: Option<(DestinationId, String)>,
        input: DestinationInput,
        base: String,
        back: &Back,
    ) -> ServerForm {
        let Self { cluster, service, inherited } = self;
        let back = back.to(&format!("/clusters/{cluster}/services/{}/servers", service.0));
        let errors = FieldErrors::default();
        ServerForm { cluster, service, server, input, base, errors, gone: None, inherited, back }
    }
}

fn form(page: &Page, status: StatusCode, form: ServerForm) -> Response {
    let (id, name) = &form.service;
    page.crumb(name.clone(), format!("/clusters/{}/services/{id}/servers", form.cluster));
    let title = match &form.server {
        None => words::ADD.get(page.lang()).to_owned(),
        Some((_, name)) => name.clone(),
    };
    page.html_status(status, title, || pages::form(form))
}
