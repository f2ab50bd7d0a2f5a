//! Several filters above a table, all of them in the address: a form that is sent without script, and a page that can be kept as
//! a bookmark.

use leptos::prelude::*;

use super::Choice;
use crate::i18n::{common, t};

/// One filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterField {
    /// Its name in the address.
    pub name: &'static str,
    /// The label.
    pub label: String,
    /// What is asked for now.
    pub value: String,
    /// How it is asked for.
    pub input: FilterInput,
}

/// How a filter is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterInput {
    /// Part of a text, with a hint.
    Text(String),
    /// A moment, to the minute.
    Moment,
    /// One of a menu; several groups have a heading each.
    Menu(Vec<(String, Vec<Choice>)>),
}

/// The form.
#[component]
pub fn Filters(
    /// The page's path.
    #[prop(into)]
    path: String,
    /// The filters.
    fields: Vec<FilterField>,
) -> AnyView {
    let set = fields.iter().any(|field| !field.value.is_empty());
    let clear = path.clone();
    view! {
        <form class="filters" method="get" action=path role="search" aria-label=t(common::FILTER)>
            {fields.into_iter().map(field).collect_view()}
            <div class="filter-buttons">
                <button class="button" type="submit">{t(common::FILTER)}</button>
                {set.then(|| view! { <a class="button quiet" href=clear>{t(common::CLEAR)}</a> })}
            </div>
        </form>
    }
    .into_any()
}

fn field(field: FilterField) -> AnyView {
    let FilterField { name, label, value, input } = field;
    let id = format!("f-{name}");
    let control = match input {
        FilterInput::Text(hint) => {
            view! { <input class="input" id=id.clone() type="search" name=name value=value placeholder=hint spellcheck="false" autocomplete="off"/> }.into_any()
        }
        FilterInput::Moment => {
            view! { <input class="input mono" id=id.clone() type="datetime-local" name=name value=value/> }.into_any()
        }
        FilterInput::Menu(groups) => {
            let groups = groups.into_iter().map(|(heading, choices)| {
                let options = choices.into_iter().map(|choice| {
                    let selected = choice.value == value;
                    view! { <option value=choice.value selected=selected>{choice.label}</option> }
                });
                let options = options.collect_view();
                if heading.is_empty() { options.into_any() } else { view! { <optgroup label=heading>{options}</optgroup> }.into_any() }
            });
            let groups = groups.collect_view();
            view! { <select class="input" id=id.clone() name=name>{groups}</select> }.into_any()
        }
    };
    view! { <div class="filter-field"><label for=id>{label}</label>{control}</div> }.into_any()
}
