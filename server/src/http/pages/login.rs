//! Log in and out.

use crate::http::Routes;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
}
