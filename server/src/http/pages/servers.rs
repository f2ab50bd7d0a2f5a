//! A virtual service's real servers.

use crate::http::Routes;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
}
