//! The page that asks before something is lost. It names the consequence, and its button repeats the verb.

use leptos::prelude::*;

use super::{Icon, Kind, LinkButton, LookOnly, SubmitButton, icon};
use crate::i18n::{common, t};

/// Asks before something is lost.
#[component]
pub fn ConfirmPage(
    /// The question: "Stop cluster shop?"
    #[prop(into)]
    title: String,
    /// What will happen, the worst first: "412 established connections will be cut."
    consequences: Vec<String>,
    /// The verb with its object, on the button: "Stop cluster shop".
    #[prop(into)]
    verb: String,
    /// Where it posts.
    #[prop(into)]
    action: String,
    /// Where cancelling leads.
    #[prop(into)]
    cancel: String,
    /// Hidden fields to post, such as the version that the consequences belong to.
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
    /// More to read or to fill in.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    view! {
        <div class="confirm">
            <h1>{icon(Icon::Warning)}<span>{title}</span></h1>
            <ul class="consequences">{consequences.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}</ul>
            <form method="post" action=action>
                {hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
                {children.map(|children| children())}
                <div class="form-actions">
                    <SubmitButton label=verb kind=Kind::DangerFilled/>
                    <LookOnly/>
                    <LinkButton href=cancel label=t(common::CANCEL) kind=Kind::Plain/>
                </div>
            </form>
        </div>
    }
    .into_any()
}
