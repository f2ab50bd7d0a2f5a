use super::*;
use crate::Lang;
use crate::components::testing::html;

const AT: i64 = 1_795_347_605_000;

fn sight(director: u32, at_ms: i64) -> Sight {
    Sight {
        director: Some((DirectorId(director), format!("vs{director}"))),
        at_ms,
        first_ms: at_ms,
        count: 1,
        reason: Some("connection <refused>".into()),
        since_ms: None,
        duration_ms: None,
    }
}

fn entry(kind: EventKind) -> Entry {
    Entry {
        kind,
        at_ms: AT,
        cluster: Some((ClusterId(1), "shop".into())),
        service: Some((ServiceId(2), "web".into())),
        server: Some((DestinationId(3), "real<1>".into())),
        generation: None,
        actor: String::new(),
        origin: String::new(),
        seen: vec![sight(1, AT), sight(2, AT + 2_000)],
    }
}

fn page(lang: Lang, page: EventsPage) -> String {
    html(lang, || view(page))
}

fn with(entries: Vec<Entry>) -> EventsPage {
    EventsPage { entries, days: 90, rows: 200_000, ..EventsPage::default() }
}

#[test]
fn a_row_names_its_object_with_links_and_every_director_that_saw_it() {
    let said = page(Lang::En, with(vec![entry(EventKind::ServerOut)]));
    assert!(said.contains("/clusters/1/services/2/servers/3") && said.contains("real&lt;1&gt;"), "{said}");
    assert!(said.contains("/directors/1") && said.contains("/directors/2"), "{said}");
    assert_eq!(said.matches("connection &lt;refused&gt;").count(), 1, "the same reason is said once: {said}");
    assert!(said.contains("2026-11-22") && said.contains("11:40:05"), "{said}");
}

#[test]
fn what_differs_between_directors_is_told_apart() {
    let mut other = entry(EventKind::ServerOut);
    other.seen[1].reason = Some("no route".into());
    let said = page(Lang::En, with(vec![other]));
    assert!(said.contains("vs1: ") && said.contains("vs2: ") && said.contains("no route"), "{said}");
}

#[test]
fn days_have_a_heading_each() {
    let mut yesterday = entry(EventKind::ServerBack);
    yesterday.at_ms -= 86_400_000;
    let said = page(Lang::Zh, with(vec![entry(EventKind::ServerOut), yesterday]));
    assert_eq!(said.matches("class=\"group\"").count(), 2, "{said}");
    assert!(said.contains("2026-11-21") && said.contains("保留 90 天") && said.contains("200,000"), "{said}");
}

#[test]
fn an_applied_generation_leads_to_its_page() {
    let applied = Entry {
        service: None,
        server: None,
        generation: Some(Generation(7)),
        actor: "ada".into(),
        origin: "192.0.2.9".into(),
        seen: Vec::new(),
        ..entry(EventKind::Applied)
    };
    let said = page(Lang::En, with(vec![applied]));
    assert!(said.contains("href=\"/clusters/1/history/7\"") && said.contains("ada"), "{said}");
    assert!(said.contains("from 192.0.2.9"), "{said}");
}

#[test]
fn repeats_are_counted_and_durations_said() {
    let mut flapping = entry(EventKind::ServerBack);
    flapping.seen.truncate(1);
    flapping.seen[0] =
        Sight { count: 12, first_ms: AT - 600_000, duration_ms: Some(180_000), reason: None, ..sight(1, AT) };
    let said = page(Lang::En, with(vec![flapping]));
    assert!(said.contains("after 3 min") && said.contains("12 times, first at 11:30:05"), "{said}");
}

#[test]
fn an_empty_page_says_what_to_do_and_a_filter_that_finds_nothing_too() {
    let nothing = page(Lang::En, EventsPage { cluster: Some(ClusterId(4)), ..EventsPage::default() });
    assert!(nothing.contains("/clusters/4/changes"), "{nothing}");
    let asked = Asked { object: "moon".into(), ..Asked::default() };
    let none = page(Lang::En, EventsPage { asked, ..EventsPage::default() });
    assert!(none.contains("No event matches") && none.contains("value=\"moon\""), "{none}");
}
