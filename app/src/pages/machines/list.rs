//! The list of a cluster's real servers, each address once.

use leptos::prelude::*;
use model::{ClusterId, HostAddress};

use super::fares;
use crate::State;
use crate::components::{Column, DataTable, EmptyState, Filter, LinkButton, PageHeader, Pager, RowLink};
use crate::i18n::{machines as words, services, t, use_lang};

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachinesPage {
    /// The cluster.
    pub cluster: ClusterId,
    /// The rows of this page.
    pub rows: Vec<MachineRow>,
    /// What is searched for.
    pub q: String,
    /// The order: a column's word, `-` before it for descending.
    pub sort: String,
    /// How many real servers match.
    pub matching: u64,
    /// How many there are.
    pub all: u64,
    /// The number of the first row, from 1.
    pub from: u64,
    /// The addresses of the pages before and after.
    pub previous: Option<String>,
    /// See `previous`.
    pub next: Option<String>,
    /// This page's address with what is searched for, without the order.
    pub path: String,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineRow {
    /// Its address.
    pub address: HostAddress,
    /// The names that it has, the first one and how many others.
    pub name: (String, usize),
    /// In how many virtual servers it is.
    pub services: u64,
    /// In how many of them it is active.
    pub active: u64,
    /// The lowest and the highest of its weights.
    pub weights: (u32, u32),
    /// The worst that is known of it and since when; none where nothing of it is applied.
    pub state: Option<(State, i64)>,
}

/// The page.
pub fn list(page: MachinesPage) -> impl IntoView {
    let lang = use_lang();
    let MachinesPage { cluster, rows, q, sort, matching, all, from, previous, next, path } = page;
    let base = format!("/clusters/{cluster}/machines");
    if all == 0 {
        return view! {
            <PageHeader title=t(words::TITLE)/>
            <EmptyState title=t(words::EMPTY_TITLE) text=t(words::EMPTY_TEXT)>
                <LinkButton href=format!("/clusters/{cluster}/services") label=t(words::EMPTY_NEXT)/>
            </EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::text(t(words::COL_STATE)).sorted_by("state"),
        Column::text(t(crate::i18n::common::ADDRESS)).sorted_by("address"),
        Column::text(t(words::COL_NAMES)).sorted_by("name"),
        Column::number(t(words::COL_SERVICES)).sorted_by("services"),
        Column::text(t(words::COL_ACTIVE)).sorted_by("active"),
        Column::number(t(words::COL_WEIGHT)).sorted_by("weight"),
    ];
    let keep = if sort.is_empty() { Vec::new() } else { vec![("sort", sort.clone())] };
    let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let show_all = base.clone();
    let table = if rows.is_empty() {
        let title = services::FILTER_NOTHING_TITLE.with(lang, &[("q", &q)]);
        view! {
            <EmptyState title=title text=t(words::FILTER_NOTHING_TEXT)>
                <LinkButton href=show_all label=t(services::SHOW_ALL)/>
            </EmptyState>
        }
        .into_any()
    } else {
        let rows = rows.into_iter().map(|one| row(&base, one)).collect_view();
        view! {
            <DataTable caption=t(words::TABLE) columns=columns sort=sort path=path>{rows}</DataTable>
            <Pager from=from to=from + shown - 1 all=matching previous=previous next=next/>
        }
        .into_any()
    };
    view! {
        <PageHeader title=t(words::TITLE)/>
        <div class="bar"><Filter path=base label=t(words::FILTER) q=q keep=keep/></div>
        {table}
    }
    .into_any()
}

fn row(base: &str, row: MachineRow) -> impl IntoView + use<> {
    let lang = use_lang();
    let MachineRow { address, name: (name, others), services, active, weights: (low, high), state } = row;
    let name = match others {
        0 => name,
        others => words::NAMES_MORE.with(lang, &[("name", &name), ("n", &others)]),
    };
    let weight = if low == high { low.to_string() } else { format!("{low}–{high}") };
    view! {
        <tr class:inactive=active == 0>
            <td>{fares(state)}</td>
            <td class="mono"><RowLink href=format!("{base}/{address}") label=address.to_string()/></td>
            <td class="name" title=name>{name.clone()}</td>
            <td class="num">{services}</td>
            <td>{words::ACTIVE_OF.with(lang, &[("active", &active), ("all", &services)])}</td>
            <td class="num">{weight}</td>
        </tr>
    }
}
