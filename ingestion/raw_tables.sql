-- Raw clickstream: every record of the clicks topics ends in exactly one of events, bad_events or
-- duplicate_events, written in one transaction with kafka_offsets. Written by ingestion/kafka_landing.py.

create schema if not exists raw_clickstream;

-- grain: one row per event id, for ever
create table if not exists raw_clickstream.events (
    event_id text primary key,                -- Segment messageId
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
);
create index if not exists events_occurred_at on raw_clickstream.events using brin (occurred_at);
create index if not exists events_landed_at on raw_clickstream.events using brin (landed_at);

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
