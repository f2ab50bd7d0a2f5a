//! Keeps the directors' progress up to date.

use leptos::prelude::*;

use crate::Lang;
use crate::progress::Progress;

/// The progress table, which follows the stream at `url`. Without script it stays as it was made.
#[island]
pub fn ProgressTable(
    /// The address of the events.
    url: String,
    /// The language.
    lang: Lang,
    /// What the page was made with.
    first: Progress,
) -> impl IntoView {
    let progress = RwSignal::new(first);
    #[cfg(feature = "hydrate")]
    follow(&url, move |news| progress.set(news));
    // An island owns what it is given.
    drop(url);
    view! { <div class="table-box" aria-live="polite" inner_html=move || progress.with(|progress| progress.table(lang))></div> }
}

/// Calls `each` for every event; the browser reconnects by itself.
#[cfg(feature = "hydrate")]
fn follow(url: &str, each: impl Fn(Progress) + 'static) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;

    let Ok(source) = web_sys::EventSource::new(url) else { return };
    let heard = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        if let Ok(progress) = serde_json::from_str(&text) {
            each(progress);
        }
    });
    source.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // It lives as long as the page.
    heard.forget();
}
