"""Rules of gate_raw: what the shop's connector and the lander wrote, before dbt reads it.

Those of a shop on Shopify are here; its orders, with what is inside them, have a file of their own: raw_orders.py, and
a shop on Magento has raw_magento.py. Rows of products and orders that the shop deleted keep only their id and
deleted_at, so most rules leave them out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column

from comptoir.settings import get_settings
from expectations import raw_completeness, raw_days, raw_magento, raw_orders
from expectations.raw_orders import ABSURD_PRICE, KEPT, LINES
from expectations.sql_rules import no_rows
from expectations.tables import Table, parse_columns


def tables() -> list[Table]:
    """The tables of the layer with their rules; times are taken now."""
    now = datetime.now(UTC)
    if get_settings().shop_platform == "magento":
        return [*raw_magento.tables(now), raw_completeness.table(), _events(now)]
    return [
        _products(),
        _variants(),
        _inventory_items(),
        _inventory_levels(),
        _product_metafields(),
        _customers(),
        raw_orders.table(now),
        raw_completeness.table(),
        _events(now),
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
            price numeric, compare_at_price text, inventory_policy text, inventory_quantity bigint, created_at
            timestamptz, updated_at timestamptz, _airbyte_extracted_at timestamptz
        """),
        rules={
            "variant_ids_are_present": gxe.ExpectColumnValuesToNotBeNull(column="id"),
            "variant_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
            "variants_name_their_product": gxe.ExpectColumnValuesToNotBeNull(column="product_id"),
            "variant_prices_are_present": gxe.ExpectColumnValuesToNotBeNull(column="price"),
            "variant_prices_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="price", min_value=0),
            "variant_prices_are_not_absurd": gxe.ExpectColumnValuesToBeBetween(column="price", max_value=ABSURD_PRICE),
            # a product made while the streams are read is missing until the next sync: no reason to stop
            "variant_products_are_known": no_rows(
                "select id, product_id from {batch}"
                " where product_id not in (select id from raw_shop.products where id is not null)",
                severity="warning",
            ),
            "listed_prices_are_near_what_was_paid": no_rows(
                LINES.replace("{batch}", "raw_shop.orders")
                + """,
                paid as (
                    select variant_id, percentile_cont(0.5) within group (order by shop_price)::numeric as price
                    from lines
                    where shop_price > 0 and created_at > (select max(created_at) from lines) - interval '90 days'
                    group by variant_id
                    having count(*) >= 3
                )
                select listed.id, listed.price, round(paid.price, 2) as usually_paid
                from {batch} as listed inner join paid on listed.id::text = paid.variant_id
                where listed.price not between paid.price / 4 and paid.price * 4
                """,
                severity="warning",
                why="Warns: the shop itself asks this price, and the storefront must show what the till will charge.",
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
            "unit_costs_are_believable": gxe.ExpectColumnValuesToBeBetween(
                column="cost", min_value=0, max_value=ABSURD_PRICE
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
                why="Warns: a shop may sell what it has still to buy, and then owes these units.",
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
            # staging casts these texts, so a wrong one would stop dbt without naming the row
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
        personal=frozenset({"id", "email", "phone", "first_name", "last_name"}),
        columns=parse_columns("""
            id bigint, email text, default_address jsonb, email_marketing_consent jsonb, created_at timestamptz,
            updated_at timestamptz, _airbyte_extracted_at timestamptz
        """),
        rules={
            "customer_ids_are_present": gxe.ExpectColumnValuesToNotBeNull(column="id"),
            "customer_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
            "customers_have_a_pseudonym": no_rows(
                "select _airbyte_raw_id, id from {batch}"
                " where id not in (select customer_id from pii.customer_pseudonyms)"
            ),
        },
    )


def _events(now: datetime) -> Table:
    # older ones were checked when they landed, and raw_clickstream.event_ids lets no id land twice
    recent = Column("landed_at") > (now - timedelta(days=7)).isoformat()
    return Table(
        "raw_clickstream.events",
        key=("event_id",),
        columns=parse_columns("""
            event_id text, event_type text, event_name text, occurred_at timestamptz, received_at timestamptz,
            landed_at timestamptz, anonymous_id text, user_id text, session_id text, product_id text, properties
            jsonb, context jsonb, is_late boolean, is_bot boolean, time_flag text
        """),
        rules={
            "event_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="event_id", row_condition=recent),
            "event_types_are_known": gxe.ExpectColumnValuesToBeInSet(
                column="event_type", value_set=["track", "page", "identify", "alias"], row_condition=recent
            ),
            # one device with a wrong clock is normal and staging puts its events right; many are a fault of ours
            "events_are_not_in_the_future": gxe.ExpectColumnValuesToBeBetween(
                column="occurred_at", max_value=now + timedelta(hours=1), mostly=0.99, row_condition=recent
            ),
            # stale marts are no better than stopped ones, so these two warn
            "newest_event_is_of_today": no_rows(
                "select max(least(occurred_at, received_at)) as newest_event_at from {batch}"
                " having max(least(occurred_at, received_at)) < now() - interval '1 day'",
                severity="warning",
            ),
            "bad_events_are_few": no_rows(
                """
                with landed as (select count(*) as good from {batch} where landed_at > now() - interval '1 day'),
                refused as (
                    select count(*) as bad from raw_clickstream.bad_events where landed_at > now() - interval '1 day'
                )
                select good, bad from landed cross join refused where bad > 100 and bad > 0.05 * (good + bad)
                """,
                severity="warning",
            ),
            "conflicting_events_are_few": no_rows(
                """
                with conflicts as (
                    select count(*) as conflicts from raw_clickstream.duplicate_events
                    where is_conflict and landed_at > now() - interval '1 day'
                ),
                landed as (select count(*) as good from {batch} where landed_at > now() - interval '1 day')
                select good, conflicts from landed cross join conflicts where conflicts > 20 and conflicts > 0.01 * good
                """,
                severity="warning",
                why="Warns: the first of two stands and the other is kept beside it, so no number changes.",
            ),
            **raw_days.event_rules(),
        },
    )
