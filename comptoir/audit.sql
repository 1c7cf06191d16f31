-- Who changed raw data. Rights let a login add a line and alter none; what somebody with more rights changes afterwards
-- is found by the chain: each line holds the hash of itself and of the line before. Written by comptoir/audit.py.
create schema if not exists ops;

-- grain: one row per command or run that changed raw data
create table if not exists ops.audit_log (
    audit_id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    actor text not null,                      -- user@host
    action text not null,                     -- replay bad, replay range, archive, restore, expire
    subject jsonb not null,                   -- what was selected
    counts jsonb not null                     -- rows affected
);
alter table ops.audit_log add column if not exists line_hash bytea;  -- null: written before there was a chain

-- The hash of a line that follows one with the hash `previous`.
create or replace function ops.audit_hash(previous bytea, line ops.audit_log) returns bytea
language sql stable
set search_path = pg_catalog
as $$
    select sha256(
        coalesce(previous, '') || convert_to(
            jsonb_build_array(
                line.audit_id, extract(epoch from line.at), line.actor, line.action, line.subject, line.counts
            )::text, 'UTF8'
        )
    )
$$;

-- Before a statement it lets nobody else add lines until this transaction ends, so that lines are numbered in the order
-- of the chain. As the owner: who may add a line need not read the others.
create or replace function ops.chain_audit() returns trigger
language plpgsql security definer
set search_path = pg_catalog
as $$
begin
    if tg_level = 'STATEMENT' then
        perform pg_advisory_xact_lock(hashtext('ops.audit_log'));
        return null;
    end if;
    new.line_hash := ops.audit_hash(
        (select lines.line_hash from ops.audit_log as lines order by lines.audit_id desc limit 1), new
    );
    return new;
end
$$;

create or replace trigger one_after_the_other before insert on ops.audit_log
for each statement execute function ops.chain_audit();
create or replace trigger chained before insert on ops.audit_log
for each row execute function ops.chain_audit();
