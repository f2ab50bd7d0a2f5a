-- What administrators decide about the console itself: one row for each thing that is not as it is without.
create table settings (
    name text primary key,
    value integer not null
) strict, without rowid;
