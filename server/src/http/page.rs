//! What every handler of a page uses: who asks, in which language, and the ways to answer.

use std::sync::Mutex;

use app::Lang;
use app::components::Flash;
use app::frame::{AssetUrls, ClusterHeader, Frame, RailCluster, Rights, Tab};
use axum::extract::FromRequestParts;
use axum::http::{HeaderValue, StatusCode, header, request};
use axum::response::{Html, IntoResponse, Response};
use leptos::prelude::{IntoAny, IntoView};
use model::{ClusterId, Role, Roles};

use super::session::{Carry, Shown, SignedIn};
use super::visit::Visit;
use super::{AppState, PageError, Refused, summary};
use crate::store::Actor;

/// A page that somebody with a session asks for. To take it as an argument is to require the session, though the router has
/// done so already.
#[derive(Debug)]
pub struct Page {
    visit: Visit,
    signed_in: SignedIn,
    actor: Actor,
    assets: AssetUrls,
    now_ms: i64,
    rail: Vec<RailCluster>,
    cluster: Mutex<Option<ClusterHeader>>,
    crumbs: Mutex<Vec<(String, String)>>,
    flash: Mutex<Option<Flash>>,
    reload: Mutex<Option<u32>>,
}

impl Page {
    /// Who acts, for the store.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The language of the answer.
    pub fn lang(&self) -> Lang {
        self.visit.lang
    }

    /// The request's circumstances.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }

    /// What the person may do.
    pub fn roles(&self) -> &Roles {
        &self.signed_in.roles
    }

    /// Whether the person has this role, or more, in a cluster; without one, in the whole console. What [`Need`](super::Need)
    /// asks of a route by its path this asks of whatever else a handler touches: the clusters of a list, the target of a copy.
    pub fn may(&self, role: Role, cluster: impl Into<Option<ClusterId>>) -> bool {
        self.signed_in.roles.may(role, cluster.into())
    }

    /// Whether the person may see a cluster.
    pub fn sees(&self, cluster: ClusterId) -> bool {
        self.may(Role::Viewer, cluster)
    }

    /// Refuses who does not have this role, or more, in a cluster; without one, in the whole console.
    pub fn require(&self, role: Role, cluster: impl Into<Option<ClusterId>>) -> Result<(), PageError> {
        let cluster = cluster.into();
        if self.may(role, cluster) { Ok(()) } else { Err(PageError::Forbidden(Refused { role, cluster })) }
    }

    /// The person.
    pub fn signed_in(&self) -> &SignedIn {
        &self.signed_in
    }

    /// Leaves a message for the page that [`Page::redirect`] leads to; it is shown once.
    pub fn flash(&self, flash: impl Into<Flash>) {
        *lock(&self.flash) = Some(flash.into());
    }

    /// Makes the page load itself anew after so many seconds, where there is no script to update it.
    pub fn reload(&self, seconds: u32) {
        *lock(&self.reload) = Some(seconds);
    }

    /// The time of the answer, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The clusters of the rail: those that the person may see.
    pub fn rail(&self) -> &[RailCluster] {
        &self.rail
    }

    /// Adds a link to the breadcrumb, between the tab and the page's own title.
    pub fn crumb(&self, label: impl Into<String>, href: impl Into<String>) {
        lock(&self.crumbs).push((label.into(), href.into()));
    }

    /// Loads the header of a cluster and keeps it for [`Page::html`], which shows it above the page with this tab chosen.
    pub async fn cluster_header(
        &self,
        state: &AppState,
        id: ClusterId,
        tab: Tab,
    ) -> Result<ClusterHeader, PageError> {
        let header = summary::cluster_header(state, id).await?.at(tab);
        *lock(&self.cluster) = Some(header.clone());
        Ok(header)
    }

    /// The page, 200.
    pub fn html<V: IntoView + 'static>(
        &self,
        title: impl Into<String>,
        view: impl FnOnce() -> V + 'static,
    ) -> Response {
        self.html_status(StatusCode::OK, title, view)
    }

    /// The page with another status: 422 for a form that comes back, 409 for a conflict.
    pub fn html_status<V: IntoView + 'static>(
        &self,
        status: StatusCode,
        title: impl Into<String>,
        view: impl FnOnce() -> V + 'static,
    ) -> Response {
        let frame = Frame {
            rail: self.rail.clone(),
            cluster: lock(&self.cluster).clone(),
            crumbs: lock(&self.crumbs).clone(),
            reload: *lock(&self.reload),
            ..frame(&self.visit, self.assets.clone(), self.now_ms, Some(&self.signed_in))
        };
        let document = app::frame::render(frame, &title.into(), move || view().into_any());
        let mut response = (status, Html(document)).into_response();
        if self.signed_in.flash.is_some() {
            response.extensions_mut().insert(Shown);
        }
        response
    }

    /// To the next page (303), with the message left by [`Page::flash`]. `path` is one of our own.
    pub fn redirect(&self, path: &str) -> Response {
        let mut response = see_other(path);
        if let Some(flash) = lock(&self.flash).take() {
            response.extensions_mut().insert(Carry(flash));
        }
        response
    }
}

impl FromRequestParts<AppState> for Page {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut request::Parts, state: &AppState) -> Result<Self, PageError> {
        let visit = parts.extensions.get::<Visit>().cloned().ok_or(PageError::Unauthorized)?;
        let signed_in = parts.extensions.get::<SignedIn>().cloned().ok_or(PageError::Unauthorized)?;
        let rail = summary::rail(state, &signed_in.roles).await?;
        let assets = state.assets.links().clone();
        let now_ms = state.clock.now_ms();
        let (cluster, crumbs, flash, reload) = Default::default();
        let actor = signed_in.actor(&visit);
        Ok(Self { visit, signed_in, actor, assets, now_ms, rail, cluster, crumbs, flash, reload })
    }
}

/// See-other to a path of our own; one that no header can hold leads to the clusters.
pub(super) fn see_other(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/clusters"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// The frame around any page, without clusters.
pub(super) fn frame(visit: &Visit, assets: AssetUrls, now_ms: i64, signed_in: Option<&SignedIn>) -> Frame {
    Frame {
        lang: visit.lang,
        theme: visit.theme,
        nonce: visit.nonce.to_string(),
        assets,
        path: visit.path.to_string(),
        now_ms,
        user: signed_in.map(|signed_in| signed_in.name.to_string()),
        rights: signed_in.map(rights).unwrap_or_default(),
        flash: signed_in.and_then(|signed_in| signed_in.flash.clone()),
        ..Frame::default()
    }
}

/// What pages offer to a person.
pub(super) fn rights(signed_in: &SignedIn) -> Rights {
    Rights {
        look_only: signed_in.look_only,
        create: signed_in.roles.may(Role::Operator, None),
        audit: signed_in.roles.may_somewhere(Role::Operator),
        administer: signed_in.roles.may(Role::Administrator, None),
    }
}

/// Never held across an await, and nothing panics while it is.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
