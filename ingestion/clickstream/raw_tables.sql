-- Raw clickstream: every record of the clicks topics ends in exactly one of events, bad_events or
-- duplicate_events, written in one transaction with kafka_offsets. Written by ingestion/clickstream/landing.py.

create schema if not exists raw_clickstream;
create schema if not exists ops;

-- a database of before the days had partitions keeps its events: they move at the end of this file
do $$
begin
    if exists (select from pg_class where oid = to_regclass('raw_clickstream.events') and relkind = 'r') then
        alter table raw_clickstream.events rename to events_unpartitioned;
        alter table raw_clickstream.events_unpartitioned drop constraint events_pkey;
        drop index if exists raw_clickstream.events_occurred_at, raw_clickstream.events_landed_at;
    end if;
end
$$;

-- grain: one row per event id; a partition per UTC day of received_at, old ones leave for Parquet (archived_days).
-- No index by event id: event_ids is the key, and stays small when days leave.
create table if not exists raw_clickstream.events (
    event_id text not null,                   -- Segment messageId
    event_type text not null,                 -- track, page, identify, alias
    event_name text,                          -- name of a track event, else null
    occurred_at timestamptz not null,         -- device time corrected by the collector
    received_at timestamptz not null,         -- collector's clock
    landed_at timestamptz not null default now(),
    anonymous_id text not null,               -- visitor
    user_id text,                             -- customer pseudonym
    session_id text,
    product_id text,                          -- properties.product_id
    properties jsonb not null,
    context jsonb not null,
    is_late boolean not null,                 -- occurred more than an hour before it was received
    is_bot boolean not null,
    time_flag text not null,                  -- on_time, late, future, implausible
    schema_version int not null,
    payload_hash text not null,               -- what tells a repeat from a conflict
    kafka_topic text not null,
    kafka_partition int not null,
    kafka_offset bigint not null
) partition by range (received_at);
create index if not exists events_occurred_at on raw_clickstream.events using brin (occurred_at);
create index if not exists events_landed_at on raw_clickstream.events using brin (landed_at);
create index if not exists events_kafka_offset on raw_clickstream.events using brin (kafka_offset);

-- grain: one row per event id, for ever: also of events that were archived or erased, so that no replay lands them
-- again
create table if not exists raw_clickstream.event_ids (
    event_key uuid primary key,               -- md5 of event_id
    day date not null,                        -- the event's partition
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    payload_hash uuid not null,
    erased_at timestamptz                     -- set by an erasure; such an event never comes back
);

-- Makes the partition of a UTC day unless it is there. Attaching it lets readers and writers of other days go on,
-- which `create table ... partition of` would not.
create or replace function raw_clickstream.add_day(day date) returns void
language plpgsql as $$
declare
    partition_name text := 'events_' || to_char(day, 'YYYYMMDD');
begin
    if to_regclass('raw_clickstream.' || partition_name) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('raw_clickstream.add_day'));
    execute format(
        'create table raw_clickstream.%I (like raw_clickstream.events including defaults including constraints)',
        partition_name
    );
    execute format(
        'alter table raw_clickstream.events attach partition raw_clickstream.%I for values from (%L) to (%L)',
        partition_name, day::timestamp at time zone 'utc', (day + 1)::timestamp at time zone 'utc'
    );
exception
    when duplicate_table then null;  -- somebody else made it while this one waited for the lock
end
$$;

-- grain: one row per Kafka record that broke the contract, or that the collector had refused
create table if not exists raw_clickstream.bad_events (
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    reason text not null,                     -- reason code, see docs/event-contract.md
    detail text,
    payload bytea,                            -- original bytes; null for a record without a value
    landed_at timestamptz not null default now(),
    primary key (topic, partition, "offset")
);

-- grain: one row per Kafka record whose event id was landed before
create table if not exists raw_clickstream.duplicate_events (
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    event_id text not null,
    is_conflict boolean not null,             -- same id, other payload
    payload bytea,                            -- kept for conflicts only
    landed_at timestamptz not null default now(),
    primary key (topic, partition, "offset")
);
create index if not exists duplicate_events_event_id on raw_clickstream.duplicate_events (event_id);

-- grain: one row per consumer group and partition; next_offset is the first offset not landed yet
create table if not exists raw_clickstream.kafka_offsets (
    consumer_group text not null,
    topic text not null,
    partition int not null,
    next_offset bigint not null,
    updated_at timestamptz not null default now(),
    primary key (consumer_group, topic, partition)
);

-- grain: one row per run of the lander, the audit log of raw_clickstream
create table if not exists raw_clickstream.landing_runs (
    run_id bigint generated always as identity primary key,
    consumer_group text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null default clock_timestamp(),
    records_count bigint not null,
    events_count bigint not null,
    bad_count bigint not null,
    duplicates_count bigint not null,
    conflicts_count bigint not null,
    lag jsonb not null,                       -- records left per "topic/partition"
    error text                                -- null when the run ended well
);

-- grain: one row per Parquet file of a day's events that left raw; written before the partition is dropped
create table if not exists ops.archived_days (
    day date not null,
    path text primary key,                    -- below the archive's folder
    rows_count bigint not null,
    checksum text not null,                   -- of the rows in the file's order; see ingestion/clickstream/archive.py
    bytes_count bigint not null,
    archived_at timestamptz not null default now(),
    restored_at timestamptz                   -- when it was last read back into raw
);

-- grain: one row per stream and key that the shop no longer has; staging leaves these rows out. The raw row stays as it
-- was. Written by ingestion/reconciliation/deleted_keys.py: a connector reports only deleted products and orders, and
-- an Airbyte server's destination does not keep what it reports of orders.
create schema if not exists raw_shop;
create table if not exists raw_shop.deleted_keys (
    stream text not null,
    key text not null,                        -- the row's id as text
    deleted_at timestamptz not null,          -- when the shop says, or when it was found missing there
    found_by text not null,                   -- event, orders (list of those changed), keys (comparison), parent
    found_at timestamptz not null default now(),
    primary key (stream, key)
);

-- grain: one row per check of a sync, stream, and of orders day and currency
create table if not exists ops.completeness (
    checked_at timestamptz not null,          -- of the check as a whole: the same in all its rows
    stream text not null,
    measure text not null,                    -- orders (changed in the window), count (since the start), keys, check
    day date,                                 -- shop's time zone, of the orders' creation; null: all days
    currency text,
    shop_count bigint,
    raw_count bigint,                         -- of these, in raw and as new
    shop_total numeric,
    raw_total numeric,
    is_complete boolean not null,
    again_from timestamptz,                   -- what changed since then must be read again
    message text not null,
    checked_until timestamptz                 -- the shop's clock: nothing changed later was looked at
);
create index if not exists completeness_by_time on ops.completeness (checked_at desc);

-- grain: one row per thing an operator did by command to raw data
create table if not exists ops.audit_log (
    audit_id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    actor text not null,                      -- user@host
    action text not null,                     -- replay, archive, restore
    subject jsonb not null,                   -- what was asked for
    counts jsonb not null                     -- what it did
);

do $$
begin
    if to_regclass('raw_clickstream.events_unpartitioned') is null then
        return;
    end if;
    perform raw_clickstream.add_day(day)
    from (select distinct (received_at at time zone 'utc')::date as day from raw_clickstream.events_unpartitioned) as days;
    insert into raw_clickstream.event_ids (event_key, day, topic, partition, "offset", payload_hash)
    select
        md5(event_id)::uuid, (received_at at time zone 'utc')::date, kafka_topic, kafka_partition, kafka_offset,
        case when payload_hash ~ '^[0-9a-f]{32}$' then payload_hash else md5(payload_hash) end::uuid
    from raw_clickstream.events_unpartitioned;
    insert into raw_clickstream.events (
        event_id, event_type, event_name, occurred_at, received_at, landed_at, anonymous_id, user_id, session_id,
        product_id, properties, context, is_late, is_bot, time_flag, schema_version, payload_hash, kafka_topic,
        kafka_partition, kafka_offset
    )
    select
        event_id, event_type, event_name, occurred_at, received_at, landed_at, anonymous_id, user_id, session_id,
        product_id, properties, context, is_late, is_bot, time_flag, schema_version, payload_hash, kafka_topic,
        kafka_partition, kafka_offset
    from raw_clickstream.events_unpartitioned
    order by received_at;
    drop table raw_clickstream.events_unpartitioned;
end
$$;
