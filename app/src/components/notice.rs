//! Messages: what has just happened, or what an operator should know about this page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Icon, icon};

/// What kind of message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Something was done.
    #[default]
    Done,
    /// Something to know.
    Info,
    /// Something to look at.
    Warning,
    /// Something failed.
    Failed,
}

/// What happened, said once on the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// What kind of message.
    #[serde(default)]
    pub tone: Tone,
    /// One sentence, in the user's language.
    pub text: String,
    /// What is next: a label and its address ("Review changes").
    #[serde(default)]
    pub next: Option<(String, String)>,
}

impl Flash {
    /// Something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self { tone: Tone::Done, text: text.into(), next: None }
    }

    /// Something failed or was refused.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { tone: Tone::Failed, text: text.into(), next: None }
    }

    /// Adds what is next.
    #[must_use]
    pub fn next(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.next = Some((label.into(), href.into()));
        self
    }
}

/// A message in the page.
#[component]
pub fn Notice(
    /// What kind of message.
    #[prop(optional)]
    tone: Tone,
    /// The message.
    #[prop(into)]
    text: String,
    /// A link at its end: label and address.
    #[prop(optional_no_strip)]
    next: Option<(String, String)>,
) -> AnyView {
    let (class, drawn) = match tone {
        Tone::Done => ("notice done", Icon::Check),
        Tone::Info => ("notice info", Icon::Info),
        Tone::Warning => ("notice warning", Icon::Warning),
        Tone::Failed => ("notice failing", Icon::Warning),
    };
    let role = if tone == Tone::Failed { "alert" } else { "status" };
    view! {
        <div class=class role=role>
            {icon(drawn)}
            <p>{super::coded(&text)}{next.map(|(label, href)| view! { " "<a href=href>{label}</a> })}</p>
        </div>
    }
    .into_any()
}
