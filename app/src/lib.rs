//! The console's pages: components, islands, messages in both languages.
//!
//! With the feature `ssr` the console renders whole documents with [`frame::render`]: plain HTML that reads and posts
//! without script. With `hydrate` the same crate becomes the browser's part, which holds the islands alone: what is
//! live on a page. Pages, frame, components and words are never sent to the browser as code: the console sends what
//! changes as [patches](patch), finished.
//!
//! How to write a page: plain data structs and a `view` function in [`pages`], words in a file of [`i18n`], parts from
//! [`components`]. The console's handler calls `page.html(title, move || pages::NAME::view(data))`.

#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod device;
#[cfg(feature = "ssr")]
pub mod frame;
#[cfg(feature = "ssr")]
pub mod html;
#[cfg(feature = "ssr")]
pub mod i18n;
pub mod islands;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod pages;
pub mod patch;
#[cfg(feature = "ssr")]
pub mod progress;
#[cfg(feature = "ssr")]
pub mod sheet;
#[cfg(feature = "ssr")]
mod state;
#[cfg(feature = "ssr")]
pub mod time;
pub mod trend;

#[cfg(feature = "ssr")]
pub use i18n::Lang;
#[cfg(feature = "ssr")]
pub use state::State;

/// What the browser calls once, before it wakes the islands of a page.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
