-- Who may read what. Runs after every other schema file, as the owner; safe to run again.
-- The owner `comptoir` loads and transforms; `storefront` and `reporter` only read, and never raw or pii.
-- comptoir/database.py creates the roles themselves, because their passwords are settings.

create schema if not exists pii;

create table if not exists pii.customer_pseudonyms (
    customer_id bigint primary key,
    customer_pseudonym text not null unique,
    created_at timestamptz not null default now()
);

-- Grain: one row per privacy webhook of the shop; one that Shopify sends again has the same webhook id. The payload
-- holds the customer's id, mail and telephone, so only the owner may read this table. Written by privacy/webhooks.py.
create table if not exists pii.privacy_requests (
    webhook_id text primary key,
    topic text not null,                      -- customers/data_request, customers/redact, shop/redact
    shop_domain text not null,
    customer_id bigint,                       -- null for shop/redact
    payload jsonb not null,
    received_at timestamptz not null default now(),
    due_at timestamptz not null,              -- thirty days, as Shopify and the law ask
    handled_at timestamptz,                   -- set when the data were exported or erased
    outcome jsonb
);

-- the storefront: what it shows, by primary key, and the function that answers for any visitor
grant usage on schema serving to storefront;
grant select on serving.recommendations, serving.product_neighbours, serving.trending, serving.products to storefront;
grant select on serving.recommendation_lists, serving.neighbour_lists, serving.trending_lists to storefront;
grant usage on schema ops to storefront;
grant select on ops.heartbeats to storefront;  -- whether the stream lives, for /health
alter default privileges in schema serving revoke execute on functions from public;
grant execute on all functions in schema serving to storefront;

-- the BI team: the modelled tables, as dbt makes them
grant usage on schema marts to reporter;
grant select on all tables in schema marts to reporter;
alter default privileges in schema marts grant select on tables to reporter;

-- operations pages of the dashboard: no personal values live in ops
grant usage on schema ops to reporter;
grant select on all tables in schema ops to reporter;
