//! The timeline: what the console has seen happen, and what of it still stands. Observations: the audit log does not have them.

use std::collections::BTreeMap;

use model::{ClusterId, DestinationId, DirectorId, EventKind, Generation, ServiceId, Why};
use sqlx::{Sqlite, Transaction};

use super::statements::statements;
use super::{Result, Store, StoreError};

/// What happens again within so long is counted in the row that is there, so that a flapping server makes two rows an hour.
pub const REPEATS_MS: i64 = 60 * 60 * 1_000;
/// The most news that are counted.
pub const MOST_NEWS: i64 = 100;
/// Rows that one step of pruning deletes: it shares the one writer with everybody.
const PRUNE_ROWS: i64 = 500;

statements! {
    /// The row in which this is counted, if it has happened lately.
    LATELY = "select id from events where kind = ?1 and cluster_id is ?2 and director_id is ?3 and service_id is ?4 and destination_id is ?5 and generation is ?6 and actor = ?7 and origin = ?8 and first_ms > ?9 order by first_ms desc limit 1";
    /// It has happened again.
    AGAIN = "update events set count = count + ?, last_ms = max(last_ms, ?), reason = ?, since_ms = ?, duration_ms = ? where id = ?";
    /// It has happened for the first time.
    INSERT = "insert into events (first_ms, last_ms, count, kind, cluster_id, cluster, director_id, director, service_id, service, destination_id, server, generation, actor, origin, reason, since_ms, duration_ms) values (?1, ?1, ?2, ?3, ?4, coalesce((select name from clusters where id = ?4), ''), ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    /// The newest before a moment, of all clusters that may be seen.
    PAGE = "select * from events where (last_ms, id) < (?1, ?2) and (?3 = '' or ?3 like '%,' || kind || ',%') and (?4 is null or ?4 like '%,' || cluster_id || ',%') and (?5 = '' or service || ' ' || server || ' ' || director || ' ' || cluster like ?5 escape '\\') and (?6 = '' or actor like ?6 escape '\\') and last_ms >= ?7 and first_ms < ?8 order by last_ms desc, id desc limit ?9";
    /// The same of one cluster.
    PAGE_OF = "select * from events where cluster_id = ?4 and (last_ms, id) < (?1, ?2) and (?3 = '' or ?3 like '%,' || kind || ',%') and (?5 = '' or service || ' ' || server || ' ' || director || ' ' || cluster like ?5 escape '\\') and (?6 = '' or actor like ?6 escape '\\') and last_ms >= ?7 and first_ms < ?8 order by last_ms desc, id desc limit ?9";
    /// How many there are since a moment, of all clusters that may be seen.
    NEWS = "select count(*) from (select 1 from events where (last_ms, id) > (?1, ?2) and (?3 = '' or ?3 like '%,' || kind || ',%') and (?4 is null or ?4 like '%,' || cluster_id || ',%') and (?5 = '' or service || ' ' || server || ' ' || director || ' ' || cluster like ?5 escape '\\') and (?6 = '' or actor like ?6 escape '\\') limit ?7)";
    /// The same of one cluster.
    NEWS_OF = "select count(*) from (select 1 from events where cluster_id = ?4 and (last_ms, id) > (?1, ?2) and (?3 = '' or ?3 like '%,' || kind || ',%') and (?5 = '' or service || ' ' || server || ' ' || director || ' ' || cluster like ?5 escape '\\') and (?6 = '' or actor like ?6 escape '\\') limit ?7)";
    /// Everything that stands.
    STANDING = "select director_id, kind, service_id, destination_id, since_ms from standing";
    /// Something stands.
    BEGIN = "insert into standing (director_id, kind, service_id, destination_id, since_ms) select ?1, ?2, ?3, ?4, ?5 where exists (select 1 from directors where id = ?1) on conflict do update set since_ms = excluded.since_ms";
    /// It is over.
    END = "delete from standing where director_id = ? and kind = ? and service_id = ? and destination_id = ?";
    /// How many rows there are.
    COUNT = "select count(*) from events";
    /// Some that are too old.
    PRUNE_OLD = "delete from events where id in (select id from events where last_ms < ? order by last_ms limit ?)";
    /// Some that are too many.
    PRUNE_OLDEST = "delete from events where id in (select id from events order by last_ms, id limit ?)";
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What.
    pub kind: EventKind,
    /// When the console saw it, in milliseconds since 1970.
    pub at_ms: i64,
    /// How often; more than once where many are told as one.
    pub count: u32,
    /// To which cluster.
    pub cluster: Option<ClusterId>,
    /// To which machine, or which one saw it.
    pub director: Option<(DirectorId, String)>,
    /// To which virtual service.
    pub service: Option<(ServiceId, String)>,
    /// To which real server of it.
    pub server: Option<(DestinationId, String)>,
    /// About which generation.
    pub generation: Option<Generation>,
    /// Who did it; empty where nobody did.
    pub actor: String,
    /// From where.
    pub origin: String,
    /// Why.
    pub reason: Option<Why>,
    /// Since when it is so, by the director's clock.
    pub since_ms: Option<i64>,
    /// How long it was otherwise before.
    pub duration_ms: Option<i64>,
}

/// A row of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which.
    pub id: i64,
    /// When it happened first.
    pub first_ms: i64,
    /// The name of its cluster then; empty where it has none.
    pub cluster: String,
    /// What happened; its `at_ms` is the last time.
    pub what: Happening,
}

/// A place in the timeline: rows are in the order of the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// In milliseconds since 1970.
    pub ms: i64,
    /// The row.
    pub id: i64,
}

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this cluster alone.
    pub cluster: Option<ClusterId>,
    /// Of these clusters alone; all, and what belongs to none, without it.
    pub visible: Option<Vec<ClusterId>>,
    /// Of these kinds; all where there is none.
    pub kinds: Vec<EventKind>,
    /// Part of the name of a virtual service, real server, machine or cluster.
    pub object: String,
    /// Part of the name of who did it.
    pub person: String,
    /// From this moment on.
    pub from_ms: Option<i64>,
    /// Before this one.
    pub to_ms: Option<i64>,
}

/// Something that an event has told the beginning of, and none the end yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// Of which machine, or as which one sees it.
    pub director: DirectorId,
    /// Of which virtual service.
    pub service: Option<ServiceId>,
    /// Of which real server.
    pub destination: Option<DestinationId>,
    /// The event that told its beginning.
    pub kind: EventKind,
}

/// A step of an observer: what begins or ends to stand, and what is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub condition: Option<Condition>,
    /// Since when it stands; none where it is over.
    pub since_ms: Option<i64>,
    /// What the timeline says; nothing where what stood is simply no longer there.
    pub told: Option<Happening>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    first_ms: i64,
    last_ms: i64,
    count: i64,
    kind: String,
    cluster_id: Option<u32>,
    cluster: String,
    director_id: Option<u32>,
    director: String,
    service_id: Option<u32>,
    service: String,
    destination_id: Option<u32>,
    server: String,
    generation: Option<i64>,
    actor: String,
    origin: String,
    reason: Option<String>,
    since_ms: Option<i64>,
    duration_ms: Option<i64>,
}

impl Store {
    /// The newest events before a place, `limit` at most.
    pub async fn events(
        &self,
        filter: &EventFilter,
        before: Option<Moment>,
        limit: u32,
    ) -> Result<Vec<Event>> {
        let before = before.unwrap_or(Moment { ms: i64::MAX, id: i64::MAX });
        let page = sqlx::query_as(if filter.cluster.is_some() { PAGE_OF } else { PAGE })
            .bind(before.ms)
            .bind(before.id)
            .bind(kinds(filter));
        let page = match filter.cluster {
            Some(cluster) => page.bind(i64::from(cluster.0)),
            None => page.bind(visible(filter.visible.as_deref())),
        };
        let rows: Vec<Row> = page
            .bind(containing(&filter.object))
            .bind(containing(&filter.person))
            .bind(filter.from_ms.unwrap_or(i64::MIN))
            .bind(filter.to_ms.unwrap_or(i64::MAX))
            .bind(limit)
            .fetch_all(self.readers())
            .await?;
        // A kind of a newer program is not shown; nothing else is wrong with its row.
        Ok(rows.into_iter().filter_map(Row::event).collect())
    }

    /// How many events there are after a place, [`MOST_NEWS`] at most. The filter's moments do not matter.
    pub async fn news(&self, filter: &EventFilter, after: Moment) -> Result<i64> {
        let news = sqlx::query_scalar(if filter.cluster.is_some() { NEWS_OF } else { NEWS })
            .bind(after.ms)
            .bind(after.id)
            .bind(kinds(filter));
        let news = match filter.cluster {
            Some(cluster) => news.bind(i64::from(cluster.0)),
            None => news.bind(visible(filter.visible.as_deref())),
        };
        let news = news.bind(containing(&filter.object)).bind(containing(&filter.person)).bind(MOST_NEWS);
        Ok(news.fetch_one(self.readers()).await?)
    }

    /// Everything that stands, with since when.
    pub async fn standing(&self) -> Result<BTreeMap<Condition, i64>> {
        let rows: Vec<(u32, String, u32, u32, i64)> =
            sqlx::query_as(STANDING).fetch_all(self.readers()).await?;
        let read = rows.into_iter().filter_map(|(director, kind, service, destination, since_ms)| {
            let condition = Condition {
                director: DirectorId(director),
                service: (service > 0).then_some(ServiceId(service)),
                destination: (destination > 0).then_some(DestinationId(destination)),
                kind: EventKind::parse(&kind)?,
            };
            Some((condition, since_ms))
        });
        Ok(read.collect())
    }

    /// Writes an observer's steps, all or none.
    pub async fn observed(&self, steps: &[Step]) -> Result<()> {
        let mut transaction = self.begin().await?;
        for step in steps {
            if let Some(condition) = &step.condition {
                stand(&mut transaction, condition, step.since_ms).await?;
            }
            if let Some(told) = &step.told {
                record(&mut transaction, told).await?;
            }
        }
        self.commit(transaction).await
    }

    /// Deletes some of the events that are older than a moment, or more than `most`; how many. Less than it could is no failure:
    /// there is a next time.
    pub async fn prune_events(&self, older_than_ms: i64, most: u64) -> Result<u64> {
        let rows: i64 = sqlx::query_scalar(COUNT).fetch_one(self.readers()).await?;
        let excess = rows.saturating_sub(i64::try_from(most).unwrap_or(i64::MAX)).clamp(0, PRUNE_ROWS);
        let mut transaction = self.begin().await?;
        let old =
            sqlx::query(PRUNE_OLD).bind(older_than_ms).bind(PRUNE_ROWS).execute(&mut *transaction).await?;
        let excess = excess.saturating_sub(i64::try_from(old.rows_affected()).unwrap_or(i64::MAX)).max(0);
        let many = sqlx::query(PRUNE_OLDEST).bind(excess).execute(&mut *transaction).await?;
        self.commit(transaction).await?;
        Ok(old.rows_affected() + many.rows_affected())
    }
}

/// Writes what happened, or counts it where it has happened lately.
pub(super) async fn record(transaction: &mut Transaction<'static, Sqlite>, what: &Happening) -> Result<()> {
    let reason = what.reason.as_ref().map(super::drafts::json).transpose()?;
    let generation = what.generation.and_then(|generation| i64::try_from(generation.0).ok());
    let cluster = what.cluster.map(|cluster| cluster.0);
    let (director_id, director) = split(what.director.as_ref().map(|(id, name)| (id.0, name)));
    let (service_id, service) = split(what.service.as_ref().map(|(id, name)| (id.0, name)));
    let (destination_id, server) = split(what.server.as_ref().map(|(id, name)| (id.0, name)));
    let lately: Option<i64> = sqlx::query_scalar(LATELY)
        .bind(what.kind.name())
        .bind(cluster)
        .bind(director_id)
        .bind(service_id)
        .bind(destination_id)
        .bind(generation)
        .bind(&what.actor)
        .bind(&what.origin)
        .bind(what.at_ms.saturating_sub(REPEATS_MS))
        .fetch_optional(&mut **transaction)
        .await?;
    if let Some(id) = lately {
        sqlx::query(AGAIN)
            .bind(what.count)
            .bind(what.at_ms)
            .bind(reason)
            .bind(what.since_ms)
            .bind(what.duration_ms)
            .bind(id)
            .execute(&mut **transaction)
            .await?;
        return Ok(());
    }
    sqlx::query(INSERT)
        .bind(what.at_ms)
        .bind(what.count)
        .bind(what.kind.name())
        .bind(cluster)
        .bind(director_id)
        .bind(director)
        .bind(service_id)
        .bind(service)
        .bind(destination_id)
        .bind(server)
        .bind(generation)
        .bind(&what.actor)
        .bind(&what.origin)
        .bind(reason)
        .bind(what.since_ms)
        .bind(what.duration_ms)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn stand(
    transaction: &mut Transaction<'static, Sqlite>,
    condition: &Condition,
    since_ms: Option<i64>,
) -> Result<()> {
    let (director, kind) = (condition.director.0, condition.kind.name());
    let service = condition.service.map_or(0, |id| id.0);
    let destination = condition.destination.map_or(0, |id| id.0);
    let step = sqlx::query(if since_ms.is_some() { BEGIN } else { END });
    let step = step.bind(director).bind(kind).bind(service).bind(destination);
    let step = match since_ms {
        Some(since_ms) => step.bind(since_ms),
        None => step,
    };
    step.execute(&mut **transaction).await?;
    Ok(())
}

fn split(named: Option<(u32, &String)>) -> (Option<u32>, &str) {
    named.map_or((None, ""), |(id, name)| (Some(id), name))
}

/// `,applied,started,`; empty for all.
fn kinds(filter: &EventFilter) -> String {
    list(filter.kinds.iter().map(|kind| kind.name()))
}

/// `,1,2,`; none for all.
pub(super) fn visible(clusters: Option<&[ClusterId]>) -> Option<String> {
    let visible = clusters?;
    // Nothing at all must not mean everything.
    Some(list(visible.iter().map(ToString::to_string).chain(["-".to_owned()])))
}

fn list(names: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut out = String::new();
    for name in names {
        out.push_str(if out.is_empty() { "," } else { "" });
        out.push_str(name.as_ref());
        out.push(',');
    }
    out
}

/// A pattern for `like` that finds the text anywhere; empty for no text.
pub(super) fn containing(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

// === impl Happening ===

impl Happening {
    /// One that nobody did, and that is about nothing yet.
    pub fn new(kind: EventKind, at_ms: i64) -> Self {
        Self {
            kind,
            at_ms,
            count: 1,
            cluster: None,
            director: None,
            service: None,
            server: None,
            generation: None,
            actor: String::new(),
            origin: String::new(),
            reason: None,
            since_ms: None,
            duration_ms: None,
        }
    }
}

impl Event {
    /// Its place in the timeline.
    pub fn moment(&self) -> Moment {
        Moment { ms: self.what.at_ms, id: self.id }
    }
}

impl Row {
    fn event(self) -> Option<Event> {
        let what = Happening {
            kind: EventKind::parse(&self.kind)?,
            at_ms: self.last_ms,
            count: u32::try_from(self.count).unwrap_or(u32::MAX),
            cluster: self.cluster_id.map(ClusterId),
            director: self.director_id.map(|id| (DirectorId(id), self.director)),
            service: self.service_id.map(|id| (ServiceId(id), self.service)),
            server: self.destination_id.map(|id| (DestinationId(id), self.server)),
            generation: self.generation.and_then(|n| u64::try_from(n).ok()).map(Generation),
            actor: self.actor,
            origin: self.origin,
            reason: self.reason.and_then(|json| serde_json::from_str(&json).ok()),
            since_ms: self.since_ms,
            duration_ms: self.duration_ms,
        };
        Some(Event { id: self.id, first_ms: self.first_ms, cluster: self.cluster, what })
    }
}

impl std::str::FromStr for Moment {
    type Err = StoreError;

    /// Takes what `Display` gives.
    fn from_str(text: &str) -> Result<Self> {
        let parsed = text
            .split_once('-')
            .and_then(|(ms, id)| Some(Self { ms: ms.parse().ok()?, id: id.parse().ok()? }));
        parsed.ok_or(StoreError::NotFound("place in the timeline"))
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.ms, self.id)
    }
}
