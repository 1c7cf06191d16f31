-- Who may read what. Runs after every other schema file, as the owner; safe to run again.
-- The owner `comptoir` loads and transforms; `storefront` and `reporter` only read, and never raw or pii.
-- Roles themselves (with their passwords) are made in comptoir/database.py, because passwords come from settings.

create schema if not exists pii;

create table if not exists pii.customer_pseudonyms (
    customer_id bigint primary key,
    customer_pseudonym text not null unique,
    created_at timestamptz not null default now()
);

-- the storefront: what it shows, by primary key, and the function that answers for any visitor
grant usage on schema serving to storefront;
grant select on serving.recommendations, serving.product_neighbours, serving.trending, serving.products to storefront;
grant select on serving.recommendation_lists, serving.neighbour_lists, serving.trending_lists to storefront;
alter default privileges in schema serving revoke execute on functions from public;
grant execute on all functions in schema serving to storefront;

-- the BI team: the modelled tables, as dbt makes them
grant usage on schema marts to reporter;
grant select on all tables in schema marts to reporter;
alter default privileges in schema marts grant select on tables to reporter;

-- operations pages of the dashboard: no personal values live in ops
grant usage on schema ops to reporter;
grant select on all tables in schema ops to reporter;
