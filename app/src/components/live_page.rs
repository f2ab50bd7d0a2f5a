//! What a page that lives needs around it.

use leptos::prelude::*;

use crate::i18n::{control as words, use_lang};
use crate::islands::{Live, LiveWords};

/// A page that lives: the bar that says how fresh it is, and the stream behind it. One to a page; see [`Live`] for what the
/// children have to hold.
#[component]
pub fn LivePage(
    /// Where the stream of patches is.
    #[prop(into)]
    stream: String,
    /// The page's own address, for those who have no script.
    #[prop(into)]
    here: String,
    /// Every how many seconds a patch comes.
    #[prop(default = 1)]
    every: u32,
    /// Whether it listens at once.
    #[prop(default = true)]
    auto: bool,
    /// Whether the bar is shown.
    #[prop(default = true)]
    bar: bool,
    /// What the page shows.
    children: Children,
) -> AnyView {
    let lang = use_lang();
    let word = |msg: crate::i18n::Msg| msg.get(lang).to_owned();
    let words = LiveWords {
        connecting: word(words::CONNECTING),
        live: word(words::LIVE),
        paused: word(words::PAUSED),
        stale: word(words::STALE),
        ended: word(words::ENDED),
        pause: word(words::PAUSE),
        resume: word(words::RESUME),
        update: word(words::UPDATE_NOW),
    };
    view! { <Live stream=stream every=every auto=auto bar=bar words=words here=here>{children()}</Live> }
        .into_any()
}
