//! The beginning of a page and of its sections.

use leptos::prelude::*;

/// The page's one heading, with its actions at the right. At most one of them is primary.
#[component]
pub fn PageHeader(
    /// The page's name.
    #[prop(into)]
    title: String,
    /// One sentence below it.
    #[prop(optional, into)]
    intro: Option<String>,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    view! {
        <div class="page-header">
            <div>
                <h1>{title}</h1>
                {intro.map(|intro| view! { <p class="intro">{super::coded(&intro)}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-actions">{children()}</div> })}
        </div>
    }
    .into_any()
}

/// A part of a page under a heading.
#[component]
pub fn Section(
    /// The heading.
    #[prop(into)]
    title: String,
    /// Its content.
    children: Children,
) -> AnyView {
    view! {
        <section class="section">
            <h2>{title}</h2>
            {children()}
        </section>
    }
    .into_any()
}
