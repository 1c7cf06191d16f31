"""Rules of gate_staging: staging against raw, and what its tables' dbt tests do not check.

Those tests fail the staging step itself: keys, required columns and references between tables are theirs.
"""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity

from comptoir.currencies import known_currencies
from expectations.shop_platform import in_shop
from expectations.sql_rules import ExpectNoRows, no_rows
from expectations.tables import Table


def tables(platform: str) -> list[Table]:
    """The tables of the layer with their rules, for a shop on `platform`."""
    return [
        _products(platform),
        _variants(),
        _ratings(),
        _customers(),
        _orders(platform),
        _order_lines(),
        _refund_lines(),
        _events(),
    ]


def _of_raw_are_here(platform: str, name: str, key: str) -> ExpectNoRows:
    """What the shop has is in the staging table; rows extracted after it was built belong to the next run."""
    return no_rows(
        f"""
        with staged as (select * from {{batch}}), read as ({in_shop(platform, name)})
        select read.id
        from read
        where
            read._airbyte_extracted_at <= (select max(extracted_at) from staged)
            and read.id::text not in (select {key} from staged)
        """
    )


def _products(platform: str) -> Table:
    return Table(
        "staging.stg_shop__products",
        key=("product_id",),
        min_rows=1,
        rules={
            "products_have_a_category": gxe.ExpectColumnValuesToNotBeNull(
                column="category", mostly=0.95, severity=FailureSeverity.WARNING
            ),
            "products_of_raw_are_here": _of_raw_are_here(platform, "products", "product_id"),
        },
    )


def _variants() -> Table:
    return Table(
        "staging.stg_shop__variants",
        key=("variant_id", "product_id"),
        min_rows=1,
        rules={
            "variant_prices_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="price_amount", min_value=0),
        },
    )


def _ratings() -> Table:
    return Table(
        "staging.stg_shop__product_ratings",
        key=("product_id",),
        rules={
            "ratings_are_one_to_five": gxe.ExpectColumnValuesToBeBetween(column="rating", min_value=1, max_value=5),
            "rating_counts_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="rating_count", min_value=0),
        },
    )


def _customers() -> Table:
    return Table("staging.stg_shop__customers", key=("customer_pseudonym",))


def _orders(platform: str) -> Table:
    return Table(
        "staging.stg_shop__orders",
        key=("order_id",),
        min_rows=1,
        rules={
            "order_currencies_are_known": gxe.ExpectColumnValuesToBeInSet(
                column="currency", value_set=sorted(known_currencies()), severity=FailureSeverity.WARNING
            ),
            "shop_currency_is_one": no_rows(
                """
                select shop_currency, count(*) as orders_count, max(order_date) as last_order_date
                from {batch}
                group by shop_currency
                having shop_currency is distinct from (
                    select shop_currency from staging.stg_shop__orders order by created_at desc, order_id desc limit 1
                )
                """,
                severity="warning",
                why="Warns: a shop may move to another currency. Its books stay, and are converted at the fixed rate of"
                " the euro, or at that of COMPTOIR_PAST_CURRENCIES; without one they count as nothing in today's.",
            ),
            "customers_of_orders_have_a_pseudonym": no_rows(
                "select order_id from {batch} where has_customer and customer_pseudonym is null", severity="warning"
            ),
            "orders_of_raw_are_here": _of_raw_are_here(platform, "orders", "order_id"),
        },
    )


def _order_lines() -> Table:
    return Table(
        "staging.stg_shop__order_lines",
        key=("order_line_id", "order_id"),
        min_rows=1,
        rules={
            "line_units_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="units_count", min_value=0),
            "line_discounts_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="discount_amount", min_value=0),
        },
    )


def _refund_lines() -> Table:
    return Table(
        "staging.stg_shop__refund_lines",
        key=("refund_line_id", "order_line_id"),
        rules={
            "refund_amounts_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="subtotal_amount", min_value=0),
        },
    )


def _events() -> Table:
    return Table(
        "staging.stg_clickstream__events",
        key=("event_id",),
        rules={
            "event_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="event_id"),
            "events_are_not_after_their_receipt": no_rows(
                "select event_id, occurred_at, received_at from {batch} where occurred_at > received_at"
            ),
            "event_prices_are_not_negative": gxe.ExpectColumnValuesToBeBetween(
                column="price_amount", min_value=0, mostly=0.99
            ),
        },
    )
