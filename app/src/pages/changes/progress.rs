//! How far the directors are with what is applied.

use leptos::prelude::*;
use model::ClusterId;

use crate::components::{EmptyState, LinkButton, LivePage, Section};
use crate::i18n::{changes as words, t, use_lang};
use crate::progress::{PART, Progress};

/// Seconds after which a page without script asks again, while something moves.
const ASK_AGAIN_S: u32 = 2;

/// The section.
pub(super) fn section(id: ClusterId, progress: Progress, author: String) -> impl IntoView {
    let lang = use_lang();
    if progress.directors.is_empty() {
        return view! {
            <EmptyState title=t(words::NO_DIRECTOR_TITLE) text=t(words::NO_DIRECTOR_TEXT)>
                <LinkButton href=format!("/directors/new?cluster={id}") label=t(words::ENROL)/>
            </EmptyState>
        }
        .into_any();
    }
    let title = words::PROGRESS.with(lang, &[("n", &progress.generation)]);
    // Where there is script, the island follows instead.
    let again = progress.is_moving().then(|| {
        view! { <noscript><meta http-equiv="refresh" content=ASK_AGAIN_S.to_string()/></noscript> }
    });
    view! {
        <Section title=title>
            {again}
            <p class="help">{words::PROGRESS_BY.with(lang, &[("who", &author)])}</p>
            <LivePage stream=format!("/clusters/{id}/changes/stream") here=format!("/clusters/{id}/changes") every=2 bar=false>
                <div class="table-box" id=PART data-live aria-live="polite" inner_html=progress.table(lang)></div>
            </LivePage>
        </Section>
    }
    .into_any()
}
