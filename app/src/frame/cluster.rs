//! The header of a cluster, which never scrolls away: name, state in words, Start or Stop, changes, tabs.

use leptos::prelude::*;
use model::{ClusterId, Generation};

use super::{keys, use_rights};
use crate::components::{ActionForm, Icon, Kind, LinkButton, Since, StateMark};
use crate::i18n::{frame as words, people, use_lang};
use crate::live::{Presence, Whole, directors_words, failing_words};
use crate::{Lang, State};

/// What the header says of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterHeader {
    /// Which.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub standing: Standing,
    /// How it fares as a whole.
    pub state: State,
    /// Since when, in milliseconds since 1970; none where nobody can say.
    pub since: Option<i64>,
    /// How many of its services fail, and how many it offers.
    pub failing: (u64, u64),
    /// Its directors; of those revoked the ones that may still serve.
    pub directors: Vec<HeaderDirector>,
    /// How many changes the draft holds that are not applied.
    pub changes: usize,
    /// The tab that the page belongs to.
    pub tab: Option<Tab>,
}

/// Whether a cluster runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No configuration has ever been applied.
    NeverApplied,
    /// Switched off.
    Stopped(Generation),
    /// Switched on.
    Running(Generation),
}

/// A director in the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderDirector {
    /// Its name.
    pub name: String,
    /// Whether it is there.
    pub presence: Presence,
}

/// A tab of a cluster, named as in Piranha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Control / Monitoring.
    Control,
    /// Global settings.
    Settings,
    /// Redundancy.
    Redundancy,
    /// Virtual servers.
    Services,
    /// Real servers: one machine in many virtual servers.
    Machines,
    /// The live connection table.
    Connections,
    /// Changes.
    Changes,
    /// Every revision.
    History,
    /// What happened.
    Events,
}

impl ClusterHeader {
    /// The same header on a page of this tab.
    #[must_use]
    pub fn at(mut self, tab: Tab) -> Self {
        self.tab = Some(tab);
        self
    }

    fn words(&self, lang: Lang) -> String {
        let directors: Vec<(&str, Presence)> =
            self.directors.iter().map(|one| (one.name.as_str(), one.presence)).collect();
        let directors = directors_words(&directors, lang);
        let (failing, offered) = self.failing;
        match failing_words(Whole { state: self.state, failing, offered }, lang) {
            Some(failing) => format!("{failing} · {directors}"),
            None => directors,
        }
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self {
            id: ClusterId(1),
            name: "shop".into(),
            standing: Standing::Running(Generation(3)),
            state: State::Serving,
            since: Some(-180_000),
            failing: (0, 2),
            directors: vec![
                HeaderDirector { name: "vs1".into(), presence: Presence::Connected },
                HeaderDirector { name: "vs2".into(), presence: Presence::Away },
            ],
            changes: 2,
            tab: Some(Tab::Control),
        }
    }
}

impl Tab {
    /// All of them, in their order.
    pub const ALL: &[Self] = &[
        Self::Control,
        Self::Settings,
        Self::Redundancy,
        Self::Services,
        Self::Machines,
        Self::Connections,
        Self::Changes,
        Self::History,
        Self::Events,
    ];

    /// The tab's name.
    pub fn label(self, lang: Lang) -> String {
        match self {
            Self::Control => words::TAB_CONTROL,
            Self::Settings => words::TAB_SETTINGS,
            Self::Redundancy => words::TAB_REDUNDANCY,
            Self::Services => words::TAB_SERVICES,
            Self::Machines => words::TAB_MACHINES,
            Self::Connections => words::TAB_CONNECTIONS,
            Self::Changes => words::CHANGES,
            Self::History => words::TAB_HISTORY,
            Self::Events => words::EVENTS,
        }
        .get(lang)
        .to_owned()
    }

    /// The tab's address.
    pub fn href(self, id: ClusterId) -> String {
        let page = match self {
            Self::Control => "control",
            Self::Settings => "settings",
            Self::Redundancy => "redundancy",
            Self::Services => "services",
            Self::Machines => "machines",
            Self::Connections => "connections",
            Self::Changes => "changes",
            Self::History => "history",
            Self::Events => "events",
        };
        format!("/clusters/{id}/{page}")
    }
}

/// The header.
pub(super) fn header(cluster: &ClusterHeader) -> AnyView {
    let lang = use_lang();
    let id = cluster.id;
    let word =
        matches!(cluster.standing, Standing::NeverApplied).then(|| words::NEVER_APPLIED.get(lang).to_owned());
    let said = cluster.words(lang);
    let tabs = Tab::ALL.iter().map(|&tab| {
        let current = (cluster.tab == Some(tab)).then_some("page");
        let (label, name) = match tab {
            Tab::Changes => (changes_label(cluster.changes, lang), Some(TAB_CHANGES)),
            tab => (tab.label(lang), None),
        };
        view! { <a href=tab.href(id) id=name data-live=name.map(|_| "") aria-current=current data-keys=keys::tab(tab)>{label}</a> }
    });
    let tabs = tabs.collect_view();
    // The page of the changes has its own button for them.
    let changes = if cluster.tab == Some(Tab::Changes) { 0 } else { cluster.changes };
    view! {
        <div class="cluster-header" role="region" aria-label=words::CLUSTER_STATE.get(lang)>
            <div class="cluster-line">
                <a class="cluster-name" id=NAME href=Tab::Control.href(id)>{cluster.name.clone()}</a>
                <span class="cluster-state" id="cluster-state" data-live>
                    <StateMark state=cluster.state word=word/>
                    {cluster.since.map(|ms| view! { <Since ms=ms/> })}
                </span>
                <span class="cluster-words" id="cluster-words">{said}</span>
                <span class="cluster-actions">
                    <span id=CHANGES data-live>{to_changes(id, changes, lang)}</span>
                    <span id=SWITCH>{switch(id, &cluster.name, cluster.standing, lang)}</span>
                </span>
            </div>
            <nav class="tabs" aria-label=words::CLUSTER_PAGES.get(lang)>{tabs}</nav>
        </div>
    }
    .into_any()
}

/// The element with the cluster's name.
pub(super) const NAME: &str = "cluster-name";
/// The element with the button that leads to the changes.
pub(super) const CHANGES: &str = "cluster-changes";
/// The element with Start or Stop.
pub(super) const SWITCH: &str = "cluster-switch";
/// The tab of the changes.
pub(super) const TAB_CHANGES: &str = "tab-changes";

/// The label of the changes' tab: how many there are.
pub(super) fn changes_label(changes: usize, lang: Lang) -> String {
    match changes {
        0 => Tab::Changes.label(lang),
        n => words::CHANGES_N.with(lang, &[("n", &n)]),
    }
}

/// The button that leads to the changes, where there are some.
pub(super) fn to_changes(id: ClusterId, changes: usize, lang: Lang) -> AnyView {
    let button = || {
        view! { <LinkButton href=Tab::Changes.href(id) label=changes_label(changes, lang) kind=Kind::Plain with=Icon::Changes/> }
    };
    (changes > 0).then(button).into_any()
}

/// Start or Stop.
pub(super) fn switch(id: ClusterId, name: &str, standing: Standing, lang: Lang) -> AnyView {
    match standing {
        _ if use_rights().look_only => {
            view! { <span class="look-only">{people::LOOK_ONLY.get(lang)}</span> }.into_any()
        }
        Standing::NeverApplied => ().into_any(),
        Standing::Stopped(_) => {
            view! { <ActionForm action=format!("/clusters/{id}/start") label=words::START.get(lang) about=name with=Icon::Play/> }
                .into_any()
        }
        Standing::Running(_) => {
            view! { <LinkButton href=format!("/clusters/{id}/stop") label=words::STOP.get(lang) with=Icon::Stop/> }.into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_name_who_is_there_and_who_is_away() {
        let header = ClusterHeader::sample();
        assert_eq!(header.words(Lang::En), "2 directors · connected: vs1 · away: vs2");
        assert_eq!(header.words(Lang::Zh), "2 台调度器 · 已连接：vs1 · 失联：vs2");
        let degraded = ClusterHeader { failing: (1, 2), ..header.clone() };
        assert!(degraded.words(Lang::En).starts_with("1 of 2 virtual servers fails · 2 directors"));
        assert_eq!(ClusterHeader { directors: Vec::new(), ..header }.words(Lang::En), "no director enrolled");
    }

    #[test]
    fn a_running_cluster_asks_before_it_stops_and_a_stopped_one_starts_at_once() {
        let running = crate::frame::within(Lang::En, 0, || header(&ClusterHeader::sample()));
        assert!(
            running.contains(r#"href="/clusters/1/stop""#) && running.contains("Changes (2)"),
            "{running}"
        );
        assert!(running.contains("since 3 min</time>"), "{running}");
        let stopped = ClusterHeader { standing: Standing::Stopped(Generation(4)), ..ClusterHeader::sample() };
        let stopped = crate::frame::within(Lang::En, 0, || header(&stopped));
        assert!(stopped.contains(r#"action="/clusters/1/start""#) && !stopped.contains("/stop"), "{stopped}");
    }
}
