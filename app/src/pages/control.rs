//! Control / Monitoring: the directors, the live table, what is wrong as a whole; and the page that asks before the
//! cluster stops.

use leptos::prelude::*;
use model::ClusterId;

use crate::components::{
    ConfirmPage, EmptyState, ErrorSummary, FieldErrors, Filter, Kind, LinkButton, Notice, Pager, TextField,
    Tone,
};
use crate::i18n::{Lang, Msg, changes, control as words, use_lang};
use crate::islands::LiveTable;
use crate::live::{Column, Numbers, PAGE, Phase, Shape, View, directors_html, rows_html};

/// The longest IPv4 address with a port.
const NARROW: usize = "255.255.255.255:65535".len();

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Control {
    /// Which cluster.
    pub cluster: ClusterId,
    /// What there is and how it fares; none where nothing has ever been applied.
    pub shape: Option<Shape>,
    /// Connections and rates.
    pub numbers: Numbers,
    /// Filter, order, page.
    pub view: View,
    /// How many virtual services the draft holds.
    pub drafted: u64,
    /// The time, in milliseconds since 1970.
    pub now_ms: i64,
}

/// What the stopping page shows.
#[derive(Clone, Debug)]
pub struct Stop {
    /// Which cluster.
    pub cluster: ClusterId,
    /// Its name.
    pub name: String,
    /// How many virtual services the directors will remove.
    pub services: u64,
    /// How many connections are established; none where no director tells.
    pub established: Option<u64>,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

impl Stop {
    /// How many virtual services end, where that is so much that their number has to be typed: everything ends here, and with more
    /// than one it is no longer a small thing to be in the wrong cluster.
    pub fn to_confirm(services: u64) -> Option<u64> {
        (services > 1).then_some(services)
    }
}

/// The page.
pub fn view(control: Control) -> AnyView {
    let lang = use_lang();
    let id = control.cluster;
    let content = match &control.shape {
        None => unapplied(id, control.drafted, lang),
        Some(shape) if shape.services.is_empty() => {
            view! { {strip(id, shape, control.now_ms, lang)}{no_service(id, lang)} }.into_any()
        }
        Some(_) => table(control, lang),
    };
    view! {
        <h1 class="unseen">{words::TITLE.get(lang)}</h1>
        {content}
    }
    .into_any()
}

/// The page that asks before the cluster stops.
pub fn stop_view(stop: Stop) -> AnyView {
    let lang = use_lang();
    let confirm = Stop::to_confirm(stop.services).map(|ending| {
        let label = changes::CONFIRM_LABEL.count(lang, ending);
        let errors = stop.errors.clone();
        view! { <TextField name="confirm" label=label errors=errors number=true/> }
    });
    let Stop { cluster, name, services, established, errors } = stop;
    let cut = match established {
        None => words::STOP_CUTS_UNKNOWN.get(lang).to_owned(),
        Some(0) => words::STOP_CUTS_NONE.get(lang).to_owned(),
        Some(n) => words::STOP_CUTS.count(lang, n),
    };
    view! {
        <ErrorSummary errors=errors/>
        <ConfirmPage
            title=words::STOP_TITLE.with(lang, &[("name", &name)])
            consequences=vec![cut, words::STOP_TEXT.count(lang, services)]
            verb=words::STOP_VERB.with(lang, &[("name", &name)])
            action=format!("/clusters/{cluster}/stop")
            cancel=format!("/clusters/{cluster}/control")
        >
            {confirm}
        </ConfirmPage>
    }
    .into_any()
}

fn unapplied(id: ClusterId, drafted: u64, lang: Lang) -> AnyView {
    if drafted == 0 {
        return no_service(id, lang);
    }
    view! {
        <EmptyState title=words::NEVER_TITLE.get(lang) text=words::NEVER_TEXT.count(lang, drafted)>
            <LinkButton href=format!("/clusters/{id}/changes") label=words::REVIEW.get(lang) kind=Kind::Primary/>
        </EmptyState>
    }
    .into_any()
}

fn no_service(id: ClusterId, lang: Lang) -> AnyView {
    view! {
        <EmptyState title=words::EMPTY_TITLE.get(lang) text=words::EMPTY_TEXT.get(lang)>
            <LinkButton href=format!("/clusters/{id}/services/new") label=words::EMPTY_ACTION.get(lang) kind=Kind::Primary/>
        </EmptyState>
    }
    .into_any()
}

/// The directors and what is wrong with them.
fn strip(id: ClusterId, shape: &Shape, now_ms: i64, lang: Lang) -> AnyView {
    if shape.directors.is_empty() {
        let next = (words::ENROL.get(lang).to_owned(), format!("/directors/new?cluster={id}"));
        return view! { <Notice tone=Tone::Warning text=words::NO_DIRECTOR.get(lang) next=Some(next)/> }
            .into_any();
    }
    let html = directors_html(shape, lang, now_ms);
    view! { <ul class="directors" id="live-directors" aria-label=words::DIRECTORS.get(lang) inner_html=html></ul> }.into_any()
}

fn notices(shape: &Shape, lang: Lang) -> AnyView {
    let named = |phase: Phase, msg: Msg| {
        let named = shape.directors.iter().filter(|one| one.phase == phase);
        let names: Vec<&str> = named.map(|one| one.name.as_str()).collect();
        let count = u64::try_from(names.len()).unwrap_or(u64::MAX);
        let names = names.join(if lang == Lang::Zh { "、" } else { ", " });
        (count > 0).then(|| {
            let text = msg.count_with(lang, count, &[("names", &names)]);
            view! { <Notice tone=Tone::Warning text=text/> }
        })
    };
    let crowded = shape.directors.iter().filter_map(|one| {
        let words = one.crowding?.words(lang);
        let text = words::CROWDED_NOTE.with(lang, &[("name", &one.name), ("words", &words)]);
        Some(view! { <Notice tone=Tone::Warning text=text/> })
    });
    let stopped =
        (!shape.running).then(|| view! { <Notice tone=Tone::Info text=words::STOPPED_NOTE.get(lang)/> });
    view! {
        {stopped}
        {crowded.collect_view()}
        {named(Phase::Away, words::AWAY_NOTE)}
        {named(Phase::Revoked, words::REVOKED_NOTE)}
    }
    .into_any()
}

fn table(control: Control, lang: Lang) -> AnyView {
    let Control { cluster, shape, numbers, view, now_ms, .. } = control;
    let shape = shape.unwrap_or_default();
    let matching = view.matching(&shape);
    let (shown, all) = (matching.len(), shape.services.len());
    let path = format!("/clusters/{cluster}/control");
    let rows = rows_html(cluster.0, &shape, &numbers, &view, lang, now_ms);
    let nothing = shown == 0;
    let q = view.q.clone();
    let pager = (shown > PAGE).then(|| {
        let from = view.page * PAGE;
        let to = (from + PAGE).min(shown);
        let link = |page: usize| address(&path, &view, page);
        let previous = (view.page > 0).then(|| link(view.page - 1));
        let next = (to < shown).then(|| link(view.page + 1));
        let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        view! { <Pager from=wide(from + 1) to=wide(to) all=wide(shown) previous=previous next=next/> }
    });
    let count = {
        let all = u64::try_from(all).unwrap_or(u64::MAX);
        if q.is_empty() {
            words::SERVICES_N.count(lang, all)
        } else {
            words::SHOWN_OF.count_with(lang, all, &[("shown", &shown)])
        }
    };
    let head = head(&path, &view, lang);
    // Room for IPv6 where there is some.
    let wide = view.shown(&shape).iter().any(|service| {
        service.address.len() > NARROW || service.servers.iter().any(|server| server.address.len() > NARROW)
    });
    let body = if nothing {
        let all = path.clone();
        view! {
            <EmptyState title=words::FILTER_NOTHING.with(lang, &[("q", &q)]) text=String::new()>
                <LinkButton href=all label=words::SHOW_ALL.get(lang)/>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <div class="table-box live-box" tabindex="0" role="region" aria-label=words::TABLE.get(lang)>
                <table class="table live" class:wide=wide>
                    <caption class="unseen">{words::TABLE.get(lang)}</caption>
                    // Fixed widths come from here: the header's first line has cells that span several columns.
                    <colgroup>{Column::ALL.map(|column| view! { <col class=column.class()/> }).into_iter().collect_view()}</colgroup>
                    <thead>{head}</thead>
                    <tbody id="live-rows" inner_html=rows></tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let keep: Vec<(&'static str, String)> = view.sort_word().map(|word| ("sort", word)).into_iter().collect();
    let here = address(&path, &view, view.page);
    let stream = format!("{path}/stream");
    view! {
        {strip(cluster, &shape, now_ms, lang)}
        {notices(&shape, lang)}
        <LiveTable lang=lang cluster=cluster.0 view=view stream=stream here=here>
            <div class="bar">
                <Filter path=path label=words::FILTER.get(lang) q=q keep=keep/>
                <span class="muted">{count}</span>
            </div>
            {body}
        </LiveTable>
        {pager}
    }
    .into_any()
}

/// Two lines: what belongs together has its unit once.
fn head(path: &str, view: &View, lang: Lang) -> AnyView {
    let current = view.sort_word().unwrap_or_default();
    let base = if view.q.is_empty() { path.to_owned() } else { format!("{path}?q={}", encoded(&view.q)) };
    let cell = |column: Column| {
        let key = match column {
            Column::State => Some("state"),
            Column::Name => Some("name"),
            Column::Address => Some("address"),
            _ => None,
        };
        let label = column.label(lang);
        let (word, down) = current.strip_prefix('-').map_or((current.as_str(), false), |word| (word, true));
        let here = key == Some(word);
        let aria = here.then_some(if down { "descending" } else { "ascending" });
        let inner = match key {
            None => label.into_any(),
            Some(key) => {
                let next = if here && !down { format!("-{key}") } else { key.to_owned() };
                let join = if base.contains('?') { '&' } else { '?' };
                let arrow = here.then_some(if down { " ↓" } else { " ↑" });
                view! { <a href=format!("{base}{join}sort={next}")>{label}<span aria-hidden="true">{arrow}</span></a> }.into_any()
            }
        };
        let tall = matches!(
            column,
            Column::State
                | Column::Since
                | Column::Name
                | Column::Address
                | Column::Forwarding
                | Column::Weight
        );
        view! { <th scope="col" class=column.class() aria-sort=aria rowspan=tall.then_some("2")>{inner}</th> }
    };
    let columns = |range: std::ops::Range<usize>| Column::ALL[range].iter().copied().map(cell).collect_view();
    let (first, grouped, last) = (columns(0..3), columns(3..9), columns(9..12));
    view! {
        <tr>
            {first}
            <th scope="colgroup" colspan="4" class="columns">{words::GROUP_CONNECTIONS.get(lang)}</th>
            <th scope="colgroup" colspan="2" class="columns">{words::GROUP_TRAFFIC.get(lang)}</th>
            {last}
        </tr>
        <tr>{grouped}</tr>
    }
    .into_any()
}

/// The page's address with filter, order and page.
fn address(path: &str, view: &View, page: usize) -> String {
    let mut parts = Vec::new();
    if !view.q.is_empty() {
        parts.push(format!("q={}", encoded(&view.q)));
    }
    if let Some(word) = view.sort_word() {
        parts.push(format!("sort={word}"));
    }
    if page > 0 {
        parts.push(format!("page={}", page + 1));
    }
    if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
}

/// Percent-encodes a query's value.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::samples;

    fn page(control: Control) -> String {
        crate::frame::within(Lang::En, 61_000, || view(control))
    }

    fn control() -> Control {
        Control {
            cluster: ClusterId(7),
            shape: Some(samples::shape()),
            numbers: samples::numbers(),
            view: View::default(),
            drafted: 2,
            now_ms: 61_000,
        }
    }

    #[test]
    fn the_table_is_readable_without_script() {
        let html = page(control());
        assert!(html.contains("<leptos-island") && html.contains(r#"id="r-1-3""#), "{html}");
        assert!(html.contains("1,234.6") && html.contains("connection refused"), "{html}");
        assert!(html.contains("No director carries this cluster"), "{html}");
        assert_eq!(html.matches("<th ").count(), 14, "{html}");
    }

    #[test]
    fn each_empty_state_says_what_to_do_next() {
        let never = page(Control { shape: None, ..control() });
        assert!(never.contains("/clusters/7/changes") && never.contains("2 virtual servers"), "{never}");
        let nothing = page(Control { shape: None, drafted: 0, ..control() });
        assert!(nothing.contains("/clusters/7/services/new"), "{nothing}");
        let unmatched = page(Control { view: View::parse("<x>", "", ""), ..control() });
        assert!(unmatched.contains("“&lt;x&gt;”") && unmatched.contains("Show all"), "{unmatched}");
    }

    #[test]
    fn stopping_names_the_connections() {
        let stop = |established| {
            let errors = FieldErrors::default();
            let stop = Stop { cluster: ClusterId(7), name: "shop".into(), services: 2, established, errors };
            crate::frame::within(Lang::En, 0, || stop_view(stop))
        };
        assert!(stop(Some(412)).contains("412 established connections will be cut."));
        assert!(stop(None).contains("not known"));
        assert!(stop(Some(0)).contains(">Stop cluster shop</span>"));
        assert!(stop(Some(0)).contains("Type 2 to confirm"));
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(
            address("/x", &View::parse("a&b 网", "-name", "3"), 2),
            "/x?q=a%26b%20%E7%BD%91&sort=-name&page=3"
        );
    }
}
