//! The cookie by which a browser that somebody has logged in with is known again.
//!
//! It opens nothing. Its only worth is that a login with it is not held up by the failures of others, so that nobody who knows a
//! user's name can keep that user out.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use sha2::{Digest, Sha256};
use tower_sessions::cookie::time::Duration;

use super::AppState;
use super::visit::Visit;
use crate::auth::Source;
use crate::store::{REMEMBERED_MS, StoreError, UserId};

/// Who tries to log in as `user`.
pub(super) async fn source(
    state: &AppState,
    visit: &Visit,
    jar: &CookieJar,
    user: &str,
) -> Result<Source, StoreError> {
    let stranger = Source::Stranger(visit.address);
    let Some(id) = id(visit, jar) else { return Ok(stranger) };
    let known = state.store.knows_browser(user, id, state.clock.now_ms()).await?;
    Ok(if known { Source::Known(id) } else { stranger })
}

/// Remembers the browser that `user` has logged in with, by a new id each time.
pub(super) async fn remember(
    state: &AppState,
    visit: &Visit,
    jar: CookieJar,
    user: UserId,
) -> Result<CookieJar, StoreError> {
    let value = URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>());
    let id_hash = Sha256::digest(&value).into();
    state.store.remember_browser(user, id(visit, &jar), id_hash, state.clock.now_ms()).await?;
    let cookie = Cookie::build((name(visit), value)).path("/").max_age(Duration::milliseconds(REMEMBERED_MS));
    Ok(jar.add(cookie.same_site(SameSite::Strict).http_only(true).secure(visit.secure).build()))
}

/// What the browser brought, hashed. Anything else than such an id is as good as another one that nobody knows.
fn id(visit: &Visit, jar: &CookieJar) -> Option<[u8; 32]> {
    jar.get(name(visit)).map(|cookie| Sha256::digest(cookie.value()).into())
}

fn name(visit: &Visit) -> &'static str {
    if visit.secure { "__Host-arapaima-browser" } else { "arapaima-browser" }
}
