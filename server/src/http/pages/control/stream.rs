//! The live table's stream. Each viewer reads the cluster's newest second from a channel, so one that stalls holds
//! nothing but its connection.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use model::{ClusterId, Role};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::http::session::SignedIn;
use crate::http::{AppState, Page, PageError, Path};
use crate::live::Frame;

/// Without news, how often it is looked whether the viewer still may look.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What the browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(2);

/// `shape` when it changes, `numbers` every second, `end` when the session is over or the right to look.
pub(super) async fn stream(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    // Fails here, and not within the stream, where there is no such cluster.
    state.store.draft(id).await?;
    let mut frames = state.live.follow(id);
    // The newest frame is news to a viewer that has just come.
    frames.mark_changed();
    let viewer = Viewer {
        signed_in: page.signed_in().clone(),
        frames,
        version: 0,
        pending: None,
        id,
        look_at: Instant::now() + LOOK_EVERY,
        over: false,
        state,
    };
    let events = stream::unfold(viewer, |mut viewer| async move {
        let event = viewer.next().await?;
        Some((Ok::<_, Infallible>(event), viewer))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

struct Viewer {
    state: AppState,
    signed_in: SignedIn,
    frames: watch::Receiver<Option<Arc<Frame>>>,
    /// The shape that this viewer has.
    version: u64,
    /// The numbers that follow a shape.
    pending: Option<Arc<str>>,
    id: ClusterId,
    look_at: Instant,
    over: bool,
}

impl Viewer {
    /// The next event; none when the stream is over.
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        if let Some(numbers) = self.pending.take() {
            return Some(Event::default().event("numbers").data(&*numbers));
        }
        loop {
            tokio::select! {
                () = self.state.closing.cancelled() => return None,
                () = tokio::time::sleep_until(self.look_at) => {
                    if !self.may_look().await {
                        return Some(self.end());
                    }
                }
                changed = self.frames.changed() => {
                    changed.ok()?;
                    if !self.may_look().await {
                        return Some(self.end());
                    }
                    let Some(frame) = self.frames.borrow_and_update().clone() else { continue };
                    let numbers = Event::default().event("numbers");
                    if frame.version == self.version {
                        return Some(numbers.data(&*frame.numbers));
                    }
                    self.version = frame.version;
                    self.pending = Some(Arc::clone(&frame.numbers));
                    return Some(Event::default().event("shape").retry(RETRY).data(&*frame.shape));
                }
            }
        }
    }

    async fn may_look(&mut self) -> bool {
        self.look_at = Instant::now() + LOOK_EVERY;
        self.signed_in.may_still(&self.state, Role::Viewer, self.id).await
    }

    fn end(&mut self) -> Event {
        self.over = true;
        Event::default().event("end").data("session")
    }
}
