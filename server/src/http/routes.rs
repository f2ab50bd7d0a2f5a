//! The list of routes. The router is built from it and from nothing else, so a test that walks the list walks every route.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};

use super::AppState;

/// Routes of one page or of all, with the router that they make.
#[derive(Default)]
pub struct Routes {
    router: Router<AppState>,
    table: Vec<Route>,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// GET or POST; pages need no other.
    pub method: Method,
    /// As axum writes it: `/clusters/{id}`.
    pub path: &'static str,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Method::GET, path, on(MethodFilter::GET, handler))
    }

    /// What a page's form posts to.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Method::POST, path, on(MethodFilter::POST, handler))
    }

    /// A form that may be larger than the rest: `limit` in bytes.
    #[must_use]
    pub fn post_up_to<H, T>(self, limit: usize, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let route = on(MethodFilter::POST, handler).layer(DefaultBodyLimit::max(limit));
        self.add(Method::POST, path, route)
    }

    /// Both lists in one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.table.extend(other.table);
        Self { router: self.router.merge(other.router), table: self.table }
    }

    /// Every route, in the order of its adding.
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    /// The router that they make.
    pub(super) fn into_router(self) -> Router<AppState> {
        self.router
    }

    fn add(mut self, method: Method, path: &'static str, route: MethodRouter<AppState>) -> Self {
        self.table.push(Route { method, path });
        Self { router: self.router.route(path, route), table: self.table }
    }
}
