//! Liveness: the program answers and its database does.

use axum::extract::State;
use axum::http::StatusCode;

use super::{AppState, Need, Routes};

/// `GET /healthz`.
pub(super) fn routes() -> Routes {
    Routes::new().get_as(Need::Nothing, "/healthz", get)
}

/// Says nothing about why: anybody may ask.
async fn get(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.store.alive().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
