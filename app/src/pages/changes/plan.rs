//! The plan as an operator reads it: warnings, then the changes of each virtual server.

use leptos::prelude::*;
use model::plan::{Action, Change, Effect};
use model::{Desired, ServiceId};

use super::{ChangesPage, foreseen};
use crate::components::{Column, DataTable, Notice, Section, Tone};
use crate::i18n::{changes as words, t, use_lang};

/// The most changes that the page shows; all are applied. A first import of thousands of services is one click nevertheless.
const MOST_SHOWN: usize = 2_000;
/// The most virtual servers that warnings name.
const MOST_NAMED: usize = 10;

/// What to know before applying.
pub(super) fn warnings(page: &ChangesPage) -> impl IntoView + use<> {
    let lang = use_lang();
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let impact = &page.impact;
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
        let Some(service) = page.draft.services().get(id) else { continue };
        let msg = if service.settings.sorry_server.is_some() { words::WARN_SORRY } else { words::WARN_ALONE };
        warnings.push(msg.with(lang, &[("name", &service.settings.name)]));
    }
    if impact.alone.len() > MOST_NAMED {
        warnings.push(words::WARN_MORE.count(lang, count(impact.alone.len() - MOST_NAMED)));
    }
    let warnings = warnings.into_iter().map(|text| view! { <Notice tone=Tone::Warning text=text/> });
    view! { {warnings.collect_view()}{foreseen::notice(page)} }
}

/// The changes, grouped.
pub(super) fn plan(page: &ChangesPage) -> impl IntoView + use<> {
    let lang = use_lang();
    let before = page.applied.as_ref().map(|(_, desired)| desired);
    let all = page.changes.len();
    let count = u64::try_from(all).unwrap_or(u64::MAX);
    let limit = (all > MOST_SHOWN).then(|| {
        let text = words::PAGE_LIMIT.with(lang, &[("shown", &MOST_SHOWN), ("n", &count)]);
        view! { <Notice tone=Tone::Info text=text/> }
    });
    let columns = vec![Column::text(t(words::COL_CHANGE)), Column::text(t(words::COL_EFFECT))];
    let groups = page.changes[..all.min(MOST_SHOWN)].chunk_by(|a, b| About::of(a) == About::of(b));
    let rows = groups.map(|group| {
        let title = title(page, group);
        let entries = group.iter().flat_map(|change| entries(change, before)).collect_view();
        let foreseen = match group.first().map(About::of) {
            Some(About::Service(id)) => foreseen::of_service(page, id),
            Some(About::Settings) => foreseen::of_settings(page),
            _ => Vec::new(),
        };
        view! {
            <tr class="group"><th colspan="2" scope="rowgroup" title=title>{title.clone()}</th></tr>
            {entries}
            {foreseen}
        }
    });
    let rows = rows.collect_view();
    view! {
        <Section title=words::SUMMARY.count(lang, count)>
            {limit}
            <DataTable caption=words::SUMMARY.count(lang, count) columns=columns>{rows}</DataTable>
        </Section>
    }
}

/// What a change is about.
#[derive(PartialEq, Eq)]
enum About {
    Cluster,
    Settings,
    Redundancy,
    Service(ServiceId),
}

impl About {
    fn of(change: &Change) -> Self {
        match (change, change.service()) {
            (_, Some(id)) => Self::Service(id),
            (Change::EditSettings(_), None) => Self::Settings,
            (Change::EditRedundancy(_), None) => Self::Redundancy,
            (_, None) => Self::Cluster,
        }
    }
}

fn title(page: &ChangesPage, group: &[Change]) -> String {
    let lang = use_lang();
    let Some(first) = group.first() else { return String::new() };
    match About::of(first) {
        About::Cluster => words::whole(lang),
        About::Settings => words::GROUP_SETTINGS.get(lang).to_owned(),
        About::Redundancy => words::GROUP_REDUNDANCY.get(lang).to_owned(),
        About::Service(id) => {
            let applied = page.applied.as_ref().and_then(|(_, desired)| desired.cluster.services().get(&id));
            let service = page.draft.services().get(&id).or(applied);
            let name = service.map_or_else(|| id.to_string(), |service| service.settings.name.to_string());
            words::GROUP_SERVICE.with(lang, &[("name", &name)])
        }
    }
}

/// A change's row; a service that comes also shows its real servers.
fn entries(change: &Change, before: Option<&Desired>) -> Vec<AnyView> {
    let lang = use_lang();
    let mut rows = vec![entry(change.action(), words::line(change, lang), change.live_effect(before), false)];
    if let Change::AddService { id, service } = change {
        rows.extend(service.destinations.iter().map(|(&destination_id, destination)| {
            let within = Change::AddDestination {
                service: *id,
                service_name: service.settings.name.clone(),
                id: destination_id,
                destination: destination.clone(),
            };
            entry(Action::Add, words::line(&within, lang), None, true)
        }));
    }
    rows
}

fn entry(action: Action, text: String, effect: Option<Effect>, child: bool) -> AnyView {
    let lang = use_lang();
    let (sign, class) = match action {
        Action::Add => ("+", "sign add"),
        Action::Edit => ("~", "sign edit"),
        Action::Remove => ("−", "sign remove"),
    };
    let (word, effect_class) = match effect {
        None => (words::UNTOUCHED.get(lang), "muted"),
        Some(effect @ Effect::InPlace) => (words::effect(effect, lang), ""),
        Some(effect @ (Effect::Recreate | Effect::Ends)) => (words::effect(effect, lang), "warn"),
    };
    view! {
        <tr class="change" class:child=child>
            <td class="wrap"><span class=class aria-hidden="true">{sign}</span>" "{text}</td>
            <td class=effect_class>{word}</td>
        </tr>
    }
    .into_any()
}
