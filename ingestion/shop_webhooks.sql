-- What the shop's webhooks say of goods, between two syncs. Written by ingestion/webhook_receiver.py, read by
-- ingestion/landed_products.py.

create schema if not exists ops;

-- grain: one row per product, deleted product, and item at a place: the newest that the shop said, by its own clock
create table if not exists ops.shop_webhooks (
    kind text not null check (kind in ('product', 'deleted_product', 'inventory_level')),
    key text not null,                        -- the product's number, or inventory item|location
    webhook_id text not null,
    changed_at timestamptz not null,          -- the shop's; of a deletion ours
    payload jsonb not null,                   -- fields of the card, by the names of raw's columns
    received_at timestamptz not null default clock_timestamp(),
    primary key (kind, key)
);
create index if not exists shop_webhooks_received on ops.shop_webhooks (received_at);
