-- What the storefront reads, and the stream's own state. Safe to run again; grants are in privacy/roles.sql.

-- ---------------------------------------------------------------- read by the storefront, by primary key

-- grain: one row per visitor, slot and rank; a list is replaced in one transaction
create table if not exists serving.recommendations (
    visitor_id text not null,
    slot text not null check (slot in ('home', 'product', 'cart')),
    rank smallint not null check (rank > 0),
    product_id text not null,
    score double precision not null,
    reason text not null check (reason <> ''),      -- a sentence for the shopper
    model_version text not null,
    computed_at timestamptz not null,               -- event time of the newest event the list knows
    primary key (visitor_id, slot, rank)
);

-- grain: one row per product, kind and rank
create table if not exists serving.product_neighbours (
    product_id text not null,
    kind text not null check (kind in ('similar', 'together')),  -- seen in the same visit | wanted in the same visit
    rank smallint not null check (rank > 0),
    neighbour_id text not null check (neighbour_id <> product_id),
    score double precision not null,
    reason text not null check (reason <> ''),
    model_version text not null,
    computed_at timestamptz not null,
    primary key (product_id, kind, rank)
);

-- grain: one row per category ('' = the whole shop) and rank
create table if not exists serving.trending (
    category text not null,
    rank smallint not null check (rank > 0),
    product_id text not null,
    score double precision not null,
    reason text not null check (reason <> ''),
    model_version text not null,
    computed_at timestamptz not null,
    primary key (category, rank)
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
