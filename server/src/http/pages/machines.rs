//! Real servers by address: one machine in many virtual services of a cluster's draft.

mod change;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use app::components::FieldErrors;
use app::frame::Tab;
use app::i18n::machines as words;
use app::pages::machines::{self as pages, MachinePage, Membership};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::{Cluster, ClusterId, DestinationId, HostAddress, ServiceId};
use serde::{Deserialize, Serialize};

use super::merging::json;
use super::paging::Wanted;
use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::live::{Seen, compose};
use crate::store::Revision;
use rows::States;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/clusters/{id}/machines", list)
        .get("/clusters/{id}/machines/{address}", show)
        .post("/clusters/{id}/machines/{address}", change::change)
}

async fn list(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Machines).await?;
    let draft = state.store.draft(id).await?;
    let states = states(&state, id, draft.applied.as_deref(), page.now_ms()).await?;
    let listed = rows::page(id, &draft.cluster, &states, wanted);
    Ok(page.html(words::TITLE.get(page.lang()), || pages::list(listed)))
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Path((id, address)): Path<(ClusterId, String)>,
) -> Result<Response, PageError> {
    let address = parse(&address)?;
    answer(&state, &page, id, address, StatusCode::OK, Typed::default()).await
}

/// An address of the path; what is none has no page.
fn parse(address: &str) -> Result<HostAddress, PageError> {
    HostAddress::parse(address).map_err(|_| PageError::NotFound)
}

/// What an operator saw of a destination, which comes back with the form: what others change meanwhile is told from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Saw {
    name: String,
    weight: u32,
    active: bool,
}

/// What the form holds after a try that failed.
#[derive(Default)]
struct Typed {
    weight: Option<String>,
    name: Option<String>,
    /// Those that were ticked; none yet: all of them.
    ticked: Option<BTreeSet<DestinationId>>,
    errors: FieldErrors,
    conflict: bool,
}

/// The page of one machine, as it is in the draft now.
async fn answer(
    state: &AppState,
    page: &Page,
    id: ClusterId,
    address: HostAddress,
    status: StatusCode,
    typed: Typed,
) -> Result<Response, PageError> {
    page.cluster_header(state, id, Tab::Machines).await?;
    let draft = state.store.draft(id).await?;
    let states = states(state, id, draft.applied.as_deref(), page.now_ms()).await?;
    let Typed { weight, name, ticked, errors, conflict } = typed;
    let ticked = |id: DestinationId| ticked.as_ref().is_none_or(|ticked| ticked.contains(&id));
    let memberships: Vec<Membership> = memberships(&draft.cluster, address, &states, ticked);
    if memberships.is_empty() {
        return Err(PageError::NotFound);
    }
    let seen = memberships
        .iter()
        .map(|one| (one.id, Saw { name: one.name.clone(), weight: one.weight, active: one.active }));
    let base = json(&seen.collect::<BTreeMap<_, _>>())?;
    let title = words::MACHINE_TITLE.with(page.lang(), &[("address", &address)]);
    let shown = MachinePage {
        cluster: id,
        address,
        weight: weight.unwrap_or_else(|| common(memberships.iter().map(|one| one.weight.to_string()))),
        name: name.unwrap_or_else(|| common(memberships.iter().map(|one| one.name.clone()))),
        memberships,
        base,
        errors,
        conflict,
    };
    Ok(page.html_status(status, title, || pages::machine(shown)))
}

/// What all have in common; nothing where they differ.
fn common(values: impl Iterator<Item = String>) -> String {
    let distinct: BTreeSet<String> = values.collect();
    if distinct.len() == 1 { distinct.into_iter().next().unwrap_or_default() } else { String::new() }
}

fn memberships(
    draft: &Cluster,
    address: HostAddress,
    states: &States,
    ticked: impl Fn(DestinationId) -> bool,
) -> Vec<Membership> {
    let mut memberships = Vec::new();
    for (&service, of) in draft.services() {
        for (&id, destination) in of.destinations.iter().filter(|(_, one)| one.address == address) {
            memberships.push(Membership {
                service,
                service_name: of.settings.name.to_string(),
                reached: of.settings.key.to_string(),
                id,
                name: destination.name.to_string(),
                port: destination.port.map(model::Port::get),
                weight: destination.weight.get(),
                active: destination.active,
                state: states.get(&(service, id)).copied(),
                ticked: ticked(id),
            });
        }
    }
    memberships
}

/// How the applied destinations fare; nothing where nothing is applied.
async fn states(
    state: &AppState,
    id: ClusterId,
    applied: Option<&Revision>,
    now_ms: i64,
) -> Result<States, PageError> {
    let Some(revision) = applied else { return Ok(States::new()) };
    let directors = state.store.balancing(id).await?;
    let seen: Vec<Seen> = directors
        .into_iter()
        .map(|director| Seen::of(&state.fleet, director))
        .filter(Seen::may_still_serve)
        .collect();
    let (shape, _) = compose(revision, &seen, now_ms);
    let states = shape.services.into_iter().flat_map(|service| {
        let servers = service.servers.into_iter();
        servers.map(move |server| {
            ((ServiceId(service.id), DestinationId(server.id)), (server.state, server.since))
        })
    });
    Ok(states.collect())
}
