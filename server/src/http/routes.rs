//! The list of routes. The router is built from it and from nothing else, so a test that walks the list walks every route. Each
//! says what it needs: a page a viewer, what is posted to it an operator, unless it names another [`Need`].

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};

use super::{AppState, Need};

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
    /// What it asks of the visitor.
    pub need: Need,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page, for viewers.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.get_as(Need::Viewer, path, handler)
    }

    /// What a page's form posts to, for operators.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.post_as(Need::Operator, path, handler)
    }

    /// A page that needs something else.
    #[must_use]
    pub fn get_as<H, T>(self, need: Need, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Route { method: Method::GET, path, need }, on(MethodFilter::GET, handler))
    }

    /// What a form posts to that needs something else.
    #[must_use]
    pub fn post_as<H, T>(self, need: Need, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Route { method: Method::POST, path, need }, on(MethodFilter::POST, handler))
    }

    /// A form for operators that may be larger than the rest: `limit` in bytes.
    #[must_use]
    pub fn post_up_to<H, T>(self, limit: usize, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let route = on(MethodFilter::POST, handler).layer(DefaultBodyLimit::max(limit));
        self.add(Route { method: Method::POST, path, need: Need::Operator }, route)
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

    /// What a request for the route of this path asks of its visitor. What no route knows needs a session: nobody outside
    /// learns what there is.
    pub(super) fn need(table: &[Route], method: &Method, path: Option<&str>) -> Need {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        let route = table.iter().find(|route| Some(route.path) == path && route.method == *method);
        route.map_or(Need::Session, |route| route.need)
    }

    /// The router that they make.
    pub(super) fn into_router(self) -> Router<AppState> {
        self.router
    }

    fn add(mut self, route: Route, handler: MethodRouter<AppState>) -> Self {
        let router = self.router.route(route.path, handler);
        self.table.push(route);
        Self { router, table: self.table }
    }
}
