//! Turns every failed answer without a page of its own into one, in the visitor's language and frame: those of handlers, and
//! those that the router and the layers around it make (404, 405, 413, 422, a refused form of another site, a panic).

use app::Lang;
use app::frame::Frame;
use app::i18n::{errors as words, people};
use app::pages::error::{self, Failed};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use protocol::{MAX_OBJECTS, MAX_SPEC};
use tower_http::csrf::ProtectionError;

use super::error::Failure;
use super::session::SignedIn;
use super::visit::{Visit, text};
use super::{AppState, Refused, page, summary};
use crate::store::TooLarge;

/// Around all routes.
pub(super) async fn render(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let bare = wants_no_page(request.headers());
    let visit = request.extensions().get::<Visit>().cloned();
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let Some(visit) = visit else { return response };
    log(&visit, &method, &response);
    if bare || has_page(response.headers()) {
        return response;
    }
    document(&state, &visit, response).await
}

async fn document(state: &AppState, visit: &Visit, response: Response) -> Response {
    let status = response.status();
    let signed_in = response.extensions().get::<SignedIn>().cloned();
    let mut content = content(visit, &response);
    let refused = response.extensions().get::<Failure>().and_then(|failure| failure.refused);
    if let (Some(refused), Some(signed_in)) = (refused, &signed_in) {
        content.1 = forbidden(state, visit.lang, refused, signed_in).await;
    }
    // The rail is a kindness; a store that fails must not keep the page about it from appearing.
    let rail = match &signed_in {
        Some(signed_in) => summary::rail(state, &signed_in.roles).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let frame = page::frame(visit, state.assets.links().clone(), state.clock.now_ms(), signed_in.as_ref());
    let (title, text) = content;
    let failed =
        Failed { status: status.as_u16(), title: title.to_owned(), text, logged_in: signed_in.is_some() };
    // What the last page had to say waits for the next one that is there: here it would stay for good, for only a page
    // of the session's own takes it out.
    let html = app::frame::render(Frame { rail, flash: None, ..frame }, title, move || error::view(failed));
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    let wait = parts.extensions.get::<Failure>().and_then(|failure| failure.wait_s);
    let mut page = (status, parts.headers, parts.extensions, Html(html)).into_response();
    if let Some(seconds) = wait {
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    page
}

/// Title and text.
fn content(visit: &Visit, response: &Response) -> (&'static str, String) {
    let lang = visit.lang;
    let failure = response.extensions().get::<Failure>();
    let cross_site = response.extensions().get::<ProtectionError>().is_some();
    let why = failure.and_then(|failure| failure.why.as_deref());
    let too_large = failure.and_then(|failure| failure.too_large);
    let reference = visit.reference.as_ref();
    let (title, text) = match response.status() {
        StatusCode::NOT_FOUND => (words::NOT_FOUND, words::NOT_FOUND_WHY.get(lang).to_owned()),
        StatusCode::UNAUTHORIZED => {
            (app::i18n::account::LOG_IN, app::i18n::account::SESSION_ENDED.get(lang).to_owned())
        }
        StatusCode::FORBIDDEN if cross_site => {
            (words::CROSS_SITE, words::CROSS_SITE_WHY.get(lang).to_owned())
        }
        StatusCode::FORBIDDEN => (words::FORBIDDEN, words::ASK_ADMINISTRATOR.get(lang).to_owned()),
        StatusCode::CONFLICT => (words::CONFLICT, words::CONFLICT_WHY.get(lang).to_owned()),
        StatusCode::METHOD_NOT_ALLOWED => (words::METHOD, words::METHOD_WHY.get(lang).to_owned()),
        StatusCode::PAYLOAD_TOO_LARGE => (words::TOO_LARGE, words::TOO_LARGE_WHY.get(lang).to_owned()),
        StatusCode::TOO_MANY_REQUESTS => {
            let seconds = failure.and_then(|failure| failure.wait_s).unwrap_or(1);
            (words::TOO_MANY, words::TOO_MANY_WHY.with(lang, &[("seconds", &seconds)]))
        }
        StatusCode::INSUFFICIENT_STORAGE => (words::FULL, words::FULL_WHY.get(lang).to_owned()),
        StatusCode::SERVICE_UNAVAILABLE => (words::UNAVAILABLE, words::UNAVAILABLE_WHY.get(lang).to_owned()),
        StatusCode::UNPROCESSABLE_ENTITY if let Some(large) = too_large => {
            (words::TOO_LARGE, oversize(large, lang))
        }
        status if status.is_client_error() => {
            let why = why.map_or_else(|| status.to_string(), str::to_owned);
            (words::BAD_REQUEST, words::BAD_REQUEST_WHY.with(lang, &[("why", &why)]))
        }
        _ => (words::INTERNAL, words::INTERNAL_WHY.with(lang, &[("reference", &reference)])),
    };
    (title.get(lang), text)
}

/// Which role is missing, which one is there, and who can change that.
async fn forbidden(state: &AppState, lang: Lang, refused: Refused, signed_in: &SignedIn) -> String {
    /// So many names are enough to find somebody.
    const NAMED: u32 = 5;
    let Refused { role, cluster } = refused;
    let missing = if cluster.is_some() { words::NEEDS_IN_CLUSTER } else { words::NEEDS_EVERYWHERE };
    let own = cluster.map_or(signed_in.roles.everywhere, |cluster| signed_in.roles.on(cluster));
    let own = match own {
        Some(own) => words::HAS_ROLE.with(lang, &[("role", &people::role(own, lang))]),
        None => words::HAS_NONE.get(lang).to_owned(),
    };
    // Without names the sentence still says whom to ask.
    let names = state.store.administrators(NAMED).await.unwrap_or_default();
    let who = match names.as_slice() {
        [] => words::ASK_ADMINISTRATOR.get(lang).to_owned(),
        names => words::ASK.with(lang, &[("names", &names.join(people::BETWEEN.get(lang)))]),
    };
    let missing = missing.with(lang, &[("role", &people::role(role, lang))]);
    [missing, own, who].join(if lang == Lang::Zh { "" } else { " " })
}

fn oversize(large: TooLarge, lang: Lang) -> String {
    const MIB: usize = 1024 * 1024;
    match large {
        TooLarge::Objects(n) => words::TOO_MANY_OBJECTS.with(lang, &[("n", &n), ("max", &MAX_OBJECTS)]),
        TooLarge::Bytes(n) => {
            words::TOO_MANY_BYTES.with(lang, &[("n", &n.div_ceil(MIB)), ("max", &(MAX_SPEC / MIB))])
        }
    }
}

fn log(visit: &Visit, method: &Method, response: &Response) {
    let status = response.status().as_u16();
    let chain = response.extensions().get::<Failure>().and_then(|failure| failure.chain.as_deref());
    // Without the query, as in the access log: it may hold what nobody may read.
    let path = visit.path.split('?').next().unwrap_or_default();
    let reference = visit.reference.as_ref();
    if let Some(chain) = chain {
        tracing::error!(%method, path, status, reference, error = chain, "a request failed");
    } else if response.status().is_server_error() {
        tracing::error!(%method, path, status, reference, "a request failed");
    }
}

/// A program that reads events or a probe gets the status alone.
fn wants_no_page(headers: &HeaderMap) -> bool {
    text(headers, header::ACCEPT).contains("text/event-stream")
}

fn has_page(headers: &HeaderMap) -> bool {
    text(headers, header::CONTENT_TYPE).starts_with("text/html")
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::super::PageError;
    use super::*;

    #[test]
    fn what_no_director_takes_is_said_in_the_visitors_language() {
        let visit = Visit {
            lang: Lang::Zh,
            look: Default::default(),
            theme: Default::default(),
            nonce: "".into(),
            path: "/".into(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            secure: false,
            reference: "".into(),
        };
        let said = |large| content(&visit, &PageError::TooLarge(large).into_response());
        let (title, text) = said(TooLarge::Objects(100_001));
        assert_eq!(title, "内容过大");
        assert!(text.contains("100001") && text.contains("最多接受 100000 个"), "{text}");
        let (_, text) = said(TooLarge::Bytes(MAX_SPEC + 1));
        assert!(text.contains("49 MiB") && text.contains("最多接受 48 MiB"), "{text}");
    }
}
