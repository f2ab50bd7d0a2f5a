//! The list of clusters: make one, import one.

use crate::http::Routes;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
}
