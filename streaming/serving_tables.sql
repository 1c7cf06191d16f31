-- What the storefront reads, and the stream's own state. Safe to run again; grants are in privacy/roles.sql.

-- ---------------------------------------------------------------- lists, as the stream writes them
-- One row holds a whole list: it is replaced by one update, so no reader can ever see half of it, and a click costs
-- one row instead of forty. The storefront reads them row by row through the views below.

-- does a list say the same number of products, scores and reasons, and nothing twice?
create or replace function serving.is_list(product_ids text[], scores double precision[], reasons text[])
returns boolean language sql immutable parallel safe
return cardinality(product_ids) between 1 and 200
    and cardinality(scores) = cardinality(product_ids)
    and cardinality(reasons) in (1, cardinality(product_ids))
    and array_position(product_ids, null) is null
    and array_position(scores, null) is null
    and array_position(reasons, null) is null and array_position(reasons, '') is null
    and cardinality(product_ids) = (select count(distinct id) from unnest(product_ids) as listed (id));

-- until November 2026 these were tables of one row per rank; lists are derived and made anew by `comptoir recommendations rebuild`
do $$
declare
    old name;
begin
    for old in
        select relname from pg_class
        where relnamespace = 'serving'::regnamespace and relkind = 'r'
            and relname in ('recommendations', 'product_neighbours', 'trending')
    loop
        execute format('drop table serving.%I', old);
    end loop;
end;
$$;

-- grain: one row per visitor and slot
create table if not exists serving.recommendation_lists (
    visitor_id text not null,
    slot text not null check (slot in ('home', 'product', 'cart')),
    product_ids text[] not null,                    -- best first
    scores double precision[] not null,
    reasons text[] not null,                        -- sentences for the shopper
    model_version text not null,
    computed_at timestamptz not null,               -- event time of the newest event the list knows
    primary key (visitor_id, slot),
    check (serving.is_list(product_ids, scores, reasons))
) with (fillfactor = 70);                           -- room for the next list on the same page

-- grain: one row per product and kind
create table if not exists serving.neighbour_lists (
    product_id text not null,
    kind text not null check (kind in ('similar', 'together')),  -- seen in the same visit | wanted in the same visit
    product_ids text[] not null,
    scores double precision[] not null,
    reasons text[] not null,
    model_version text not null,
    computed_at timestamptz not null,
    primary key (product_id, kind),
    check (serving.is_list(product_ids, scores, reasons)),
    check (array_position(product_ids, product_id) is null)
) with (fillfactor = 70);

-- grain: one row per category ('' = the whole shop)
create table if not exists serving.trending_lists (
    category text not null,
    product_ids text[] not null,
    scores double precision[] not null,
    reasons text[] not null,
    model_version text not null,
    computed_at timestamptz not null,
    primary key (category),
    check (serving.is_list(product_ids, scores, reasons))
) with (fillfactor = 70);

-- ---------------------------------------------------------------- read by the storefront, by key

-- grain: one row per visitor, slot and rank
create or replace view serving.recommendations as
select
    list.visitor_id, list.slot, item.rank::smallint as rank, item.product_id, item.score,
    coalesce(item.reason, list.reasons[1]) as reason, list.model_version, list.computed_at
from serving.recommendation_lists as list
cross join lateral unnest(list.product_ids, list.scores, list.reasons)
    with ordinality as item (product_id, score, reason, rank);

-- grain: one row per product, kind and rank
create or replace view serving.product_neighbours as
select
    list.product_id, list.kind, item.rank::smallint as rank, item.neighbour_id, item.score,
    coalesce(item.reason, list.reasons[1]) as reason, list.model_version, list.computed_at
from serving.neighbour_lists as list
cross join lateral unnest(list.product_ids, list.scores, list.reasons)
    with ordinality as item (neighbour_id, score, reason, rank);

-- grain: one row per category ('' = the whole shop) and rank
create or replace view serving.trending as
select
    list.category, item.rank::smallint as rank, item.product_id, item.score,
    coalesce(item.reason, list.reasons[1]) as reason, list.model_version, list.computed_at
from serving.trending_lists as list
cross join lateral unnest(list.product_ids, list.scores, list.reasons)
    with ordinality as item (product_id, score, reason, rank);

-- grain: one row per event and product, of the landed events that the stream counts; product_events.py says the same.
-- What is computed from raw again (recompute.sql, index.py) begins here.
create or replace view serving.countable_events as
with

counted as not materialized (  -- so that a day asked for reads that day alone
    select
        events.*,
        case events.event_name
            when 'Product Viewed' then 'view' when 'Product Added' then 'cart' else 'purchase'
        end as kind
    from raw_clickstream.events as events
    where
        events.event_type = 'track'
        and events.event_name in ('Product Viewed', 'Product Added', 'Order Completed')
        and not events.is_bot
        and events.context -> 'consent' -> 'personalisation' = 'true'::jsonb
        and events.time_flag in ('on_time', 'late')
),

products as (
    select counted.*, counted.properties as product from counted where counted.kind <> 'purchase'
    union all
    select counted.*, lines.product
    from counted
    cross join lateral (
        select distinct on (line.product ->> 'product_id') line.product
        from jsonb_array_elements(coalesce(counted.properties -> 'products', '[]'::jsonb))
            with ordinality as line (product, place)
        order by line.product ->> 'product_id', line.place
    ) as lines
    where counted.kind = 'purchase'
)

select
    event_id collate "C" as event_id,
    (product ->> 'product_id') collate "C" as product_id,
    anonymous_id as visitor_id,
    coalesce(nullif(session_id, ''), to_char(occurred_at at time zone 'utc', 'YYYY-MM-DD')) as session_id,
    kind,
    coalesce(product ->> 'category', '') as category,
    occurred_at,
    received_at,
    kafka_topic,
    kafka_partition,
    kafka_offset
from products;

-- grain: one row per model ever published; the newest scores (model.py). Weights: feature -> [base, visit, known, again]
create table if not exists serving.models (
    model_version text primary key,
    weights jsonb not null,
    published_at timestamptz not null default now()
);

-- grain: one row per pair of products and week, counted from raw by the Spark batch (index.py); what pair_counts must be
create table if not exists serving.pair_index (
    week_start date not null,
    product_id text not null,
    neighbour_id text not null,
    similar_weight bigint not null,
    together_weight bigint not null,
    primary key (week_start, product_id, neighbour_id)
);

-- grain: one row per product; card and filters of the storefront, filled from marts.dim_products
create table if not exists serving.products (
    product_id text primary key,
    title text not null,
    brand text,
    category text,
    department text,
    price numeric check (price >= 0),
    currency text,
    image_url text,
    rating numeric,
    rating_count int,
    is_in_stock boolean not null,
    is_published boolean not null,
    updated_at timestamptz
);
create index if not exists products_best_rated on serving.products
    (rating desc nulls last, rating_count desc nulls last, product_id) where is_in_stock and is_published;

-- ---------------------------------------------------------------- the stream's state

-- grain: one row per stream and partition; written in the transaction of the rows it fences
create table if not exists serving.stream_offsets (
    query_name text not null,
    topic text not null,
    partition int not null,
    next_offset bigint not null,
    updated_at timestamptz not null default now(),
    primary key (query_name, topic, partition)
);

-- grain: one row per event and product; only consented visitors who are not bots, at believable times.
-- Sorted by bytes, as the stream's process sorts, whatever the server's locale.
create table if not exists serving.visitor_events (
    event_id text collate "C" not null,
    product_id text collate "C" not null,
    visitor_id text not null,
    session_id text not null,                       -- the day, when the browser sent no session
    kind text not null check (kind in ('view', 'cart', 'purchase')),
    category text not null,                         -- '' = unknown
    occurred_at timestamptz not null,
    primary key (event_id, product_id)
);
create index if not exists visitor_events_session on serving.visitor_events
    (visitor_id, session_id, occurred_at, event_id, product_id);
create index if not exists visitor_events_recent on serving.visitor_events (visitor_id, occurred_at desc);

-- grain: one row per ordered pair of products and week (Monday, UTC) in which the sessions began; integers, so that
-- the sum is the same in any order. Thousandths of a view that follows directly.
create table if not exists serving.pair_counts (
    product_id text not null,
    neighbour_id text not null check (neighbour_id <> product_id),
    week_start date not null,
    similar_weight bigint not null,
    together_weight bigint not null,
    primary key (product_id, neighbour_id, week_start)
);

-- grain: one row per hour (UTC), category and product
create table if not exists serving.product_counts (
    hour timestamptz not null,
    category text not null,
    product_id text not null,
    views_count bigint not null,
    carts_count bigint not null,
    purchases_count bigint not null,
    primary key (hour, category, product_id)
);
