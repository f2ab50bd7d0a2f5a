//! The list of a virtual server's real servers.

use leptos::prelude::*;
use model::{ClusterId, Destination, DestinationId, Forwarding, ServiceId, Thresholds};

use crate::components::{
    ActionForm, Column, EmptyState, Icon, Kind, LinkButton, ListedTable, Listing, PageHeader, RowLink,
};
use crate::i18n::{common, servers as words, services, t, use_lang};
use crate::pages::services::{DraftMark, SubTab, draft_mark, note_mark, status, sub_tabs};
use crate::{Lang, html};

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServersPage {
    /// The cluster.
    pub cluster: ClusterId,
    /// The virtual service.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// The rows of this page.
    pub rows: Vec<ServerRow>,
    /// Which part of the list this is.
    pub listing: Listing,
    /// The cluster's forwarding method.
    pub inherited: Forwarding,
}

/// A real server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerRow {
    /// Which.
    pub id: DestinationId,
    /// What is set on it.
    pub destination: Destination,
    /// How it differs from what is applied.
    pub mark: Option<DraftMark>,
}

/// The page.
pub fn list(page: ServersPage) -> impl IntoView {
    let ServersPage { cluster, service, name, rows, listing, inherited } = page;
    let count = listing.all;
    let href = format!("{}/new", listing.base);
    let add = move || view! { <LinkButton href=href.clone() label=t(words::ADD) kind=Kind::Primary with=Icon::Plus/> };
    if listing.all == 0 {
        return view! {
            <PageHeader title=name/>
            {sub_tabs(cluster, service, SubTab::Servers, count)}
            <EmptyState title=t(words::EMPTY_TITLE) text=t(words::EMPTY_TEXT)>{add()}</EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::text(t(words::COL_STATUS)).sorted_by("status"),
        Column::text(t(common::NAME)).sorted_by("name"),
        Column::text(t(common::ADDRESS)).sorted_by("address"),
        Column::text(t(words::COL_PORT)),
        Column::number(t(words::COL_WEIGHT)).sorted_by("weight"),
        Column::text(t(words::COL_FORWARDING)).sorted_by("forwarding"),
        Column::text(t(words::COL_LIMITS)).secondary(),
        Column::actions(),
    ];
    let rows = rows.into_iter().map(|one| row(&listing, one, inherited).into_any()).collect();
    view! {
        <PageHeader title=name>{add()}</PageHeader>
        {sub_tabs(cluster, service, SubTab::Servers, count)}
        <ListedTable listing=listing caption=t(words::TABLE) columns=columns rows=rows filter=t(services::FILTER) finds=t(words::FILTER_NOTHING_TEXT)/>
    }
    .into_any()
}

fn row(listing: &Listing, row: ServerRow, inherited: Forwarding) -> impl IntoView + use<> {
    let lang = use_lang();
    let ServerRow { id, destination, mark } = row;
    let base = format!("{}/{id}", listing.base);
    let name = destination.name.to_string();
    let href = if listing.here == listing.base {
        base.clone()
    } else {
        format!("{base}?back={}", html::encode(&listing.here))
    };
    let note = destination.note.as_ref().map(note_mark);
    let port = destination.port.map_or_else(|| t(words::SAME_PORT).to_owned(), |port| port.to_string());
    let method = services::forwarding(destination.forwarding.unwrap_or(inherited), lang);
    let (label, to) = if destination.active { (common::DEACTIVATE, "") } else { (common::ACTIVATE, "on") };
    let hidden = vec![("active", to.to_owned()), ("back", listing.here.clone())];
    view! {
        <tr class:inactive=!destination.active>
            <td>{status(destination.active)}</td>
            <td class="name"><RowLink href=href label=name.clone()/>{mark.map(draft_mark)}{note}</td>
            <td class="mono">{destination.address.to_string()}</td>
            <td class="mono" class:muted=destination.port.is_none()>{port}</td>
            <td class="num">{destination.weight.to_string()}</td>
            <td class:muted=destination.forwarding.is_none()>{method}</td>
            <td class="secondary">{limits(destination.thresholds, lang)}</td>
            <td class="tight">
                <ActionForm action=format!("{base}/active") label=t(label) about=name kind=Kind::Quiet hidden=hidden/>
            </td>
        </tr>
    }
}

fn limits(thresholds: Thresholds, lang: Lang) -> String {
    match (thresholds.upper(), thresholds.lower()) {
        (None, _) => "–".to_owned(),
        (Some(upper), None) => words::LIMIT_UPPER.with(lang, &[("upper", &upper)]),
        (Some(upper), Some(lower)) => words::LIMIT_BOTH.with(lang, &[("upper", &upper), ("lower", &lower)]),
    }
}
