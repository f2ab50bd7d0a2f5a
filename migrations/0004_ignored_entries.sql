-- Entries of a director's data plane that somebody else made, and that an operator does not want to see any more. What is
-- ignored is shown nowhere but in a list of its own; nothing is done to it.
create table ignored_entries (
    director_id integer not null references directors (id) on delete cascade,
    -- model::table::ForeignKey, canonical JSON
    entry text not null,
    at_ms integer not null,
    primary key (director_id, entry)
) strict, without rowid;
