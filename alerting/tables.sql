-- Alerts, schema ops. Safe to run again: nothing is dropped or changed. Written by alerting/.
create schema if not exists ops;

-- Grain: one row per time that a condition was seen, from its first sight to its end. Open: closed_at is null.
create table if not exists ops.alerts (
    alert_id bigint generated always as identity primary key,
    key text not null,                        -- kind/subject
    severity text not null check (severity in ('error', 'warning')),
    title text not null,
    cause text not null,
    owners text[] not null,
    rows jsonb not null default '[]'::jsonb,  -- examples, without personal values
    link text not null default '',
    seen_since timestamptz not null,
    last_seen_at timestamptz not null,
    opened_at timestamptz,                    -- null until it has lasted long enough to be told
    closed_at timestamptz
);
create unique index if not exists alerts_open on ops.alerts (key) where closed_at is null;
create index if not exists alerts_by_time on ops.alerts (seen_since desc);

-- Grain: one row per alert, channel and event (opened, resolved): so nothing is told twice.
create table if not exists ops.alert_messages (
    message_id bigint generated always as identity primary key,
    alert_id bigint not null references ops.alerts (alert_id) on delete cascade,
    channel text not null,
    event text not null check (event in ('opened', 'resolved')),
    created_at timestamptz not null,
    not_before timestamptz not null,          -- later in quiet hours, and after an attempt that failed
    attempts int not null default 0,
    claimed_at timestamptz,                   -- a watcher is sending it
    last_attempt_at timestamptz,
    last_error text not null default '',
    sent_at timestamptz,
    cancelled_at timestamptz,                 -- over before it was told, or its channel is no longer configured
    unique (alert_id, channel, event)
);
create index if not exists alert_messages_waiting on ops.alert_messages (not_before)
where sent_at is null and cancelled_at is null;

-- Grain: one row per `comptoir alerts mute`: alerts whose key matches are kept, and told only when it has ended.
create table if not exists ops.alert_mutes (
    mute_id bigint generated always as identity primary key,
    pattern text not null,                    -- a key, or a pattern as run/*
    muted_until timestamptz not null,
    reason text not null,
    muted_by text not null,
    muted_at timestamptz not null default now()
);

-- Grain: one row per process that reports what it alone can see (Dagster); replaced by each of its reports.
create table if not exists ops.alert_reports (
    source text primary key,
    reported_at timestamptz not null default now(),
    conditions jsonb not null
);
