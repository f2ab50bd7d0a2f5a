//! What answers browsers.
//!
//! One list of routes ([`routes()`]), from which the router is built; nothing is reachable that the list does not have. Around it,
//! from the outside in: the request's circumstances ([`visit::Visit`]), security headers, compression, error pages, a catch for
//! panics, a time limit, the refusal of other sites' forms, body limits, the session. Deny by default: every route says what it
//! needs ([`Need`]), and the innermost layer lets nobody else through.

pub mod assets;
mod begin;
mod browser;
pub mod certificate;
mod certificate_check;
mod encoding;
mod error;
mod error_page;
mod follow;
mod forwarded;
mod health;
pub mod listen;
mod local;
mod log;
mod need;
mod offers;
pub mod page;
pub mod pages;
mod path;
mod preferences;
mod routes;
mod security;
pub mod session;
mod stall;
mod summary;
pub mod tls;
pub mod visit;
mod worked_out;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use model::DirectorId;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

pub use assets::{Assets, AssetsError};
pub use certificate::Certificate;
pub use error::PageError;
pub(crate) use follow::MOST_VIEWERS;
pub use local::LocalPath;
pub use need::{Need, Refused};
pub use offers::Offers;
pub use page::Page;
pub use path::Path;
pub use routes::{Route, Routes};
pub use worked_out::WorkedOut;

use crate::auth::{Auth, Setup};
use crate::clock::Clock;
use crate::config::Config;
use crate::fleet::Fleet;
use crate::live::Live;
use crate::store::{Sessions, Store, UserId};

/// The most bytes of a form. Ours: the largest one, a virtual service, has some hundred.
const BODY_LIMIT: usize = 1024 * 1024;
/// The most bytes of an uploaded file: thousands of virtual services in lvs.cf.
pub const IMPORT_LIMIT: usize = 2 * 1024 * 1024;
/// How long a page may take, reading its form included. Streams answer at once and then go on.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Compressing less is not worth its header.
const COMPRESS_FROM: u64 = 512;

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The memory.
    pub store: Store,
    /// The sessions in it.
    pub sessions: Sessions,
    /// Passwords, and how often they may be tried.
    pub auth: Auth,
    /// The directors' agents.
    pub fleet: Fleet,
    /// What clusters do now.
    pub live: Live,
    /// Enrolment commands that are shown once.
    pub offers: Offers<DirectorId>,
    /// Passwords that are shown once.
    pub passwords: Offers<UserId>,
    /// The code of the first run.
    pub setup: Setup,
    /// What protects the pages; none for plain HTTP.
    pub certificate: Option<Arc<Certificate>>,
    /// The time.
    pub clock: Clock,
    /// What `serve` was told.
    pub config: Arc<Config>,
    /// Places for live pages.
    pub viewers: Arc<Semaphore>,
    /// What the frame around pages has worked out of whole clusters.
    pub worked_out: Arc<WorkedOut>,
    /// What browsers load.
    pub assets: Arc<Assets>,
    /// Cancelled when the console ends: streams stop then, so that it can.
    pub closing: CancellationToken,
}

/// Every route of the console.
pub fn routes() -> Routes {
    Routes::new()
        .get_as(Need::Nothing, "/assets/{*file}", assets::get)
        .and(health::routes())
        .and(preferences::routes())
        .and(pages::routes())
}

/// The router with everything around it.
pub fn router(state: AppState) -> Router {
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Precise(4))
        .compress_when(SizeAbove::new(COMPRESS_FROM).and(is_html));
    let routes = routes();
    let table: Arc<[Route]> = routes.table().into();
    // The last one added is the first to see a request.
    routes
        .into_router()
        .fallback(async || PageError::NotFound)
        .layer(from_fn_with_state((state.clone(), table), session::require))
        .layer(from_fn_with_state(state.sessions.clone(), session::cookie))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIME_LIMIT))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state.clone(), error_page::render))
        .layer(compression)
        .layer(from_fn_with_state(state.clone(), security::headers))
        .layer(from_fn(log::access))
        .layer(from_fn_with_state(state.clone(), visit::visit))
        .with_state(state)
}

/// Pages alone: assets come compressed, and a stream must not wait for a full buffer.
fn is_html(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    visit::text(headers, header::CONTENT_TYPE).starts_with("text/html")
}

/// Also for the log; the page comes from the layer of error pages.
#[expect(clippy::needless_pass_by_value, reason = "the layer gives it away")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
