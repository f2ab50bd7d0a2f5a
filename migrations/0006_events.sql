-- What the console has seen happen: a timeline. Observations, not writes: those are in the audit log. Bounded: rows that are too
-- old or too many go, the oldest first.
create table events (
    id integer primary key autoincrement,
    -- What happens again within an hour has no row of its own: it is counted here.
    first_ms integer not null,
    last_ms integer not null,
    count integer not null check (count > 0),
    -- model::EventKind
    kind text not null,
    -- No foreign keys, and names as they were then: a timeline outlives what it speaks of.
    cluster_id integer,
    cluster text not null,
    director_id integer,
    director text not null,
    service_id integer,
    service text not null,
    destination_id integer,
    server text not null,
    generation integer,
    -- Who did it, where somebody did.
    actor text not null,
    origin text not null,
    -- model::Why, where there is a reason.
    reason text,
    -- Since when it is so, by the director's own clock, and how long it was otherwise before.
    since_ms integer,
    duration_ms integer
) strict;

create index events_by_time on events (last_ms, id);
create index events_by_cluster on events (cluster_id, last_ms, id);
create index events_by_object on events (kind, cluster_id, director_id, service_id, destination_id, first_ms);

-- What stands: an event has told its beginning, and none its end yet. So that a console that starts anew tells neither twice.
create table standing (
    director_id integer not null references directors (id) on delete cascade,
    -- model::EventKind of the beginning
    kind text not null,
    -- 0 for the director itself
    service_id integer not null,
    -- 0 for the service itself
    destination_id integer not null,
    since_ms integer not null,
    primary key (director_id, kind, service_id, destination_id)
) strict, without rowid;

-- Before and after, field by field, as JSON; empty where a write has no such thing.
alter table audit add column changes text not null default '';

create index audit_by_time on audit (at_ms);
