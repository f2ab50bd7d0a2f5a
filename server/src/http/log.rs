//! The access log: one line for each request, when its answer begins.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::session::SignedIn;
use super::visit::Visit;

/// Longer ones are worth a look even where nobody asked for the access log.
const SLOW: Duration = Duration::from_secs(2);

/// Writes the line. Never the query's values or a form: they may hold what nobody may read.
pub(super) async fn access(request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let visit = request.extensions().get::<Visit>().cloned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let took = begin.elapsed();
    let reference = visit.as_ref().map_or("", |visit| &visit.reference);
    let address = visit.as_ref().map(|visit| visit.address.to_string()).unwrap_or_default();
    let user = response.extensions().get::<SignedIn>().map_or("-", |signed_in| &signed_in.name);
    if took > SLOW {
        tracing::warn!(%method, path, status, ?took, address, user, reference, "a slow request");
    } else if path.starts_with("/assets/") || path == "/healthz" {
        tracing::debug!(%method, path, status, ?took, address, user, reference, "request");
    } else {
        tracing::info!(%method, path, status, ?took, address, user, reference, "request");
    }
    response
}
