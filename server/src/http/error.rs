//! How a handler fails. What the browser sees is made by `error_page` around all routes, in the visitor's language and frame;
//! what an operator of the console needs goes to the log, whole chain, under the reference that the page shows.

use std::fmt;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Refused;
use crate::store::{Conflict, StoreError, TooLarge};

/// A page that cannot be shown, or a form that cannot be done.
#[derive(Debug)]
pub enum PageError {
    /// No session.
    Unauthorized,
    /// No such page or object.
    NotFound,
    /// Not this person.
    Forbidden(Refused),
    /// Somebody else was faster.
    Conflict(Conflict),
    /// Not readable: what is wrong, in English.
    BadRequest(String),
    /// A cluster that no director takes.
    TooLarge(TooLarge),
    /// Too often; seconds to wait.
    TooMany(u64),
    /// No room on the disk.
    Full(Box<dyn std::error::Error + Send + Sync>),
    /// Cannot be done at this moment.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
    /// Ours: what was attempted, and why it failed.
    Internal(&'static str, Box<dyn std::error::Error + Send + Sync>),
}

/// In a response's extensions: what the page about an error has to say, beside its status.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) conflict: Option<Conflict>,
    pub(super) why: Option<String>,
    pub(super) wait_s: Option<u64>,
    pub(super) too_large: Option<TooLarge>,
    pub(super) disk_full: bool,
    pub(super) refused: Option<Refused>,
    /// For the log alone.
    pub(super) chain: Option<Arc<str>>,
}

impl PageError {
    /// Ours: what was attempted, and why it failed.
    pub fn internal(attempted: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(attempted, Box::new(source))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Full(_) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(..) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => Self::NotFound,
            StoreError::Conflict(conflict) => Self::Conflict(conflict),
            // Who expects them shows them beside their fields; elsewhere they still are the visitor's to mend.
            StoreError::Invalid(problems) => Self::BadRequest(problems.to_string()),
            StoreError::TooLarge(large) => Self::TooLarge(large),
            error @ (StoreError::NothingApplied
            | StoreError::LastAdministrator
            | StoreError::RolesMoved(_)
            | StoreError::RetentionMoved(_)
            | StoreError::TooManyUsers) => Self::BadRequest(error.to_string()),
            error @ StoreError::Full(_) => Self::Full(Box::new(error)),
            error @ StoreError::Busy(_) => Self::Unavailable(Box::new(error)),
            error @ (StoreError::Damaged { .. } | StoreError::Database(_)) => {
                Self::internal("cannot ask the store", error)
            }
        }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("no session"),
            Self::NotFound => f.write_str("no such page or object"),
            Self::Forbidden(refused) => write!(f, "not allowed: needs the role {}", refused.role),
            Self::Conflict(conflict) => conflict.fmt(f),
            Self::BadRequest(why) => f.write_str(why),
            Self::TooLarge(large) => large.fmt(f),
            Self::TooMany(seconds) => write!(f, "too many attempts; wait {seconds} s"),
            Self::Full(source) | Self::Unavailable(source) => f.write_str(&chain(source.as_ref())),
            Self::Internal(attempted, source) => write!(f, "{attempted}: {}", chain(source.as_ref())),
        }
    }
}

impl std::error::Error for PageError {}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let ours = matches!(self, Self::Full(_) | Self::Unavailable(_) | Self::Internal(..));
        let mut failure = Failure {
            conflict: None,
            why: None,
            wait_s: None,
            too_large: None,
            disk_full: false,
            refused: None,
            chain: None,
        };
        if ours {
            failure.chain = Some(self.to_string().into());
        }
        match self {
            Self::Conflict(conflict) => failure.conflict = Some(conflict),
            Self::BadRequest(why) => failure.why = Some(why),
            Self::TooLarge(large) => failure.too_large = Some(large),
            Self::TooMany(seconds) => failure.wait_s = Some(seconds),
            Self::Full(_) => failure.disk_full = true,
            Self::Forbidden(refused) => failure.refused = Some(refused),
            Self::Unauthorized | Self::NotFound | Self::Unavailable(_) | Self::Internal(..) => {}
        }
        response.extensions_mut().insert(failure);
        response
    }
}

/// An error with everything beneath it.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
