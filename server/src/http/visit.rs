//! What is known of a request before anybody knows who sent it: language, theme, nonce, where from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use app::Lang;
use app::frame::Theme;
use app::live::Look;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rand::Rng;

use super::AppState;
use super::forwarded::{Sender, sender};
use crate::config::{Config, Tls};

/// The cookie that remembers the language.
pub const LANGUAGE: &str = "language";
/// The cookie that remembers the theme.
pub const THEME: &str = "theme";

/// The cookie that remembers how somebody likes the live table.
pub const TABLE: &str = "table";

/// A request's circumstances; in the extensions of every request.
#[derive(Clone, Debug)]
pub struct Visit {
    /// By cookie, else by the browser's wish.
    pub lang: Lang,
    /// By cookie, else as the system has it.
    pub theme: Theme,
    /// By cookie: columns, rows and updates of the live table.
    pub look: Look,
    /// The one that this response's policy and scripts share; 128 random bits.
    pub nonce: Arc<str>,
    /// Path and query, as asked for.
    pub path: Arc<str>,
    /// The browser's address.
    pub address: IpAddr,
    /// Whether nobody on the browser's way here can read along, as far as the console or a trusted proxy can tell.
    pub secure: bool,
    /// Names the request in log and error page.
    pub reference: Arc<str>,
}

/// Puts a [`Visit`] beside the request.
pub(super) async fn visit(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let visit = Visit::of(&request, &state.config);
    request.extensions_mut().insert(visit);
    next.run(request).await
}

impl Visit {
    fn of(request: &Request, config: &Config) -> Self {
        let headers = request.headers();
        let cookies = CookieJar::from_headers(headers);
        let lang = cookies.get(LANGUAGE).and_then(|cookie| Lang::parse(cookie.value()));
        let theme = cookies.get(THEME).map(|cookie| Theme::parse(cookie.value()));
        let look = cookies.get(TABLE).map(|cookie| Look::parse(cookie.value()));
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let Sender { address, https } = sender(peer, headers, &config.proxies);
        Self {
            lang: lang.unwrap_or_else(|| Lang::accept(text(headers, header::ACCEPT_LANGUAGE))),
            theme: theme.unwrap_or_default(),
            look: look.unwrap_or_default(),
            nonce: random().into(),
            path: path.into(),
            address,
            secure: https || config.tls != Tls::Off,
            reference: random().into(),
        }
    }
}

/// A header's text; empty where there is none.
pub(super) fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn random() -> String {
    STANDARD_NO_PAD.encode(rand::rng().random::<[u8; 16]>())
}
