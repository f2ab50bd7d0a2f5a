//! Beginning a session: after a login, and after the first administrator was made.

use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use tower_sessions::Session;

use super::visit::{Visit, text};
use super::{AppState, PageError, browser};
use crate::store::{Actor, UserId, sessions_key};

/// The longest name of a browser that is kept.
const AGENT_MAX: usize = 200;

/// Begins a session of this user, with a new id whatever cookie the browser brought, and remembers the browser: an id that
/// somebody else planted stays worthless.
pub(super) async fn begin(
    state: &AppState,
    visit: &Visit,
    session: &Session,
    jar: CookieJar,
    headers: &HeaderMap,
    (user, name): (UserId, String),
) -> Result<CookieJar, PageError> {
    let agent: String = text(headers, header::USER_AGENT).chars().take(AGENT_MAX).collect();
    let begun = async {
        // The old session, if there was one, ends; nothing of it is taken over, and least of all its id.
        if session.id().is_some() {
            session.clear().await;
            session.cycle_id().await?;
        }
        session.insert(sessions_key::USER, user.0).await?;
        session.insert(sessions_key::ADDRESS, visit.address.to_string()).await?;
        session.insert(sessions_key::AGENT, &agent).await
    };
    begun.await.map_err(|error| PageError::internal("cannot begin a session", error))?;
    let actor = Actor { user: Some(user), name, from: visit.address.to_string() };
    state.sessions.record(&actor, "session.login", &agent).await?;
    Ok(browser::remember(state, visit, jar, user).await?)
}
