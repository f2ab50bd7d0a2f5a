//! Language and theme: two cookies, set by a form at the foot of every page, the login included. And how somebody likes the live
//! table: a third one.

use std::borrow::Cow;

use app::Lang;
use app::frame::Theme;
use app::live::Look;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use tower_sessions::cookie::time::Duration;

use super::local::LocalPath;
use super::page::see_other;
use super::visit::{LANGUAGE, TABLE, THEME, Visit};
use super::{Need, Routes};

/// A year: nobody wants to choose again.
const KEPT: Duration = Duration::days(365);

/// What forms post here, name by name; columns come one by one.
struct Preferences(Vec<(String, String)>);

impl Preferences {
    fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// How the live table is to be, where the form is about it.
    fn look(&self) -> Option<Look> {
        self.get("table")?;
        let every = self.get("every").and_then(|seconds| seconds.parse().ok()).unwrap_or(1);
        let is_on = |name| self.get(name).is_some();
        Some(Look::new(self.all("column"), is_on("compact"), is_on("auto"), every))
    }
}

/// `POST /preferences`.
pub(super) fn routes() -> Routes {
    Routes::new().post_as(Need::Nothing, "/preferences", set)
}

/// An unknown language changes nothing; an unknown theme is the system's; the way back is one of our own paths or the clusters.
async fn set(
    Extension(visit): Extension<Visit>,
    jar: CookieJar,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let form = Preferences(form);
    let secure = visit.secure;
    let mut jar = jar;
    if let Some(lang) = form.get("lang").and_then(Lang::parse) {
        jar = jar.add(cookie(LANGUAGE, lang.tag(), secure));
    }
    if let Some(theme) = form.get("theme").map(Theme::parse) {
        jar = jar.add(cookie(THEME, theme.name(), secure));
    }
    if let Some(look) = form.look() {
        jar = jar.add(cookie(TABLE, look.value(), secure));
    }
    let back = form.get("back").and_then(LocalPath::parse);
    (jar, see_other(back.as_ref().map_or("/clusters", LocalPath::as_str))).into_response()
}

fn cookie(name: &'static str, value: impl Into<Cow<'static, str>>, secure: bool) -> Cookie<'static> {
    let cookie = Cookie::build((name, value.into())).path("/").max_age(KEPT).same_site(SameSite::Lax);
    cookie.http_only(true).secure(secure).build()
}
