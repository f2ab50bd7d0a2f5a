//! The list of a cluster's real servers, each address once.

use leptos::prelude::*;
use model::{ClusterId, HostAddress};

use super::fares;
use crate::State;
use crate::components::{Column, EmptyState, LinkButton, ListedTable, Listing, PageHeader, RowLink};
use crate::i18n::{machines as words, t, use_lang};

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachinesPage {
    /// The cluster.
    pub cluster: ClusterId,
    /// The rows of this page.
    pub rows: Vec<MachineRow>,
    /// Which part of the list this is.
    pub listing: Listing,
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
    let MachinesPage { cluster, rows, listing } = page;
    if listing.all == 0 {
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
    let rows = rows.into_iter().map(|one| row(&listing.base, one).into_any()).collect();
    view! {
        <PageHeader title=t(words::TITLE)/>
        <ListedTable listing=listing caption=t(words::TABLE) columns=columns rows=rows filter=t(words::FILTER) finds=t(words::FILTER_NOTHING_TEXT)/>
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
