//! The list of a virtual server's real servers.

use leptos::prelude::*;
use model::{ClusterId, Destination, DestinationId, Forwarding, ServiceId, Thresholds};

use crate::Lang;
use crate::components::{
    ActionForm, Column, DataTable, EmptyState, Icon, Kind, LinkButton, PageHeader, RowLink,
};
use crate::i18n::{common, servers as words, services, t, use_lang};
use crate::pages::services::{DraftMark, SubTab, draft_mark, note_mark, status, sub_tabs};

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServersPage {
    /// The cluster.
    pub cluster: ClusterId,
    /// The virtual service.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// The real servers in the order of their creation.
    pub rows: Vec<ServerRow>,
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
    let ServersPage { cluster, service, name, rows, inherited } = page;
    let base = format!("/clusters/{cluster}/services/{service}/servers");
    let count = rows.len();
    let href = format!("{base}/new");
    let add = move || view! { <LinkButton href=href.clone() label=t(words::ADD) kind=Kind::Primary with=Icon::Plus/> };
    if rows.is_empty() {
        return view! {
            <PageHeader title=name/>
            {sub_tabs(cluster, service, SubTab::Servers, count)}
            <EmptyState title=t(words::EMPTY_TITLE) text=t(words::EMPTY_TEXT)>{add()}</EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::text(t(words::COL_STATUS)),
        Column::text(t(common::NAME)),
        Column::text(t(common::ADDRESS)),
        Column::text(t(words::COL_PORT)),
        Column::number(t(words::COL_WEIGHT)),
        Column::text(t(words::COL_FORWARDING)),
        Column::text(t(words::COL_LIMITS)).secondary(),
        Column::actions(),
    ];
    let caption = t(words::TABLE);
    let rows = rows.into_iter().map(|one| row(&base, one, inherited)).collect_view();
    view! {
        <PageHeader title=name>{add()}</PageHeader>
        {sub_tabs(cluster, service, SubTab::Servers, count)}
        <DataTable caption=caption columns=columns>{rows}</DataTable>
    }
    .into_any()
}

fn row(base: &str, row: ServerRow, inherited: Forwarding) -> impl IntoView + use<> {
    let lang = use_lang();
    let ServerRow { id, destination, mark } = row;
    let base = format!("{base}/{id}");
    let name = destination.name.to_string();
    let note = destination.note.as_ref().map(note_mark);
    let port = destination.port.map_or_else(|| t(words::SAME_PORT).to_owned(), |port| port.to_string());
    let method = services::forwarding(destination.forwarding.unwrap_or(inherited), lang);
    let (label, to) = if destination.active { (common::DEACTIVATE, "") } else { (common::ACTIVATE, "on") };
    view! {
        <tr class:inactive=!destination.active>
            <td>{status(destination.active)}</td>
            <td class="name"><RowLink href=base.clone() label=name.clone()/>{mark.map(draft_mark)}{note}</td>
            <td class="mono">{destination.address.to_string()}</td>
            <td class="mono" class:muted=destination.port.is_none()>{port}</td>
            <td class="num">{destination.weight.to_string()}</td>
            <td class:muted=destination.forwarding.is_none()>{method}</td>
            <td class="secondary">{limits(destination.thresholds, lang)}</td>
            <td class="tight">
                <ActionForm action=format!("{base}/active") label=t(label) about=name kind=Kind::Quiet hidden=vec![("active", to.to_owned())]/>
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
