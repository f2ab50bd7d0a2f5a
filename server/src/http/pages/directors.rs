//! Directors: list, add, enrol, look at, revoke.

mod doctor;
mod foreign;
mod unanswered;

use app::components::{FieldErrors, Flash};
use app::i18n::{directors as words, fields, problems};
use app::live::{LiveDirector, Presence};
use app::pages::directors::around::{Around, Fares};
use app::pages::directors::{self as pages, DirectorRow, Link, NewDirector, names};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use model::{ClusterId, DirectorId, Field, MachineRole, Name, Problem, Problems, Reason, Role};
use protocol::SurroundingState;
use serde::Deserialize;

use crate::fleet::{DirectorState, TOKEN_LIFE_MS};
use crate::http::visit::text;
use crate::http::{AppState, Need, Page, PageError, Path, Routes};
use crate::live::{Seen, compose};
use crate::store::{Director, StoreError};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get_as(Need::Session, "/directors", list)
        .get_as(Need::Session, "/directors/new", new)
        .post_as(Need::Session, "/directors/new", create)
        .get("/directors/{id}", show)
        .post("/directors/{id}/token", token)
        .get("/directors/{id}/revoke", ask_revoke)
        .post("/directors/{id}/revoke", revoke)
        .and(doctor::routes())
        .and(foreign::routes())
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    cluster: String,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
    #[serde(default)]
    cluster: String,
    #[serde(default)]
    role: String,
}

async fn list(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    let mut clusters = state.store.clusters().await?;
    clusters.retain(|cluster| page.sees(cluster.id));
    let mut rows = Vec::new();
    for director in state.store.directors().await?.into_iter().filter(|director| page.sees(director.cluster))
    {
        let cluster = clusters.iter().find(|cluster| cluster.id == director.cluster);
        let known = state.fleet.director(director.id);
        let (name, wanted) =
            cluster.map_or((String::new(), None), |cluster| (cluster.name.to_string(), cluster.generation));
        rows.push(row(&director, &known, name, wanted.map(|generation| generation.0)));
    }
    let has_clusters = !clusters.is_empty();
    Ok(page.html(words::TITLE.get(page.lang()), move || pages::list_view(rows, has_clusters)))
}

async fn new(
    State(state): State<AppState>,
    page: Page,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    let clusters = choices(&state, &page).await?;
    if clusters.is_empty() {
        // The list says what is missing.
        return Ok(page.redirect("/directors"));
    }
    let first = clusters.first().map(|(id, _)| id.to_string()).unwrap_or_default();
    let known = clusters.iter().any(|(id, _)| id.to_string() == chosen.cluster);
    let cluster = if known { chosen.cluster } else { first };
    let role = MachineRole::default().to_string();
    let form = NewDirector { clusters, cluster, role, ..NewDirector::default() };
    Ok(page.html(words::NEW_TITLE.get(page.lang()), move || pages::new_view(form)))
}

async fn create(
    State(state): State<AppState>,
    page: Page,
    headers: HeaderMap,
    Form(form): Form<Named>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let clusters = choices(&state, &page).await?;
    if let Ok(cluster) = form.cluster.parse::<ClusterId>() {
        page.require(Role::Operator, cluster)?;
    }
    let cluster = clusters.iter().map(|(id, _)| *id).find(|id| id.to_string() == form.cluster);
    let name =
        Name::parse(&form.name).map_err(|reason| Problem::new(Field::ServerName, form.name.as_str(), reason));
    // Nothing chosen is what the form begins with.
    let role = MachineRole::parse(&form.role).unwrap_or_default();
    let mut errors = FieldErrors::default();
    if let Err(problem) = &name {
        errors.push(names::NAME, words::NAME.get(lang), problems::text(problem, lang));
    }
    if cluster.is_none() {
        let problem = Problem::new(Field::ClusterName, form.cluster.as_str(), Reason::Gone);
        errors.push(names::CLUSTER, words::CLUSTER.get(lang), problems::text(&problem, lang));
    }
    if let (Ok(name), Some(cluster)) = (name, cluster) {
        match state.store.create_machine(page.actor(), cluster, name.clone(), role).await {
            Ok(id) => {
                offer(&state, &page, &headers, id).await?;
                page.flash(Flash::done(words::CREATED.with(lang, &[("name", &name)])));
                return Ok(page.redirect(&format!("/directors/{id}")));
            }
            Err(StoreError::Invalid(problems)) => add(&mut errors, &problems, lang),
            Err(error) => return Err(error.into()),
        }
    }
    let form =
        NewDirector { clusters, cluster: form.cluster, name: form.name, role: role.to_string(), errors };
    Ok(page.html_status(StatusCode::UNPROCESSABLE_ENTITY, words::NEW_TITLE.get(lang), move || {
        pages::new_view(form)
    }))
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<DirectorId>,
) -> Result<Response, PageError> {
    let director = state.store.director(id).await?;
    let known = state.fleet.director(id);
    let summary = state.store.summary(director.cluster).await?;
    let wanted = summary.generation.map(|generation| generation.0);
    let phase = phase(&state, &director, &known).await?;
    let facts = known.facts.clone();
    let around = around(&known);
    let content = pages::Director {
        row: row(&director, &known, summary.name.to_string(), wanted),
        enrol: state.offers.take(id, &page.signed_in().session, page.now_ms()),
        certificate_until_ms: director.certificate_expires_ms.filter(|_| director.fingerprint.is_some()),
        fingerprint: director
            .fingerprint
            .map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        agent_version: known.agent_version,
        host_name: known.host_name,
        data_plane_why: facts.as_ref().map(|facts| facts.reason.clone()),
        connection_limit: facts.as_ref().and_then(|facts| facts.connection_limit),
        schedulers: facts.map(|facts| facts.schedulers).unwrap_or_default(),
        phase,
        checkup: doctor::checkup(&state, &director),
        around,
        foreign: foreign::entries(&state, id).await?,
    };
    let title = director.name.to_string();
    Ok(page.html(title, move || pages::view(content)))
}

async fn token(
    State(state): State<AppState>,
    page: Page,
    headers: HeaderMap,
    Path(id): Path<DirectorId>,
) -> Result<Response, PageError> {
    state.store.director(id).await?;
    offer(&state, &page, &headers, id).await?;
    Ok(page.redirect(&format!("/directors/{id}")))
}

async fn ask_revoke(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<DirectorId>,
) -> Result<Response, PageError> {
    let director = state.store.director(id).await?;
    let name = director.name.to_string();
    page.crumb(name.clone(), format!("/directors/{id}"));
    Ok(page.html(words::REVOKE.get(page.lang()), move || pages::revoke_view(id, &name)))
}

async fn revoke(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<DirectorId>,
) -> Result<Response, PageError> {
    let director = state.store.director(id).await?;
    state.store.revoke_director(page.actor(), id).await?;
    state.fleet.revoked(id);
    page.flash(Flash::done(words::REVOKED_DONE.with(page.lang(), &[("name", &director.name)])));
    Ok(page.redirect(&format!("/directors/{id}")))
}

/// What a machine's last report says of what surrounds its table.
fn around(known: &DirectorState) -> Vec<Around> {
    let reported = known.observed.iter().flat_map(|observed| &observed.surroundings);
    let around = reported.map(|thing| Around {
        kind: thing.kind.clone(),
        name: thing.name.clone(),
        fares: match thing.state {
            SurroundingState::Applied => Fares::Applied,
            SurroundingState::Failed => Fares::Failed,
            SurroundingState::Foreign => Fares::Foreign,
        },
        error: thing.error.clone(),
    });
    around.collect()
}

/// Makes a token and keeps the command with it for this session's next look at the director.
async fn offer(state: &AppState, page: &Page, headers: &HeaderMap, id: DirectorId) -> Result<(), PageError> {
    let token = state.fleet.new_token(page.actor(), id).await?;
    let console = console_address(state, text(headers, header::HOST));
    let command =
        format!("arapaima-agent run --state /var/lib/arapaima-agent --console {console} --token {}", token);
    let until = page.now_ms() + TOKEN_LIFE_MS;
    state.offers.put(id, page.signed_in().session, command, until);
    Ok(())
}

/// Where agents find the console: its listener's address, or, where it listens on every address, the host by which the
/// browser reached the console.
fn console_address(state: &AppState, host: &str) -> String {
    let listener = state.fleet.address();
    if !listener.ip().is_unspecified() {
        return listener.to_string();
    }
    let name = match host.rsplit_once(':') {
        // The colons of a bare IPv6 address are within brackets.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    // The header is the browser's word: nothing may end up in a command line but a host.
    let plain =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    format!("{}:{}", if plain { name } else { "CONSOLE" }, listener.port())
}

/// The clusters that the person may add a machine to; refuses who may nowhere.
async fn choices(state: &AppState, page: &Page) -> Result<Vec<(ClusterId, String)>, PageError> {
    if !page.roles().may_somewhere(Role::Operator) {
        page.require(Role::Operator, None)?;
    }
    let clusters = state.store.clusters().await?.into_iter();
    let own = clusters.filter(|cluster| page.may(Role::Operator, cluster.id));
    Ok(own.map(|cluster| (cluster.id, cluster.name.to_string())).collect())
}

async fn phase(
    state: &AppState,
    director: &Director,
    known: &DirectorState,
) -> Result<Option<LiveDirector>, PageError> {
    let Some(revision) = state.store.latest_revision(director.cluster).await? else { return Ok(None) };
    let stats = state.fleet.stats(director.id);
    let seen = Seen { director: director.clone(), state: known.clone(), stats };
    let (shape, _) = compose(&revision, &[seen], state.clock.now_ms());
    let mut directors = shape.directors.into_iter();
    Ok(directors.find(|director| director.phase.presence() == Presence::Connected))
}

fn row(director: &Director, known: &DirectorState, cluster_name: String, wanted: Option<u64>) -> DirectorRow {
    let link = match director.revoked_ms {
        Some(ms) => Link::Revoked(ms),
        None if director.fingerprint.is_none() => Link::Unenrolled,
        None if known.connected => Link::Connected(known.since_ms),
        None => Link::Away(known.since_ms.or(director.last_seen_ms).or(director.enrolled_ms)),
    };
    let observed = known.observed.as_deref().filter(|_| known.connected);
    let at = |phase| observed.filter(|observed| observed.phase == phase).map(|observed| observed.generation);
    DirectorRow {
        id: director.id,
        name: director.name.to_string(),
        cluster: director.cluster,
        cluster_name,
        link,
        seen_ms: known.received_ms.max(director.last_seen_ms),
        // What was verified a moment ago is not in the store yet.
        observed: at(protocol::Phase::Verified)
            .or(director.observed_generation)
            .map(|generation| generation.0),
        partial: at(protocol::Phase::Partial).map(|generation| generation.0),
        refuses: at(protocol::Phase::Refused).is_some(),
        wanted,
        data_plane: known.facts.as_ref().map(|facts| facts.kind.clone()),
        role: director.role,
    }
}

/// The store's problems with a new director, at this form's fields.
fn add(errors: &mut FieldErrors, found: &Problems, lang: app::Lang) {
    for problem in found.iter() {
        let (name, label) = match problem.field {
            Field::ServerName => (names::NAME, words::NAME.get(lang)),
            other => ("", fields::label(other, lang)),
        };
        errors.push(name, label, problems::text(problem, lang));
    }
}
