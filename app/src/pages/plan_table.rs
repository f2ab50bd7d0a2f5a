//! Changes as an operator reads them: grouped by what they are about, each field with its value before and after.

use leptos::prelude::*;
use model::plan::{Action, Change, Effect, Object, Part};
use model::{Cluster, Desired};

use super::values;
use crate::components::{Column, DataTable, Kind, Notice, SubmitButton, Tone};
use crate::i18n::{Lang, changes as words, fields, t, use_lang};

/// The most changes that a page shows. A first import of thousands of services is one click nevertheless.
pub(crate) const MOST_SHOWN: usize = 1_000;

/// A table of changes.
pub(crate) struct PlanTable<'a> {
    /// The changes.
    pub(crate) changes: &'a [Change],
    /// What they start from, where something was there.
    pub(crate) from: Option<&'a Desired>,
    /// What they lead to.
    pub(crate) to: &'a Cluster,
    /// What a director is known to say of an object's changes, as rows.
    pub(crate) notes: &'a dyn Fn(Object) -> Vec<AnyView>,
    /// Whether a change was not there when somebody looked before.
    pub(crate) is_new: &'a dyn Fn(&Change) -> bool,
    /// Whether it says what connections notice: it does not where nothing is about to be applied.
    pub(crate) with_effects: bool,
    /// Where a form posts that takes changes back one by one, with its hidden fields.
    pub(crate) revert: Option<(String, Vec<(&'static str, String)>)>,
}

impl<'a> PlanTable<'a> {
    /// The changes between two states, just to be read.
    pub(crate) fn read_only(changes: &'a [Change], from: Option<&'a Desired>, to: &'a Cluster) -> Self {
        let (notes, is_new) = (&|_| Vec::new(), &|_: &Change| false);
        Self { changes, from, to, notes, is_new, with_effects: false, revert: None }
    }

    /// The table; above it a word where it is not all of them.
    pub(crate) fn view(&self) -> AnyView {
        let lang = use_lang();
        let all = self.changes.len();
        let count = u64::try_from(all).unwrap_or(u64::MAX);
        let limit = (all > MOST_SHOWN).then(|| {
            let text = words::PAGE_LIMIT.with(lang, &[("shown", &MOST_SHOWN), ("n", &count)]);
            view! { <Notice tone=Tone::Info text=text/> }
        });
        let mut columns = vec![Column::text(t(words::COL_CHANGE))];
        if self.with_effects {
            columns.push(Column::text(t(words::COL_EFFECT)));
        }
        if self.revert.is_some() {
            columns.push(Column::actions());
        }
        let width = columns.len();
        let object = |change: &Change| change.part().object.whole();
        let groups = self.changes[..all.min(MOST_SHOWN)].chunk_by(|a, b| object(a) == object(b));
        let rows = groups.map(|group| self.group(group, width)).collect_view();
        let table =
            view! { <DataTable caption=words::SUMMARY.count(lang, count) columns=columns>{rows}</DataTable> };
        let table = match &self.revert {
            None => table.into_any(),
            Some((action, hidden)) => {
                let hidden = hidden.iter().map(|(name, value)| {
                    view! { <input type="hidden" name=*name value=value.clone()/> }
                });
                view! { <form method="post" action=action.clone()>{hidden.collect_view()}{table}</form> }
                    .into_any()
            }
        };
        view! { {limit}{table} }.into_any()
    }

    fn group(&self, group: &[Change], width: usize) -> Option<AnyView> {
        let lang = use_lang();
        let object = group.first()?.part().object.whole();
        let title = self.title(object, lang);
        let whole = Part { object, field: None };
        let whole = (self.revert.is_some() && group.len() > 1).then(|| {
            let spoken = words::REVERT_ALL_OF.with(lang, &[("what", &title)]);
            view! { <td class="tight">{button(whole, words::REVERT_ALL.get(lang), spoken)}</td> }
        });
        let width = if whole.is_some() { width - 1 } else { width };
        let rows = group.iter().flat_map(|change| self.rows(change)).collect_view();
        let notes = (self.notes)(object);
        Some(
            view! {
                <tr class="group">
                    <th colspan=width.to_string() scope="rowgroup" title=title>{title.clone()}</th>
                    {whole}
                </tr>
                {rows}
                {notes}
            }
            .into_any(),
        )
    }

    fn title(&self, object: Object, lang: Lang) -> String {
        match object {
            Object::Cluster => words::whole(lang),
            Object::Settings => words::GROUP_SETTINGS.get(lang).to_owned(),
            Object::Redundancy => words::GROUP_REDUNDANCY.get(lang).to_owned(),
            Object::Service(id) | Object::Destination(id, _) => {
                let before = self.from.and_then(|desired| desired.cluster.services().get(&id));
                let service = self.to.services().get(&id).or(before);
                let name =
                    service.map_or_else(|| id.to_string(), |service| service.settings.name.to_string());
                words::GROUP_SERVICE.with(lang, &[("name", &name)])
            }
        }
    }

    /// A change's row; a service that comes also shows its real servers.
    fn rows(&self, change: &Change) -> Vec<AnyView> {
        let effect = self.with_effects.then(|| change.live_effect(self.from));
        let mut rows = vec![self.row(change, effect, true)];
        if let Change::AddService { id, service } = change {
            rows.extend(service.destinations.iter().map(|(&destination_id, destination)| {
                let within = Change::AddDestination {
                    service: *id,
                    service_name: service.settings.name.clone(),
                    id: destination_id,
                    destination: destination.clone(),
                };
                self.row(&within, self.with_effects.then_some(None), false)
            }));
        }
        rows
    }

    fn row(&self, change: &Change, effect: Option<Option<Effect>>, own: bool) -> AnyView {
        let lang = use_lang();
        let (sign, class) = match change.action() {
            Action::Add => ("+", "sign add"),
            Action::Edit => ("~", "sign edit"),
            Action::Remove => ("−", "sign remove"),
        };
        let effect = effect.map(|effect| {
            let (word, class) = match effect {
                None => (words::UNTOUCHED.get(lang), "muted"),
                Some(effect @ Effect::InPlace) => (words::effect(effect, lang), ""),
                Some(effect @ (Effect::Recreate | Effect::Ends)) => (words::effect(effect, lang), "warn"),
            };
            view! { <td class=class>{word}</td> }
        });
        let revert = self.revert.as_ref().map(|_| {
            let button = own.then(|| {
                let spoken = words::REVERT_OF.with(lang, &[("what", &words::line(change, lang))]);
                button(change.part(), words::REVERT.get(lang), spoken)
            });
            view! { <td class="tight">{button}</td> }
        });
        let new = (own && (self.is_new)(change)).then(|| {
            view! { " "<span class="tag">{t(words::NEW_SINCE)}</span> }
        });
        view! {
            <tr class="change" class:child=!own>
                <td class="wrap"><span class=class aria-hidden="true">{sign}</span>" "{what(change, lang)}{new}</td>
                {effect}
                {revert}
            </tr>
        }
        .into_any()
    }
}

/// What changes: a sentence for what comes or goes, a name and two values for a field.
fn what(change: &Change, lang: Lang) -> AnyView {
    let Some((field, from, to)) = change.edited() else {
        return words::line(change, lang).into_any();
    };
    let label = fields::label(field, lang);
    let label = match change {
        Change::EditDestination { name, .. } => {
            words::SERVER_FIELD.with(lang, &[("name", name), ("field", &label)])
        }
        _ => label.to_owned(),
    };
    let (from, to) = (words::value(field, &from, lang), words::value(field, &to, lang));
    view! { {label}{words::COLON.get(lang)}{values::pair(&from, &to)} }.into_any()
}

fn button(part: Part, label: &'static str, spoken: String) -> impl IntoView {
    view! { <SubmitButton label=label kind=Kind::Quiet name="part" value=part.to_string() spoken=spoken/> }
}
