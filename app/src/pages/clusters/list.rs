//! The list of clusters.

use leptos::prelude::*;
use model::ClusterId;

use crate::State;
use crate::components::{
    Column, DataTable, EmptyState, Icon, Kind, LinkButton, PageHeader, RowLink, StateMark,
};
use crate::frame::{Standing, use_rights};
use crate::i18n::{clusters as words, common, frame, t, use_lang};

/// A cluster in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterRow {
    /// Which.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// How it fares as a whole.
    pub state: State,
    /// Since when, in milliseconds since 1970, where that is known.
    pub since: Option<i64>,
    /// Whether it runs.
    pub standing: Standing,
    /// How many virtual services its draft has.
    pub services: u64,
    /// Whether the draft differs from what is applied.
    pub changes: bool,
    /// Whether the person may change it.
    pub may_edit: bool,
}

/// The list.
pub fn list(rows: Vec<ClusterRow>) -> impl IntoView {
    let empty = rows.is_empty();
    let create = use_rights().create;
    let buttons = move |kind| {
        create.then(|| {
            view! {
                <LinkButton href="/clusters/import" label=t(words::IMPORT) with=Icon::Import/>
                <LinkButton href="/clusters/new" label=t(words::NEW) kind=kind with=Icon::Plus/>
            }
        })
    };
    if empty && !create {
        return view! {
            <PageHeader title=t(words::TITLE) intro=t(words::INTRO)/>
            <EmptyState title=t(words::NONE_TITLE) text=t(words::NONE_TEXT)/>
        }
        .into_any();
    }
    if empty {
        return view! {
            <PageHeader title=t(words::TITLE) intro=t(words::INTRO)/>
            <EmptyState title=t(words::EMPTY_TITLE) text=t(words::EMPTY_TEXT)>{buttons(Kind::Primary)}</EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::text(t(common::NAME)),
        Column::text(t(common::STATE)),
        Column::number(t(words::COL_SERVICES)).secondary(),
        Column::text(t(words::COL_GENERATION)).secondary(),
        Column::text(t(words::COL_CHANGES)),
        Column::actions(),
    ];
    view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)>{buttons(Kind::Primary)}</PageHeader>
        <DataTable caption=t(words::TABLE) columns=columns>{rows.into_iter().map(row).collect_view()}</DataTable>
    }
    .into_any()
}

fn row(row: ClusterRow) -> impl IntoView {
    let lang = use_lang();
    let id = row.id;
    let word = (row.standing == Standing::NeverApplied).then(|| frame::NEVER_APPLIED.get(lang).to_owned());
    let applied = match row.standing {
        Standing::NeverApplied => words::NEVER.get(lang).to_owned(),
        Standing::Stopped(generation) | Standing::Running(generation) => {
            words::GENERATION.with(lang, &[("n", &generation)])
        }
    };
    let changes = if row.changes {
        view! { <a href=format!("/clusters/{id}/changes")>{t(words::PENDING)}</a> }.into_any()
    } else {
        view! { <span class="muted">{t(words::NO_CHANGES)}</span> }.into_any()
    };
    view! {
        <tr>
            <td><RowLink href=format!("/clusters/{id}/control") label=row.name/></td>
            <td><StateMark state=row.state word=word since=row.since/></td>
            <td class="num secondary"><a href=format!("/clusters/{id}/services")>{crate::i18n::grouped(row.services)}</a></td>
            <td class="secondary">{applied}</td>
            <td>{changes}</td>
            <td class="tight">
                {row.may_edit.then(|| view! { <LinkButton href=format!("/clusters/{id}/edit") label=t(words::EDIT) kind=Kind::Quiet/> })}
            </td>
        </tr>
    }
}
