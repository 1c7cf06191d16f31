"""Rules of gate_raw for a shop on Shopify: its products, stock and customers; its orders are in shopify_orders.py.

A product or order that the shop deleted keeps only its id and `deleted_at`, so most rules leave it out.
"""

from __future__ import annotations

from datetime import datetime

import great_expectations.expectations as gxe

from expectations.raw import prices, shopify_orders
from expectations.raw.customers import customer_rules
from expectations.raw.shopify_orders import KEPT, LINES
from expectations.sql_rules import no_rows
from expectations.tables import Table, parse_columns


def tables(now: datetime) -> list[Table]:
    """The shop's tables with their rules; `now` is the time of the check."""
    return [
        _products(),
        _variants(),
        _inventory_items(),
        _inventory_levels(),
        _product_metafields(),
        _customers(),
        shopify_orders.table(now),
    ]


def _products() -> Table:
    return Table(
        "raw_shop.products",
        key=("id",),
        min_rows=1,
        columns=parse_columns("""
            id bigint, title text, vendor text, product_type text, tags text, status text, description text,
            handle text, price_range_v2 jsonb, featured_image jsonb, image jsonb, is_gift_card boolean,
            published_at timestamptz, created_at timestamptz, updated_at timestamptz, deleted_at timestamptz,
            _airbyte_extracted_at timestamptz
        """),
        rules={
            "product_ids_are_present": gxe.ExpectColumnValuesToNotBeNull(column="id"),
            "product_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
            "product_titles_are_present": gxe.ExpectColumnValuesToNotBeNull(column="title", row_condition=KEPT),
        },
    )


def _variants() -> Table:
    return Table(
        "raw_shop.product_variants",
        key=("id", "product_id"),
        min_rows=1,
        columns=parse_columns("""
            id bigint, product_id bigint, inventory_item_id bigint, sku text, barcode text, position bigint,
            price numeric, compare_at_price text, inventory_policy text, inventory_quantity bigint,
            presentment_prices jsonb, created_at timestamptz, updated_at timestamptz, _airbyte_extracted_at timestamptz
        """),
        rules={
            "variant_ids_are_present": gxe.ExpectColumnValuesToNotBeNull(column="id"),
            "variant_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
            "variants_name_their_product": gxe.ExpectColumnValuesToNotBeNull(column="product_id"),
            "variant_prices_are_present": gxe.ExpectColumnValuesToNotBeNull(column="price"),
            "variant_prices_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="price", min_value=0),
            "variant_prices_are_not_absurd": prices.listed_prices_are_not_absurd(
                LINES.replace("{batch}", "raw_shop.orders"),
                "select id::text as variant_id, price from {batch} as listed_variants",
            ),
            # a product created while the streams are read is missing until the next sync: no reason to block
            "variant_products_are_known": no_rows(
                "select id, product_id from {batch}"
                " where product_id not in (select id from raw_shop.products where id is not null)",
                severity="warning",
            ),
            "listed_prices_are_near_what_was_paid": no_rows(
                LINES.replace("{batch}", "raw_shop.orders")
                + """,
                today as (select shop_currency from lines order by created_at desc limit 1),
                paid as (
                    select variant_id, percentile_cont(0.5) within group (order by shop_price)::numeric as price
                    from lines inner join today using (shop_currency)
                    where shop_price > 0 and created_at > (select max(created_at) from lines) - interval '90 days'
                    group by variant_id
                    having count(*) >= 3
                )
                select listed.id, listed.price, round(paid.price, 2) as usually_paid
                from {batch} as listed inner join paid on listed.id::text = paid.variant_id
                where listed.price not between paid.price / 4 and paid.price * 4
                """,
                severity="warning",
                why="Warns: the shop itself asks this price, and the storefront shows what its checkout charges.",
            ),
        },
    )


def _inventory_items() -> Table:
    return Table(
        "raw_shop.inventory_items",
        key=("id",),
        columns=parse_columns("""
            id bigint, sku text, cost numeric, currency_code text, tracked boolean, created_at timestamptz,
            updated_at timestamptz, _airbyte_extracted_at timestamptz
        """),
        rules={
            "inventory_item_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
            "unit_costs_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="cost", min_value=0),
            "unit_costs_are_believable": no_rows(
                f"""
                select items.id, items.cost, variants.price
                from {{batch}} as items
                inner join raw_shop.product_variants as variants on items.id = variants.inventory_item_id
                where variants.price::numeric > 0 and items.cost > {prices.FACTOR} * variants.price::numeric
                """,
                severity="warning",
                why="Warns: a cost of over a hundred times the price spoils that product's margin, not its sales.",
            ),
        },
    )


def _inventory_levels() -> Table:
    return Table(
        "raw_shop.inventory_levels",
        key=("id",),
        columns=parse_columns("""
            id text, inventory_item_id bigint, location_id bigint, available bigint, quantities jsonb,
            updated_at timestamptz, _airbyte_extracted_at timestamptz
        """),
        rules={
            "inventory_level_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
            "stock_is_not_negative": no_rows(
                """
                with levels as (
                    select id, inventory_item_id, coalesce(
                        (jsonb_path_query_first(quantities, '$[*] ? (@.name == "available").quantity') #>> '{{}}')::int,
                        available
                    ) as available
                    from {batch}
                )
                select id, inventory_item_id, available from levels where available < 0
                """,
                severity="warning",
                why="Warns: a shop may sell units it has yet to buy.",
            ),
        },
    )


def _product_metafields() -> Table:
    return Table(
        "raw_shop.metafield_products",
        key=("id", "owner_id", "key"),
        columns=parse_columns("""
            id bigint, namespace text, key text, value text, owner_id bigint, updated_at timestamptz,
            _airbyte_extracted_at timestamptz
        """),
        rules={
            "metafield_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
            # staging casts these texts, so a bad one would fail dbt without naming the row
            "ratings_are_readable": no_rows(
                """
                select id, owner_id, key, value
                from {batch}
                where namespace = 'reviews' and (
                    (key = 'rating' and value !~ '^[{{].*"value": *"?[0-9]+([.][0-9]+)?"?.*[}}]$')
                    or (key = 'rating_count' and value !~ '^[0-9]+$')
                )
                """
            ),
        },
    )


def _customers() -> Table:
    return Table(
        "raw_shop.customers",
        key=("_airbyte_raw_id",),
        personal=frozenset({"id"}),
        columns=parse_columns("""
            id bigint, default_address jsonb, email_marketing_consent jsonb, created_at timestamptz,
            updated_at timestamptz, _airbyte_extracted_at timestamptz
        """),
        rules=customer_rules(),
    )
