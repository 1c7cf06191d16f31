-- What reconciliation finds out about raw_shop. Written by ingestion/reconciliation/.

create schema if not exists raw_shop;
create schema if not exists ops;

-- grain: one row per stream and key that the shop no longer has; staging leaves these rows out, raw keeps them.
-- Needed because a connector reports only deleted products and orders, and an Airbyte server's destination does not
-- keep what it reports about orders.
create table if not exists raw_shop.deleted_keys (
    stream text not null,
    key text not null,                        -- the row's id as text
    deleted_at timestamptz not null,          -- when the shop says, else when it was found missing
    found_by text not null,                   -- event, orders (list of changed ones), keys (comparison of all), parent
    found_at timestamptz not null default now(),
    primary key (stream, key)
);

-- grain: one row per check, stream and measure; for the measure orders also per day and currency
create table if not exists ops.completeness (
    checked_at timestamptz not null,          -- the same in all rows of a check
    stream text not null,
    measure text not null,                    -- orders (changed in the window), count (since the start), keys, check
    day date,                                 -- day of the orders' creation, shop's time zone; null: all days
    currency text,
    shop_count bigint,
    raw_count bigint,                         -- of these, in raw and up to date
    shop_total numeric,
    raw_total numeric,
    is_complete boolean not null,
    resync_since timestamptz,                 -- what changed since then must be read again
    message text not null,
    checked_until timestamptz                 -- by the shop's clock: later changes were not compared
);
create index if not exists completeness_by_time on ops.completeness (checked_at desc);
