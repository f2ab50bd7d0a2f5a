//! A page that lives: the bar that says how fresh it is, and the behaviour behind it. It listens to the console's stream of
//! [patches](crate::patch) and touches the cells that changed, nothing else. One to a page.
//!
//! What lives is found by its id, wherever it stands: rows in `#live-rows`, a blank one in `template#live-row`, parts by
//! the ids that the patches name. Elements with `data-live` are marked `data-stale` while nothing is heard.

#[cfg(feature = "hydrate")]
mod dom;
#[cfg(feature = "hydrate")]
mod feed;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the bar says, in the page's language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveWords {
    /// The first message is awaited.
    pub connecting: String,
    /// Messages come.
    pub live: String,
    /// Nothing is asked for.
    pub paused: String,
    /// No message for `{n}` seconds.
    pub stale: String,
    /// The session is over.
    pub ended: String,
    /// The button that pauses.
    pub pause: String,
    /// The button that goes on.
    pub resume: String,
    /// The button that asks once.
    pub update: String,
}

/// What the bar says.
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "the console makes the page before it is live")
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Status {
    /// No script has come yet, and perhaps none will.
    #[default]
    Asleep,
    /// The first message is awaited.
    Connecting,
    /// Messages come.
    Live,
    /// On the operator's wish.
    Paused,
    /// Paused, and asked once without an answer; nothing has been heard for so many seconds.
    Unanswered(u32),
    /// No message for so many seconds.
    Stale(u32),
    /// The session is over: the console will not answer until one logs in.
    Ended,
}

impl Status {
    fn class(self) -> &'static str {
        match self {
            Self::Asleep => "live-status",
            Self::Connecting => "live-status connecting",
            Self::Live => "live-status live",
            Self::Paused => "live-status paused",
            Self::Stale(_) | Self::Unanswered(_) | Self::Ended => "live-status stale",
        }
    }

    fn words(self, words: &LiveWords) -> String {
        match self {
            Self::Asleep => String::new(),
            Self::Connecting => words.connecting.clone(),
            Self::Live => words.live.clone(),
            Self::Paused => words.paused.clone(),
            Self::Stale(seconds) | Self::Unanswered(seconds) => {
                words.stale.replace("{n}", &seconds.to_string())
            }
            Self::Ended => words.ended.clone(),
        }
    }
}

/// The bar and its behaviour. Children: what the page shows.
#[island]
pub fn Live(
    /// Where the stream of patches is.
    stream: String,
    /// Every how many seconds a patch comes.
    every: u32,
    /// Whether it listens at once, or only when somebody asks.
    auto: bool,
    /// Whether there is a bar.
    bar: bool,
    /// What the bar says.
    words: LiveWords,
    /// The page's own address: updating without script.
    here: String,
    /// What the page shows.
    children: Children,
) -> impl IntoView {
    let status = RwSignal::new(Status::Asleep);
    let asleep = move || status.get() == Status::Asleep;
    let paused = move || matches!(status.get(), Status::Paused | Status::Unanswered(_));

    #[cfg(feature = "hydrate")]
    Effect::new(move || feed::start(stream.clone(), every, auto, status));
    // The console only needs these to write them into the page for the browser.
    #[cfg(not(feature = "hydrate"))]
    let _ = (stream, every, auto);

    let pause = move |_| {
        #[cfg(feature = "hydrate")]
        feed::toggle();
    };
    let update = move |_| {
        #[cfg(feature = "hydrate")]
        feed::update();
    };
    let (said, toggled, once) = (words.clone(), words.clone(), words.update.clone());
    view! {
        <div class="live-bar" hidden=!bar>
            <span class=move || status.get().class() role="status">{move || status.get().words(&said)}</span>
            <a class="button" href=here hidden=move || !asleep()>{words.update}</a>
            <button class="button" type="button" hidden=asleep on:click=pause aria-pressed=move || if paused() { "true" } else { "false" }>
                {move || if paused() { toggled.resume.clone() } else { toggled.pause.clone() }}
            </button>
            <button class="button" type="button" hidden=asleep on:click=update>{once}</button>
        </div>
        {children()}
    }
}
