"""What gates leave to the database and to dbt: corruptions of built tables that a constraint or a test finds."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg.errors import CheckViolation, UniqueViolation

TWICE = "insert into {0} select * from {0} limit 1"


@dataclass(frozen=True)
class ByConstraint:
    """A corruption that a mart's contract or a growing table's unique index refuses, and with which error."""

    what: str
    schema: str
    table: str
    change: str
    error: type[psycopg.Error]


@dataclass(frozen=True)
class ByDbtTest:
    """A corruption of a shop's staging table, and the test of its column, or of several of them, that finds it.

    Tables are named without their platform: the test is declared for each.
    """

    what: str
    table: str
    column: str
    test: str  # generic test of dbt, or the end of a named test's name
    change: str


def _twice(schema: str, table: str) -> ByConstraint:
    change = TWICE.format(f"{schema}.{table}")
    return ByConstraint(f"a row of {table} twice", schema, table, change, UniqueViolation)


def _not_adding_up(table: str) -> ByConstraint:
    change = f"update marts.{table} set net_sales_amount = net_sales_amount + 1"
    return ByConstraint(f"net sales of {table} that do not add up", "marts", table, change, CheckViolation)


BY_CONSTRAINT = [
    *(_twice("marts", table) for table in [
        "fct_orders", "fct_order_lines", "mart_daily_sales", "dim_customers", "dim_products",
        "mart_product_performance", "fct_sessions", "fct_product_interactions",
    ]),
    *(_twice("staging", table) for table in [
        "stg_clickstream__events", "stg_shop__orders", "stg_shop__order_lines", "stg_shop__refunds",
        "stg_shop__refund_lines", "stg_shop__order_charges",
    ]),
    *(_twice("intermediate", table) for table in [
        "int_order_lines__priced", "int_order_lines__settled", "int_order_charges__dated", "int_baskets__counted",
        "int_product_sales__counted", "int_product_events__counted",
    ]),
    *map(_not_adding_up, ["fct_orders", "fct_order_lines", "mart_daily_sales"]),
    ByConstraint("a negative price of a product", "marts", "dim_products",
                 "update marts.dim_products set price_amount = -1", CheckViolation),
]  # fmt: skip

BY_DBT_TEST = [
    ByDbtTest("a product twice", "products", "product_id", "unique", TWICE),
    ByDbtTest("a product without a title", "products", "title", "are_not_null", "update {0} set title = null"),
    ByDbtTest("a variant twice", "variants", "variant_id", "unique", TWICE),
    ByDbtTest("a customer twice", "customers", "customer_pseudonym", "unique", TWICE),
    ByDbtTest("an order without a day", "orders", "order_date", "are_not_null",
              "update {0} set order_date = null"),
    ByDbtTest("a negative price of a line", "order_lines", "", "prices_are_not_negative",
              "update {0} set unit_price_amount = -1"),
    ByDbtTest("a line of an order that is not there", "order_lines", "order_id", "relationships",
              "update {0} set order_id = 'nowhere'"),
    ByDbtTest("a refund of a line that is not there", "refund_lines", "order_line_id", "relationships",
              "update {0} set order_line_id = 'nowhere'"),
]  # fmt: skip
