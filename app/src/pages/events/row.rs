//! One row of the timeline: when, what, of what, who saw or did it, and what is to be said of it.

use leptos::prelude::*;
use model::EventKind;

use super::{Entry, Sight, clock};
use crate::State;
use crate::i18n::{causes, events as words, grouped, use_lang};
use crate::{Lang, time};

/// A clock may be so much off another before the difference is worth a word, in milliseconds.
const SAME_MS: i64 = 10_000;

/// The mark of a kind; none for what is neither good nor bad.
pub(super) fn state(kind: EventKind) -> Option<State> {
    match kind {
        EventKind::ServerBack
        | EventKind::ServiceServing
        | EventKind::SorryOut
        | EventKind::AgentBack
        | EventKind::DataPlaneEased
        | EventKind::ApplyVerified
        | EventKind::Started => Some(State::Serving),
        EventKind::ServerOut | EventKind::ServiceFailing | EventKind::ApplyRefused => Some(State::Failing),
        EventKind::SorryIn | EventKind::DataPlaneFull | EventKind::ApplyPartial | EventKind::LogInFailed => {
            Some(State::Degraded)
        }
        EventKind::AgentAway => Some(State::Unknown),
        EventKind::Stopped | EventKind::AgentRevoked => Some(State::Stopped),
        EventKind::Applied
        | EventKind::AgentEnrolled
        | EventKind::CertificateRenewed
        | EventKind::LogIn
        | EventKind::ConsoleStarted => None,
    }
}

pub(super) fn row(entry: &Entry, overall: bool) -> AnyView {
    let lang = use_lang();
    let mark = state(entry.kind);
    let word = words::kind(entry.kind).get(lang);
    let class = mark.map_or_else(|| "state".to_owned(), |state| format!("state {}", state.name()));
    let mark = mark.map(State::mark).unwrap_or_default();
    let cluster = overall.then(|| {
        let link = entry.cluster.clone().map(|(id, name)| {
            view! { <a class="cut" href=format!("/clusters/{id}/events") title=name>{name.clone()}</a> }
        });
        view! { <td class="secondary">{link}</td> }
    });
    view! {
        <tr class="event">
            <td class="when"><time datetime=time::iso(entry.at_ms) title=time::plain(entry.at_ms)>{clock(entry.at_ms)}</time></td>
            <td><span class=class><span class="mark-box" inner_html=mark></span><span class="word">{word}</span></span></td>
            <td>{object(entry, lang)}</td>
            {cluster}
            <td>{by(entry, lang)}</td>
            <td class="wrap">{details(entry, lang)}</td>
        </tr>
    }
    .into_any()
}

fn object(entry: &Entry, lang: Lang) -> AnyView {
    let link = |href: String, label: String| {
        let title = label.clone();
        view! { <a class="cut" href=href title=title>{label}</a> }.into_any()
    };
    let within = |id: &str| entry.cluster.as_ref().map(|(cluster, _)| format!("/clusters/{cluster}/{id}"));
    if let Some((service, name)) = &entry.service {
        let Some(services) = within("services") else { return name.clone().into_any() };
        let of_service = link(format!("{services}/{service}"), name.clone());
        let Some((server, label)) = &entry.server else { return of_service };
        let server = link(format!("{services}/{service}/servers/{server}"), label.clone());
        return view! { <span class="pair">{server}<span class="muted">" · "</span>{of_service}</span> }
            .into_any();
    }
    if let Some(generation) = entry.generation {
        let said = words::GENERATION.with(lang, &[("n", &generation)]);
        return match within(&format!("history/{generation}")) {
            Some(href) => link(href, said),
            None => said.into_any(),
        };
    }
    let Some((id, name)) = entry.seen.first().and_then(|sight| sight.director.clone()) else {
        return ().into_any();
    };
    link(format!("/directors/{id}"), name)
}

/// The directors that saw it, or the person who did it.
fn by(entry: &Entry, lang: Lang) -> AnyView {
    let directors = entry.seen.iter().filter_map(|sight| sight.director.clone());
    let mut names = directors.map(|(id, name)| {
        let title = name.clone();
        view! { <a class="cut" href=format!("/directors/{id}") title=title>{name}</a> }.into_any()
    });
    if !entry.actor.is_empty() {
        return entry.actor.clone().into_any();
    }
    match entry.kind {
        EventKind::LogInFailed => words::UNKNOWN_NAME.get(lang).into_any(),
        _ => {
            let first = names.next();
            let rest = names.map(|name| view! { ", "{name} }).collect_view();
            view! { {first}{rest} }.into_any()
        }
    }
}

fn details(entry: &Entry, lang: Lang) -> AnyView {
    let several = entry.seen.len() > 1;
    let mut lines: Vec<AnyView> = Vec::new();
    // Who says the same is not repeated.
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for sight in &entry.seen {
        let text = sentence(entry, sight, lang);
        let name = sight.director.as_ref().map(|(_, name)| name.clone()).unwrap_or_default();
        match said.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(name),
            None => said.push((text, vec![name])),
        }
    }
    let alone = said.len() == 1;
    for (text, names) in said.into_iter().filter(|(text, _)| !text.is_empty()) {
        let who = (several && !alone)
            .then(|| view! { <span class="muted">{format!("{}: ", names.join(", "))}</span> });
        lines.push(view! { <span class="line">{who}{text}</span> }.into_any());
    }
    let origin = origin(entry, lang);
    if !origin.is_empty() {
        lines.push(view! { <span class="line muted">{origin}</span> }.into_any());
    }
    lines.collect_view().into_any()
}

fn sentence(entry: &Entry, sight: &Sight, lang: Lang) -> String {
    let mut parts = Vec::new();
    if let Some(reason) = &sight.reason {
        parts.push(causes::text(reason, lang));
    }
    if let Some(ms) = sight.duration_ms {
        parts.push(words::AFTER.with(lang, &[("span", &time::span(ms, lang))]));
    }
    if let Some(since) = sight.since_ms
        && sight.count == 1
        && (since - sight.at_ms).abs() > SAME_MS
    {
        parts.push(words::SINCE_AT.with(lang, &[("when", &time::plain(since))]));
    }
    if sight.count > 1 {
        let n = grouped(sight.count.into());
        let nameless =
            entry.service.is_none() && matches!(entry.kind, EventKind::ServerOut | EventKind::ServerBack);
        parts.push(if nameless {
            words::MANY_MORE.with(lang, &[("n", &n)])
        } else {
            words::TIMES.with(lang, &[("n", &n), ("when", &clock(sight.first_ms))])
        });
    }
    if entry.kind == EventKind::ConsoleStarted {
        parts.push(words::UNWATCHED.get(lang).to_owned());
    }
    parts.join(if lang == Lang::Zh { "；" } else { " · " })
}

fn origin(entry: &Entry, lang: Lang) -> String {
    match entry.origin.as_str() {
        "" => String::new(),
        "*" => words::FROM_MANY.get(lang).to_owned(),
        "command line" => words::FROM_COMMAND_LINE.get(lang).to_owned(),
        address => words::FROM_ADDRESS.with(lang, &[("address", &address)]),
    }
}
