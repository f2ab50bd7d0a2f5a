//! Tables: the heart of the program. One line a row, text at the left, numbers at the right with their unit in the
//! header, sorting and filtering in the address.
//!
//! ```text
//! let columns = vec![Column::text(t(NAME)).sorted_by("name"), Column::number(t(WEIGHT))];
//! view! {
//!     <DataTable caption=t(TABLE) columns=columns sort=sort path=path>
//!         {rows.map(|row| view! { <tr><td><RowLink href=row.href label=row.name/></td><td class="num">{row.weight}</td></tr> })}
//!     </DataTable>
//! }
//! ```
//! Classes of cells: `num` (number), `mono` (address), `tight` (buttons), `muted`. Of rows: `child` (a destination under
//! its service).

use leptos::prelude::*;

use super::{Choice, Icon, icon};
use crate::i18n::{common, t, use_lang};

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Text.
    #[default]
    Start,
    /// Numbers.
    End,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The header, with the unit.
    pub label: String,
    /// Where its text stands.
    pub align: Align,
    /// The word for this column in the address's `sort`; `None`: it cannot sort.
    pub key: Option<&'static str>,
    /// Left out on narrow screens.
    pub secondary: bool,
    /// The header is for those who hear the page alone: columns of buttons.
    pub silent: bool,
    /// The boxes that stand in it.
    pub ticks: Option<Ticks>,
}

/// Boxes of a column, which one in the header ticks all, where there is a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticks {
    /// The form that they belong to.
    pub form: &'static str,
    /// What the one in the header does.
    pub all: &'static str,
}

impl Column {
    /// A column of text.
    pub fn text(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            align: Align::Start,
            key: None,
            secondary: false,
            silent: false,
            ticks: None,
        }
    }

    /// A column of numbers.
    pub fn number(label: impl Into<String>) -> Self {
        Self { align: Align::End, ..Self::text(label) }
    }

    /// The last column, of buttons.
    pub fn actions() -> Self {
        Self::unspoken(t(common::ACTIONS))
    }

    /// A column whose header is for those who hear the page alone.
    pub fn unspoken(label: impl Into<String>) -> Self {
        Self { silent: true, ..Self::text(label) }
    }

    /// A column of boxes that belong to a form.
    pub fn ticks(label: impl Into<String>, ticks: Ticks) -> Self {
        Self { ticks: Some(ticks), ..Self::unspoken(label) }
    }

    /// Makes it sort by this word of the address.
    #[must_use]
    pub fn sorted_by(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// Leaves it out on narrow screens; give its cells the class `secondary`.
    #[must_use]
    pub fn secondary(mut self) -> Self {
        self.secondary = true;
        self
    }
}

/// A table with a sticky header.
#[component]
pub fn DataTable(
    /// What the table is, for those who hear the page.
    #[prop(into)]
    caption: String,
    /// The columns.
    columns: Vec<Column>,
    /// The address's `sort`: a column's word, with `-` before it for descending.
    #[prop(optional_no_strip, into)]
    sort: Option<String>,
    /// The page's path with its other parameters, which sorting keeps: `/clusters?q=web`.
    #[prop(optional, into)]
    path: String,
    /// The rows: `<tr>` elements.
    children: Children,
) -> AnyView {
    let heads = columns.into_iter().map(|column| {
        let class = match (column.align, column.secondary) {
            (Align::Start, false) => "",
            (Align::End, false) => "num",
            (Align::Start, true) => "secondary",
            (Align::End, true) => "num secondary",
        };
        let current = sort.as_deref().unwrap_or_default();
        let (word, down) = current.strip_prefix('-').map_or((current, false), |word| (word, true));
        let here = column.key.is_some() && column.key == Some(word);
        let aria = here.then_some(if down { "descending" } else { "ascending" });
        let label = match (column.ticks, column.key) {
            (Some(Ticks { form, all }), _) => view! {
                <span class="unseen">{column.label}</span>
                <input type="checkbox" data-all=form aria-label=all hidden/>
            }
            .into_any(),
            (None, _) if column.silent => view! { <span class="unseen">{column.label}</span> }.into_any(),
            (None, None) => column.label.into_any(),
            (None, Some(key)) => {
                let next = if here && !down { format!("-{key}") } else { key.to_owned() };
                let join = if path.contains('?') { '&' } else { '?' };
                let arrow = here.then_some(if down { " ↓" } else { " ↑" });
                view! { <a href=format!("{path}{join}sort={next}")>{column.label}<span aria-hidden="true">{arrow}</span></a> }.into_any()
            }
        };
        view! { <th scope="col" class=class aria-sort=aria>{label}</th> }
    });
    let heads = heads.collect_view();
    let name = caption.clone();
    view! {
        <div class="table-box" tabindex="0" role="region" aria-label=name>
            <table class="table">
                <caption class="unseen">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The name of a row's object, which leads to it; the whole row reacts.
#[component]
pub fn RowLink(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// The name.
    #[prop(into)]
    label: String,
) -> AnyView {
    let title = label.clone();
    view! { <a class="row-link" href=href title=title>{label}</a> }.into_any()
}

/// The menu beside a [`Filter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterMenu {
    /// Its name in the address.
    pub name: &'static str,
    /// What is chosen here.
    pub label: String,
    /// What is chosen now.
    pub value: String,
    /// What there is to choose.
    pub choices: Vec<Choice>,
}

/// A field that filters the table below by the address's `q`.
#[component]
pub fn Filter(
    /// The page's path.
    #[prop(into)]
    path: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// What is filtered by now.
    #[prop(into)]
    q: String,
    /// Other parameters to keep.
    #[prop(optional)]
    keep: Vec<(&'static str, String)>,
    /// A second filter, which is chosen from a menu.
    #[prop(optional_no_strip)]
    menu: Option<FilterMenu>,
) -> AnyView {
    let set = !q.is_empty() || menu.as_ref().is_some_and(|menu| !menu.value.is_empty());
    let menu = menu.map(|FilterMenu { name, label, value, choices }| {
        let options = choices.into_iter().map(|choice| {
            let selected = choice.value == value;
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        });
        view! { <select class="input" name=name aria-label=label>{options.collect_view()}</select> }
    });
    let (clear, spoken) = (path.clone(), label.clone());
    view! {
        <form class="filter" method="get" action=path role="search" aria-label=t(common::FILTER)>
            {keep.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            {icon(Icon::Search)}
            <input class="input" type="search" name="q" value=q placeholder=label aria-label=spoken spellcheck="false"/>
            {menu}
            {set.then(|| view! { <a class="button quiet" href=clear>{t(common::CLEAR)}</a> })}
            <button class="button" type="submit">{t(common::FILTER)}</button>
        </form>
    }
    .into_any()
}

/// The way through a long table: which rows are shown, back and on.
#[component]
pub fn Pager(
    /// The number of the first row shown, from 1.
    from: u64,
    /// The number of the last row shown.
    to: u64,
    /// How many there are.
    all: u64,
    /// The address of the page before.
    #[prop(optional_no_strip, into)]
    previous: Option<String>,
    /// The address of the page after.
    #[prop(optional_no_strip, into)]
    next: Option<String>,
) -> AnyView {
    let lang = use_lang();
    let words = common::PAGE_OF.with(lang, &[("from", &from), ("to", &to), ("all", &all)]);
    let name = words.clone();
    view! {
        <nav class="pager" aria-label=name>
            <span>{words}</span>
            {previous.map(|href| view! { <a class="button" rel="prev" href=href>{t(common::PREVIOUS_PAGE)}</a> })}
            {next.map(|href| view! { <a class="button" rel="next" href=href>{t(common::NEXT_PAGE)}</a> })}
        </nav>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    fn table(sort: &str) -> String {
        let sort = sort.to_owned();
        html(Lang::En, move || {
            let columns = vec![Column::text("Name").sorted_by("name"), Column::number("Weight")];
            view! { <DataTable caption="Servers" columns=columns sort=sort path="/x?q=a"><tr></tr></DataTable> }
        })
    }

    #[test]
    fn sorting_turns_round_and_keeps_the_filter() {
        assert!(table("").contains(r#"href="/x?q=a&amp;sort=name""#), "{}", table(""));
        let up = table("name");
        assert!(up.contains(r#"aria-sort="ascending""#) && up.contains("sort=-name"), "{up}");
        let down = table("-name");
        assert!(down.contains(r#"aria-sort="descending""#) && down.contains("sort=name"), "{down}");
    }
}
