//! Control / Monitoring: the directors, the live table, what is wrong as a whole; and the page that asks before the
//! cluster stops.

mod look;
pub mod text;

use leptos::prelude::*;
use model::ClusterId;

use crate::State;
use crate::components::{
    Choice, ConfirmPage, EmptyState, EndingField, ErrorSummary, FieldErrors, Filter, FilterMenu, Kind,
    LinkButton, LivePage, Notice, Pager, Tone, ending,
};
use crate::frame::use_rights;
use crate::i18n::{Lang, Msg, control as words, use_lang};
use crate::live::{
    Column, Look, Numbers, Shape, Sort, Trends, View, directors_html, found_words, notices_html, places,
    sheet,
};
use crate::sheet::blank;

/// The longest IPv4 address with a port.
const NARROW: usize = "255.255.255.255:65535".len();

/// What a shortened IPv6 address or a few ports take.
const WIDE: usize = "[2001:db8:1:2::ffff]:65535,65535".len();

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Control {
    /// Which cluster.
    pub cluster: ClusterId,
    /// What there is and how it fares; none where nothing has ever been applied.
    pub shape: Option<Shape>,
    /// Connections and rates.
    pub numbers: Numbers,
    /// The last minute of them.
    pub trends: Trends,
    /// Filter, order, page.
    pub view: View,
    /// Columns, rows, updates.
    pub look: Look,
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

/// The page.
pub fn view(control: Control) -> AnyView {
    let lang = use_lang();
    let id = control.cluster;
    let content = match &control.shape {
        None => unapplied(id, control.drafted, lang),
        Some(shape) if shape.services.is_empty() => {
            let here = format!("/clusters/{id}/control");
            let directors = directors(id, shape, control.now_ms, lang);
            view! {
                <LivePage stream=format!("{here}/live") here=here auto=control.look.updates()>
                    {directors}
                    {no_service(id, lang)}
                </LivePage>
            }
            .into_any()
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
    let Stop { cluster, name, services, established, errors } = stop;
    let cut = match established {
        None => words::STOP_CUTS_UNKNOWN.get(lang).to_owned(),
        Some(0) => words::STOP_CUTS_NONE.get(lang).to_owned(),
        Some(n) => words::STOP_CUTS.count(lang, n),
    };
    view! {
        <ErrorSummary errors=errors.clone()/>
        <ConfirmPage
            title=words::STOP_TITLE.with(lang, &[("name", &name)])
            consequences=vec![cut, words::STOP_TEXT.count(lang, services)]
            verb=words::STOP_VERB.with(lang, &[("name", &name)])
            action=format!("/clusters/{cluster}/stop")
            cancel=format!("/clusters/{cluster}/control")
        >
            <EndingField ending=ending(services) errors=errors/>
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

/// The directors: one that has lost its agent, its room or its way is seen here first.
fn directors(id: ClusterId, shape: &Shape, now_ms: i64, lang: Lang) -> AnyView {
    if shape.directors.is_empty() {
        let enrol = || (words::ENROL.get(lang).to_owned(), format!("/directors/new?cluster={id}"));
        let next = (!use_rights().look_only).then(enrol);
        return view! { <Notice tone=Tone::Warning text=words::NO_DIRECTOR.get(lang) next=next/> }.into_any();
    }
    let html = directors_html(shape, lang, now_ms);
    let heads = [
        words::COL_DIRECTOR,
        words::COL_STATE,
        words::COL_ROLE,
        words::COL_DATA_PLANE,
        words::COL_APPLIED,
        words::COL_SEEN,
    ];
    let heads = heads.map(|head| view! { <th scope="col">{head.get(lang)}</th> });
    view! {
        <div class="table-box agents" tabindex="0" role="region" aria-label=words::DIRECTORS.get(lang)>
            <table class="table">
                <caption class="unseen">{words::DIRECTORS.get(lang)}</caption>
                <thead><tr>{heads.into_iter().collect_view()}</tr></thead>
                <tbody id="live-directors" data-live inner_html=html></tbody>
            </table>
        </div>
    }
    .into_any()
}

fn table(control: Control, lang: Lang) -> AnyView {
    let Control { cluster, shape, numbers, trends, view, look, now_ms, .. } = control;
    let shape = shape.unwrap_or_default();
    let numbers = Numbers { at: now_ms, ..numbers };
    let pages = view.pages(&shape, &trends);
    let view = View { page: view.page.min(pages.len().saturating_sub(1)), ..view };
    let path = format!("/clusters/{cluster}/control");
    let address = |page: usize| format!("{path}{}", view.query(page));
    let matching = view.matching(&shape).len();
    let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let pager = (pages.len() > 1).then(|| {
        let (from, to) = places(&pages).get(&view.page).copied().unwrap_or_default();
        let previous = (view.page > 0).then(|| address(view.page.min(pages.len()) - 1));
        let next = (view.page + 1 < pages.len()).then(|| address(view.page + 1));
        view! { <Pager from=wide(from) to=wide(to) all=wide(matching) previous=previous next=next/> }
    });
    let q = view.q.clone();
    let longest = pages.get(view.page).into_iter().flatten().flat_map(|part| {
        let servers = part.servers.iter().map(|server| server.address.len());
        servers.chain([part.service.address.len()])
    });
    // Room for IPv6 and several ports where there are some, and no more than that.
    let room = match longest.max().unwrap_or_default() {
        n if n <= NARROW => "",
        n if n <= WIDE => "wide",
        _ => "widest",
    };
    let sheet = sheet(cluster.0, (&shape, &numbers, &trends), &view, &look, lang);
    let classes: Vec<&str> = look.columns.iter().map(|column| column.class()).collect();
    let lines: Vec<bool> = look.columns.iter().map(|column| *column == Column::Trend).collect();
    let columns = look.columns.iter().map(|column| view! { <col class=column.class()/> }).collect_view();
    // Also where nothing is found: rows may come while somebody looks.
    let body = view! {
        <div class="table-box live-box" tabindex="0" role="region" aria-label=words::TABLE.get(lang)>
            <table class=format!("table live {room}") class:compact=look.compact>
                <caption class="unseen">{words::TABLE.get(lang)}</caption>
                // Fixed widths come from here: the header's first line has cells that span several columns.
                <colgroup>{columns}</colgroup>
                <thead>{head(&path, &view, &look, lang)}</thead>
                <tbody id="live-rows" data-live inner_html=sheet.html(&classes)></tbody>
            </table>
            <div id="live-nothing" data-live inner_html=sheet.part("live-nothing")></div>
            <template id="live-row" inner_html=blank(&classes, &lines)></template>
        </div>
    };
    let keep: Vec<(&'static str, String)> = view.sort_word().map(|word| ("sort", word)).into_iter().collect();
    let here = address(view.page);
    let join = if view.query(view.page).is_empty() { '?' } else { '&' };
    let stream = format!("{path}/live{}{join}look={}", view.query(view.page), look.value());
    let (every, auto) = (look.every, look.updates());
    view! {
        {directors(cluster, &shape, now_ms, lang)}
        <div id="live-notices" data-live aria-live="polite" inner_html=notices_html(&shape, lang)></div>
        <LivePage stream=stream here=here.clone() every=every auto=auto>
            <div class="bar">
                <Filter path=path.clone() label=words::FILTER.get(lang) q=q keep=keep menu=Some(states(&view, lang))/>
                {look::menu(&look, here, lang)}
                <LinkButton href=format!("{path}/text") label=words::TEXT_LINK.get(lang)/>
                <span class="muted" id="live-found">{found_words(&shape, &view, lang)}</span>
            </div>
            {body}
        </LivePage>
        {pager}
    }
    .into_any()
}

/// The menu of states to filter by.
fn states(view: &View, lang: Lang) -> FilterMenu {
    let any = Choice::new("", words::STATE_ANY.get(lang));
    let each = State::ALL.iter().map(|state| Choice::new(state.name(), state.word(lang)));
    FilterMenu {
        name: "state",
        label: words::COL_STATE.get(lang).to_owned(),
        value: view.state.map_or_else(String::new, |state| state.name().to_owned()),
        choices: std::iter::once(any).chain(each).collect(),
    }
}

/// Two lines: what belongs together has its unit once.
fn head(path: &str, view: &View, look: &Look, lang: Lang) -> AnyView {
    let shown = |group: &[Column]| -> Vec<Column> {
        group.iter().copied().filter(|column| look.shows(*column)).collect()
    };
    let first = shown(&[Column::Name, Column::State, Column::Since]);
    let connections = shown(&[Column::Active, Column::Inactive, Column::Rate, Column::Trend]);
    let traffic = shown(&[Column::In, Column::Out]);
    let last = shown(&[Column::Address, Column::Forwarding, Column::Weight]);
    let two = !connections.is_empty() || !traffic.is_empty();
    let cell = |column: Column, tall: bool| {
        let sort = Sort::parse(column.word());
        let label = column.label(lang);
        let here = sort == Some(view.sort);
        let aria = here.then_some(if view.down { "descending" } else { "ascending" });
        let rowspan = (tall && two).then_some("2");
        let inner = match sort {
            None => label.into_any(),
            Some(sort) => {
                // Of numbers the largest are wanted first.
                let down = if here { !view.down } else { sort.number().is_some() };
                let next = View { sort, down, ..view.clone() }.query(0);
                // Without a blank: narrow columns have no room for one.
                let arrow = here.then_some(if view.down { "↓" } else { "↑" });
                view! { <a href=format!("{path}{next}")>{label}<span aria-hidden="true">{arrow}</span></a> }
                    .into_any()
            }
        };
        view! { <th scope="col" class=column.class() aria-sort=aria rowspan=rowspan>{inner}</th> }
    };
    let tall = |columns: Vec<Column>| columns.into_iter().map(|column| cell(column, true)).collect_view();
    let group = |columns: &[Column], label: Msg| {
        (!columns.is_empty()).then(|| {
            view! { <th scope="colgroup" colspan=columns.len().to_string() class="columns">{label.get(lang)}</th> }
        })
    };
    let above = (group(&connections, words::GROUP_CONNECTIONS), group(&traffic, words::GROUP_TRAFFIC));
    let below = two.then(|| {
        let cells = connections.into_iter().chain(traffic).map(|column| cell(column, false)).collect_view();
        view! { <tr>{cells}</tr> }
    });
    view! {
        <tr>
            {tall(first)}
            {above.0}
            {above.1}
            {tall(last)}
        </tr>
        {below}
    }
    .into_any()
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
            trends: Trends::default(),
            view: View::default(),
            look: Look::default(),
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
        for id in ["live-rows", "live-row"] {
            assert!(unmatched.contains(&format!(r#"id="{id}""#)), "rows may still come: {unmatched}");
        }
        let empty = Shape { services: Vec::new(), ..samples::shape() };
        let empty = page(Control { shape: Some(empty), ..control() });
        assert!(empty.contains("/clusters/7/services/new") && empty.contains("<leptos-island"), "{empty}");
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
    fn columns_that_nobody_wants_are_gone_from_head_and_rows() {
        let look = Look::new(["state", "rate"].into_iter(), true, false, 10);
        let html = page(Control { look, ..control() });
        assert!(!html.contains("c-weight") && !html.contains("c-active"), "{html}");
        assert!(html.contains(r#"colspan="1""#) && html.contains(r#" compact"><caption"#), "{html}");
        assert!(html.contains("look=name.state.rate~compact~~10"), "the stream has the same columns: {html}");
        let names = page(Control { look: Look::new([].into_iter(), false, true, 1), ..control() });
        assert!(!names.contains("rowspan") && names.contains(r#"id="r-1-3""#), "{names}");
    }

    #[test]
    fn the_choice_of_columns_is_a_form_with_piranhas_words() {
        let html = page(control());
        assert!(
            html.contains(r#"action="/preferences""#) && html.contains(r#"name="column" value="rate""#),
            "{html}"
        );
        for word in ["Auto update", "Update interval", "Update information now"] {
            assert!(html.contains(word), "{word}: {html}");
        }
        assert!(
            html.contains("<th scope=\"col\">Data plane</th>") || html.contains("No director carries"),
            "{html}"
        );
    }

    #[test]
    fn thousands_of_rows_are_paged() {
        let mut shape = samples::shape();
        let service = shape.services[0].clone();
        shape.services = (1..=400).map(|id| crate::live::LiveService { id, ..service.clone() }).collect();
        let html = page(Control { shape: Some(shape), view: View::parse("", "name", "2"), ..control() });
        assert!(html.contains("167 to 332 of 400"), "{html}");
        assert!(
            html.contains("/clusters/7/control?sort=name&amp;page=3")
                && html.contains(r#"href="/clusters/7/control?sort=name""#),
            "{html}"
        );
        assert_eq!(html.matches("<tr id=").count(), 498);
    }
}
