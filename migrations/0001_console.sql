-- The console's whole memory. One file, SQLite, read and written by server/src/store alone.
--
-- Conventions: every table is STRICT; times are milliseconds since 1970-01-01 UTC (`…_ms`); JSON columns hold canonical
-- JSON of the type that the comment names; ids that leave the database (in addresses, certificates, logs) are
-- AUTOINCREMENT, so that no id is ever given twice. Nothing here is particular to SQLite but STRICT, AUTOINCREMENT and
-- the triggers.

-- People who may log in.
create table users (
    id integer primary key autoincrement,
    -- `Ada` and `ada` are one person: a login must not depend on the shift key.
    name text not null collate nocase unique,
    -- Argon2id in PHC form, with its own salt and parameters.
    password_hash text not null,
    created_ms integer not null,
    password_changed_ms integer not null
) strict;

-- Who is logged in. A row is a session; to delete it is to end it.
create table sessions (
    -- SHA-256 of the cookie's value: who reads this file cannot take over a session.
    id_hash blob primary key check (length(id_hash) = 32),
    user_id integer not null references users (id) on delete cascade,
    created_ms integer not null,
    -- Written at most once a minute, so that reading pages does not mean writing.
    last_seen_ms integer not null,
    expires_ms integer not null,
    -- Where it was opened from, for the list of one's sessions.
    address text not null,
    agent text not null,
    -- What else the session carries from one page to the next (the one-time message): a small JSON object.
    data text not null
) strict, without rowid;

create index sessions_by_expiry on sessions (expires_ms);
create index sessions_by_user on sessions (user_id);

-- A cluster's draft: everything but its virtual services.
create table clusters (
    id integer primary key autoincrement,
    name text not null collate nocase unique,
    -- model::Settings
    settings text not null,
    -- model::Redundancy
    redundancy text not null,
    -- Counts every change of the draft; a page that was rendered from another version gets a conflict, not a lost edit.
    draft_version integer not null,
    -- The next id of a service or a destination of this cluster; only ever grows.
    next_id integer not null,
    created_ms integer not null
) strict;

-- The draft's virtual services, one row each: an edit among thousands writes one row.
create table draft_services (
    cluster_id integer not null references clusters (id) on delete cascade,
    id integer not null,
    -- model::VirtualService, with its destinations
    service text not null,
    primary key (cluster_id, id)
) strict, without rowid;

-- What was applied, for ever: a revision is never changed.
create table revisions (
    cluster_id integer not null references clusters (id) on delete cascade,
    -- 1, 2, 3, … within the cluster.
    generation integer not null check (generation > 0),
    -- model::Desired, the very bytes that agents get
    desired text not null,
    -- SHA-256 of those bytes
    hash blob not null check (length(hash) = 32),
    author_id integer references users (id) on delete set null,
    -- The author's name as it was then.
    author text not null,
    at_ms integer not null,
    message text not null,
    primary key (cluster_id, generation)
) strict;

-- Only the link to a deleted user may go; what was applied stays as it was.
create trigger revisions_are_immutable
before update of cluster_id, generation, desired, hash, author, at_ms, message on revisions
begin
    select raise(abort, 'a revision is never changed');
end;

-- Machines that carry a cluster.
create table directors (
    id integer primary key autoincrement,
    cluster_id integer not null references clusters (id) on delete cascade,
    name text not null collate nocase,
    created_ms integer not null,
    -- SHA-256 of the certificate that it identifies itself with; none before it has enrolled.
    fingerprint blob check (length(fingerprint) = 32),
    -- The certificate before that one: an agent whose renewal was cut off still holds it.
    previous_fingerprint blob check (length(previous_fingerprint) = 32),
    enrolled_ms integer,
    certificate_expires_ms integer,
    -- Since when it is shut out; a new token lets it enrol again.
    revoked_ms integer,
    last_seen_ms integer,
    -- The newest generation that it has reported as applied and verified.
    observed_generation integer,
    unique (cluster_id, name)
) strict;

-- One-time tokens for enrolment, at most one for a director: a new one replaces the one before.
create table director_tokens (
    director_id integer primary key references directors (id) on delete cascade,
    -- SHA-256 of the token's secret
    token_hash blob not null unique check (length(token_hash) = 32),
    created_ms integer not null,
    expires_ms integer not null
) strict;

-- Every write: who, from where, when, what. Written in the transaction of the write itself.
create table audit (
    id integer primary key autoincrement,
    at_ms integer not null,
    -- No foreign keys: the log outlives what it speaks of.
    user_id integer,
    actor text not null,
    origin text not null,
    -- A word for machines: `user.create`, `cluster.apply`, …
    action text not null,
    cluster_id integer,
    -- The name of what was changed.
    subject text not null,
    -- In an operator's words, one change a line; may be cut short, and says so.
    detail text not null
) strict;

create index audit_by_cluster on audit (cluster_id, id);
