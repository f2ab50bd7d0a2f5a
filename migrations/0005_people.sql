-- What people may do. Whoever had an account before there were roles could do everything, and still can.
alter table users add column role text check (role in ('viewer', 'operator', 'administrator'));
update users set role = 'administrator';

-- Since when nobody can log in with it; it keeps its name, its roles and its place in the audit log.
alter table users add column disabled_ms integer;

-- Roles that hold in one cluster, and add to the console-wide one: the higher of the two counts.
create table user_roles (
    user_id integer not null references users (id) on delete cascade,
    cluster_id integer not null references clusters (id) on delete cascade,
    role text not null check (role in ('viewer', 'operator', 'administrator')),
    primary key (user_id, cluster_id)
) strict, without rowid;
