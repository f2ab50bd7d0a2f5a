//! Text to be copied: a command, a token.

use leptos::prelude::*;

use super::{Icon, icon};
use crate::i18n::{common, t};

/// A block of text with a button that copies it. Without script the text is selected by one click.
#[component]
pub fn CopyText(
    /// What the text is, for those who hear the page.
    #[prop(into)]
    label: String,
    /// The text.
    #[prop(into)]
    text: String,
) -> AnyView {
    view! {
        <div class="copy" role="group" aria-label=label>
            <pre tabindex="0"><code>{text}</code></pre>
            <button class="button" type="button" data-copy data-done=t(common::COPIED) hidden>
                {icon(Icon::Copy)}<span aria-live="polite">{t(common::COPY)}</span>
            </button>
        </div>
    }
    .into_any()
}
