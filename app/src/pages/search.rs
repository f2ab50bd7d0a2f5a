//! What was found: a page of its own without script, the list of the palette with it.

#![expect(clippy::needless_pass_by_value, reason = "a page owns what it shows")]

use leptos::prelude::*;

use crate::Lang;
use crate::components::{EmptyState, LinkButton, PageHeader, coded};
use crate::i18n::{Msg, clusters, search as words, t, use_lang};

/// What the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// What was typed.
    pub q: String,
    /// The best of what fits.
    pub found: Vec<Found>,
    /// How many more fit.
    pub more: u64,
}

/// One thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// Where it belongs and what it is reached by.
    pub detail: String,
    /// Its page.
    pub href: String,
}

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A page of the console.
    Page,
    /// Something to do.
    Action,
    /// A cluster.
    Cluster,
    /// A virtual server.
    Service,
    /// A real server within a virtual server.
    Server,
    /// A machine with an agent.
    Machine,
    /// A chapter of the manual.
    Chapter,
}

impl Kind {
    /// Its word.
    pub fn word(self, lang: Lang) -> &'static str {
        let msg: Msg = match self {
            Self::Page => words::KIND_PAGE,
            Self::Action => words::KIND_ACTION,
            Self::Cluster => words::KIND_CLUSTER,
            Self::Service => words::KIND_SERVICE,
            Self::Server => words::KIND_SERVER,
            Self::Machine => words::KIND_MACHINE,
            Self::Chapter => words::KIND_CHAPTER,
        };
        msg.get(lang)
    }
}

/// The page.
pub fn view(search: Search) -> AnyView {
    let q = search.q.clone();
    let list = if q.trim().is_empty() || !search.found.is_empty() {
        list(&search)
    } else {
        let title = words::NOTHING.with(use_lang(), &[("q", &q)]);
        view! {
            <EmptyState title=title text=t(words::NOTHING_WHY)>
                <LinkButton href="/clusters" label=t(clusters::TITLE)/>
            </EmptyState>
        }
        .into_any()
    };
    view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)/>
        <form class="search-form" method="get" action="/search" role="search" aria-label=t(words::WHAT)>
            <input class="input" type="search" name="q" value=q aria-label=t(words::WHAT) maxlength="200" autocomplete="off" spellcheck="false"/>
            <button class="button primary" type="submit">{t(words::FIND)}</button>
        </form>
        {list}
    }
    .into_any()
}

/// The list alone, which the palette puts below its field: one of its options is chosen by the arrow keys.
pub fn palette(search: &Search) -> AnyView {
    let rows = search.found.iter().enumerate().map(|(index, found)| {
        view! {
            <li role="none">
                <a role="option" id=format!("found-{index}") aria-selected="false" href=found.href.clone() tabindex="-1">{words_of(found)}</a>
            </li>
        }
    });
    view! {
        <ul class="found" id="found" role="listbox" aria-label=t(words::RESULTS)>{rows.collect_view()}</ul>
        {rest(search)}
    }
    .into_any()
}

/// The list on the page.
fn list(search: &Search) -> AnyView {
    let rows =
        search.found.iter().map(|found| view! { <li><a href=found.href.clone()>{words_of(found)}</a></li> });
    view! {
        <ul class="found" aria-label=t(words::RESULTS)>{rows.collect_view()}</ul>
        {rest(search)}
    }
    .into_any()
}

fn words_of(found: &Found) -> AnyView {
    view! {
        <span class="found-name">{coded(&found.name)}</span>
        <span class="found-detail">{found.detail.clone()}</span>
        <span class="found-kind">{found.kind.word(use_lang())}</span>
    }
    .into_any()
}

/// What stands below the list: that nothing fits, or how much more.
fn rest(search: &Search) -> AnyView {
    let lang = use_lang();
    let more =
        (search.more > 0).then(|| view! { <p class="help">{words::MORE.count(lang, search.more)}</p> });
    let nothing = search.found.is_empty().then(|| {
        view! { <p class="help" role="status">{words::NOTHING.with(lang, &[("q", &search.q)])}</p> }
    });
    view! { {nothing}{more} }.into_any()
}
