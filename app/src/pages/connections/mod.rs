//! The live connection table: which connections, how they are looked at, what was read and when, and what was found.

mod form;
mod groups;
mod list;
mod looks;
mod wanted;

use std::collections::BTreeMap;
use std::net::IpAddr;

use leptos::prelude::*;
use model::connections::{Connection, Counted, Group};
use model::{ClusterId, ServiceId};

pub use wanted::{EVERY, PREFIX, PREFIX6, View, Wanted};

use crate::components::{EmptyState, FieldErrors, Icon, Kind, LinkButton, Notice, PageHeader, Tone};
use crate::i18n::{connections as words, t};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Connections {
    /// Which cluster.
    pub cluster: ClusterId,
    /// What is asked for, as typed; in canonical form where it could be read.
    pub wanted: Wanted,
    /// What is wrong with it; nothing is read then.
    pub errors: FieldErrors,
    /// The directors' names, of which one may be chosen.
    pub directors: Vec<String>,
    /// What was read, one for each director that was asked.
    pub looks: Vec<Look>,
    /// What addresses and ids are called.
    pub names: Names,
    /// When all had answered, in milliseconds since 1970.
    pub now_ms: i64,
}

/// What virtual services and real servers of the applied configuration are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Virtual services.
    pub services: BTreeMap<ServiceId, String>,
    /// Real servers by their address; one in several services has one of its names.
    pub servers: BTreeMap<IpAddr, String>,
}

/// A look into a director's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The director's name.
    pub director: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answered.
    Found(Found),
    /// Its agent is away, since this moment in milliseconds since 1970.
    Away(Option<i64>),
    /// It has never had an agent.
    Unenrolled,
    /// Its agent lists no connections.
    Unsupported,
    /// Others are asking.
    Busy,
    /// It did not answer within so many seconds.
    TimedOut(u64),
    /// It went away while it was asked.
    Lost,
    /// It could not read its table.
    Failed(String),
}

/// A director's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// When it came, in milliseconds since 1970.
    pub at_ms: i64,
    /// How long reading took, in milliseconds; older agents do not say.
    pub took_ms: Option<u64>,
    /// Whether the whole table was read.
    pub finished: bool,
    /// How much of it was read, in percent, where that is known and not all.
    pub percent: Option<u64>,
    /// Lines that could not be read.
    pub unreadable: u64,
    /// Whether what an older agent told was looked through here.
    pub older: bool,
    /// How many connections match.
    pub total: u64,
    /// The first of them, by client.
    pub rows: Vec<Connection>,
    /// What was counted: for a list by state and by client, else by what was asked.
    pub groups: Vec<Counted<Group>>,
}

impl Look {
    fn found(&self) -> Option<&Found> {
        match &self.outcome {
            Outcome::Found(found) => Some(found),
            _ => None,
        }
    }
}

impl Names {
    fn service(&self, id: ServiceId) -> Option<&str> {
        self.services.get(&id).map(String::as_str)
    }

    fn server(&self, address: IpAddr) -> Option<&str> {
        self.servers.get(&address).map(String::as_str)
    }
}

/// The page.
pub fn view(page: &Connections) -> AnyView {
    let id = page.cluster;
    if page.directors.is_empty() {
        return view! {
            <PageHeader title=t(words::TITLE)/>
            <EmptyState title=t(words::NO_DIRECTOR_TITLE) text=t(words::NO_DIRECTOR_TEXT)>
                <LinkButton href=format!("/directors/new?cluster={id}") label=t(words::ENROL) kind=Kind::Primary/>
            </EmptyState>
        }
        .into_any();
    }
    let (again, csv) = (page.wanted.href(id), page.wanted.csv(id));
    let asked = page.errors.is_empty();
    let form = form::form(id, page);
    let views = form::views(id, &page.wanted);
    view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)>
            {asked.then(|| view! {
                <LinkButton href=again label=t(words::READ_AGAIN) with=Icon::Refresh/>
                <LinkButton href=csv label=t(words::DOWNLOAD)/>
            })}
        </PageHeader>
        {(!asked).then(|| view! { <Notice tone=Tone::Failed text=t(words::FILTER_WRONG)/> })}
        {form}
        {views}
        {asked.then(|| view! { <div id="looks">{looks::looks(page)}{found(id, page)}</div> })}
    }
    .into_any()
}

/// Rows or groups, or why there are none.
fn found(id: ClusterId, page: &Connections) -> AnyView {
    let found: Vec<(&str, &Found)> =
        page.looks.iter().filter_map(|look| Some((look.director.as_str(), look.found()?))).collect();
    if found.is_empty() {
        return view! {
            <EmptyState title=t(words::UNKNOWN_TITLE) text=t(words::UNKNOWN_TEXT)>
                <LinkButton href="/directors" label=t(words::DIRECTORS)/>
            </EmptyState>
        }
        .into_any();
    }
    if found.iter().all(|(_, found)| found.total == 0) {
        return if page.wanted.is_everything() {
            view! { <EmptyState title=t(words::NONE_TITLE) text=t(words::NONE_TEXT)/> }.into_any()
        } else {
            let all = Wanted {
                view: page.wanted.view.clone(),
                every: page.wanted.every.clone(),
                ..Wanted::default()
            };
            view! {
                <EmptyState title=t(words::NO_MATCH_TITLE) text=t(words::NO_MATCH_TEXT)>
                    <LinkButton href=all.href(id) label=t(words::SHOW_ALL)/>
                </EmptyState>
            }
            .into_any()
        };
    }
    match page.wanted.view() {
        View::List => list::list(id, page, &found),
        view => groups::groups(id, page, view, &found),
    }
}
