//! Who is asking, and whether the route is for them.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use model::{ClusterId, Role, Roles};
use tower::{Layer, ServiceExt};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use super::local::LocalPath;
use super::visit::{Visit, text};
use super::{AppState, Need, PageError, Route, Routes};
use crate::store::{Actor, Sessions, StoreError, UserId, sessions_key};

/// The key of a session's record that holds the one-time message.
const FLASH: &str = "flash";

/// The person behind a request, in the extensions of its request and response.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user.
    pub user: UserId,
    /// Its name.
    pub name: Arc<str>,
    /// What the person may do, as it is at this request.
    pub roles: Arc<Roles>,
    /// The page is there to be read: its forms may not be posted.
    pub look_only: bool,
    /// The one-time message that this session still has to show.
    pub flash: Option<app::components::Flash>,
    /// The session's id as it is stored.
    pub session: [u8; 32],
}

/// In a response's extensions: what the session is to carry to the next page.
#[derive(Clone, Debug)]
pub(super) struct Carry(pub(super) app::components::Flash);

/// In a response's extensions: the message was shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown;

/// Reads and writes the session's cookie, by the name and with the attributes that the visitor's connection asks for.
pub(super) async fn cookie(State(sessions): State<Sessions>, request: Request, next: Next) -> Response {
    let secure = request.extensions().get::<Visit>().is_some_and(|visit| visit.secure);
    // The prefix makes browsers refuse such a cookie from anybody but this very host over TLS.
    let name = if secure { "__Host-arapaima" } else { "arapaima" };
    let layer = SessionManagerLayer::new(sessions)
        .with_name(name)
        .with_secure(secure)
        .with_same_site(SameSite::Strict)
        .with_http_only(true)
        .with_expiry(Expiry::OnSessionEnd);
    let answered: Result<Response, Infallible> = layer.layer(next).oneshot(request).await;
    match answered {
        Ok(response) => response,
        Err(impossible) => match impossible {},
    }
}

/// Lets through whom the route of `table` is for.
pub(super) async fn require(
    State((state, table)): State<(AppState, Arc<[Route]>)>,
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let need = Routes::need(&table, request.method(), path.as_deref());
    let signed_in = match signed_in(&state, &session).await {
        Ok(signed_in) => signed_in,
        Err(error) => return error.into_response(),
    };
    let Some(mut signed_in) = signed_in else {
        return if need == Need::Nothing { next.run(request).await } else { to_login(&request) };
    };
    let (mut parts, body) = request.into_parts();
    let admitted = need.admit(&state, &signed_in.roles, path.as_deref(), &mut parts).await;
    let mut response = match admitted {
        Ok(access) => {
            signed_in.look_only = access.look_only;
            parts.extensions.insert(signed_in.clone());
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    };
    let shown = response.extensions().get::<Shown>().is_some();
    let next = response.extensions().get::<Carry>().cloned();
    if let Err(error) = carry(&session, shown, next).await {
        // The page itself is right; a lost message is not worth an error page.
        tracing::warn!(%error, "cannot keep the message for the next page");
    }
    response.extensions_mut().insert(signed_in);
    response
}

impl SignedIn {
    /// Who acts, for the audit log.
    pub fn actor(&self, visit: &Visit) -> Actor {
        Actor { user: Some(self.user), name: self.name.to_string(), from: visit.address.to_string() }
    }

    /// Whether the session has not ended meanwhile and its person still has this role there; for streams, before each event.
    /// A store that does not answer ends nothing.
    pub(super) async fn may_still(
        &self,
        state: &AppState,
        role: Role,
        cluster: impl Into<Option<ClusterId>>,
    ) -> bool {
        let roles = state.sessions.roles(&self.session).await;
        let may = |roles: Option<Roles>| roles.is_some_and(|roles| roles.may(role, cluster.into()));
        roles.map_or(true, may)
    }
}

async fn signed_in(state: &AppState, session: &Session) -> Result<Option<SignedIn>, PageError> {
    let unreadable =
        |error: tower_sessions::session::Error| PageError::internal("cannot read the session", error);
    let user: Option<i64> = session.get(sessions_key::USER).await.map_err(unreadable)?;
    let (Some(user), Some(id)) = (user.map(UserId), session.id()) else { return Ok(None) };
    let person = match state.store.person(user).await {
        Ok(person) if person.disabled_ms.is_none() => person,
        // Shut out or deleted since the session was read.
        Ok(_) | Err(StoreError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (name, roles) = (person.name.into(), Arc::new(person.roles));
    let flash = session.get(FLASH).await.map_err(unreadable)?;
    Ok(Some(SignedIn { user, name, roles, look_only: false, flash, session: Sessions::hash(&id) }))
}

async fn carry(
    session: &Session,
    shown: bool,
    next: Option<Carry>,
) -> Result<(), tower_sessions::session::Error> {
    if shown {
        session.remove_value(FLASH).await?;
    }
    if let Some(Carry(flash)) = next {
        session.insert(FLASH, flash).await?;
    }
    Ok(())
}

/// A page sends to the login and back; a form or a stream gets a plain refusal: following a redirect would lose the one and
/// confuse the other.
fn to_login(request: &Request) -> Response {
    let page = matches!(*request.method(), Method::GET | Method::HEAD) && !is_stream(request.headers());
    if !page {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    match LocalPath::parse(path) {
        Some(next) if next.as_str() != "/" => {
            Redirect::to(&format!("/login?next={}", next.encoded())).into_response()
        }
        _ => Redirect::to("/login").into_response(),
    }
}

fn is_stream(headers: &HeaderMap) -> bool {
    text(headers, header::ACCEPT).contains("text/event-stream")
}
