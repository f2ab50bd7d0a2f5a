//! Language and theme: two cookies, set by a form at the foot of every page, the login included.

use app::Lang;
use app::frame::Theme;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;
use tower_sessions::cookie::time::Duration;

use super::local::LocalPath;
use super::page::see_other;
use super::visit::{LANGUAGE, THEME, Visit};
use super::{Need, Routes};

/// A year: nobody wants to choose again.
const KEPT: Duration = Duration::days(365);

#[derive(Deserialize)]
struct Preferences {
    lang: Option<String>,
    theme: Option<String>,
    back: Option<String>,
}

/// `POST /preferences`.
pub(super) fn routes() -> Routes {
    Routes::new().post_as(Need::Nothing, "/preferences", set)
}

/// An unknown language changes nothing; an unknown theme is the system's; the way back is one of our own paths or the clusters.
async fn set(Extension(visit): Extension<Visit>, jar: CookieJar, Form(form): Form<Preferences>) -> Response {
    let secure = visit.secure;
    let mut jar = jar;
    if let Some(lang) = form.lang.as_deref().and_then(Lang::parse) {
        jar = jar.add(cookie(LANGUAGE, lang.tag(), secure));
    }
    if let Some(theme) = form.theme.as_deref().map(Theme::parse) {
        jar = jar.add(cookie(THEME, theme.name(), secure));
    }
    let back = form.back.as_deref().and_then(LocalPath::parse);
    (jar, see_other(back.as_ref().map_or("/clusters", LocalPath::as_str))).into_response()
}

fn cookie(name: &'static str, value: &'static str, secure: bool) -> Cookie<'static> {
    let cookie = Cookie::build((name, value)).path("/").max_age(KEPT).same_site(SameSite::Lax);
    cookie.http_only(true).secure(secure).build()
}
