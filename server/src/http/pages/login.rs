//! Log in and out.

use app::Lang;
use app::components::{FieldErrors, Flash, Tone};
use app::i18n::account as words;
use app::pages::login::{self, Login, names};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Form};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use tower_sessions::Session;

use crate::auth::AuthError;
use crate::http::begin::begin;
use crate::http::page::{frame, see_other};
use crate::http::session::SignedIn;
use crate::http::visit::Visit;
use crate::http::{AppState, LocalPath, Need, PageError, Routes, browser};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get_as(Need::Nothing, "/login", show).post_as(Need::Nothing, "/login", log_in).post_as(
        Need::Own,
        "/logout",
        log_out,
    )
}

#[derive(Deserialize)]
struct Arrival {
    /// Where to go afterwards.
    next: Option<String>,
    /// Present after a logout.
    out: Option<String>,
    /// Present where somebody else has made the first account meanwhile.
    made: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    next: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    signed_in: Option<Extension<SignedIn>>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, PageError> {
    let next = arrival.next.as_deref().and_then(LocalPath::parse);
    if signed_in.is_some() {
        return Ok(see_other(next.as_ref().map_or("/", LocalPath::as_str)));
    }
    if state.store.count_users().await? == 0 {
        // Before the first user there is nothing to try.
        return Ok(see_other("/setup"));
    }
    let message = match arrival {
        Arrival { out: Some(_), .. } => Some(Flash::done(words::LOGGED_OUT.get(visit.lang))),
        Arrival { made: Some(_), .. } => Some(info(words::MADE_ALREADY.get(visit.lang))),
        _ if next.is_some() => Some(info(words::SESSION_ENDED.get(visit.lang))),
        _ => None,
    };
    let login = Login { next: next_field(next.as_ref()), message, ..Login::default() };
    Ok(page(&state, &visit, StatusCode::OK, login))
}

async fn log_in(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    session: Session,
    jar: CookieJar,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> Result<Response, PageError> {
    let next = form.next.as_deref().and_then(LocalPath::parse);
    let again = Login { name: form.name.clone(), next: next_field(next.as_ref()), ..Login::default() };
    let errors = missing(&form, visit.lang);
    if !errors.is_empty() {
        return Ok(page(&state, &visit, StatusCode::UNPROCESSABLE_ENTITY, Login { errors, ..again }));
    }
    let source = browser::source(&state, &visit, &jar, &form.name).await?;
    let verified = state.auth.verify(&state.store, &form.name, &form.password, source, state.clock.now_ms());
    let user = match verified.await {
        Ok(user) => user,
        Err(AuthError::Wrong) => {
            tracing::info!(address = %visit.address, "a login failed");
            failed(&state, &visit, &form.name).await;
            let wrong = format!("{} {}", words::WRONG.get(visit.lang), words::WRONG_REMEDY.get(visit.lang));
            let again = Login { message: Some(Flash::failed(wrong)), ..again };
            return Ok(page(&state, &visit, StatusCode::UNPROCESSABLE_ENTITY, again));
        }
        Err(AuthError::Wait(wait)) => {
            tracing::warn!(address = %visit.address, seconds = wait.seconds(), "logins come too often");
            let message = Flash::failed(words::WAIT.with(visit.lang, &[("n", &wait.seconds())]));
            let again = Login { message: Some(message), ..again };
            let mut response = page(&state, &visit, StatusCode::TOO_MANY_REQUESTS, again);
            response.headers_mut().insert(header::RETRY_AFTER, wait.seconds().into());
            return Ok(response);
        }
        Err(AuthError::Disabled) => {
            tracing::info!(address = %visit.address, "somebody whose account is disabled tried to log in");
            failed(&state, &visit, &form.name).await;
            let again = Login { message: Some(Flash::failed(words::DISABLED.get(visit.lang))), ..again };
            return Ok(page(&state, &visit, StatusCode::FORBIDDEN, again));
        }
        Err(AuthError::Store(error)) => return Err(error.into()),
        Err(error @ AuthError::Hash(_)) => return Err(PageError::internal("cannot check a password", error)),
    };
    let jar = begin(&state, &visit, &session, jar, &headers, (user.id, user.name)).await?;
    Ok((jar, see_other(next.as_ref().map_or("/", LocalPath::as_str))).into_response())
}

/// Writes a failed login down. What cannot be written keeps nobody from trying again.
async fn failed(state: &AppState, visit: &Visit, typed: &str) {
    let noted = async {
        // Not what was typed, which may be a password: the account's own name, or nothing.
        let name = state.store.user_by_name(typed).await?.map(|user| user.name).unwrap_or_default();
        state.sessions.login_failed(&name, &visit.address.to_string()).await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "cannot write down that a login failed");
    }
}

async fn log_out(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    Extension(signed_in): Extension<SignedIn>,
    session: Session,
) -> Result<Response, PageError> {
    session.flush().await.map_err(|error| PageError::internal("cannot end the session", error))?;
    state.sessions.record(&signed_in.actor(&visit), "session.logout", "").await?;
    Ok(see_other("/login?out=1"))
}

fn info(text: impl Into<String>) -> Flash {
    Flash { tone: Tone::Info, text: text.into(), next: None }
}

fn missing(form: &Credentials, lang: Lang) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let fields =
        [(names::NAME, words::USER_NAME, &form.name), (names::PASSWORD, words::PASSWORD, &form.password)];
    for (name, label, value) in fields {
        if value.is_empty() {
            errors.push(name, label.get(lang), words::MISSING.get(lang));
        }
    }
    errors
}

fn next_field(next: Option<&LocalPath>) -> String {
    next.map(|next| next.as_str().to_owned()).unwrap_or_default()
}

fn page(state: &AppState, visit: &Visit, status: StatusCode, login: Login) -> Response {
    let title = words::LOG_IN.get(visit.lang);
    let frame = frame(visit, state.assets.links().clone(), state.clock.now_ms(), None);
    let html = app::frame::render(frame, title, move || login::view(login));
    (status, Html(html)).into_response()
}
