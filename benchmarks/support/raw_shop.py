"""The tables of a Shopify shop in raw_shop, as Airbyte's Postgres destination makes them, without a connector."""

from __future__ import annotations

import psycopg

AIRBYTE = (
    "_airbyte_raw_id varchar, _airbyte_extracted_at timestamptz, _airbyte_meta jsonb, _airbyte_generation_id bigint"
)
RAW_TABLES = {  # table -> its columns besides Airbyte's
    "products": """
        id bigint, title text, handle text, description text, vendor text, product_type text, tags text, status
        text, price_range_v2 jsonb, featured_image jsonb, image jsonb, is_gift_card boolean, published_at
        timestamptz, created_at timestamptz, updated_at timestamptz, deleted_at timestamptz
    """,
    "product_variants": """
        id bigint, product_id bigint, inventory_item_id bigint, title text, sku text, barcode text, position
        bigint, price numeric, compare_at_price text, inventory_policy text, inventory_quantity bigint,
        presentment_prices jsonb, created_at timestamptz, updated_at timestamptz
    """,
    "inventory_items": """
        id bigint, sku text, cost numeric, currency_code text, tracked boolean, created_at timestamptz,
        updated_at timestamptz
    """,
    "inventory_levels": """
        id text, inventory_item_id bigint, location_id bigint, available bigint, quantities jsonb, updated_at
        timestamptz
    """,
    "metafield_products": """
        id bigint, namespace text, key text, value text, owner_id bigint, updated_at timestamptz
    """,
    "customers": """
        id bigint, email text, first_name text, last_name text, phone text, default_address jsonb, addresses
        jsonb, note text, email_marketing_consent jsonb, orders_count bigint, created_at timestamptz, updated_at
        timestamptz
    """,
    "orders": """
        id bigint, name text, email text, currency text, presentment_currency text, financial_status text,
        fulfillment_status text, cancel_reason text, source_name text, test boolean, taxes_included boolean,
        customer jsonb, shipping_address jsonb, billing_address jsonb, discount_codes jsonb, line_items jsonb,
        refunds jsonb, total_price_set jsonb, total_discounts_set jsonb, total_tax_set jsonb,
        total_shipping_price_set jsonb, total_tip_received numeric, discount_applications jsonb, shipping_lines jsonb,
        original_total_duties_set text, original_total_additional_fees_set jsonb, processed_at timestamptz, created_at
        timestamptz, updated_at timestamptz, cancelled_at timestamptz, deleted_at timestamptz
    """,
    "transactions": """
        id bigint, order_id bigint, parent_id bigint, kind text, status text, gateway text, amount numeric, amount_set
        jsonb, currency text, test boolean, created_at timestamptz, processed_at timestamptz
    """,
    "discount_codes_sync": """
        id bigint, price_rule_id bigint, code text, title text, summary text, status text, usage_limit bigint,
        usage_count bigint, total_sales jsonb, starts_at timestamptz, ends_at timestamptz, created_at timestamptz,
        updated_at timestamptz
    """,
    "price_rules": "id bigint, value_type text, value text, target_type text, updated_at timestamptz",
    "abandoned_checkouts": """
        id bigint, presentment_currency text, shipping_address jsonb, billing_address jsonb, customer jsonb, source_name
        text, line_items jsonb, total_discounts numeric, total_tax numeric, total_price numeric, created_at timestamptz,
        completed_at timestamptz, updated_at timestamptz
    """,
}


def create_raw_shop(database_url: str) -> None:
    """Create the empty tables in raw_shop, each with indexes on `id` and on the time of extraction."""
    with psycopg.connect(database_url) as connection:
        for table, columns in RAW_TABLES.items():
            connection.execute(f"create table raw_shop.{table} ({AIRBYTE}, {columns})")
            connection.execute(f"create index on raw_shop.{table} (id)")
            connection.execute(f"create index on raw_shop.{table} (_airbyte_extracted_at)")
