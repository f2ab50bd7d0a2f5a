//! The list of virtual servers, with Piranha's columns.

use leptos::prelude::*;
use model::{ClusterId, Note, ServiceId, ServiceKey, ServiceSettings};

use super::bulk;
use crate::State;
use crate::components::{
    ActionForm, Column, EmptyState, Icon, Kind, LinkButton, ListedTable, Listing, PageHeader, RowLink,
    StateMark, Ticks, icon,
};
use crate::frame::use_rights;
use crate::i18n::{bulk as bulk_words, common, services as words, t, use_lang};

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicesPage {
    /// The cluster.
    pub cluster: ClusterId,
    /// The rows of this page.
    pub rows: Vec<ServiceRow>,
    /// Which part of the list this is.
    pub listing: Listing,
}

/// A virtual server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRow {
    /// Which.
    pub id: ServiceId,
    /// Its settings.
    pub settings: ServiceSettings,
    /// How many real servers it has.
    pub servers: usize,
    /// How many of them are active.
    pub active_servers: usize,
    /// How it differs from what is applied.
    pub mark: Option<DraftMark>,
}

/// How something differs from what is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftMark {
    /// It is not applied yet.
    New,
    /// It is applied otherwise.
    Edited,
}

/// The page.
pub fn list(page: ServicesPage) -> impl IntoView {
    let ServicesPage { cluster, rows, listing } = page;
    let add = move || view! { <LinkButton href=format!("/clusters/{cluster}/services/new") label=t(words::ADD) kind=Kind::Primary with=Icon::Plus/> };
    if listing.all == 0 {
        return view! {
            <PageHeader title=t(words::TITLE)/>
            <EmptyState title=t(words::EMPTY_TITLE) text=t(words::EMPTY_TEXT)>{add()}</EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::ticks(t(bulk_words::COL_TICK), Ticks { form: bulk::FORM, all: t(bulk_words::ALL_HERE) }),
        Column::text(t(words::COL_STATUS)).sorted_by("status"),
        Column::text(t(common::NAME)).sorted_by("name"),
        Column::text(t(words::COL_VIP)).sorted_by("vip"),
        Column::text(t(words::COL_NETMASK)).secondary(),
        Column::text(t(words::COL_PORT)).sorted_by("port"),
        Column::text(t(words::COL_PROTOCOL)).sorted_by("protocol"),
        Column::text(t(words::COL_INTERFACE)).secondary(),
        Column::text(t(words::COL_SCHEDULER)).sorted_by("scheduler").secondary(),
        Column::text(t(words::COL_SERVERS)).sorted_by("servers"),
        Column::actions(),
    ];
    let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let many = (shown > 0 && !use_rights().look_only).then(|| bulk::bar(cluster, &listing, shown));
    let rows = rows.into_iter().map(|one| row(cluster, &listing.here, one).into_any()).collect();
    view! {
        <PageHeader title=t(words::TITLE)>{add()}</PageHeader>
        <ListedTable listing=listing caption=t(words::TABLE) columns=columns rows=rows filter=t(words::FILTER) finds=t(words::FILTER_NOTHING_TEXT)>
            <span class="spring"></span>
            {many}
        </ListedTable>
    }
    .into_any()
}

fn row(cluster: ClusterId, here: &str, row: ServiceRow) -> impl IntoView + use<> {
    let lang = use_lang();
    let ServiceRow { id, settings, servers, active_servers, mark } = row;
    let base = format!("/clusters/{cluster}/services/{id}");
    let name = settings.name.to_string();
    let (vip, ports, protocol) = match settings.key.frontend() {
        Some(frontend) => {
            (frontend.vip.to_string(), frontend.ports.to_string(), words::protocol(frontend.protocol))
        }
        None => (String::new(), String::new(), ""),
    };
    let marked = match &settings.key {
        ServiceKey::Mark { mark, .. } => {
            Some(words::MARK_ELSEWHERE.with(lang, &[("mark", mark), ("family", &settings.key.family())]))
        }
        ServiceKey::Address(_) => None,
    };
    // One host, as with Piranha's "Unused", is the rule: it needs no words in every row.
    let mask = settings.vip_netmask.map_or_else(|| "–".to_owned(), |mask| mask.to_string());
    let device = settings.device.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string);
    let note = settings.note.as_ref().map(note_mark);
    let servers = match servers {
        0 => view! { <span class="warn">{t(words::SERVERS_NONE)}</span> }.into_any(),
        all => words::SERVERS_OF.with(lang, &[("active", &active_servers), ("all", &all)]).into_any(),
    };
    let (label, to) = if settings.active { (common::DEACTIVATE, "") } else { (common::ACTIVATE, "on") };
    let hidden = vec![("active", to.to_owned()), ("back", here.to_owned())];
    view! {
        <tr class:inactive=!settings.active>
            <td class="tick">{(!use_rights().look_only).then(|| bulk::tick(id, &name))}</td>
            <td>{status(settings.active)}</td>
            <td class="name">
                <RowLink href=base.clone() label=name.clone()/>
                {mark.map(draft_mark)}
                {note}
            </td>
            <td class="mono">{vip}{marked.map(|text| view! { <span class="muted marked">" "{text}</span> })}</td>
            <td class="mono secondary">{mask}</td>
            <td class="mono ports" title=ports>{ports.clone()}</td>
            <td>{protocol}</td>
            <td class="mono secondary">{device}</td>
            <td class="secondary">{settings.scheduler.to_string()}</td>
            <td><a href=format!("{base}/servers")>{servers}</a></td>
            <td class="tight">
                <ActionForm action=format!("{base}/active") label=t(label) about=name kind=Kind::Quiet hidden=hidden/>
            </td>
        </tr>
    }
}

/// Active or not, as configured: whether it serves is said by Control / Monitoring.
pub(crate) fn status(active: bool) -> impl IntoView {
    if active {
        view! { <span class="config-active">{t(words::ACTIVE)}</span> }.into_any()
    } else {
        view! { <StateMark state=State::Inactive/> }.into_any()
    }
}

/// That there is a note, with its text.
pub(crate) fn note_mark(note: &Note) -> impl IntoView + use<> {
    let (text, title) = (note.as_str().to_owned(), note.as_str().to_owned());
    view! { " "<span class="note-mark" title=title>{icon(Icon::Note)}<span class="unseen">{text}</span></span> }
}

pub(crate) fn draft_mark(mark: DraftMark) -> impl IntoView {
    let word = match mark {
        DraftMark::New => words::NEW_MARK,
        DraftMark::Edited => words::EDITED_MARK,
    };
    view! { " "<span class="tag">{t(word)}</span> }
}
