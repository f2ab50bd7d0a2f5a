//! The console's own icons: strokes of 1.5 on a grid of 16, in the colour of the text. Every icon stands beside a word
//! or inside something with an accessible name, so it is hidden from assistive technology itself.

use leptos::prelude::*;

/// An icon of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Clusters.
    Cluster,
    /// Directors.
    Director,
    /// Add.
    Plus,
    /// Start.
    Play,
    /// Stop.
    Stop,
    /// Pause.
    Pause,
    /// Changes, differences.
    Changes,
    /// Copy.
    Copy,
    /// Update.
    Refresh,
    /// Menu.
    Menu,
    /// Account.
    Person,
    /// Light theme.
    Sun,
    /// Dark theme.
    Moon,
    /// The theme of the system.
    Screen,
    /// Language.
    Globe,
    /// Search.
    Search,
    /// Something opens below.
    Down,
    /// Something lies behind.
    Right,
    /// Good news.
    Check,
    /// A warning.
    Warning,
    /// A fact.
    Info,
    /// Import, upload.
    Import,
    /// Edit.
    Pencil,
    /// Delete.
    Bin,
    /// Everything at a glance.
    Overview,
    /// What happened, when.
    Clock,
    /// A log that is kept.
    Ledger,
    /// Settings.
    Sliders,
    /// Help.
    Question,
    /// Close.
    Cross,
    /// A note.
    Note,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Cluster => {
                r#"<circle cx="8" cy="3.5" r="1.75"/><circle cx="3.5" cy="12.5" r="1.75"/><circle cx="12.5" cy="12.5" r="1.75"/><path d="M8 5.25v2.5M8 7.75 4.4 11M8 7.75 11.6 11"/>"#
            }
            Self::Director => {
                r#"<rect x="2" y="3" width="12" height="4" rx="1"/><rect x="2" y="9" width="12" height="4" rx="1"/><path d="M4.75 5h.01M4.75 11h.01"/>"#
            }
            Self::Plus => r#"<path d="M8 3v10M3 8h10"/>"#,
            Self::Play => r#"<path d="M5 3.2v9.6L12.8 8z"/>"#,
            Self::Stop => r#"<rect x="4" y="4" width="8" height="8" rx=".5"/>"#,
            Self::Pause => r#"<path d="M5.5 3.5v9M10.5 3.5v9"/>"#,
            Self::Changes => r#"<path d="M8 2.5v6M5 5.5h6M5 12.5h6"/>"#,
            Self::Copy => {
                r#"<rect x="5.5" y="5.5" width="8" height="8" rx="1"/><path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2"/>"#
            }
            Self::Refresh => r#"<path d="M13.2 6.6A5.4 5.4 0 1 0 13 10M13.5 3v3.7H9.8"/>"#,
            Self::Menu => r#"<path d="M2.5 4h11M2.5 8h11M2.5 12h11"/>"#,
            Self::Person => {
                r#"<circle cx="8" cy="5.2" r="2.7"/><path d="M2.8 13.5c.6-2.5 2.6-3.9 5.2-3.9s4.6 1.4 5.2 3.9"/>"#
            }
            Self::Sun => {
                r#"<circle cx="8" cy="8" r="2.8"/><path d="M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9"/>"#
            }
            Self::Moon => r#"<path d="M13.2 9.6A5.7 5.7 0 0 1 6.4 2.8a5.7 5.7 0 1 0 6.8 6.8z"/>"#,
            Self::Screen => r#"<rect x="2" y="3" width="12" height="8" rx="1"/><path d="M6 13.5h4"/>"#,
            Self::Globe => {
                r#"<circle cx="8" cy="8" r="5.8"/><path d="M2.2 8h11.6M8 2.2c3.6 3.8 3.6 7.8 0 11.6M8 2.2c-3.6 3.8-3.6 7.8 0 11.6"/>"#
            }
            Self::Search => r#"<circle cx="7" cy="7" r="4.3"/><path d="m10.2 10.2 3.3 3.3"/>"#,
            Self::Down => r#"<path d="m4 6 4 4 4-4"/>"#,
            Self::Right => r#"<path d="m6 4 4 4-4 4"/>"#,
            Self::Check => r#"<path d="m3 8.5 3.2 3.2L13 4.8"/>"#,
            Self::Warning => r#"<path d="M8 2.2 14.3 13.3H1.7zM8 6.6v3M8 11.5h.01"/>"#,
            Self::Info => r#"<circle cx="8" cy="8" r="5.8"/><path d="M8 7.4v3.4M8 5.2h.01"/>"#,
            Self::Import => {
                r#"<path d="M8 2.5v7M5 6.7l3 3 3-3M2.5 10.5v2a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-2"/>"#
            }
            Self::Pencil => {
                r#"<path d="m3 13 .6-2.7 7.2-7.2a1 1 0 0 1 1.4 0l.7.7a1 1 0 0 1 0 1.4L5.7 12.4z"/>"#
            }
            Self::Cross => r#"<path d="m4 4 8 8M12 4l-8 8"/>"#,
            Self::Overview => {
                r#"<rect x="2.5" y="2.5" width="4.5" height="4.5" rx="1"/><rect x="9" y="2.5" width="4.5" height="4.5" rx="1"/><rect x="2.5" y="9" width="4.5" height="4.5" rx="1"/><rect x="9" y="9" width="4.5" height="4.5" rx="1"/>"#
            }
            Self::Clock => r#"<circle cx="8" cy="8" r="5.8"/><path d="M8 4.5V8l2.4 1.6"/>"#,
            Self::Ledger => {
                r#"<rect x="3" y="2.5" width="10" height="11" rx="1"/><path d="M5.5 5.5h5M5.5 8h5M5.5 10.5h3"/>"#
            }
            Self::Sliders => {
                r#"<path d="M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6"/><circle cx="10" cy="4.5" r="1.5"/><circle cx="6" cy="11.5" r="1.5"/>"#
            }
            Self::Question => {
                r#"<circle cx="8" cy="8" r="5.8"/><path d="M6.3 6.4a1.8 1.8 0 1 1 2.6 1.7c-.6.3-.9.6-.9 1.2M8 11.3h.01"/>"#
            }
            Self::Note => r#"<path d="M3 2.5h10v8l-3 3H3zM13 10.5h-3v3M5.5 5.5h5M5.5 8h5"/>"#,
            Self::Bin => r#"<path d="M3 4.5h10M6.5 4.5v-2h3v2M4.3 4.5l.6 9h6.2l.6-9"/>"#,
        }
    }
}

/// Draws an icon.
pub fn icon(icon: Icon) -> AnyView {
    view! { <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" inner_html=icon.path()></svg> }
        .into_any()
}

/// The same as text, for what is written anew while somebody looks.
pub(crate) fn icon_html(icon: Icon) -> String {
    format!(r#"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{}</svg>"#, icon.path())
}

/// The marks of [`State`](crate::State), once per page; rows refer to them by name.
pub fn mark_set() -> AnyView {
    // Filled shapes on a grid of 12. The ring of `unknown` is dashed: no colour is needed to tell it from `stopped`.
    const MARKS: &str = concat!(
        r#"<symbol id="m-serving" viewBox="0 0 12 12"><circle cx="6" cy="6" r="4.5" fill="currentColor"/></symbol>"#,
        r#"<symbol id="m-degraded" viewBox="0 0 12 12"><circle cx="6" cy="6" r="3.8" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M6 2.2a3.8 3.8 0 0 1 0 7.6z" fill="currentColor"/></symbol>"#,
        r#"<symbol id="m-failing" viewBox="0 0 12 12"><path d="M6 1 11.3 10.5H.7z" fill="currentColor"/></symbol>"#,
        r#"<symbol id="m-draining" viewBox="0 0 12 12"><path d="M6 1.2v9M2.3 6.7 6 10.4l3.7-3.7" fill="none" stroke="currentColor" stroke-width="1.7"/></symbol>"#,
        r#"<symbol id="m-pending" viewBox="0 0 12 12"><circle cx="6" cy="6" r="3.8" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M6 6V2.2A3.8 3.8 0 0 1 9.8 6z" fill="currentColor"/></symbol>"#,
        r#"<symbol id="m-inactive" viewBox="0 0 12 12"><circle cx="6" cy="6" r="3.8" fill="none" stroke="currentColor" stroke-width="1.5"/></symbol>"#,
        r#"<symbol id="m-stopped" viewBox="0 0 12 12"><circle cx="6" cy="6" r="3.8" fill="none" stroke="currentColor" stroke-width="1.5"/></symbol>"#,
        r#"<symbol id="m-unknown" viewBox="0 0 12 12"><circle cx="6" cy="6" r="3.8" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 1.98"/></symbol>"#,
    );
    view! { <svg class="mark-set" aria-hidden="true" inner_html=MARKS></svg> }.into_any()
}
