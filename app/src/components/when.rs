//! Moments: how long ago, with the moment itself in the title. Pages learn the time from the frame.

use leptos::prelude::*;

use crate::i18n::{times, use_lang};
use crate::time;

/// The moment at which the page is made, in milliseconds since 1970; the frame puts it in context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now(pub(crate) i64);

/// The moment at which the page is made, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    use_context::<Now>().map_or(0, |now| now.0)
}

/// "3 min ago".
#[component]
pub fn Ago(
    /// The moment, in milliseconds since 1970.
    ms: i64,
) -> AnyView {
    let lang = use_lang();
    let text = times::AGO.with(lang, &[("span", &time::span(now() - ms, lang))]);
    view! { <time datetime=time::iso(ms) title=time::plain(ms)>{text}</time> }.into_any()
}

/// "since 3 min".
#[component]
pub fn Since(
    /// The moment, in milliseconds since 1970.
    ms: i64,
) -> AnyView {
    let lang = use_lang();
    let text = times::SINCE.with(lang, &[("span", &time::span(now() - ms, lang))]);
    view! { <time class="since" datetime=time::iso(ms) title=time::plain(ms)>{text}</time> }.into_any()
}
