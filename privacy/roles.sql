-- Who may do what in the database. Runs at every start, as the owner and after every other schema file, in one
-- transaction: what is granted here is all there is, a right that somebody gave by hand is gone afterwards. The logins
-- are made by privacy/migrations; which process uses which is in comptoir/logins.py; docs/roles.md is the table of all.

create schema if not exists pii;

-- grain: one row per customer account of the shop: the random name that the warehouse has for them
create table if not exists pii.customer_pseudonyms (
    customer_id bigint primary key,
    customer_pseudonym text not null unique,
    created_at timestamptz not null default now()
);

-- Grain: one row per privacy webhook of the shop; one that Shopify sends again has the same webhook id. The payload
-- holds the customer's id and orders, of a guest mail and telephone (privacy/webhook_payload.py), until the request is
-- done, so privacy alone may read this table. Written by privacy/webhooks.py.
create table if not exists pii.privacy_requests (
    webhook_id text primary key,
    topic text not null,                      -- customers/data_request, customers/redact, shop/redact
    shop_domain text not null,                -- as the signed body has it
    customer_id bigint,                       -- null for a guest and for shop/redact
    payload jsonb not null,
    received_at timestamptz not null default now(),
    due_at timestamptz not null,              -- thirty days, as Shopify and the law ask
    handled_at timestamptz,                   -- set when the data were exported or erased
    outcome jsonb
);

-- ---------------------------------------------------------------- a clean sheet

revoke all on all tables in schema
raw_shop, raw_clickstream, staging, intermediate, marts, snapshots, serving, ops, pii
from
loader, lander, stream, transformer, gatekeeper, publisher, storefront, reporter, analyst, privacy, privacy_intake,
operator, watcher, dagster, recommender;

revoke all on all functions in schema raw_clickstream, serving, ops, pii
from
public, loader, lander, stream, transformer, gatekeeper, publisher, storefront, reporter, analyst, privacy,
privacy_intake, operator, watcher, dagster, recommender;

revoke all on schema raw_shop, raw_clickstream, staging, intermediate, marts, snapshots, serving, ops, pii
from
public, loader, lander, stream, transformer, gatekeeper, publisher, storefront, reporter, analyst, privacy,
privacy_intake, operator, watcher, dagster, recommender;

do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format(
        'grant connect on database %I to loader, lander, stream, transformer, gatekeeper, publisher, storefront,'
        ' reporter, analyst, privacy, privacy_intake, operator, watcher', current_database()
    );
    -- tables of a transaction: the stage of a sync, incremental models, a recomputation, a count of days
    execute format(
        'grant temporary on database %I to loader, lander, stream, transformer, gatekeeper', current_database()
    );
end
$$;

-- ---------------------------------------------------------------- who makes tables owns them

grant usage, create on schema raw_shop to loader;
grant usage, create on schema raw_clickstream to lander;
grant usage, create on schema staging, intermediate, marts, snapshots to transformer;

do $$
declare
    item record;
begin
    for item in
        select relations.oid::regclass as name, makers.login
        from pg_class as relations
        inner join pg_namespace as schemas on relations.relnamespace = schemas.oid
        inner join (
            values
            ('raw_shop', 'loader'), ('raw_clickstream', 'lander'), ('staging', 'transformer'),
            ('intermediate', 'transformer'), ('marts', 'transformer'), ('snapshots', 'transformer')
        ) as makers (schema, login) on schemas.nspname = makers.schema
        where
            relations.relkind in ('r', 'p', 'v', 'm')
            and pg_get_userbyid(relations.relowner) <> makers.login
    loop
        execute format('alter table %s owner to %I', item.name, item.login);
    end loop;
end
$$;

alter function raw_clickstream.add_day(date) owner to lander;
grant execute on function raw_clickstream.add_day(date) to lander;  -- the clean sheet took it from the owner, too

-- ---------------------------------------------------------------- raw and personal data

-- also of tables made later, by the makers or, as an Airbyte server may, by the owner
alter default privileges in schema raw_shop
grant select on tables to loader, transformer, gatekeeper, publisher, privacy;
alter default privileges in schema raw_shop grant update, delete on tables to privacy;
alter default privileges for role loader in schema raw_shop
grant select on tables to transformer, gatekeeper, publisher, privacy;
alter default privileges for role loader in schema raw_shop grant update, delete on tables to privacy;
alter default privileges for role lander in schema raw_clickstream
grant select on tables to transformer, gatekeeper, stream, privacy;
alter default privileges for role lander in schema raw_clickstream grant update, delete on tables to privacy;

grant all on all tables in schema raw_shop to loader;
grant all on all tables in schema raw_clickstream to lander;
grant usage on schema raw_shop to transformer, gatekeeper, publisher, privacy;
grant select on all tables in schema raw_shop to transformer, gatekeeper, publisher, privacy;
grant usage on schema raw_clickstream to transformer, gatekeeper, stream, privacy, watcher;
grant select on all tables in schema raw_clickstream to transformer, gatekeeper, stream, privacy;
grant select on raw_clickstream.landing_runs to watcher;
grant select (reason, landed_at) on raw_clickstream.bad_events to watcher;

grant usage on schema pii to privacy, privacy_intake, transformer, gatekeeper, loader, lander, stream, watcher;
grant all on all tables in schema pii to privacy;
grant select on pii.suppressed to loader, lander, stream;  -- so that nobody who was erased comes back
grant select on pii.customer_pseudonyms, pii.click_pseudonyms to transformer, gatekeeper;
grant insert, select (webhook_id) on pii.privacy_requests to privacy_intake;  -- the id, to store a repeat once
grant select (received_at, due_at, handled_at) on pii.privacy_requests to watcher;  -- how late, and not whose

-- ---------------------------------------------------------------- what dbt makes

grant all on all tables in schema staging, intermediate, marts, snapshots to transformer;
grant usage on schema staging, intermediate, marts, snapshots to gatekeeper, privacy;
grant select on all tables in schema staging, intermediate, marts, snapshots to gatekeeper, privacy;
alter default privileges for role transformer in schema staging grant select on tables to gatekeeper, privacy;
alter default privileges for role transformer in schema intermediate grant select on tables to gatekeeper, privacy;
alter default privileges for role transformer in schema marts grant select on tables to gatekeeper, privacy;
alter default privileges for role transformer in schema snapshots grant select on tables to gatekeeper, privacy;
-- an erasure changes rows of any layer, and remembers the events that it takes out
grant insert on raw_clickstream.event_ids to privacy;
grant select, insert, update, delete on ops.archived_days, ops.unlisted_files to privacy;
grant update, delete on all tables
in schema raw_shop, raw_clickstream, staging, intermediate, marts, snapshots to privacy;
alter default privileges for role transformer in schema staging grant update, delete on tables to privacy;
alter default privileges for role transformer in schema intermediate grant update, delete on tables to privacy;
alter default privileges for role transformer in schema marts grant update, delete on tables to privacy;
alter default privileges for role transformer in schema snapshots grant update, delete on tables to privacy;

-- A mart for its readers: dbt calls this after each build, in the transaction that puts the mart in place.
-- The BI team never sees a visitor beside a customer, nor what somebody typed. Whoever sends clicks chooses the visitor
-- and names a customer: could a reader see both, the pseudonym of any customer could be looked up. So
--   - a mart of single visits (it has session_id or visitor_id) is the analyst's alone, unless it is named below; those
--     named are open without customers;
--   - of any mart the columns named below are the analyst's alone.
create or replace function ops.open_mart(mart regclass) returns void
language plpgsql
set search_path = pg_catalog
as $$
declare
    closed text[] := array['landing_path', 'search_query'];
    columns text[];
    shown text;
begin
    select array_agg(attname::text order by attnum) into columns
    from pg_attribute where attrelid = mart and attnum > 0 and not attisdropped;
    execute format('revoke all on %s from reporter, analyst, publisher', mart);
    execute format('grant select on %s to analyst', mart);
    if mart::text in ('marts.dim_products', 'marts.fct_searches', 'marts.mart_search_terms') then
        execute format('grant select on %s to publisher', mart);  -- the search index
    end if;
    if columns && array['visitor_id', 'session_id'] then
        if mart::text not in (
            'marts.fct_sessions', 'marts.fct_product_interactions', 'marts.fct_recommendation_events'
        ) then
            return;
        end if;
        closed := closed || 'customer_pseudonym'::text;
    end if;
    if columns && closed then
        select string_agg(format('%I', name), ', ') into shown
        from unnest(columns) as listed (name) where name <> all(closed);
        execute format('grant select (%s) on %s to reporter', shown, mart);
    else
        execute format('grant select on %s to reporter', mart);
    end if;
end
$$;
revoke execute on function ops.open_mart(regclass) from public;
grant execute on function ops.open_mart(regclass) to transformer;
grant usage on schema marts to reporter, analyst, publisher;

select ops.open_mart(relations.oid::regclass)
from pg_class as relations
inner join pg_namespace as schemas on relations.relnamespace = schemas.oid
where schemas.nspname = 'marts' and relations.relkind in ('r', 'p', 'v', 'm');

-- ---------------------------------------------------------------- serving

grant usage on schema serving to stream, publisher, storefront, operator, watcher, privacy, recommender;
grant select, insert, update, delete on all tables in schema serving to stream;
revoke insert, update, delete
on serving.products, serving.refused_changes, serving.search_rules, serving.search_synonyms, serving.search_weights
from stream;
grant select, insert, update, delete on all tables in schema serving to privacy;  -- counts are taken back
grant execute on all functions in schema serving to privacy;
grant execute on all functions in schema serving to stream;

grant select, insert, update, delete on serving.products, serving.refused_changes to publisher;
grant select on serving.search_rules, serving.search_synonyms to publisher;
grant select, insert on serving.search_weights to publisher;  -- fitted on the clicks that it may read
grant select, insert, update, delete
on serving.search_rules, serving.search_synonyms, serving.search_weights to operator;
grant select on serving.stream_offsets, serving.poison_records to watcher;

-- the storefront: products, and lists of products. Of a visitor only by a function, one visitor a call: no table with
-- visitors in it is the storefront's to read
grant select on serving.product_neighbours, serving.trending, serving.products to storefront;
grant execute on function serving.recommend(text, text, text, int), serving.list_version(text, text) to storefront;
grant execute on function serving.listed(text[], double precision[], text[]) to storefront, recommender, privacy;
grant select on serving.recommendation_lists, serving.product_neighbours, serving.trending_lists, serving.products
to recommender;
do $$
begin
    -- a function is given to an owner who may make one
    grant create on schema serving to recommender;
    alter function serving.recommend(text, text, text, int) owner to recommender;
    alter function serving.list_version(text, text) owner to recommender;
    revoke create on schema serving from recommender;
end
$$;

-- ---------------------------------------------------------------- operations

grant usage on schema ops
to loader, lander, stream, transformer, gatekeeper, publisher, storefront, reporter, analyst, privacy, privacy_intake,
operator, watcher;
grant select, insert, update on ops.shop_webhooks to privacy_intake;  -- goods; over an older row only
grant select on ops.shop_webhooks to publisher;
grant select, insert, delete on ops.shop_syncs, ops.completeness to loader;
grant select, insert, update, delete on ops.archived_days, ops.unlisted_files to lander;
grant select on ops.archived_days to stream, transformer;  -- a recomputation, a backfill: what is in raw no more
grant insert on ops.audit_log to lander, operator, privacy;
grant execute on function ops.audit_hash(bytea, ops.audit_log) to operator, privacy;  -- who may follow the chain
grant select, insert, update on ops.heartbeats to stream, watcher;
grant select, insert on ops.model_evaluations to stream;
grant select, insert on ops.model_runs to transformer;
grant select on ops.shop_syncs to transformer;  -- how fresh a source is

grant select on all tables in schema ops to gatekeeper, operator, privacy;
grant insert, update, delete on ops.gate_results, ops.failed_rows, ops.day_figures to gatekeeper;
grant insert, update, delete on ops.accepted_days, ops.accepted_rules, ops.alert_mutes to operator;
grant update, delete on ops.failed_rows, ops.alerts to privacy;
grant delete on ops.alert_mutes, ops.alert_reports to privacy;  -- whose term is over, or that name somebody

grant select, insert, update, delete on ops.alerts, ops.alert_messages, ops.alert_reports to watcher;
grant select on ops.alert_mutes, ops.model_runs, ops.gate_results, ops.failed_rows to watcher;

grant select on ops.heartbeats to storefront;  -- whether the stream lives, for /health
-- the dashboard's page of operations: without samples of rows and without what an error quotes
grant select on ops.day_figures, ops.model_evaluations, ops.heartbeats to reporter, analyst;
grant select (run_id, model, schema_name, kind, status, seconds, rows_count, megabytes, started_at)
on ops.model_runs to reporter, analyst;
grant select (
    run_id, gate, rule, table_name, column_name, is_success, is_accepted, is_blocking,
    checked_count, failed_count, validated_at
) on ops.gate_results to reporter, analyst;
grant select (finished_at, stream, status, records_emitted, rows_written) on ops.shop_syncs to reporter, analyst;
grant select (severity, title, owners, seen_since, opened_at, closed_at) on ops.alerts to reporter, analyst;
