//! The first run: somebody who can read the code that the console printed makes the first administrator. As soon as there is an
//! account, however it was made, this leads to the login.

use app::components::FieldErrors;
use app::i18n::{account as words, problems};
use app::pages::setup::{self, Setup, names};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Form};
use axum_extra::extract::CookieJar;
use model::{Field, Name, Problem};
use serde::Deserialize;
use tower_sessions::Session;

use super::account::wrong_password;
use crate::auth;
use crate::http::begin::begin;
use crate::http::page::{frame, see_other};
use crate::http::visit::Visit;
use crate::http::{AppState, Need, PageError, Routes};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get_as(Need::Nothing, "/setup", show).post_as(Need::Nothing, "/setup", make)
}

#[derive(Deserialize)]
struct First {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    repeat: String,
}

async fn show(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, PageError> {
    if state.store.count_users().await? > 0 {
        return Ok(see_other("/login"));
    }
    Ok(page(&state, &visit, StatusCode::OK, Setup::default()))
}

async fn make(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    session: Session,
    jar: CookieJar,
    headers: HeaderMap,
    Form(form): Form<First>,
) -> Result<Response, PageError> {
    if state.store.count_users().await? > 0 {
        return Ok(see_other("/login?made=1"));
    }
    let name = match look(&state, &form, &visit) {
        Ok(name) => name,
        Err(errors) => {
            tracing::info!(address = %visit.address, "a first run was not finished");
            let again = Setup { code: form.code, name: form.name, errors, ..Setup::default() };
            return Ok(page(&state, &visit, StatusCode::UNPROCESSABLE_ENTITY, again));
        }
    };
    let hash = state.auth.hash(&form.password).await;
    let hash = hash.map_err(|error| PageError::internal("cannot compute a password's hash", error))?;
    let made = state.store.create_first_user(&visit.address.to_string(), &name, &hash).await?;
    let Some(user) = made else { return Ok(see_other("/login?made=1")) };
    tracing::info!(%name, address = %visit.address, "made the first administrator");
    let jar = begin(&state, &visit, &session, jar, &headers, (user, name.to_string())).await?;
    Ok((jar, see_other("/")).into_response())
}

/// The name, or everything that is wrong, all at once. Who does not have the code learns nothing but that.
fn look(state: &AppState, form: &First, visit: &Visit) -> Result<Name, FieldErrors> {
    let lang = visit.lang;
    let mut errors = FieldErrors::default();
    if !state.setup.is(&form.code) {
        let wrong = if form.code.trim().is_empty() { words::MISSING } else { words::CODE_WRONG };
        errors.push(names::CODE, words::CODE.get(lang), wrong.get(lang));
    }
    let name = Name::parse(&form.name);
    if let Err(reason) = &name {
        let problem = Problem::new(Field::UserName, form.name.as_str(), reason.clone());
        errors.push(names::NAME, words::USER_NAME.get(lang), problems::text(&problem, lang));
    }
    if let Some(wrong) = wrong_password(&form.password, lang) {
        errors.push(names::PASSWORD, words::PASSWORD.get(lang), wrong);
    }
    if form.password != form.repeat {
        errors.push(names::REPEAT, words::REPEAT.get(lang), words::DIFFERENT.get(lang));
    }
    match name {
        Ok(name) if errors.is_empty() => Ok(name),
        _ => Err(errors),
    }
}

fn page(state: &AppState, visit: &Visit, status: StatusCode, form: Setup) -> Response {
    let title = words::SETUP_TITLE.get(visit.lang);
    let frame = frame(visit, state.assets.links().clone(), state.clock.now_ms(), None);
    let form = Setup { shortest: u64::try_from(auth::MIN).unwrap_or(u64::MAX), ..form };
    let html = app::frame::render(frame, title, move || setup::view(form));
    (status, Html(html)).into_response()
}
