-- What the shop's own people decide about search; read by `comptoir search index` and `comptoir search follow`.
create table if not exists serving.search_rules (
    rule_id bigint generated always as identity primary key,
    action text not null check (action in ('pin', 'boost', 'bury', 'redirect', 'banner')),
    query text,
    is_exact boolean not null default true,
    product_id text,
    brand text,
    category text,
    position integer not null default 1 check (position >= 1),
    strength double precision check (strength > 0),
    url text,
    title text,
    image_url text,
    starts_at timestamptz,
    ends_at timestamptz,
    check (starts_at is null or ends_at is null or starts_at < ends_at),
    check (action <> 'pin' or product_id is not null),
    check (action not in ('boost', 'bury') or num_nonnulls(product_id, brand, category) = 1),
    check (action <> 'redirect' or (url is not null and query is not null)),
    check (action <> 'banner' or title is not null)
);
comment on table serving.search_rules is 'One row per merchandising rule of the search, see docs/search.md.';

create table if not exists serving.search_synonyms (
    phrase text not null,
    means text not null,
    direction text not null default 'both' check (direction in ('to', 'both')),
    source text not null default 'shop',
    primary key (phrase, means)
);
comment on table serving.search_synonyms is 'One row per synonym of the shop, beside storefront/search/synonyms.csv.';

create table if not exists serving.search_weights (
    fitted_at timestamptz primary key default clock_timestamp(),
    is_published boolean not null,
    weights jsonb not null,
    clicks_count integer check (clicks_count >= 0),
    held_out_clicks_count integer check (held_out_clicks_count >= 0),
    score_before double precision,
    score_after double precision,
    standard_error double precision
);
comment on table serving.search_weights is
'One row per fit of the weights of the ranking, see docs/search.md; the newest published ones are used.';
