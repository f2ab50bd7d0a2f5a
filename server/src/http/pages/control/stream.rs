//! The live table's streams: patches for browsers, JSON for programs.

use std::sync::Arc;
use std::time::Duration;

use app::live::{Look, View};
use app::sheet::Sheet;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::response::sse::Event;
use model::{ClusterId, Role, Roles};
use serde::Deserialize;

use super::Viewed;
use crate::http::follow::{First, follow, patch};
use crate::http::{AppState, Page, PageError, Path};
use crate::live::{Frame, Looked};

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(flatten)]
    viewed: Viewed,
    /// [`Look::value`]: the columns of the page that asks, whatever has been chosen since.
    #[serde(default)]
    look: String,
    /// There for somebody who wants one patch alone.
    once: Option<String>,
}

/// `patch`: what differs on the page that somebody looks at.
pub(super) async fn patches(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    // Fails here, and not within the stream, where there is no such cluster.
    let draft = state.store.draft(id).await?;
    let look = Look::parse(&asked.look);
    let every = Duration::from_secs(look.every.into());
    let (view, lang) = (View::from(&asked.viewed), page.lang());
    let mut looked = Looked { cluster: id, view, look, lang, look_only: true };
    let frames = state.live.follow(id);
    // The page that asks is of now: what was made before the last edit, start or stop would take that back.
    let newest = frames.borrow().as_ref().is_some_and(|frame| frame.is_of(&draft));
    let first = if newest { First::of(asked.once.as_deref()) } else { First::Next };
    let mut last: Option<Arc<Sheet>> = None;
    Ok(follow(state, page.signed_in().clone(), frames, first, every, move |frame: &Frame, roles: &Roles| {
        looked.look_only = !roles.may(Role::Operator, Some(id));
        let sheet = frame.sheet(&looked);
        let news = patch(&sheet.patch(last.as_deref()));
        last = Some(sheet);
        roles.may(Role::Viewer, Some(id)).then_some(news)
    }))
}

/// `shape` when it changes, `numbers` every second.
pub(super) async fn stream(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    state.store.draft(id).await?;
    let frames = state.live.follow(id);
    let mut version = 0;
    Ok(follow(
        state,
        page.signed_in().clone(),
        frames,
        First::AtHand,
        Duration::from_secs(1),
        move |frame: &Frame, roles: &Roles| {
            if !roles.may(Role::Viewer, Some(id)) {
                return None;
            }
            let numbers = Event::default().event("numbers").data(&*frame.numbers_json());
            if frame.version() == version {
                return Some(vec![numbers]);
            }
            version = frame.version();
            Some(vec![Event::default().event("shape").data(&*frame.shape_json()), numbers])
        },
    ))
}
