//! Control / Monitoring: the live table, starting, stopping.

mod stream;
mod text;

use std::time::Duration;

use app::components::{FieldErrors, Flash, check_ending, ending};
use app::frame::{ClusterHeader, HeaderDirector, Standing, Tab};
use app::i18n::{control as words, frame};
use app::live::{Numbers, Presence, Trends, View};
use app::pages::control::{self as pages, Control, Stop};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::ClusterId;
use serde::Deserialize;

use super::forms::count;
use crate::http::{AppState, Need, Page, PageError, Path, Routes};
use crate::store::StoreError;

/// The page that asks before a cluster stops waits so long for the number of its connections.
const COUNT_WITHIN: Duration = Duration::from_millis(1_500);

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/clusters/{id}/control", show)
        .get("/clusters/{id}/control/live", stream::patches)
        .get("/clusters/{id}/control/stream", stream::stream)
        .get("/clusters/{id}/control/text", text::show)
        .post("/clusters/{id}/start", start)
        .get_as(Need::Operator, "/clusters/{id}/stop", ask_stop)
        .post("/clusters/{id}/stop", stop)
}

/// What of the table somebody looks at, as it stands in the address.
#[derive(Deserialize)]
struct Viewed {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    page: String,
}

impl From<&Viewed> for View {
    fn from(viewed: &Viewed) -> Self {
        Self::parse(&viewed.q, &viewed.sort, &viewed.page).in_state(&viewed.state)
    }
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(viewed): Query<Viewed>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Control).await?;
    let drafted = state.store.draft(id).await?.cluster.services().len();
    let (shape, numbers, trends) = match state.live.now(id).await? {
        Some((shape, numbers, trends)) => (Some(shape), numbers, trends),
        None => (None, Numbers::default(), Trends::default()),
    };
    let look = page.visit().look.clone();
    if let Some(seconds) = look.reload() {
        page.reload(seconds);
    }
    let control = Control {
        cluster: id,
        shape,
        numbers,
        trends,
        view: View::from(&viewed),
        look,
        drafted: count(drafted),
        now_ms: page.now_ms(),
    };
    Ok(page.html(words::TITLE.get(page.lang()), move || pages::view(control)))
}

async fn start(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    switch(&state, &page, id, true).await
}

/// The form of the question.
#[derive(Deserialize)]
struct Stopping {
    /// How many virtual services end, where the question asks for the number.
    #[serde(default)]
    confirm: String,
}

async fn stop(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Form(form): Form<Stopping>,
) -> Result<Response, PageError> {
    let (header, lang) = (page.cluster_header(&state, id, Tab::Control).await?, page.lang());
    if matches!(header.standing, Standing::Running(_)) {
        let mut errors = FieldErrors::default();
        check_ending(&mut errors, ending(offered(&state, id).await?), &form.confirm, lang);
        if !errors.is_empty() {
            let asked = Stop { errors, ..asked(&state, id, &header).await? };
            let title = frame::STOP.get(lang);
            return Ok(page.html_status(StatusCode::UNPROCESSABLE_ENTITY, title, || pages::stop_view(asked)));
        }
    }
    switch(&state, &page, id, false).await
}

async fn switch(state: &AppState, page: &Page, id: ClusterId, running: bool) -> Result<Response, PageError> {
    let lang = page.lang();
    let before = state.store.latest_revision(id).await?;
    if before.as_deref().is_some_and(|revision| revision.desired.running == running) {
        let msg = if running { words::ALREADY_RUNNING } else { words::ALREADY_STOPPED };
        page.flash(Flash::done(msg.get(lang)));
        return Ok(page.redirect(&format!("/clusters/{id}/control")));
    }
    match state.store.set_running(page.actor(), id, running).await {
        Ok(revision) => {
            state.fleet.push(id);
            let msg = if running { words::STARTED } else { words::STOPPED };
            let name = revision.desired.cluster.name();
            page.flash(Flash::done(msg.with(lang, &[("name", name), ("n", &revision.generation)])));
            Ok(page.redirect(&format!("/clusters/{id}/control")))
        }
        Err(StoreError::NothingApplied) => {
            page.flash(Flash::failed(words::START_FIRST.get(lang)));
            Ok(page.redirect(&format!("/clusters/{id}/changes")))
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask_stop(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    let header = page.cluster_header(&state, id, Tab::Control).await?;
    let lang = page.lang();
    if !matches!(header.standing, Standing::Running(_)) {
        page.flash(Flash::done(words::ALREADY_STOPPED.get(lang)));
        return Ok(page.redirect(&format!("/clusters/{id}/control")));
    }
    let stop = asked(&state, id, &header).await?;
    Ok(page.html(frame::STOP.get(lang), move || pages::stop_view(stop)))
}

/// What stopping would end.
async fn asked(state: &AppState, id: ClusterId, header: &ClusterHeader) -> Result<Stop, PageError> {
    // Without a director there is nobody to wait for.
    let connected = |director: &HeaderDirector| director.presence == Presence::Connected;
    let numbers = if header.directors.iter().any(connected) {
        state.live.numbers_within(id, COUNT_WITHIN).await
    } else {
        None
    };
    let established = numbers.map(|numbers| {
        numbers.rows.iter().filter(|row| row[1] == 0).map(|row| row[2]).fold(0, u64::saturating_add)
    });
    let (name, errors) = (header.name.clone(), FieldErrors::default());
    Ok(Stop { cluster: id, name, services: offered(state, id).await?, established, errors })
}

/// How many virtual services a running cluster offers.
async fn offered(state: &AppState, id: ClusterId) -> Result<u64, PageError> {
    let revision = state.store.latest_revision(id).await?.ok_or(PageError::NotFound)?;
    let services = revision.desired.cluster.services().values();
    Ok(count(services.filter(|service| service.settings.active).count()))
}
