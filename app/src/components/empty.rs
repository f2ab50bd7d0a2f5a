//! What stands where nothing is yet: why, and what to do next.

use leptos::prelude::*;

/// An empty place.
#[component]
pub fn EmptyState(
    /// What is missing.
    #[prop(into)]
    title: String,
    /// What it would be, and how it comes to be.
    #[prop(into)]
    text: String,
    /// The buttons that do it.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    view! {
        <div class="empty">
            <h2>{title}</h2>
            <p>{super::coded(&text)}</p>
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
    .into_any()
}
