-- Browsers that somebody has logged in with: the failures of others do not hold them up at the next login. Worth nothing else.
create table browsers (
    -- SHA-256 of the cookie's value.
    id_hash blob not null check (length(id_hash) = 32),
    -- Several people may use one browser, and one person several.
    user_id integer not null references users (id) on delete cascade,
    last_login_ms integer not null,
    primary key (user_id, id_hash)
) strict, without rowid;

create index browsers_by_id on browsers (id_hash);
