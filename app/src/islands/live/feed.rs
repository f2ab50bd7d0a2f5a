//! The stream: opening, pausing, trying again, and saying how old the page is. One a page.

use std::cell::RefCell;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use super::Status;
use super::dom::Page;
use crate::patch::Patch;

/// Beyond the time between two messages, so long without one makes the page stale.
const GRACE_MS: f64 = 2_000.0;
/// The longest wait before the stream is tried again, in milliseconds.
const MAX_WAIT_MS: f64 = 30_000.0;

struct Feed {
    stream: String,
    every_ms: f64,
    status: RwSignal<Status>,
    source: Option<EventSource>,
    page: Page,
    paused: bool,
    /// One message is wanted, then silence again.
    once: bool,
    ended: bool,
    heard_ms: f64,
    failures: i32,
    retry_ms: f64,
}

thread_local! {
    static FEED: RefCell<Option<Feed>> = const { RefCell::new(None) };
}

/// Begins to listen; later, where it is not to be `auto`.
pub(super) fn start(stream: String, every: u32, auto: bool, status: RwSignal<Status>) {
    let feed = Feed {
        stream,
        every_ms: f64::from(every) * 1_000.0,
        status,
        source: None,
        page: Page::default(),
        paused: !auto,
        once: false,
        ended: false,
        heard_ms: now(),
        failures: 0,
        retry_ms: 0.0,
    };
    status.set(if auto { Status::Connecting } else { Status::Paused });
    FEED.with_borrow_mut(|slot| {
        let feed = slot.insert(feed);
        if auto {
            feed.open();
        }
    });
    let tick = Closure::<dyn FnMut()>::new(|| with(Feed::tick));
    let window = window();
    let _ =
        window.set_interval_with_callback_and_timeout_and_arguments_0(tick.as_ref().unchecked_ref(), 1_000);
    // A page that nobody sees costs the directors nothing.
    let seen = Closure::<dyn FnMut()>::new(|| with(Feed::seen));
    let _ = document().add_event_listener_with_callback("visibilitychange", seen.as_ref().unchecked_ref());
    // Both live as long as the page.
    tick.forget();
    seen.forget();
}

/// Pauses, or goes on.
pub(super) fn toggle() {
    with(|feed| {
        feed.paused = !feed.paused;
        feed.once = false;
        if feed.paused {
            feed.close();
            feed.status.set(Status::Paused);
        } else {
            feed.heard_ms = now();
            feed.open();
            feed.status.set(Status::Connecting);
        }
    });
}

/// Asks at once; a paused page stays paused.
pub(super) fn update() {
    with(|feed| {
        feed.once = feed.paused;
        feed.open();
    });
}

fn with(act: impl FnOnce(&mut Feed)) {
    FEED.with_borrow_mut(|feed| {
        if let Some(feed) = feed.as_mut() {
            act(feed);
        }
    });
}

fn now() -> f64 {
    js_sys::Date::now()
}

impl Feed {
    fn open(&mut self) {
        self.close();
        if self.ended {
            return;
        }
        let once = match (self.once, self.stream.contains('?')) {
            (false, _) => "",
            (true, false) => "?once=",
            (true, true) => "&once=",
        };
        let Ok(source) = EventSource::new(&format!("{}{once}", self.stream)) else { return };
        let listen = |name: &str, act: fn(&mut Feed, &str)| {
            let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    with(|feed| act(feed, &text));
                }
            });
            let _ = source.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
            // The source holds it; both go when the source is closed.
            heard.forget();
        };
        listen("patch", Self::patch);
        listen("end", |feed, _| {
            feed.ended = true;
            feed.close();
            feed.page.set_stale(true);
            feed.status.set(Status::Ended);
        });
        let broken = Closure::<dyn FnMut()>::new(|| with(Feed::broken));
        source.set_onerror(Some(broken.as_ref().unchecked_ref()));
        broken.forget();
        self.source = Some(source);
    }

    fn close(&mut self) {
        if let Some(source) = self.source.take() {
            source.close();
        }
    }

    fn patch(&mut self, text: &str) {
        let Ok(patch) = serde_json::from_str::<Patch>(text) else { return };
        self.page.apply(&patch, now());
        self.page.set_stale(false);
        self.heard_ms = now();
        self.failures = 0;
        if self.paused {
            if std::mem::take(&mut self.once) {
                self.close();
                self.status.set(Status::Paused);
            }
        } else if self.status.get_untracked() != Status::Live {
            self.status.set(Status::Live);
        }
    }

    /// The stream has broken: from here on nothing is known, however good it was a moment ago.
    fn broken(&mut self) {
        if self.ended {
            return;
        }
        if !self.paused {
            self.grow_stale();
        } else if std::mem::take(&mut self.once) {
            self.close();
            self.page.set_stale(true);
            self.status.set(Status::Unanswered(self.silent()));
        }
    }

    fn grow_stale(&mut self) {
        self.page.set_stale(true);
        self.status.set(Status::Stale(self.silent()));
    }

    /// For how many seconds nothing has been heard.
    fn silent(&self) -> u32 {
        ((now() - self.heard_ms) / 1_000.0) as u32
    }

    /// Every second: how old the page is, and another try where the browser has given up on its own.
    fn tick(&mut self) {
        self.page.forget_marks(now());
        if self.paused || self.ended || document().hidden() {
            return;
        }
        if self.page.is_stale() || now() - self.heard_ms > self.every_ms + GRACE_MS {
            self.grow_stale();
        }
        let gave_up = self.source.as_ref().is_none_or(|source| source.ready_state() == EventSource::CLOSED);
        if gave_up && self.retry_ms == 0.0 {
            // Between one half and the whole of the wait, so that many browsers do not come at once.
            let wait = (1_000.0 * 2_f64.powi(self.failures.min(8))).min(MAX_WAIT_MS);
            self.retry_ms = now() + wait * (0.5 + js_sys::Math::random() / 2.0);
            self.failures += 1;
        }
        if self.retry_ms > 0.0 && now() >= self.retry_ms {
            self.retry_ms = 0.0;
            if gave_up {
                self.open();
            }
        }
    }

    fn seen(&mut self) {
        if document().hidden() {
            self.close();
        } else if !self.paused {
            self.open();
        }
    }
}
