//! The list of people.

use leptos::prelude::*;
use model::Roles;

use crate::State;
use crate::components::{
    Ago, Column, DataTable, EmptyState, Filter, Icon, Kind, LinkButton, PageHeader, Pager, RowLink, StateMark,
};
use crate::i18n::{common, grouped, people as words, t, use_lang};

/// A person in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// The account's number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What the person may do.
    pub roles: Roles,
    /// Since when nobody can log in with it, in milliseconds since 1970.
    pub disabled_ms: Option<i64>,
    /// When the person was last there, where a session still knows.
    pub seen_ms: Option<i64>,
    /// How many sessions it has.
    pub sessions: u64,
    /// Whether it is the one who looks.
    pub own: bool,
}

/// The list, or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleList {
    /// The rows of this page.
    pub rows: Vec<PersonRow>,
    /// What is looked for.
    pub q: String,
    /// How many match.
    pub matching: u64,
    /// The number of the first row, from 1.
    pub from: u64,
    /// The address of the page before.
    pub previous: Option<String>,
    /// The address of the page after.
    pub next: Option<String>,
}

/// The page.
pub fn list(list: PeopleList) -> AnyView {
    let lang = use_lang();
    let PeopleList { rows, q, matching, from, previous, next } = list;
    let columns = vec![
        Column::text(t(common::NAME)),
        Column::text(t(words::COL_ROLE)),
        Column::text(t(words::COL_STATE)),
        Column::text(t(words::COL_SEEN)).secondary(),
        Column::number(t(words::COL_SESSIONS)).secondary(),
    ];
    let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let table = if rows.is_empty() {
        let text = words::NONE_FOUND_TEXT.with(lang, &[("q", &q)]);
        view! {
            <EmptyState title=t(words::NONE_FOUND_TITLE) text=text>
                <LinkButton href="/users" label=t(words::SHOW_ALL)/>
            </EmptyState>
        }
        .into_any()
    } else {
        let rows = rows.into_iter().map(row).collect_view();
        let pager = (previous.is_some() || next.is_some()).then(|| {
            view! { <Pager from=from to=from + shown - 1 all=matching previous=previous next=next/> }
        });
        view! { <DataTable caption=t(words::TITLE) columns=columns>{rows}</DataTable>{pager} }.into_any()
    };
    view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)>
            <LinkButton href="/users/new" label=t(words::ADD) kind=Kind::Primary with=Icon::Plus/>
        </PageHeader>
        <div class="bar"><Filter path="/users" label=t(words::FIND) q=q/></div>
        {table}
    }
    .into_any()
}

fn row(row: PersonRow) -> impl IntoView {
    let lang = use_lang();
    let own = row.own.then(|| view! { " "<span class="muted">"("{t(words::YOU)}")"</span> });
    let in_clusters = u64::try_from(row.roles.clusters.len()).unwrap_or(u64::MAX);
    let role = match (row.roles.everywhere, in_clusters) {
        (Some(role), 0) => words::role(role, lang).to_owned(),
        (Some(role), n) => format!("{} {}", words::role(role, lang), words::AND_IN_CLUSTERS.count(lang, n)),
        (None, 0) => words::NO_ROLE.get(lang).to_owned(),
        (None, n) => words::IN_CLUSTERS.count(lang, n),
    };
    let state = match row.disabled_ms {
        Some(_) => (State::Stopped, words::DISABLED),
        None => (State::Serving, words::ENABLED),
    };
    let seen = match row.seen_ms {
        Some(ms) => view! { <Ago ms=ms/> }.into_any(),
        None => view! { <span class="muted">"–"</span> }.into_any(),
    };
    view! {
        <tr>
            <td><RowLink href=format!("/users/{}", row.id) label=row.name/>{own}</td>
            <td>{role}</td>
            <td><StateMark state=state.0 word=state.1.get(lang).to_owned() since=row.disabled_ms/></td>
            <td class="secondary">{seen}</td>
            <td class="num secondary">{grouped(row.sessions)}</td>
        </tr>
    }
}
