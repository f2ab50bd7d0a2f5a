//! A long list: what is searched for, in which order, which part of it is shown; all of it stands in the address.

use leptos::prelude::*;

use super::{Column, DataTable, EmptyState, Filter, LinkButton, Pager};
use crate::i18n::{services as words, t, use_lang};

/// Which part of a long list is shown, and how one came to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The list's address without anything that is asked for.
    pub base: String,
    /// What is searched for.
    pub q: String,
    /// The order: a column's word, `-` before it for descending.
    pub sort: String,
    /// How many match.
    pub matching: u64,
    /// How many there are.
    pub all: u64,
    /// The number of the first row, from 1.
    pub from: u64,
    /// The addresses of the parts before and after.
    pub previous: Option<String>,
    /// See `previous`.
    pub next: Option<String>,
    /// The address with what is searched for, without the order.
    pub path: String,
    /// The address of this part, to come back to.
    pub here: String,
}

/// The filter, and below it the table with the way through it, or that nothing matches.
#[component]
pub fn ListedTable(
    /// Which part of the list this is.
    listing: Listing,
    /// What the table is, for those who hear the page.
    caption: &'static str,
    /// The columns.
    columns: Vec<Column>,
    /// The rows: `<tr>` elements.
    rows: Vec<AnyView>,
    /// What one can filter by, in the field.
    filter: &'static str,
    /// What one finds by, where nothing was found.
    finds: &'static str,
    /// Beside the filter.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    let Listing { base, q, sort, matching, from, previous, next, path, .. } = listing;
    let keep = if sort.is_empty() { Vec::new() } else { vec![("sort", sort.clone())] };
    let show_all = base.clone();
    let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let table = if rows.is_empty() {
        let title = words::FILTER_NOTHING_TITLE.with(use_lang(), &[("q", &q)]);
        view! {
            <EmptyState title=title text=finds>
                <LinkButton href=show_all label=t(words::SHOW_ALL)/>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <div class="drawn"><DataTable caption=caption columns=columns sort=sort path=path>{rows}</DataTable></div>
            <Pager from=from to=from + shown - 1 all=matching previous=previous next=next/>
        }
        .into_any()
    };
    view! {
        <div class="bar"><Filter path=base label=filter q=q keep=keep/>{children.map(|children| children())}</div>
        {table}
    }
    .into_any()
}
