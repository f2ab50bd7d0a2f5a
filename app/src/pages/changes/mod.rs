//! Changes: what the draft would change, applying it, discarding it, and how far the directors are.

mod apply;
mod discard;
pub(super) mod foreseen;
pub(super) mod plan;
mod progress;
mod refused;
pub(super) mod tables;

use leptos::prelude::*;
use model::plan::{Change, Impact};
use model::{Cause, Cluster, ClusterId, Desired, Generation, ServiceId};
use std::sync::Arc;

pub use discard::{DiscardDraft, discard};
pub use refused::Refused;
pub use tables::TablePlan;

use crate::components::{EmptyState, FieldErrors, LinkButton, Notice, PageHeader, Tone};
use crate::i18n::{changes as words, services, use_lang};
use crate::progress::Progress;

/// What some directors will say of a virtual server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// Their names.
    pub directors: Vec<String>,
    /// Which virtual server.
    pub service: ServiceId,
    /// What is the matter.
    pub cause: Cause,
}

/// The page.
#[derive(Clone, Debug)]
pub struct ChangesPage {
    /// The cluster.
    pub id: ClusterId,
    /// Its draft.
    pub draft: Arc<Cluster>,
    /// The draft's version.
    pub version: u64,
    /// What is applied, with its generation.
    pub applied: Option<(Generation, Desired)>,
    /// From what is applied to the draft.
    pub changes: Vec<Change>,
    /// What clients notice of them.
    pub impact: Impact,
    /// What directors are known to refuse of the draft.
    pub foreseen: Vec<Foreseen>,
    /// Directors that would all carry the virtual addresses, since nothing tells them apart; none, or two at least.
    pub twins: Vec<String>,
    /// What it means for each director's own table.
    pub tables: Vec<TablePlan>,
    /// The changes that the last try was about, as its form remembered them; none where it did not.
    pub seen: Option<Vec<String>>,
    /// What was typed as the reason.
    pub message: String,
    /// Whether the cluster is to be started along with it; none where it runs.
    pub start: Option<bool>,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
    /// Why the last try did nothing.
    pub conflict: Option<String>,
    /// The change that could not be taken back.
    pub refused: Option<Refused>,
    /// How far the directors are, where something is applied; with who applied it.
    pub progress: Option<(Progress, String)>,
}

impl ChangesPage {
    /// What is applied, as forms post it; nothing where nothing is.
    pub(super) fn base(&self) -> String {
        self.applied.as_ref().map(|(generation, _)| generation.to_string()).unwrap_or_default()
    }
}

/// The page.
pub fn changes(mut page: ChangesPage) -> impl IntoView {
    let lang = use_lang();
    let generation = page.applied.as_ref().map(|(generation, _)| *generation);
    let progress =
        page.progress.take().map(|(progress, author)| progress::section(page.id, progress, author));
    let conflict = page.conflict.take().map(|text| {
        let since = plan::since(&page).unwrap_or_default();
        view! { <Notice tone=Tone::Failed text=format!("{text} {since}").trim_end().to_owned()/> }
    });
    let refused = page.refused.take().map(|refused| refused.view(&page));
    let nothing = page.changes.is_empty();
    // An empty first apply would be of no use, but starting what is stopped has its own button.
    if nothing {
        let text = match generation {
            Some(generation) => words::NONE_TEXT.with(lang, &[("n", &generation)]),
            None => words::NONE_FIRST_TEXT.get(lang).to_owned(),
        };
        return view! {
            <PageHeader title=words::TITLE.get(lang)/>
            {conflict}
            {progress}
            <EmptyState title=words::NONE_TITLE.get(lang) text=text>
                <LinkButton href=format!("/clusters/{}/services", page.id) label=services::TITLE.get(lang)/>
            </EmptyState>
        }
        .into_any();
    }
    let intro = match generation {
        Some(generation) => words::INTRO.with(lang, &[("n", &generation)]),
        None => words::INTRO_FIRST.get(lang).to_owned(),
    };
    view! {
        <PageHeader title=words::TITLE.get(lang) intro=intro/>
        {conflict}
        {refused}
        {plan::warnings(&page.impact, &page.draft)}
        {plan::twins(&page)}
        {foreseen::notice(&page)}
        {plan::plan(&page, true)}
        {tables::section(&page.tables)}
        <div class="apply">{apply::form(&page)}</div>
        {progress}
    }
    .into_any()
}
