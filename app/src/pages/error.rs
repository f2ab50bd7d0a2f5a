//! A page that cannot be shown: what it was, why, what to do.

use leptos::prelude::*;

use crate::components::LinkButton;
use crate::i18n::{account, errors as words, t};

/// What the page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failed {
    /// The HTTP status, shown small.
    pub status: u16,
    /// What happened, in a few words; also the page's title.
    pub title: String,
    /// Why, and what to do.
    pub text: String,
    /// Whether somebody is logged in: the clusters are the way on; for others it is logging in.
    pub logged_in: bool,
}

/// The page.
pub fn view(failed: Failed) -> AnyView {
    let Failed { status, title, text, logged_in } = failed;
    let (href, label) =
        if logged_in { ("/clusters", t(words::TO_CLUSTERS)) } else { ("/login", t(account::LOG_IN)) };
    view! {
        <div class="failed">
            <p class="failed-status">{status}</p>
            <h1>{title}</h1>
            <p>{text}</p>
            <p><LinkButton href=href label=label/></p>
        </div>
    }
    .into_any()
}
