-- Operational tables, schema ops. Safe to run again: nothing is dropped or changed.
-- Written by the gates (expectations/) and by the long-running processes (heartbeats).
create schema if not exists ops;

-- Grain: one row per process. The process upserts its own row; a check reads its age.
create table if not exists ops.heartbeats (
    process text primary key,
    beat_at timestamptz not null,
    details jsonb not null default '{}'::jsonb
);

-- Grain: one row per gate run and rule, passed or failed.
create table if not exists ops.gate_results (
    run_id text not null,
    gate text not null,
    rule text not null,
    table_name text not null,
    column_name text not null default '',
    is_success boolean not null,
    checked_count bigint,
    failed_count bigint not null,
    message text not null,
    validated_at timestamptz not null default now(),
    primary key (run_id, gate, rule, table_name, column_name)
);
create index if not exists gate_results_by_time on ops.gate_results (gate, validated_at desc);

alter table ops.gate_results add column if not exists is_accepted boolean not null default false;
-- whether the rule shuts its gate when it is broken; the others warn
alter table ops.gate_results add column if not exists is_blocking boolean not null default true;

-- Grain: one sampled bad row of one failed rule in one gate run. row_data holds the row's keys and the values that
-- broke the rule; personal values are masked before they are written here.
create table if not exists ops.failed_rows (
    failed_row_id bigint generated always as identity primary key,
    gate text not null,
    rule text not null,
    table_name text not null,
    column_name text not null default '',
    row_data jsonb not null,
    failed_at timestamptz not null default now(),
    run_id text not null
);
create index if not exists failed_rows_by_time on ops.failed_rows (gate, failed_at desc);
create index if not exists failed_rows_by_run on ops.failed_rows (run_id);

-- Grain: one row per complete day, figure and key (an event's name, an hour, a category). gate_raw compares a new day
-- with them; counted by expectations/day_figures. Kept for ever: a few dozen small rows a day.
create table if not exists ops.day_figures (
    day date not null,                        -- in the shop's time zone
    figure text not null,
    key text not null default '',
    value double precision not null,          -- a count, a share, a mean, or a median of logarithms, by figure
    sample_count bigint not null,             -- of how many events or orders
    loaded_until timestamptz,                 -- newest row of raw that was there when the day was counted
    primary key (figure, key, day)
);

-- Grain: one row per rule and day that an operator declared right although the rule finds it unusual (a campaign).
-- Written by `comptoir gate accept`; the rule then skips the day.
create table if not exists ops.accepted_days (
    rule text not null,
    day date not null,
    reason text not null,
    accepted_by text not null,
    accepted_at timestamptz not null default now(),
    primary key (rule, day)
);

-- Grain: one row per time that an operator let a broken rule pass on a table, up to and including a day. Written by
-- `comptoir gate accept`; the rule then warns, unless more rows break it than did when it was accepted.
create table if not exists ops.accepted_rules (
    acceptance_id bigint generated always as identity primary key,
    gate text not null,
    rule text not null,
    table_name text not null,
    failed_count bigint not null,
    reason text not null,
    accepted_by text not null,
    accepted_at timestamptz not null default now(),
    accepted_until date not null
);

-- Grain: one row per evaluation, model version, slot and algorithm (the model, or the trending list in its place).
-- Written by streaming/model_evaluations.py.
create table if not exists ops.model_evaluations (
    evaluated_at timestamptz not null default now(),
    model_version text not null,
    slot text not null,
    algorithm text not null,
    steps_count bigint not null,
    hit_rate double precision not null,   -- share of steps whose next product was among the first 20
    mrr double precision not null,
    ndcg double precision not null,
    coverage double precision not null,   -- share of the shop's products that were shown at all
    novelty double precision not null,    -- mean of -log2 of a shown product's share of all events
    primary key (evaluated_at, model_version, slot, algorithm)
);

-- Grain: one row per run of dbt and model or snapshot in it, failed and skipped ones too. Written by dbt itself at the
-- end of every run, whoever started it (dbt_project/macros/record_model_runs.sql).
create table if not exists ops.model_runs (
    run_id text not null,                 -- dbt's invocation id
    model text not null,
    schema_name text not null,
    kind text not null,                   -- table, incremental, snapshot
    status text not null,                 -- success, error, skipped
    seconds double precision not null,
    rows_count bigint,                    -- written by this run; null where it wrote nothing
    megabytes numeric(14, 3),             -- the table with its indexes after the run
    message text,                         -- why it failed
    started_at timestamptz not null,
    primary key (run_id, model)
);
create index if not exists model_runs_by_time on ops.model_runs (started_at desc);
