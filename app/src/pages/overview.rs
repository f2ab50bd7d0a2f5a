//! The overview: all clusters at a glance, what needs attention, and what to do where nothing is yet.

mod attention;
mod tiles;

use leptos::prelude::*;
use model::ClusterId;

pub use attention::{Attention, Machine, What};

use crate::State;
use crate::components::{EmptyState, Filter, Icon, Kind, LinkButton, LivePage, Pager};
use crate::frame::Standing;
use crate::html;
use crate::i18n::{Lang, clusters, frame, overview as words, t, use_lang};
use crate::live::{Counts, Look, nothing_html, rail_html};
use crate::sheet::{Sheet, SheetRow, blank_as};
use crate::trend::Trend;

/// The most clusters on one page.
pub const PAGE: usize = 120;
/// With so many clusters or more there is a filter. Ours: fewer are read faster than a filter is typed.
const FILTERED_FROM: usize = 12;

/// What the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// The clusters by name.
    pub clusters: Vec<Glance>,
    /// What needs attention, the gravest first.
    pub attention: Vec<Attention>,
    /// How many seconds the lines have seen.
    pub ticks: u64,
    /// The time, in milliseconds since 1970.
    pub now_ms: i64,
}

/// A cluster at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Which.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// How it fares as a whole.
    pub state: State,
    /// Since when, in milliseconds since 1970, where that is known.
    pub since: Option<i64>,
    /// Whether it runs.
    pub standing: Standing,
    /// How many of its services fail, and how many it offers.
    pub failing: (u64, u64),
    /// How many of its directors are connected, and how many there are.
    pub directors: (u64, u64),
    /// Whether the draft differs from what is applied.
    pub changes: bool,
    /// Connections and rates; none where nobody tells.
    pub counts: Option<Counts>,
    /// New connections per second, the last minute.
    pub connections: Trend,
    /// Bytes per second in and out, the last minute.
    pub bytes: Trend,
}

/// What part of the overview somebody looks at; it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Part of a cluster's name.
    pub q: String,
    /// The page, from 0.
    pub page: usize,
}

impl Part {
    /// Takes the address's parameters; `page` counts from 1.
    pub fn parse(q: &str, page: &str) -> Self {
        Self { q: q.trim().to_owned(), page: page.parse::<usize>().unwrap_or(1).saturating_sub(1) }
    }

    fn matching<'a>(&self, overview: &'a Overview) -> Vec<&'a Glance> {
        let q = self.q.to_lowercase();
        overview.clusters.iter().filter(|cluster| cluster.name.to_lowercase().contains(&q)).collect()
    }

    fn query(&self, page: usize) -> String {
        let q = (!self.q.is_empty()).then(|| format!("q={}", html::encode(&self.q)));
        let page = (page > 0).then(|| format!("page={}", page + 1));
        let parts: Vec<String> = q.into_iter().chain(page).collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// The page's live parts: a tile for each cluster, the sums, what needs attention.
pub fn sheet(overview: &Overview, part: &Part, lang: Lang) -> Sheet {
    let shown = part.matching(overview).into_iter().skip(part.page.saturating_mul(PAGE)).take(PAGE);
    let rows = shown.map(|cluster| tiles::tile(cluster, lang, overview.now_ms));
    let mut parts = vec![
        ("overview-tally".to_owned(), tiles::tally(overview, lang)),
        ("overview-attention".to_owned(), attention::html(overview, lang)),
    ];
    // The rail beside it must not say anything else.
    let rail = |cluster: &Glance| (format!("rail-{}", cluster.id), rail_html(cluster.state, lang));
    parts.extend(overview.clusters.iter().map(rail));
    let rows: Vec<SheetRow> = rows.collect();
    let nothing = if rows.is_empty() { nothing_html(&part.q, "/", lang) } else { String::new() };
    parts.push(("live-nothing".to_owned(), nothing));
    Sheet { rows, parts, ticks: overview.ticks }
}

/// The page; `create`: for somebody who may make clusters.
pub fn view(overview: &Overview, part: &Part, look: &Look, create: bool) -> AnyView {
    let lang = use_lang();
    if overview.clusters.is_empty() {
        return view! { <h1 class="unseen">{t(frame::OVERVIEW)}</h1>{first_steps(create)} }.into_any();
    }
    let matching = part.matching(overview).len();
    let part = &Part { page: part.page.min(matching.saturating_sub(1) / PAGE), q: part.q.clone() };
    let sheet = sheet(overview, part, lang);
    let (from, to) = (part.page.saturating_mul(PAGE), (part.page + 1).saturating_mul(PAGE).min(matching));
    let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let address = |page: usize| format!("/{}", part.query(page));
    let pager = (matching > PAGE).then(|| {
        let previous = (part.page > 0).then(|| address(part.page - 1));
        let next = (to < matching).then(|| address(part.page + 1));
        view! { <Pager from=wide(from + 1) to=wide(to) all=wide(matching) previous=previous next=next/> }
    });
    let q = part.q.clone();
    let filter = (overview.clusters.len() >= FILTERED_FROM || !q.is_empty())
        .then(|| view! { <Filter path="/" label=t(words::FILTER) q=q.clone()/> });
    let rows = sheet.html_as("li", "span", tiles::CELLS);
    let tiles = view! {
        <ul class="tiles" id="live-rows" data-live aria-label=t(words::CLUSTERS_LIVE) inner_html=rows></ul>
        <div id="live-nothing" data-live inner_html=sheet.part("live-nothing")></div>
        <template id="live-row" inner_html=blank_as("li", "span", tiles::CELLS, tiles::LINES)></template>
    };
    let (tally, attention) = (sheet.part("overview-tally"), sheet.part("overview-attention"));
    let stream = format!("/overview/live{}", part.query(part.page));
    view! {
        <h1 class="unseen">{t(frame::OVERVIEW)}</h1>
        <LivePage stream=stream here=address(part.page) auto=look.updates()>
            <div class="bar">
                <div class="tally" id="overview-tally" data-live role="group" aria-label=t(words::TALLY) inner_html=tally></div>
                {filter}
            </div>
            <div class="overview">
                <section class="attention" aria-labelledby="attention">
                    <h2 id="attention">{t(words::ATTENTION)}</h2>
                    <div id="overview-attention" data-live inner_html=attention></div>
                </section>
                <div class="glances">{tiles}{pager}</div>
            </div>
        </LivePage>
    }
    .into_any()
}

/// Where there is no cluster yet.
fn first_steps(create: bool) -> AnyView {
    if !create {
        return view! { <EmptyState title=t(clusters::NONE_TITLE) text=t(clusters::NONE_TEXT)/> }.into_any();
    }
    view! {
        <div class="empty steps">
            <h2>{t(words::FIRST_TITLE)}</h2>
            <p>{t(words::FIRST_TEXT)}</p>
            <ol>
                <li>{t(words::FIRST_CLUSTER)}</li>
                <li>{t(words::FIRST_DIRECTOR)}</li>
                <li>{t(words::FIRST_APPLY)}</li>
            </ol>
            <div class="empty-actions">
                <LinkButton href="/clusters/new" label=t(clusters::NEW) kind=Kind::Primary with=Icon::Plus/>
                <LinkButton href="/clusters/import" label=t(clusters::IMPORT) with=Icon::Import/>
            </div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::{Generation, Why};

    use super::*;

    pub(super) fn glance(id: u32, name: &str, state: State) -> Glance {
        let mut connections = Trend::zeros(5);
        connections.push(9);
        Glance {
            id: ClusterId(id),
            name: name.into(),
            state,
            since: Some(1_000),
            standing: Standing::Running(Generation(3)),
            failing: (0, 2),
            directors: (2, 2),
            changes: false,
            counts: Some(Counts { connections: 12, bytes_in: 1_000, bytes_out: 500, ..Counts::default() }),
            connections,
            bytes: Trend::zeros(6),
        }
    }

    fn overview(clusters: Vec<Glance>, attention: Vec<Attention>) -> Overview {
        Overview { clusters, attention, ticks: 6, now_ms: 61_000 }
    }

    fn page(overview: &Overview, part: &Part) -> String {
        crate::frame::within(Lang::En, 61_000, || view(overview, part, &Look::default(), true))
    }

    #[test]
    fn a_cluster_is_seen_at_a_glance_with_state_rates_and_lines() {
        let html = page(&overview(vec![glance(7, "<shop>", State::Serving)], Vec::new()), &Part::default());
        assert!(html.contains("&lt;shop&gt;") && html.contains(r#"href="/clusters/7/control""#), "{html}");
        assert!(html.contains("Serving") && html.contains("since 1 min"), "{html}");
        assert!(html.contains("<b>12</b> conn/s") && html.contains("<b>1.5</b> kB/s"), "{html}");
        assert!(html.contains("<path d=\"M"), "the line is drawn without script: {html}");
        assert!(html.contains("Nothing needs attention"), "{html}");
    }

    #[test]
    fn never_applied_stopped_away_and_changed_clusters_say_so() {
        let never =
            Glance { standing: Standing::NeverApplied, counts: None, ..glance(1, "a", State::Stopped) };
        let away =
            Glance { directors: (1, 2), changes: true, failing: (1, 3), ..glance(2, "b", State::Degraded) };
        let html = page(&overview(vec![never, away], Vec::new()), &Part::default());
        for words in ["Never applied", "1 of 2 directors", "Changes not applied", "1 of 3 fails", "Degraded"]
        {
            assert!(html.contains(words), "{words}: {html}");
        }
        assert!(html.contains("<b>–</b> conn/s"), "unknown is not zero: {html}");
        assert!(html.contains("3 of 4 directors connected"), "{html}");
    }

    #[test]
    fn what_does_not_run_is_not_called_good() {
        let stopped = Glance { standing: Standing::Stopped(Generation(2)), ..glance(1, "a", State::Stopped) };
        let never =
            Glance { standing: Standing::NeverApplied, directors: (0, 0), ..glance(2, "b", State::Stopped) };
        let html = page(&overview(vec![stopped.clone(), never], Vec::new()), &Part::default());
        assert!(html.contains("No cluster runs") && !html.contains("Nothing needs attention"), "{html}");
        assert!(
            html.contains("1 cluster is stopped.") && html.contains("1 cluster has never been applied."),
            "{html}"
        );
        assert!(html.contains("no director"), "{html}");
        assert_eq!(html.matches("2 services").count(), 1, "nobody has what was never applied: {html}");
        let some =
            page(&overview(vec![stopped, glance(3, "c", State::Serving)], Vec::new()), &Part::default());
        assert!(some.contains("Nothing needs attention") && some.contains("1 cluster is stopped."), "{some}");
        assert!(some.contains("every virtual server serves"), "{some}");
        let coming = page(&overview(vec![glance(3, "c", State::Pending)], Vec::new()), &Part::default());
        assert!(
            !coming.contains("every virtual server serves"),
            "what is on its way is not praised: {coming}"
        );
    }

    #[test]
    fn what_needs_attention_leads_to_its_place() {
        let item = Attention {
            state: State::Degraded,
            cluster: Some((ClusterId(7), "shop".into())),
            what: What::ServerOut {
                server: "real<2>".into(),
                service: "web".into(),
                why: Why::of("x", model::Code::ConnectionRefused),
            },
            since: Some(1_000),
            href: "/clusters/7/services/1/servers/3".into(),
        };
        let html =
            page(&overview(vec![glance(7, "shop", State::Degraded)], vec![item; 60]), &Part::default());
        assert!(html.contains("Real server real&lt;2&gt; of web is out: Connection refused"), "{html}");
        assert!(
            html.contains(r#"href="/clusters/7/services/1/servers/3""#) && html.contains("since 1 min"),
            "{html}"
        );
        assert!(html.contains("60 matters") && html.contains("And 10 more."), "the list is bounded: {html}");
    }

    #[test]
    fn without_a_cluster_the_first_steps_are_shown() {
        let html = page(&Overview::default(), &Part::default());
        assert!(html.contains("Three steps") && html.contains("/clusters/import"), "{html}");
        assert!(!html.contains("leptos-island"), "nothing lives yet: {html}");
        let viewer = crate::frame::within(Lang::En, 0, || {
            view(&Overview::default(), &Part::default(), &Look::default(), false)
        });
        assert!(!viewer.contains("/clusters/new") && viewer.contains("No cluster for you yet"), "{viewer}");
    }

    #[test]
    fn many_clusters_are_filtered_and_paged() {
        let clusters = (1..=300).map(|id| glance(id, &format!("site-{id}"), State::Serving)).collect();
        let overview = overview(clusters, Vec::new());
        let html = page(&overview, &Part::parse("", "2"));
        assert!(html.contains("121 to 240 of 300") && html.contains(r#"href="/?page=3""#), "{html}");
        assert!(html.contains("/overview/live?page=2"), "{html}");
        let one = page(&overview, &Part::parse("SITE-299", ""));
        assert_eq!(one.matches("<li id=").count(), 1, "{one}");
        let nothing = page(&overview, &Part::parse("<x>", ""));
        assert!(nothing.contains("“&lt;x&gt;”") && nothing.contains(r#"id="live-row""#), "{nothing}");
        let beyond = page(&overview, &Part::parse("", "9"));
        assert!(beyond.contains("241 to 300 of 300") && beyond.contains("/overview/live?page=3"), "{beyond}");
    }

    #[test]
    fn the_rail_and_the_tiles_never_disagree() {
        let sheet =
            sheet(&overview(vec![glance(7, "shop", State::Failing)], Vec::new()), &Part::default(), Lang::En);
        assert_eq!(sheet.part("rail-7"), rail_html(State::Failing, Lang::En));
    }
}
