//! The parameters of a path. Where one cannot be what it stands for (an id that is no number) there is no page, and the visitor
//! gets the page about that and not a parser's words.

use axum::extract::FromRequestParts;
use axum::http::request;
use serde::de::DeserializeOwned;

use super::PageError;

/// axum's, with [`PageError::NotFound`] for whatever does not parse.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, PageError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(PageError::NotFound),
        }
    }
}
