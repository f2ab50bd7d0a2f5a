//! A page that cannot be shown: what it was, why, what to do.

use leptos::prelude::*;

use crate::components::LinkButton;
use crate::i18n::{errors as words, t};

/// What the page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failed {
    /// The HTTP status, shown small.
    pub status: u16,
    /// What happened, in a few words; also the page's title.
    pub title: String,
    /// Why, and what to do.
    pub text: String,
    /// Whether the way to the clusters is of use: not to those who are not logged in.
    pub way_out: bool,
}

/// The page.
pub fn view(failed: Failed) -> AnyView {
    let Failed { status, title, text, way_out } = failed;
    view! {
        <div class="failed">
            <p class="failed-status">{status}</p>
            <h1>{title}</h1>
            <p>{text}</p>
            {way_out.then(|| view! { <p><LinkButton href="/clusters" label=t(words::TO_CLUSTERS)/></p> })}
        </div>
    }
    .into_any()
}
