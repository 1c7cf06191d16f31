"""Rules of gate_raw for a shop on Magento 2: its products, stock and customers.

Its orders and credit memos are in magento_orders.py.
"""

from __future__ import annotations

from datetime import datetime

import great_expectations.expectations as gxe

from expectations.raw import magento_orders, prices
from expectations.raw.currency_rules import currencies_are_known
from expectations.raw.customers import customer_rules
from expectations.sql_rules import no_rows
from expectations.tables import Table, parse_columns


def tables(now: datetime) -> list[Table]:
    """The shop's tables with their rules; `now` is the time of the check."""
    return [
        _products(),
        _product_attributes(),
        _categories(),
        _store_configs(),
        _source_items(),
        _product_ratings(),
        _customers(),
        *magento_orders.tables(now),
    ]


def _products() -> Table:
    return Table(
        "raw_shop.products",
        key=("id", "sku"),
        min_rows=1,
        columns=parse_columns("""
            id bigint, sku text, name text, price numeric, status bigint, visibility bigint, type_id text,
            extension_attributes jsonb, custom_attributes jsonb, created_at timestamptz, updated_at timestamptz,
            _airbyte_extracted_at timestamptz
        """),
        rules={
            "product_ids_are_present": gxe.ExpectColumnValuesToNotBeNull(column="id"),
            "product_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
            "skus_are_present": gxe.ExpectColumnValuesToNotBeNull(column="sku"),
            "skus_are_unique": gxe.ExpectColumnValuesToBeUnique(column="sku"),
            "product_titles_are_present": gxe.ExpectColumnValuesToNotBeNull(column="name"),
            "prices_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="price", min_value=0),
            "prices_are_not_absurd": prices.listed_prices_are_not_absurd(
                (magento_orders.ITEMS + magento_orders.LINES).replace("{batch}", "raw_shop.orders"),
                "select id::text as variant_id, price from {batch} as listed_products",
            ),
            # staging casts these texts, so a bad one would fail dbt without naming the row
            "costs_and_special_prices_are_readable": no_rows(
                """
                select products.id, products.sku, attribute ->> 'attribute_code' as code, attribute ->> 'value' as value
                from {batch} as products
                cross join lateral jsonb_path_query(
                    products.custom_attributes,
                    '$[*] ? (@.attribute_code == "cost" || @.attribute_code == "special_price")'
                ) as a (attribute)
                where coalesce(attribute ->> 'value', '') !~ '^([0-9]+([.][0-9]+)?)?$'
                """
            ),
        },
    )


def _product_attributes() -> Table:
    return Table(
        "raw_shop.product_attributes",
        key=("attribute_id", "attribute_code"),
        min_rows=1,
        columns=parse_columns("""
            attribute_id bigint, attribute_code text, frontend_input text, is_user_defined boolean, options jsonb,
            _airbyte_extracted_at timestamptz
        """),
        rules={"attribute_codes_are_unique": gxe.ExpectColumnValuesToBeUnique(column="attribute_code")},
    )


def _categories() -> Table:
    return Table(
        "raw_shop.categories",
        key=("id",),
        columns=parse_columns("""
            id bigint, parent_id bigint, name text, level bigint, path text, _airbyte_extracted_at timestamptz
        """),
        rules={"category_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id")},
    )


def _store_configs() -> Table:
    return Table(
        "raw_shop.store_configs",
        key=("id", "code"),
        min_rows=1,
        columns=parse_columns("""
            id bigint, code text, base_currency_code text, timezone text, secure_base_media_url text,
            _airbyte_extracted_at timestamptz
        """),
        rules={
            "shop_currencies_are_known": currencies_are_known("base_currency_code"),
        },
    )


def _source_items() -> Table:
    return Table(
        "raw_shop.source_items",
        key=("sku", "source_code"),
        columns=parse_columns("""
            sku text, source_code text, quantity numeric, status bigint, _airbyte_extracted_at timestamptz
        """),
        rules={
            "skus_and_sources_are_unique": no_rows(
                "select sku, source_code, count(*) as times from {batch} group by sku, source_code having count(*) > 1"
            ),
        },
    )


def _product_ratings() -> Table:
    return Table(
        "raw_shop.product_ratings",
        key=("sku",),
        columns=parse_columns(
            "sku text, rating_summary numeric, review_count bigint, _airbyte_extracted_at timestamptz"
        ),
        rules={
            "rated_skus_are_unique": gxe.ExpectColumnValuesToBeUnique(column="sku"),
            "ratings_are_percents": gxe.ExpectColumnValuesToBeBetween(
                column="rating_summary", min_value=0, max_value=100
            ),
        },
    )


def _customers() -> Table:
    return Table(
        "raw_shop.customers",
        key=("_airbyte_raw_id",),
        personal=frozenset({"id"}),
        columns=parse_columns("""
            id bigint, country_id text, is_subscribed boolean, created_at timestamptz, updated_at timestamptz,
            _airbyte_extracted_at timestamptz
        """),
        rules=customer_rules(),
    )
