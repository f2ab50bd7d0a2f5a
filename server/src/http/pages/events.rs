//! The timeline of events: of one cluster, or of all that the person may see.

use std::collections::BTreeMap;

use app::Lang;
use app::frame::Tab;
use app::i18n::events as words;
use app::pages::events::{self as pages, Asked, Entry, EventsPage, Sight, names};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use model::{ClusterId, EventKind, Role, Topic};
use serde::Deserialize;

use super::forms::address;
use super::span::Span;
use crate::http::{AppState, Need, Page, PageError, Path, Routes};
use crate::store::{Event, EventFilter, MOST_NEWS, Moment};

/// Rows of a page.
const ROWS: u32 = 200;
/// What directors see within so long of each other is one event, in milliseconds.
const TOGETHER_MS: i64 = 60_000;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get_as(Need::Session, "/events", all)
        .get_as(Need::Session, "/events/news", all_news)
        .get("/clusters/{id}/events", of_cluster)
        .get("/clusters/{id}/events/news", news_of_cluster)
}

#[derive(Clone, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    range: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    object: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    cluster: String,
    /// What is before this place is shown.
    #[serde(default)]
    before: String,
    /// What is after this place is new.
    #[serde(default)]
    after: String,
}

async fn all(
    State(state): State<AppState>,
    page: Page,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    show(&state, &page, None, wanted).await
}

async fn of_cluster(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Events).await?;
    show(&state, &page, Some(id), wanted).await
}

async fn all_news(
    State(state): State<AppState>,
    page: Page,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    news(&state, &page, None, wanted).await
}

async fn news_of_cluster(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    // Fails where there is no such cluster.
    state.store.draft(id).await?;
    news(&state, &page, Some(id), wanted).await
}

async fn show(
    state: &AppState,
    page: &Page,
    cluster: Option<ClusterId>,
    wanted: Wanted,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let (filter, mut problem) = wanted.filter(page, cluster);
    let before = match wanted.before.as_str() {
        "" => None,
        text => match text.parse::<Moment>() {
            Ok(moment) => Some(moment),
            Err(_) => {
                problem.get_or_insert_with(|| words::NOT_A_PLACE.get(lang).to_owned());
                None
            }
        },
    };
    // One more than is shown tells whether there are older ones.
    let mut events = state.store.events(&filter, before, ROWS + 1).await?;
    let more = events.len() > ROWS as usize;
    events.truncate(ROWS as usize);
    let path = cluster.map_or_else(|| "/events".to_owned(), |id| format!("/clusters/{id}/events"));
    let last = events.last().map(|event| event.moment().to_string());
    let older = last.filter(|_| more).map(|last| wanted.address(&path, (names::BEFORE, &last)));
    // From here on something is new, also where nothing is yet.
    let newest = events.first().map_or(Moment { ms: page.now_ms(), id: 0 }, Event::moment).to_string();
    let retention = state.store.retention().await?;
    let clusters = match cluster {
        Some(_) => Vec::new(),
        None => page.rail().iter().map(|cluster| (cluster.id, cluster.name.clone())).collect(),
    };
    let shown = EventsPage {
        cluster,
        clusters,
        people: sees_people(page),
        entries: grouped(events),
        older,
        newest: wanted.address(&path, ("", "")),
        is_older: before.is_some(),
        news: wanted.address(&format!("{path}/news"), ("after", &newest)),
        problem,
        days: retention.event_days,
        rows: retention.event_rows,
        asked: wanted.asked(),
    };
    Ok(page.html(words::TITLE.get(lang), move || pages::view(shown)))
}

/// One sentence where there is something new, and nothing where there is not.
async fn news(
    state: &AppState,
    page: &Page,
    cluster: Option<ClusterId>,
    wanted: Wanted,
) -> Result<Response, PageError> {
    let after = wanted.after.parse::<Moment>().map_err(|_| PageError::NotFound)?;
    let (filter, _) = wanted.filter(page, cluster);
    let count = state.store.news(&filter, after).await?;
    Ok(said(count, page.lang()).into_response())
}

fn said(count: i64, lang: Lang) -> String {
    match u64::try_from(count).unwrap_or_default() {
        0 => String::new(),
        n if count < MOST_NEWS => words::NEWS.count(lang, n),
        n => words::NEWS_MANY.with(lang, &[("n", &n)]),
    }
}

impl Wanted {
    fn filter(&self, page: &Page, cluster: Option<ClusterId>) -> (EventFilter, Option<String>) {
        let span = Span::parse(&self.range, &self.from, &self.to, page.now_ms());
        let (span, problem) = match span {
            Ok(span) => (span, None),
            Err(wrong) => (Span::default(), Some(words::NOT_A_TIME.with(page.lang(), &[("text", &wrong.0)]))),
        };
        let chosen = cluster.or_else(|| self.cluster.parse().ok());
        let visible = visible(page);
        // A cluster that may not be seen is one of which nothing is there.
        let hidden = chosen.is_some_and(|id| visible.as_ref().is_some_and(|visible| !visible.contains(&id)));
        let filter = EventFilter {
            cluster: chosen.filter(|_| !hidden),
            visible: if hidden { Some(Vec::new()) } else { visible },
            kinds: kinds(&self.kind, sees_people(page)),
            object: self.object.trim().to_owned(),
            person: self.person.trim().to_owned(),
            from_ms: span.from_ms,
            to_ms: span.to_ms,
        };
        (filter, problem)
    }

    fn asked(self) -> Asked {
        let Self { kind, range, from, to, object, person, cluster, .. } = self;
        Asked { kind, range, from, to, object, person, cluster }
    }

    /// The page's address with what is asked for, and one thing more.
    fn address(&self, path: &str, more: (&str, &str)) -> String {
        let asked = [
            (names::KIND, self.kind.as_str()),
            (names::RANGE, &self.range),
            (names::FROM, &self.from),
            (names::TO, &self.to),
            (names::OBJECT, &self.object),
            (names::PERSON, &self.person),
            (names::CLUSTER, &self.cluster),
            more,
        ];
        address(path, &asked)
    }
}

/// The kinds of a kind's or a topic's name; all for any other. Log-ins are for who may see them.
fn kinds(name: &str, people: bool) -> Vec<EventKind> {
    let topic = Topic::ALL.iter().find(|topic| topic.name() == name);
    let chosen: Vec<EventKind> = match (EventKind::parse(name), topic) {
        (Some(kind), _) => vec![kind],
        (None, Some(topic)) => topic.kinds().collect(),
        (None, None) => Vec::new(),
    };
    if people {
        return chosen;
    }
    let visible = |kind: &EventKind| kind.topic() != Topic::People;
    let allowed: Vec<EventKind> = chosen.into_iter().filter(visible).collect();
    if allowed.is_empty() { EventKind::ALL.iter().copied().filter(visible).collect() } else { allowed }
}

/// What several directors saw of one thing at about one time becomes one entry. The rows come the newest first.
fn grouped(events: Vec<Event>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(events.len());
    // The newest entry of each thing.
    let mut open: BTreeMap<(EventKind, u32, u32, u32), usize> = BTreeMap::new();
    for event in events {
        let Event { first_ms, cluster, what, .. } = event;
        let sight = Sight {
            director: what.director,
            at_ms: what.at_ms,
            first_ms,
            count: what.count,
            reason: what.reason,
            since_ms: what.since_ms,
            duration_ms: what.duration_ms,
        };
        let thing = what.service.as_ref().zip(what.cluster).map(|((service, _), cluster)| {
            (what.kind, cluster.0, service.0, what.server.as_ref().map_or(0, |(id, _)| id.0))
        });
        let together = thing.and_then(|thing| open.get(&thing)).and_then(|&index| entries.get_mut(index));
        if let Some(entry) = together
            && entry.at_ms - sight.at_ms <= TOGETHER_MS
            && entry.seen.iter().all(|seen| seen.director != sight.director)
        {
            entry.seen.push(sight);
            continue;
        }
        if let Some(thing) = thing {
            open.insert(thing, entries.len());
        }
        entries.push(Entry {
            kind: what.kind,
            at_ms: what.at_ms,
            cluster: what.cluster.map(|id| (id, cluster)),
            service: what.service,
            server: what.server,
            generation: what.generation,
            actor: what.actor,
            origin: what.origin,
            seen: vec![sight],
        });
    }
    entries
}

/// The clusters that the person may see; none for all of them, and what belongs to none.
fn visible(page: &Page) -> Option<Vec<ClusterId>> {
    let roles = page.roles();
    roles.everywhere.is_none().then(|| roles.clusters.keys().copied().collect())
}

/// Whether the person may see who logs in.
fn sees_people(page: &Page) -> bool {
    page.may(Role::Administrator, None)
}

#[cfg(test)]
mod tests {
    use model::{DestinationId, DirectorId, ServiceId};

    use super::*;
    use crate::store::Happening;

    fn event(kind: EventKind, director: u32, at_ms: i64) -> Event {
        let what = Happening {
            cluster: Some(ClusterId(1)),
            director: Some((DirectorId(director), format!("vs{director}"))),
            service: Some((ServiceId(2), "web".into())),
            server: Some((DestinationId(3), "real1".into())),
            ..Happening::new(kind, at_ms)
        };
        Event { id: at_ms, first_ms: at_ms, cluster: "shop".into(), what }
    }

    #[test]
    fn what_two_directors_see_is_one_entry_and_what_one_sees_twice_is_two() {
        let entries = grouped(vec![
            event(EventKind::ServerOut, 2, 100_000),
            event(EventKind::ServerBack, 1, 99_000),
            event(EventKind::ServerOut, 1, 98_000),
            event(EventKind::ServerOut, 1, 97_000),
            event(EventKind::ServerOut, 2, 1_000),
        ]);
        let seen: Vec<(EventKind, usize)> =
            entries.iter().map(|entry| (entry.kind, entry.seen.len())).collect();
        assert_eq!(
            seen,
            [
                (EventKind::ServerOut, 2),
                (EventKind::ServerBack, 1),
                (EventKind::ServerOut, 1),
                (EventKind::ServerOut, 1)
            ]
        );
    }

    #[test]
    fn log_ins_are_for_who_may_see_them() {
        assert!(kinds("", true).is_empty(), "all");
        assert!(!kinds("", false).contains(&EventKind::LogIn));
        assert!(!kinds("people", false).contains(&EventKind::LogIn));
        assert_eq!(kinds("server-out", false), [EventKind::ServerOut]);
        assert_eq!(kinds("people", true), [EventKind::LogIn, EventKind::LogInFailed]);
    }
}
