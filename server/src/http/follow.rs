//! Streams of events for pages that live. Each viewer reads the newest of something from a channel, so one that stalls holds
//! nothing but its connection.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use app::patch::Patch;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use model::Roles;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use super::AppState;
use super::session::SignedIn;

/// Without news, how often it is looked whether the viewer still may look.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What the browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(2);

/// The most live pages at once, over all sessions: ten times what is measured, and each holds some 45 kB.
pub(crate) const MOST_VIEWERS: usize = 2_000;

/// Which frame a viewer that has just come is told first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// The newest one at hand: at once, and as old as the time between two frames at most.
    AtHand,
    /// The next one that is made: of now, for somebody who asks once and then hears no more.
    Next,
}

impl First {
    /// By whether the address says `once`.
    pub(super) fn of(once: Option<&str>) -> Self {
        if once.is_some() { Self::Next } else { Self::AtHand }
    }
}

/// What `tell` makes of the first frame for a person with these roles, and of each newer one, `every` so often at most; nothing
/// more from it, and `end`, when the session is over or the right to look.
pub(super) fn follow<T, F>(
    state: AppState,
    signed_in: SignedIn,
    mut frames: watch::Receiver<Option<Arc<T>>>,
    first: First,
    every: Duration,
    tell: F,
) -> Response
where
    T: Send + Sync + 'static,
    F: FnMut(&T, &Roles) -> Option<Vec<Event>> + Send + 'static,
{
    match first {
        First::AtHand => frames.mark_changed(),
        First::Next => frames.mark_unchanged(),
    }
    let Some(place) = place(&state) else { return full() };
    let viewer = Viewer {
        _place: place,
        state,
        signed_in,
        frames,
        tell,
        pending: VecDeque::new(),
        next_at: Instant::now(),
        every,
        look_at: Instant::now() + LOOK_EVERY,
        over: false,
    };
    let events = stream::unfold(viewer, |mut viewer| async move {
        let event = viewer.next().await?;
        Some((Ok::<_, Infallible>(event), viewer))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// A place among the [`MOST_VIEWERS`] live pages, to be held as long as the stream; none where all are taken.
pub(super) fn place(state: &AppState) -> Option<OwnedSemaphorePermit> {
    Arc::clone(&state.viewers).try_acquire_owned().ok()
}

/// The answer where there is no place.
pub(super) fn full() -> Response {
    let again = [(header::RETRY_AFTER, HeaderValue::from_static("10"))];
    (StatusCode::SERVICE_UNAVAILABLE, again, "too many live pages are open").into_response()
}

/// An event for the browser's island.
pub(super) fn patch(patch: &Patch) -> Vec<Event> {
    // Plain data always has a JSON form.
    Event::default().event("patch").retry(RETRY).json_data(patch).into_iter().collect()
}

/// The last word of a stream that its viewer may not follow any longer.
pub(super) fn end() -> Event {
    Event::default().event("end").data("session")
}

struct Viewer<T, F> {
    /// Among [`MOST_VIEWERS`].
    _place: OwnedSemaphorePermit,
    state: AppState,
    signed_in: SignedIn,
    frames: watch::Receiver<Option<Arc<T>>>,
    tell: F,
    /// What has been told of the newest frame and not been sent yet.
    pending: VecDeque<Event>,
    /// Before then nothing more is told.
    next_at: Instant,
    every: Duration,
    look_at: Instant,
    over: bool,
}

impl<T, F: FnMut(&T, &Roles) -> Option<Vec<Event>>> Viewer<T, F> {
    /// The next event; none when the stream is over.
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            let next_at = self.next_at;
            let news = async {
                tokio::time::sleep_until(next_at).await;
                self.frames.changed().await
            };
            tokio::select! {
                () = self.state.closing.cancelled() => return None,
                () = tokio::time::sleep_until(self.look_at) => {
                    if !self.is_here().await {
                        return Some(self.end());
                    }
                }
                changed = news => {
                    changed.ok()?;
                    let Some(frame) = self.frames.borrow_and_update().clone() else { continue };
                    // What comes each second anyway is told at once when something changes in between.
                    if self.every > Duration::from_secs(1) {
                        self.next_at = Instant::now() + self.every;
                    }
                    if !self.is_here().await {
                        return Some(self.end());
                    }
                    match (self.tell)(&frame, &self.signed_in.roles) {
                        Some(events) => self.pending.extend(events),
                        None => return Some(self.end()),
                    }
                }
            }
        }
    }

    /// Whether the session has not ended meanwhile; its roles are those of now then. A store that does not answer ends nothing.
    async fn is_here(&mut self) -> bool {
        self.look_at = Instant::now() + LOOK_EVERY;
        match self.state.sessions.roles(&self.signed_in.session).await {
            Ok(Some(roles)) => self.signed_in.roles = Arc::new(roles),
            Ok(None) => return false,
            Err(_) => {}
        }
        true
    }

    fn end(&mut self) -> Event {
        self.over = true;
        end()
    }
}
