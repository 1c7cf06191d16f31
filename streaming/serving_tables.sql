-- What the storefront reads, and the stream's own state. Safe to run again; grants are in privacy/roles.sql.

-- ---------------------------------------------------------------- lists, as the stream writes them
-- A row holds a complete list and is replaced by one update, so no reader can see half of a list, and a click costs
-- one row instead of forty. The storefront reads them product by product through the views below.

-- Whether a list has as many scores as products, one reason for all or one for each, and no product twice.
create or replace function serving.is_list(product_ids text[], scores double precision[], reasons text[])
returns boolean language sql immutable parallel safe
return (
    cardinality(product_ids) between 1 and 200
    and cardinality(scores) = cardinality(product_ids)
    and cardinality(reasons) in (1, cardinality(product_ids))
    and array_position(product_ids, null) is null
    and array_position(scores, null) is null
    and array_position(reasons, null) is null and array_position(reasons, '') is null
    and cardinality(product_ids) = (select count(distinct id) from unnest(product_ids) as listed (id))
);

-- grain: one row per visitor and slot; best product first
create table if not exists serving.recommendation_lists (
    visitor_id text not null,
    slot text not null check (slot in ('home', 'product', 'cart')),
    product_ids text[] not null,
    scores double precision[] not null,
    reasons text[] not null,                        -- sentences for the shopper, one for each product or one for all
    model_version text not null,
    computed_at timestamptz not null,               -- event time of the newest event that the list knows
    primary key (visitor_id, slot),
    check (serving.is_list(product_ids, scores, reasons))
) with (fillfactor = 70);                           -- leaves room for the next version on the same page

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

-- grain: one row per category ('' = the shop)
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

-- The products of a list, a row each. Postgres inlines it, so a view by key reads one row of its table.
create or replace function serving.listed(product_ids text[], scores double precision[], reasons text[])
returns table (rank smallint, product_id text, score double precision, reason text)
language sql immutable parallel safe
begin atomic
    select
        item.rank::smallint as rank,
        item.product_id,
        item.score,
        coalesce(item.reason, reasons[1]) as reason
    from unnest(product_ids, scores, reasons) with ordinality as item (product_id, score, reason, rank);
end;

-- grain: one row per visitor, slot and rank
create or replace view serving.recommendations as
select
    list.visitor_id,
    list.slot,
    item.rank,
    item.product_id,
    item.score,
    item.reason,
    list.model_version,
    list.computed_at
from serving.recommendation_lists as list
cross join lateral serving.listed(list.product_ids, list.scores, list.reasons) as item;

-- grain: one row per product, kind and rank
create or replace view serving.product_neighbours as
select
    list.product_id,
    list.kind,
    item.rank,
    item.neighbour_id,
    item.score,
    item.reason,
    list.model_version,
    list.computed_at
from serving.neighbour_lists as list
cross join lateral serving.listed(list.product_ids, list.scores, list.reasons)
    as item (rank, neighbour_id, score, reason);

-- grain: one row per category ('' = the shop) and rank
create or replace view serving.trending as
select
    list.category,
    item.rank,
    item.product_id,
    item.score,
    item.reason,
    list.model_version,
    list.computed_at
from serving.trending_lists as list
cross join lateral serving.listed(list.product_ids, list.scores, list.reasons) as item;

-- grain: one row per model ever published; the newest is in use. Weights: feature -> [base, visit, known, again]
create table if not exists serving.models (
    model_version text primary key,
    weights jsonb not null,
    published_at timestamptz not null default now()
);

-- grain and columns: as pair_counts; counted from raw by Spark (pair_index.py), by week, as it is replaced
create table if not exists serving.pair_index (
    week_start date not null,
    product_id text not null,
    neighbour_id text not null,
    similar_weight bigint not null,
    together_weight bigint not null,
    bought_count bigint not null default 0,
    primary key (week_start, product_id, neighbour_id)
);
alter table serving.pair_index add column if not exists bought_count bigint not null default 0;

-- grain: one row per product; cards and filters of the storefront, filled from marts.dim_products (products.py)
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
    updated_at timestamptz,
    changed_at timestamptz not null default now()   -- when the row was written
);
alter table serving.products add column if not exists changed_at timestamptz not null default now();
-- grain: one row per product whose last change was not brought into serving.products, as gate_raw would stop it
create table if not exists serving.refused_changes (
    product_id text primary key,
    reason text not null,
    refused_at timestamptz not null default now()
);

create index if not exists products_changed on serving.products (changed_at);
create index if not exists products_best_rated on serving.products
(rating desc nulls last, rating_count desc nulls last, product_id) where is_in_stock and is_published;

-- ---------------------------------------------------------------- the stream's state

-- grain: one row per stream and partition: the fence, written in the transaction of the rows below it
create table if not exists serving.stream_offsets (
    query_name text not null,
    topic text not null,
    partition int not null,
    next_offset bigint not null,
    updated_at timestamptz not null default now(),
    version bigint not null default 0,              -- how often others than batches changed counts or lists (fence.py)
    primary key (query_name, topic, partition)
);
alter table serving.stream_offsets add column if not exists version bigint not null default 0;

-- grain: one row per event and product; only of visitors who consented and are no bots, at believable times.
-- Ids sort by bytes, as in the stream's process, whatever the server's locale. Columns as session_counts.ProductEvent.
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
create index if not exists visitor_events_bought on serving.visitor_events (visitor_id, product_id)
where kind = 'purchase';
create index if not exists visitor_events_recent on serving.visitor_events (visitor_id, occurred_at desc);

-- grain: one row per ordered pair of products and week (Monday, UTC) in which the sessions began. Weights are
-- thousandths of a direct view; integers, so that their sum does not depend on the order of adding.
create table if not exists serving.pair_counts (
    product_id text not null,
    neighbour_id text not null check (neighbour_id <> product_id),
    week_start date not null,
    similar_weight bigint not null,
    together_weight bigint not null,
    bought_count bigint not null default 0,         -- sessions in which both were bought
    primary key (product_id, neighbour_id, week_start)
);
alter table serving.pair_counts add column if not exists bought_count bigint not null default 0;

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

-- grain: one row per product of an order: the event it was counted from; the same order told again counts no more
create table if not exists serving.purchases (
    order_id text not null,
    product_id text not null,
    event_id text not null,
    primary key (order_id, product_id)
);

-- grain: one row per visitor and product: when it was last taken out of the cart
create table if not exists serving.cart_removals (
    visitor_id text not null,
    product_id text not null,
    removed_at timestamptz not null,
    primary key (visitor_id, product_id)
);

-- grain: one row per visitor and person (customer pseudonym): who signed in where, with consent; the shop's server has
-- no visitor and is the person's own. So that what somebody bought on one device is not recommended on another.
create table if not exists serving.visitor_persons (
    visitor_id text not null,
    person_id text not null,
    linked_at timestamptz not null default now(),
    primary key (visitor_id, person_id)
);
alter table serving.visitor_persons add column if not exists linked_at timestamptz not null default now();
create index if not exists visitor_persons_person on serving.visitor_persons (person_id, visitor_id);

-- grain: one row per visitor who said no to recommendations: the last time, and where the log says so. What is
-- earlier in the log, or happened until then, counts no more.
create table if not exists serving.withdrawals (
    visitor_id text primary key,
    said_at timestamptz not null,
    topic text not null,
    partition int not null,
    "offset" bigint not null
);

-- grain: one row per list that counted events change and that is not made yet
create table if not exists serving.stale_lists (
    kind text not null check (kind in ('visitor', 'product', 'category')),
    key text not null,
    primary key (kind, key)
);

-- grain: one row per batch that several workers must know, the last 50: what it changed in the counts
create table if not exists serving.count_changes (
    batch bigint generated always as identity primary key,
    query_name text not null,
    topic text not null,
    fence_before text not null,                     -- partition -> first offset not counted yet, as JSON
    fence_after text not null,
    changes bytea not null                          -- MessagePack, see change_log.py
);

-- grain: one row per record of the topic that the stream could not count; the record itself is in raw_clickstream
create table if not exists serving.poison_records (
    query_name text not null,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    event_id text not null,
    reason text not null,
    set_apart_at timestamptz not null default now(),
    primary key (query_name, topic, partition, "offset")
);
