//! What was read: of each director how old it is, how long it took, whether it is all; or why there is nothing.

use leptos::prelude::*;
use model::ClusterId;
use model::connections::{Counted, Group};

use super::{Connections, Found, Look, Outcome, View, Wanted};
use crate::components::{Notice, StateMark, Tone};
use crate::i18n::{Lang, connections as words, control, grouped, t, unanswered, use_lang};
use crate::{State, time};

/// One line for each director that was asked, and what to know about all of them.
pub(super) fn looks(page: &Connections) -> AnyView {
    let lines = page.looks.iter().map(|look| line(page, look)).collect_view();
    let found = || page.looks.iter().filter_map(Look::found);
    let stopped = found().any(|found| !found.older && !found.finished);
    let older = found().any(|found| found.older);
    let several = found().filter(|found| found.total > 0).count() > 1;
    view! {
        <ul class="readings" aria-label=t(words::READINGS)>{lines}</ul>
        {stopped.then(|| view! { <Notice tone=Tone::Warning text=t(words::STOPPED_EXPLAINED)/> })}
        {older.then(|| view! { <Notice tone=Tone::Info text=t(words::OLDER)/> })}
        {several.then(|| view! { <p class="muted">{t(words::SYNCHRONISED)}</p> })}
    }
    .into_any()
}

fn line(page: &Connections, look: &Look) -> AnyView {
    let lang = use_lang();
    let name = look.director.clone();
    let said = match &look.outcome {
        Outcome::Found(found) => return answered(page, name, found, lang),
        Outcome::Away(since) => (State::Unknown, control::AWAY, *since, t(words::AWAY).to_owned()),
        Outcome::Unenrolled => (State::Unknown, control::NEVER_SEEN, None, t(words::NOT_ENROLLED).to_owned()),
        Outcome::Unsupported => (State::Unknown, control::CONNECTED, None, t(words::UNSUPPORTED).to_owned()),
        Outcome::Busy => (State::Unknown, control::CONNECTED, None, t(unanswered::BUSY).to_owned()),
        Outcome::TimedOut(n) => {
            (State::Unknown, control::CONNECTED, None, unanswered::TIMED_OUT.with(lang, &[("n", n)]))
        }
        Outcome::Lost => (State::Unknown, control::AWAY, None, t(unanswered::LOST).to_owned()),
        Outcome::Failed(why) => {
            (State::Failing, control::CONNECTED, None, words::FAILED.with(lang, &[("why", why)]))
        }
    };
    let (state, word, since, why) = said;
    view! { <li><strong>{name}</strong><StateMark state=state word=Some(word.get(lang).to_owned()) since=since/><span class="phase">{why}</span></li> }
        .into_any()
}

fn answered(page: &Connections, name: String, found: &Found, lang: Lang) -> AnyView {
    let whole = found.finished;
    let (state, word) = if whole {
        (State::Serving, t(words::COMPLETE).to_owned())
    } else {
        (State::Degraded, stopped(found, lang))
    };
    let age = found.at_ms;
    let ago_ms = (page.now_ms - age).max(0);
    let ago = words::AGO_S.with(lang, &[("n", &tenths(ago_ms))]);
    let template = words::AGO_S.get(lang);
    // The words around the age, which a script keeps true.
    let read = match found.took_ms {
        Some(took) => words::READ_TIMED.with(lang, &[("ago", &"\u{0}"), ("took", &span(took, lang))]),
        None => words::READ.with(lang, &[("ago", &"\u{0}")]),
    };
    let (before, after) = read.split_once('\u{0}').unwrap_or((&read, ""));
    let (before, after) = (before.to_owned(), after.to_owned());
    let matching = if whole { words::MATCH } else { words::AT_LEAST };
    let mut facts = matching.count(lang, found.total);
    if found.unreadable > 0 {
        facts = format!("{facts} · {}", words::UNREADABLE.count(lang, found.unreadable));
    }
    let chips = (page.wanted.view() == View::List && found.total > 0)
        .then(|| chips(page.cluster, page, &found.groups));
    view! {
        <li>
            <strong>{name}</strong>
            <StateMark state=state word=Some(word)/>
            <span class="phase">{before}<time datetime=time::iso(age) title=time::plain(age) data-age=ago_ms.to_string() data-ago=template>{ago}</time>{after}</span>
            <span class="phase">{facts}</span>
            {chips}
        </li>
    }
    .into_any()
}

fn stopped(found: &Found, lang: Lang) -> String {
    let took = span(found.took_ms.unwrap_or_default(), lang);
    match (found.percent, found.older) {
        (Some(percent), _) => words::STOPPED_AT.with(lang, &[("took", &took), ("percent", &percent)]),
        (None, true) => words::PART.get(lang).to_owned(),
        (None, false) => words::STOPPED.with(lang, &[("took", &took)]),
    }
}

/// The states, and the clients with most connections; each leads to its own.
fn chips(id: ClusterId, page: &Connections, groups: &[Counted<Group>]) -> AnyView {
    let links = |counted: &Counted<Group>| {
        let links = counted.top.iter().map(|(group, count)| {
            let (label, wanted) = match group {
                Group::State(state) => {
                    (state.clone(), Wanted { state: state.clone(), ..page.wanted.clone() })
                }
                Group::Client(network) => {
                    let client = network.addr().to_string();
                    (client.clone(), Wanted { client, ..page.wanted.clone() })
                }
                _ => return ().into_any(),
            };
            view! { <a href=wanted.href(id)><span class="mono">{label}</span>" "{grouped(*count)}</a> }
                .into_any()
        });
        links.collect_view()
    };
    let mut groups = groups.iter();
    let states = groups.next().map(links);
    let talkers = groups.next().map(|counted| view! { <span>{t(words::TALKERS)}</span>{links(counted)} });
    view! { <span class="chips">{states}</span><span class="chips">{talkers}</span> }.into_any()
}

/// "40 ms", "1.2 s".
fn span(ms: u64, lang: Lang) -> String {
    match ms {
        0 => words::LESS_THAN_MS.get(lang).to_owned(),
        1..1_000 => words::MS.with(lang, &[("n", &ms)]),
        _ => words::S.with(lang, &[("n", &tenths(i64::try_from(ms).unwrap_or(i64::MAX)))]),
    }
}

/// Seconds with one decimal: "1.2".
fn tenths(ms: i64) -> String {
    format!("{}.{}", ms / 1_000, ms % 1_000 / 100)
}
