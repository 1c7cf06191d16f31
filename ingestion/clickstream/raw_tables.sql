-- Raw clickstream: every record of the clicks topics ends up in exactly one of events, bad_events or
-- duplicate_events, in one transaction with kafka_offsets. Written by ingestion/clickstream/landing.py.

create schema if not exists raw_clickstream;
create schema if not exists ops;

-- grain: one row per event id; one partition per UTC day of received_at, old ones move to Parquet (archived_days).
-- Its columns are those of LandedEvent in ingestion/clickstream/records.py, in the same order.
-- No index by event id: event_ids is the key, so that a day can be archived while its ids stay known.
create table if not exists raw_clickstream.events (
    event_id text not null,                   -- Segment messageId
    event_type text not null,                 -- track, page, identify, alias, group, withdrawal (a no)
    event_name text,                          -- name of a track event; null for other types
    occurred_at timestamptz not null,         -- device time corrected by the collector
    received_at timestamptz not null,         -- collector's clock
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
    payload_hash text not null,               -- equal for a repeat, different for a conflict
    kafka_topic text not null,
    kafka_partition int not null,
    kafka_offset bigint not null,
    landed_at timestamptz not null default now()
) partition by range (received_at);
create index if not exists events_occurred_at on raw_clickstream.events using brin (occurred_at);
create index if not exists events_landed_at on raw_clickstream.events using brin (landed_at);
create index if not exists events_kafka_offset on raw_clickstream.events using brin (kafka_offset);

-- grain: one row per event id ever seen, also of archived or erased events, so that no replay lands them again
create table if not exists raw_clickstream.event_ids (
    event_key uuid primary key,               -- md5 of event_id
    day date not null,                        -- the event's partition
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    payload_hash uuid not null,
    erased_at timestamptz                     -- set by an erasure; such an event is never landed again
);

-- Creates the partition of a UTC day unless it exists. Attaching it does not block readers and writers of other days,
-- as `create table ... partition of` would.
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
    when duplicate_table then null;  -- another session created it while this one waited for the lock
end
$$;

-- grain: one row per Kafka record that violates the event contract, or that the collector refused
create table if not exists raw_clickstream.bad_events (
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    reason text not null,                     -- reason code, see docs/event-contract.md
    detail text,
    payload bytea,                            -- original bytes; null for a record without a value, and once forgotten
    landed_at timestamptz not null default now(),
    primary key (topic, partition, "offset")
);
-- what stays of an event whose bytes were forgotten, by ingestion/clickstream/bad_bytes.py
alter table raw_clickstream.bad_events add column if not exists bytes_count int;
alter table raw_clickstream.bad_events add column if not exists field_names text[];
alter table raw_clickstream.bad_events add column if not exists bytes_forgotten_at timestamptz;

-- grain: one row per Kafka record whose event id was landed before
create table if not exists raw_clickstream.duplicate_events (
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    event_id text not null,
    is_conflict boolean not null,             -- same id, different payload
    payload bytea,                            -- of conflicts only, for COMPTOIR_BAD_EVENT_DAYS
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

-- grain: one row per run of the lander
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
    lag jsonb not null,                       -- records not landed yet, per "topic/partition"
    error text                                -- null when the run succeeded
);

-- grain: one row per Parquet file of archived events, one or more per day; written before the partition is dropped
create table if not exists ops.archived_days (
    day date not null,
    path text primary key,                    -- below the archive's folder
    rows_count bigint not null,
    checksum text not null,                   -- of the rows, in the file's order; see ingestion/clickstream/archive.py
    bytes_count bigint not null,
    archived_at timestamptz not null default now(),
    restored_at timestamptz                   -- when it was last read back into raw
);

-- grain: one row per Parquet file that the archive does not list: one that is being written, or that was replaced
create table if not exists ops.unlisted_files (
    path text primary key                     -- below the archive's folder
);
