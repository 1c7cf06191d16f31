"""Rules of gate_marts: marts against staging and against each other, before the BI team and the storefront read them.

Sums are computed from staging again, by a shorter query than the models, so that a fault in a model shows. Keys and
amounts within a row are constraints of the marts' dbt contracts, which the database enforces.
"""

from __future__ import annotations

import great_expectations.expectations as gxe

from expectations.sql_rules import ExpectNoRows, no_rows
from expectations.tables import Table


def tables(_platform: str) -> list[Table]:
    """The tables of the layer with their rules: the same on every platform."""
    return [
        _orders(),
        _order_lines(),
        _daily_sales(),
        _customers(),
        _products(),
        _product_performance(),
        _sessions(),
        _product_interactions(),
    ]


def _orders() -> Table:
    return Table(
        "marts.fct_orders",
        key=("order_id",),
        min_rows=1,
        rules={
            "orders_of_staging_are_here": no_rows(
                "select order_id from staging.stg_shop__orders where not is_test"
                " and order_id not in (select order_id from {batch})"
            ),
        },
    )


def _order_lines() -> Table:
    return Table(
        "marts.fct_order_lines",
        key=("order_line_id", "order_id"),
        min_rows=1,
        rules={
            "prices_are_not_negative": gxe.ExpectColumnValuesToBeBetween(column="unit_price_amount", min_value=0),
            "cancelled_lines_sell_nothing": no_rows(
                "select order_line_id, net_sales_amount from {batch} where is_cancelled and net_sales_amount <> 0"
            ),
        },
    )


# lines of goods, and what was given back for them: gift cards and tips are no sales, goodwill is a return
SALES = """
    select order_id, listed_amount - discount_amount as amount, tax_amount
    from staging.stg_shop__order_lines
    where line_type = 'product'
"""
RETURNS = """
    select refunded.order_id, refunded.subtotal_amount as amount, refunded.tax_amount
    from staging.stg_shop__refund_lines as refunded
    inner join staging.stg_shop__order_lines as sold using (order_line_id)
    where sold.line_type = 'product'
    union all
    select order_id, amount, 0
    from staging.stg_shop__refund_charges
    where
        charge_type = 'goods'
        and order_id in (select order_id from staging.stg_shop__order_lines where line_type = 'product')
"""


def _agrees_with_staging(mart_amount: str, lines: str) -> ExpectNoRows:
    """An amount of the mart has the same sum by currency as that of staging's lines, without their tax."""
    return no_rows(
        f"""
        with mart as (select currency, sum({mart_amount}) as amount from {{batch}} group by currency),
        staged as (
            select
                orders.currency,
                sum(lines.amount - case when orders.has_taxes_included then lines.tax_amount else 0 end) as amount
            from ({lines}) as lines
            inner join staging.stg_shop__orders as orders using (order_id)
            where not orders.is_test
            group by orders.currency
        )
        select currency, mart.amount as mart_amount, staged.amount as staging_amount
        from mart full join staged using (currency)
        where coalesce(mart.amount, 0) <> coalesce(staged.amount, 0)
        """
    )


def _daily_sales() -> Table:
    return Table(
        "marts.mart_daily_sales",
        key=("sales_date", "currency"),
        min_rows=1,
        rules={
            "sales_agree_with_staging": _agrees_with_staging("gross_sales_amount - discounts_amount", SALES),
            "returns_agree_with_staging": _agrees_with_staging("returns_amount", RETURNS),
            "orders_agree_with_staging": no_rows(
                """
                with mart as (
                    select sales_date, currency, orders_count from {batch} where orders_count > 0
                ),
                staged as (
                    select order_date as sales_date, currency, count(*) as orders_count
                    from staging.stg_shop__orders
                    where not is_test
                    group by order_date, currency
                )
                select sales_date, currency, mart.orders_count as mart_orders, staged.orders_count as staging_orders
                from mart full join staged using (sales_date, currency)
                where mart.orders_count is distinct from staged.orders_count
                """
            ),
        },
    )


def _customers() -> Table:
    return Table(
        "marts.dim_customers",
        key=("customer_pseudonym",),
        rules={
            "customer_pseudonyms_are_pseudonyms": gxe.ExpectColumnValuesToMatchRegex(
                column="customer_pseudonym", regex="^[0-9a-f]{32}$"
            ),
        },
    )


def _products() -> Table:
    return Table(
        "marts.dim_products",
        key=("product_id",),
        min_rows=1,
        rules={
            "published_products_have_a_price": no_rows(
                "select product_id, title from {batch} where is_published and price_amount is null", severity="warning"
            ),
            "products_of_staging_are_here": no_rows(
                "select product_id from staging.stg_shop__products"
                " where product_id not in (select product_id from {batch})"
            ),
        },
    )


def _product_performance() -> Table:
    return Table(
        "marts.mart_product_performance",
        key=("product_id", "activity_date"),
        min_rows=1,
        rules={
            "net_sales_agree_with_daily_sales": no_rows(
                """
                with products as (select sum(net_sales_shop_amount) as amount from {batch}),
                daily as (select sum(net_sales_shop_amount) as amount from marts.mart_daily_sales)
                select products.amount as products_amount, daily.amount as daily_amount
                from products cross join daily
                where products.amount is distinct from daily.amount
                """
            ),
        },
    )


def _sessions() -> Table:
    return Table(
        "marts.fct_sessions",
        key=("session_id",),
        rules={
            "every_event_is_in_one_session": no_rows(
                """
                with sessions as (select coalesce(sum(events_count), 0) as events_count from {batch}),
                -- what the shop's server sends after the sale belongs to no visit (dbt's after_sale_events)
                staged as (
                    select count(*) as events_count
                    from staging.stg_clickstream__events
                    where coalesce(event_name, '') not in ('Order Refunded', 'Order Updated', 'Order Cancelled')
                )
                select sessions.events_count as session_events, staged.events_count as staging_events
                from sessions cross join staged
                where sessions.events_count <> staged.events_count
                """
            ),
        },
    )


def _product_interactions() -> Table:
    return Table(
        "marts.fct_product_interactions",
        key=("interaction_id",),
        rules={
            "sessions_of_interactions_are_known": no_rows(
                "select interaction_id, session_id from {batch}"
                " where session_id not in (select session_id from marts.fct_sessions)"
            ),
        },
    )
