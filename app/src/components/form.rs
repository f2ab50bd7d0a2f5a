//! Forms: one column, grouped by the question that the operator asks.

use leptos::prelude::*;

use super::{ErrorSummary, FieldErrors, Kind, LinkButton, SubmitButton};
use crate::frame::use_rights;
use crate::i18n::{common, people, t};

/// A form that posts to the page's own address, with the summary of its errors above it. Leaving it with unsaved
/// input asks first (where there is script). Those who may only look cannot type in it.
#[component]
pub fn Form(
    /// Where it posts.
    #[prop(into)]
    action: String,
    /// What was wrong with the last try.
    #[prop(optional)]
    errors: FieldErrors,
    /// Whether it uploads a file.
    #[prop(optional)]
    upload: bool,
    /// The fields.
    children: Children,
) -> AnyView {
    let changed = !errors.is_empty();
    view! {
        <ErrorSummary errors=errors/>
        <form
            class="form"
            method="post"
            action=action
            enctype=upload.then_some("multipart/form-data")
            novalidate
            data-guard=if changed { "changed" } else { "" }
        >
            <fieldset disabled=use_rights().look_only>{children()}</fieldset>
        </form>
    }
    .into_any()
}

/// Fields that answer one question.
#[component]
pub fn FieldGroup(
    /// The question: "Where do clients connect?"
    #[prop(into)]
    title: String,
    /// One line more, where needed.
    #[prop(optional, into)]
    help: Option<String>,
    /// Its place on the page, for what leads there.
    #[prop(optional, into)]
    id: Option<String>,
    /// The fields.
    children: Children,
) -> AnyView {
    view! {
        <fieldset class="group" id=id>
            <legend>{title}</legend>
            {help.map(|help| view! { <p class="help">{help}</p> })}
            {children()}
        </fieldset>
    }
    .into_any()
}

/// Advanced fields behind one line that sums them up: "Persistence: off".
#[component]
pub fn Folded(
    /// What is folded.
    #[prop(into)]
    title: String,
    /// What it is set to, in a few words.
    #[prop(into)]
    summary: String,
    /// Whether it is open at first: give `true` where a field inside has an error.
    #[prop(optional)]
    open: bool,
    /// The fields.
    children: Children,
) -> AnyView {
    view! {
        <details class="folded" open=open>
            <summary><span class="folded-title">{title}</span><span class="folded-summary">{summary}</span></summary>
            <div class="folded-body">{children()}</div>
        </details>
    }
    .into_any()
}

/// The end of a form: its one primary button, and the way out. Those who may only look read that instead.
#[component]
pub fn FormActions(
    /// The verb on the button.
    #[prop(into)]
    submit: String,
    /// Where cancelling leads.
    #[prop(optional, into)]
    cancel: Option<String>,
) -> AnyView {
    view! {
        <div class="form-actions">
            <SubmitButton label=submit kind=Kind::Primary/>
            <LookOnly/>
            {cancel.map(|href| view! { <LinkButton href=href label=t(common::CANCEL) kind=Kind::Quiet/> })}
        </div>
    }
    .into_any()
}

/// Says so to those who may only look, in the place of the button that they do not have.
#[component]
pub fn LookOnly() -> AnyView {
    use_rights().look_only.then(|| view! { <span class="look-only">{t(people::LOOK_ONLY)}</span> }).into_any()
}

/// Dangerous actions, in a section of their own at the end of a page. Each leads to a page that confirms it. Left out for those who
/// may only look.
#[component]
pub fn DangerZone(
    /// Rows of one sentence and one [`LinkButton`] of [`Kind::Danger`], as `<p>` and button.
    children: Children,
) -> AnyView {
    if use_rights().look_only {
        return ().into_any();
    }
    view! {
        <section class="danger-zone" aria-labelledby="danger-title">
            <h2 id="danger-title">{t(common::DANGER_ZONE)}</h2>
            <div class="danger-rows">{children()}</div>
        </section>
    }
    .into_any()
}
