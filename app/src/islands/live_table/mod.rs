//! The live table's behaviour: it listens to the console's stream and touches the cells that changed, nothing else.
//! The table itself is made by the console (see [`crate::live`]) and given as children.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
mod dom;

use leptos::prelude::*;

use crate::i18n::{Lang, control as words};
use crate::live::View;

/// What the line above the table says.
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
            Self::Stale(_) | Self::Ended => "live-status stale",
        }
    }

    fn words(self, lang: Lang) -> String {
        match self {
            Self::Asleep => String::new(),
            Self::Connecting => words::CONNECTING.get(lang).to_owned(),
            Self::Live => words::LIVE.get(lang).to_owned(),
            Self::Paused => words::PAUSED.get(lang).to_owned(),
            Self::Stale(seconds) => words::STALE.with(lang, &[("n", &seconds)]),
            Self::Ended => words::ENDED.get(lang).to_owned(),
        }
    }
}

/// The bar above the live table, and its life. Children: the table, whose rows stand in `#live-rows`.
#[island]
pub fn LiveTable(
    /// The page's language.
    lang: Lang,
    /// Which cluster.
    cluster: u32,
    /// What part of the table is shown.
    view: View,
    /// Where the stream is.
    stream: String,
    /// The page's own address: updating without script.
    here: String,
    /// The filter above the table and the table itself.
    children: Children,
) -> impl IntoView {
    let status = RwSignal::new(Status::Asleep);
    let copied = RwSignal::new(false);
    let asleep = move || status.get() == Status::Asleep;
    let paused = move || status.get() == Status::Paused;

    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        browser::start(browser::Config { lang, cluster, view: view.clone(), stream: stream.clone() }, status);
    });
    // The console only needs these to write them into the page for the browser.
    #[cfg(not(feature = "hydrate"))]
    let _ = (cluster, view, stream);

    let pause = move |_| {
        #[cfg(feature = "hydrate")]
        browser::toggle();
    };
    let update = move |_| {
        #[cfg(feature = "hydrate")]
        browser::update();
    };
    let copy = move |_| {
        #[cfg(feature = "hydrate")]
        browser::copy(copied);
    };
    view! {
        <div class="live-bar">
            <span class=move || status.get().class() role="status">{move || status.get().words(lang)}</span>
            <a class="button" href=here hidden=move || !asleep()>{words::UPDATE_NOW.get(lang)}</a>
            <button class="button" type="button" hidden=asleep on:click=pause aria-pressed=move || if paused() { "true" } else { "false" }>
                {move || if paused() { words::RESUME.get(lang) } else { words::PAUSE.get(lang) }}
            </button>
            <button class="button" type="button" hidden=asleep on:click=update>{words::UPDATE_NOW.get(lang)}</button>
            <button class="button" type="button" hidden=asleep on:click=copy>
                {move || if copied.get() { words::COPIED.get(lang) } else { words::COPY_TEXT.get(lang) }}
            </button>
        </div>
        {children()}
    }
}
