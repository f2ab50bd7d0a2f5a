//! Buttons and links that look like buttons. One primary action per page.

use leptos::prelude::*;

use super::{Icon, icon};
use crate::frame::use_rights;

/// How much weight an action has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The page's one main action.
    Primary,
    /// Everything else.
    #[default]
    Plain,
    /// Lets something be lost. Red words, never filled, except on the page that confirms it.
    Danger,
    /// The confirming button of a dangerous action.
    DangerFilled,
    /// Without a border, for rows and bars.
    Quiet,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Plain => "button",
            Self::Danger => "button danger",
            Self::DangerFilled => "button danger filled",
            Self::Quiet => "button quiet",
        }
    }

    /// Whether a link of this weight leads to a change.
    fn changes(self) -> bool {
        matches!(self, Self::Primary | Self::Danger | Self::DangerFilled)
    }
}

/// A link that looks like a button: for actions that only lead somewhere. A primary or a dangerous one leads to a change, so it is
/// left out for those who may only look.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// The word.
    #[prop(into)]
    label: String,
    /// Its weight.
    #[prop(optional)]
    kind: Kind,
    /// An icon before the word.
    #[prop(optional)]
    with: Option<Icon>,
) -> AnyView {
    let left_out = kind.changes() && use_rights().look_only;
    (!left_out)
        .then(|| view! { <a class=kind.class() href=href>{with.map(icon)}<span>{label}</span></a> })
        .into_any()
}

/// The button that posts the form around it; left out for those who may only look.
#[component]
pub fn SubmitButton(
    /// The word: a verb.
    #[prop(into)]
    label: String,
    /// Its weight.
    #[prop(optional)]
    kind: Kind,
    /// An icon before the word.
    #[prop(optional)]
    with: Option<Icon>,
    /// Sent as the form's field of this name when this button posts it.
    #[prop(optional, into)]
    name: Option<String>,
    /// The value of `name`.
    #[prop(optional, into)]
    value: Option<String>,
    /// What it does and to what, for those who hear the button alone.
    #[prop(optional, into)]
    spoken: Option<String>,
) -> AnyView {
    let button = || view! { <button class=kind.class() type="submit" name=name value=value aria-label=spoken>{with.map(icon)}<span>{label}</span></button> };
    (!use_rights().look_only).then(button).into_any()
}

/// A form that is nothing but a button: an action without input, in a row or a header. Left out for those who may only look.
#[component]
pub fn ActionForm(
    /// Where it posts.
    #[prop(into)]
    action: String,
    /// The word: a verb.
    #[prop(into)]
    label: String,
    /// What the action is about, for those who hear the button alone: `Deactivate` becomes `Deactivate web1`.
    #[prop(optional, into)]
    about: Option<String>,
    /// Its weight.
    #[prop(optional)]
    kind: Kind,
    /// An icon before the word.
    #[prop(optional)]
    with: Option<Icon>,
    /// Hidden fields to post.
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
) -> AnyView {
    if use_rights().look_only {
        return ().into_any();
    }
    let spoken = about.map(|about| format!("{label} {about}"));
    view! {
        <form class="action" method="post" action=action>
            {hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            <button class=kind.class() type="submit" aria-label=spoken>{with.map(icon)}<span>{label}</span></button>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    #[test]
    fn a_row_action_names_its_object() {
        let page = html(Lang::En, || {
            view! { <ActionForm action="/x" label="Deactivate" about="<web>" hidden=vec![("active", "no".to_owned())]/> }
        });
        assert!(page.contains(r#"aria-label="Deactivate &lt;web&gt;""#), "{page}");
        assert!(page.contains(r#"method="post""#) && page.contains(r#"name="active""#), "{page}");
    }
}
