//! The plan as an operator reads it: warnings, then the changes of each virtual server, each with the way to take it back.

use leptos::prelude::*;
use model::plan::{Change, Impact, Object};
use model::{Cluster, SpecHash};

use super::{ChangesPage, foreseen};
use crate::components::{Notice, Section, Tone};
use crate::i18n::{changes as words, listed, use_lang};
use crate::pages::plan_table::PlanTable;

/// The most virtual servers that warnings name.
const MOST_NAMED: usize = 10;
/// The most changes that a form remembers as seen.
const MOST_SEEN: usize = 500;

/// What to know before applying something.
pub(crate) fn warnings(impact: &Impact, after: &Cluster) -> impl IntoView + use<> {
    let lang = use_lang();
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let mut warnings = Vec::new();
    if impact.empty {
        warnings.push(words::WARN_EMPTY.count(lang, count(impact.offered)));
    } else if impact.to_confirm().is_some() {
        warnings.push(words::WARN_MASS.count_with(
            lang,
            count(impact.offered),
            &[("ending", &impact.ending.len())],
        ));
    }
    for id in impact.alone.iter().take(MOST_NAMED) {
        let Some(service) = after.services().get(id) else { continue };
        let msg = if service.settings.sorry_server.is_some() { words::WARN_SORRY } else { words::WARN_ALONE };
        warnings.push(msg.with(lang, &[("name", &service.settings.name)]));
    }
    if impact.alone.len() > MOST_NAMED {
        warnings.push(words::WARN_MORE.count(lang, count(impact.alone.len() - MOST_NAMED)));
    }
    let warnings = warnings.into_iter().map(|text| view! { <Notice tone=Tone::Warning text=text/> });
    warnings.collect_view()
}

/// Two machines that both carry an address serve nobody.
pub(super) fn twins(page: &ChangesPage) -> Option<impl IntoView + use<>> {
    let lang = use_lang();
    let names = listed(&page.twins, lang);
    (!page.twins.is_empty()).then(|| {
        let next = (words::TWINS_NEXT.get(lang).to_owned(), format!("/clusters/{}/settings", page.id));
        let text = words::WARN_TWINS.with(lang, &[("names", &names)]);
        view! { <Notice tone=Tone::Warning text=text next=Some(next)/> }
    })
}

/// The changes, grouped; those of a draft can be taken back one by one.
pub(crate) fn plan(page: &ChangesPage, of_draft: bool) -> impl IntoView + use<> {
    let lang = use_lang();
    let count = u64::try_from(page.changes.len()).unwrap_or(u64::MAX);
    let notes = |object| match object {
        Object::Service(id) => foreseen::of_service(page, id),
        Object::Settings => foreseen::of_settings(page),
        Object::Cluster | Object::Redundancy | Object::Destination(..) => Vec::new(),
    };
    let seen = page.seen.as_deref();
    let is_new = |change: &Change| seen.is_some_and(|seen| !seen.contains(&mark(change)));
    let hidden = vec![("base", page.base()), ("draft", page.version.to_string())];
    let table = PlanTable {
        changes: &page.changes,
        from: page.applied.as_ref().map(|(_, desired)| desired),
        to: &page.draft,
        notes: &notes,
        is_new: &is_new,
        with_effects: true,
        revert: of_draft.then(|| (format!("/clusters/{}/revert", page.id), hidden)),
    };
    let table = table.view();
    view! { <Section title=words::SUMMARY.count(lang, count)>{table}</Section> }
}

/// How the plan differs from the one that somebody looked at before; nothing where that is not known.
pub(super) fn since(page: &ChangesPage) -> Option<String> {
    let lang = use_lang();
    let seen = page.seen.as_ref()?;
    let now: Vec<_> = page.changes.iter().map(mark).collect();
    let count = |n: usize| words::SUMMARY.count(lang, u64::try_from(n).unwrap_or(u64::MAX));
    let new = now.iter().filter(|mark| !seen.contains(mark)).count();
    let gone = seen.iter().filter(|mark| !now.contains(mark)).count();
    let msg = match (new, gone) {
        (0, 0) => return None,
        (_, 0) => words::SINCE_YOU_LOOKED_CAME,
        (0, _) => words::SINCE_YOU_LOOKED_WENT,
        _ => words::SINCE_YOU_LOOKED,
    };
    Some(msg.with(lang, &[("new", &count(new)), ("gone", &count(gone))]))
}

/// What a form remembers of the changes that were shown with it; nothing where they are too many to tell.
pub(super) fn seen(changes: &[Change]) -> String {
    if changes.len() > MOST_SEEN {
        return String::new();
    }
    changes.iter().map(mark).collect::<Vec<_>>().join(" ")
}

/// A change in eight letters, with its values: enough to tell it from the others of one plan.
fn mark(change: &Change) -> String {
    SpecHash::of(format!("{change:?}").as_bytes()).to_string().chars().take(8).collect()
}
