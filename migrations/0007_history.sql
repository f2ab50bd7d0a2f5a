-- What the list of a cluster's revisions says of each, so that a page does not read fifty configurations to show fifty lines.
alter table revisions add column origin text not null default 'apply' check (origin in ('apply', 'start', 'stop', 'roll-back'));
-- The generation whose configuration a roll back brought back.
alter table revisions add column restores integer check (restores is null or restores > 0);
-- Whether the balancing runs, 0 or 1.
alter table revisions add column running integer not null default 1;
alter table revisions add column services integer not null default 0;
-- Real servers of all its virtual services.
alter table revisions add column servers integer not null default 0;
-- How many changes it made to the generation before; unknown of what was applied before this was counted.
alter table revisions add column changes integer;

update revisions set
    -- Starting and stopping have always left these messages.
    origin = case message when 'Start' then 'start' when 'Stop' then 'stop' else 'apply' end,
    running = coalesce(json_extract(desired, '$.running'), 1),
    services = (select count(*) from json_each(desired, '$.cluster.services')),
    servers = (
        select count(*)
        from json_each(revisions.desired, '$.cluster.services') as service, json_each(service.value, '$.destinations')
    );

drop trigger revisions_are_immutable;

-- Only the link to a deleted user may go; what was applied stays as it was.
create trigger revisions_are_immutable
before update of
    cluster_id, generation, desired, hash, author, at_ms, message, origin, restores, running, services, servers, changes
on revisions
begin
    select raise(abort, 'a revision is never changed');
end;
