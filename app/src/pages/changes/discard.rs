//! Asks before a draft is thrown away.

use leptos::prelude::*;
use model::{ClusterId, Generation};

use crate::components::{ConfirmPage, Notice, Tone};
use crate::i18n::{changes as words, use_lang};

/// What discarding a draft would take away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscardDraft {
    /// Which cluster.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// The draft's version that the number belongs to.
    pub version: u64,
    /// How many changes are lost.
    pub changes: u64,
    /// What the draft becomes.
    pub applied: Option<Generation>,
    /// Why the last try did nothing.
    pub conflict: Option<String>,
}

/// The page.
pub fn discard(draft: DiscardDraft) -> impl IntoView {
    let lang = use_lang();
    let DiscardDraft { id, name, version, changes, applied, conflict } = draft;
    let becomes = match applied {
        Some(generation) => words::DISCARD_TO.with(lang, &[("n", &generation)]),
        None => words::DISCARD_TO_EMPTY.get(lang).to_owned(),
    };
    let mut hidden = vec![("draft", version.to_string())];
    hidden.extend(applied.map(|generation| ("applied", generation.to_string())));
    view! {
        {conflict.map(|text| view! { <Notice tone=Tone::Failed text=text/> })}
        <ConfirmPage
            title=words::DISCARD_TITLE.with(lang, &[("name", &name)])
            consequences=vec![words::DISCARD_N.count(lang, changes), becomes]
            verb=words::DISCARD_VERB.count(lang, changes)
            action=format!("/clusters/{id}/discard")
            cancel=format!("/clusters/{id}/changes")
            hidden=hidden
        />
    }
}
