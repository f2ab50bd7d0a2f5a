//! The timeline: what happened, to one cluster or to all that may be seen.

mod filter;
mod row;

use leptos::prelude::*;
use model::{ClusterId, DestinationId, DirectorId, EventKind, Generation, ServiceId, Why};

use crate::components::{
    Column, DataTable, EmptyState, Icon, Kind, LinkButton, Notice, PageHeader, Tone, icon,
};
use crate::i18n::{events as words, grouped, t, use_lang};
use crate::time;

pub use filter::names;
pub(crate) use filter::ranges;

/// The page.
#[derive(Clone, Debug, Default)]
pub struct EventsPage {
    /// The cluster whose page it is; none for all.
    pub cluster: Option<ClusterId>,
    /// What is asked for, as it was typed.
    pub asked: Asked,
    /// The clusters to choose from, where the page is not one cluster's.
    pub clusters: Vec<(ClusterId, String)>,
    /// Whether log-ins may be seen.
    pub people: bool,
    /// The events, the newest first.
    pub entries: Vec<Entry>,
    /// The address of the page of older ones.
    pub older: Option<String>,
    /// The address of the newest ones, with the same filters.
    pub newest: String,
    /// Whether this page is another one than that.
    pub is_older: bool,
    /// The address that tells how many are new.
    pub news: String,
    /// What is wrong with what is asked for.
    pub problem: Option<String>,
    /// How long events are kept, in days.
    pub days: u32,
    /// How many are kept.
    pub rows: u32,
}

/// What is asked for, as it was typed: the names of [`names`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// A kind or a topic.
    pub kind: String,
    /// A span back from now.
    pub range: String,
    /// From this moment on.
    pub from: String,
    /// Up to this one.
    pub to: String,
    /// Part of an object's name.
    pub object: String,
    /// Part of a person's name.
    pub person: String,
    /// A cluster.
    pub cluster: String,
}

/// Something that happened; where several directors saw it, once for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub kind: EventKind,
    /// When it happened last, in milliseconds since 1970.
    pub at_ms: i64,
    /// Its cluster.
    pub cluster: Option<(ClusterId, String)>,
    /// The virtual server.
    pub service: Option<(ServiceId, String)>,
    /// The real server of it.
    pub server: Option<(DestinationId, String)>,
    /// The generation.
    pub generation: Option<Generation>,
    /// Who did it.
    pub actor: String,
    /// From where.
    pub origin: String,
    /// Who saw it: each director, with what it said.
    pub seen: Vec<Sight>,
}

/// What one director said of it, or the console itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Which director.
    pub director: Option<(DirectorId, String)>,
    /// When last, in milliseconds since 1970.
    pub at_ms: i64,
    /// When first.
    pub first_ms: i64,
    /// How often.
    pub count: u32,
    /// Why.
    pub reason: Option<Why>,
    /// Since when it was so, by the director's clock.
    pub since_ms: Option<i64>,
    /// How long it had been otherwise.
    pub duration_ms: Option<i64>,
}

/// The page's view.
#[expect(clippy::needless_pass_by_value, reason = "a page owns what it shows")]
pub fn view(page: EventsPage) -> AnyView {
    let lang = use_lang();
    let is_asked = page.asked != Asked::default();
    let path = page.path();
    let news = (!page.is_older).then(|| {
        // The script fills it, shows it and leaves everything else where it is.
        view! { <span role="status"><a class="button news" href=page.newest.clone() data-news=page.news.clone() hidden></a></span> }
    });
    let refresh = page.newest.clone();
    let header = view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)>
            {news}
            <a class="button" href=refresh>{icon(Icon::Refresh)}<span>{t(words::REFRESH)}</span></a>
        </PageHeader>
    };
    let problem = page.problem.clone().map(|text| view! { <Notice tone=Tone::Failed text=text/> });
    let kept = words::KEPT.with(lang, &[("days", &page.days), ("rows", &grouped(page.rows.into()))]);
    let filters = filter::filters(&page, &path);
    let body = if page.entries.is_empty() { empty(&page, is_asked, &path) } else { timeline(&page) };
    view! {
        {header}
        {problem}
        {filters}
        {body}
        <p class="kept muted">{kept}</p>
    }
    .into_any()
}

impl EventsPage {
    fn path(&self) -> String {
        self.cluster.map_or_else(|| "/events".to_owned(), |id| format!("/clusters/{id}/events"))
    }
}

fn empty(page: &EventsPage, is_asked: bool, path: &str) -> AnyView {
    if is_asked || page.is_older {
        let path = path.to_owned();
        return view! { <EmptyState title=t(words::NONE_TITLE) text=t(words::NONE_TEXT)><LinkButton href=path label=t(words::SHOW_ALL)/></EmptyState> }
            .into_any();
    }
    match page.cluster {
        Some(id) => {
            view! { <EmptyState title=t(words::EMPTY_TITLE) text=t(words::EMPTY_CLUSTER_TEXT)><LinkButton href=format!("/clusters/{id}/changes") label=t(words::TO_CHANGES)/></EmptyState> }.into_any()
        }
        None => {
            view! { <EmptyState title=t(words::EMPTY_TITLE) text=t(words::EMPTY_TEXT)><LinkButton href="/clusters" label=t(words::TO_CLUSTERS)/></EmptyState> }.into_any()
        }
    }
}

fn timeline(page: &EventsPage) -> AnyView {
    let overall = page.cluster.is_none();
    let mut columns = vec![
        Column::text(t(words::COL_TIME)),
        Column::text(t(words::COL_EVENT)),
        Column::text(t(words::COL_OBJECT)),
    ];
    if overall {
        columns.push(Column::text(t(words::COL_CLUSTER)).secondary());
    }
    columns.extend([Column::text(t(words::COL_BY)), Column::text(t(words::COL_DETAIL))]);
    let width = columns.len().to_string();
    let days = page.entries.chunk_by(|a, b| day(a.at_ms) == day(b.at_ms)).map(|entries| {
        let heading = entries.first().map(|entry| day(entry.at_ms)).unwrap_or_default();
        let rows = entries.iter().map(|entry| row::row(entry, overall)).collect_view();
        view! { <tr class="group"><th colspan=width.clone() scope="rowgroup">{heading}</th></tr>{rows} }
    });
    let days = days.collect_view();
    let newest =
        page.is_older.then(|| view! { <LinkButton href=page.newest.clone() label=t(words::NEWEST)/> });
    let older = page
        .older
        .clone()
        .map(|href| view! { <LinkButton href=href label=t(words::OLDER) kind=Kind::Plain/> });
    view! {
        <div class="timeline findings">
            <DataTable caption=t(words::TABLE) columns=columns>{days}</DataTable>
        </div>
        <nav class="pager" aria-label=t(words::TABLE)>{newest}{older}</nav>
    }
    .into_any()
}

/// `2026-11-25`.
pub(crate) fn day(ms: i64) -> String {
    time::iso(ms).split('T').next().unwrap_or_default().to_owned()
}

/// `22:04:09`.
pub(crate) fn clock(ms: i64) -> String {
    time::iso(ms).split('T').nth(1).unwrap_or_default().trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests;
