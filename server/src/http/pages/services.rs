//! A cluster's virtual services.

use crate::http::Routes;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
}
