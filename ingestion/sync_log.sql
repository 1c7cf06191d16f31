-- What syncs of the shop did. The shop may rightly say nothing for weeks, a connector may not. Written by
-- ingestion/sync_log.py.

create schema if not exists ops;

-- grain: one row per sync and stream
create table if not exists ops.shop_syncs (
    finished_at timestamptz not null,         -- the same in all rows of a sync
    stream text not null,
    status text not null,                     -- complete, partial, failed
    records_emitted bigint,                   -- null: an Airbyte server counts none per stream
    rows_written bigint not null,             -- new, changed and deleted rows
    error text,
    primary key (stream, finished_at)
);
