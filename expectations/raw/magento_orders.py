"""Rules of gate_raw for the orders and credit memos of a shop on Magento 2.

Their items are in JSON, so the rules about them are SQL. Amounts without `base_` are in the currency the customer
paid in.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import great_expectations.expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.raw import days, prices
from expectations.raw.currency_rules import currencies_are_known
from expectations.sql_rules import no_rows
from expectations.tables import Table, parse_columns

# {batch} is the table under the rule
ITEMS = """
    with items as (
        select
            orders.entity_id as order_id,
            orders.created_at,
            orders.base_currency_code as shop_currency,
            item ->> 'item_id' as item_id,
            item ->> 'product_id' as product_id,
            (item ->> 'qty_ordered')::numeric as quantity,
            (item ->> 'price')::numeric as price,
            (item ->> 'base_price')::numeric as base_price,
            (item ->> 'row_total')::numeric as row_total,
            coalesce((item ->> 'discount_amount')::numeric, 0) as discount,
            coalesce((item ->> 'discount_tax_compensation_amount')::numeric, 0) as compensation,
            coalesce((item ->> 'tax_amount')::numeric, 0) as tax
        from {batch} as orders cross join lateral jsonb_path_query(orders.items, '$[*]') as i (item)
        where item ->> 'parent_item_id' is null
    )
"""
LINES = """,
    lines as (
        select order_id, item_id as line_id, product_id as variant_id, base_price as shop_price, shop_currency,
            created_at
        from items
    )
"""
REFUNDED = """
    with sold as (
        select orders.entity_id as order_id, item ->> 'item_id' as item_id,
            -- credit memos repeat a bundle whose parts have the prices with its whole quantity
            jsonb_path_exists(
                orders.items, '$[*] ? (@.parent_item_id == $item && @.row_total > 0)',
                jsonb_build_object('item', item -> 'item_id')
            ) as is_sold_by_parts,
            (item ->> 'qty_ordered')::numeric as quantity, (item ->> 'row_total')::numeric as row_total
        from raw_shop.orders cross join lateral jsonb_path_query(orders.items, '$[*]') as i (item)
    ),
    refunded as (
        select memos.order_id, item ->> 'order_item_id' as item_id, sum((item ->> 'qty')::numeric) as quantity,
            sum(coalesce((item ->> 'row_total')::numeric, 0)) as row_total
        from {batch} as memos cross join lateral jsonb_path_query(memos.items, '$[*]') as i (item)
        where memos.state <> 3 and (item ->> 'qty')::numeric > 0
        group by memos.order_id, item ->> 'order_item_id'
    )
"""
# an order's total is its subtotal, discount (a negative amount), delivery, tax and fixed product taxes, which may be in
# the subtotal
ORDER_TOTALS = """
    with orders as (
        select entity_id, grand_total, subtotal, discount_amount, tax_amount, shipping_amount,
            grand_total - subtotal
            - coalesce(discount_amount, 0) - coalesce(discount_tax_compensation_amount, 0)
            - coalesce(shipping_amount, 0) - coalesce(shipping_discount_tax_compensation_amount, 0)
            - coalesce(tax_amount, 0) as unexplained,
            (
                select coalesce(sum((fees.amount #>> array[]::text[])::numeric), 0)
                from jsonb_path_query(items, '$[*].weee_tax_applied_row_amount') as fees (amount)
            ) as fixed_product_taxes
        from {batch}
    )
    select entity_id, grand_total, subtotal, discount_amount, tax_amount, shipping_amount, fixed_product_taxes
    from orders
    where abs(unexplained) > 0.02 and abs(unexplained - fixed_product_taxes) > 0.02
"""


def tables(now: datetime) -> list[Table]:
    """Orders and credit memos with their rules; `now` is the time of the check."""
    return [_orders(now), _credit_memos(now)]


def _orders(now: datetime) -> Table:
    return Table(
        "raw_shop.orders",
        key=("entity_id",),
        min_rows=1,
        personal=frozenset({"customer_id"}),
        columns=parse_columns("""
            entity_id bigint, increment_id text, state text, customer_id bigint, is_placed_by_customer boolean,
            billing_country_id text, shipping_country_id text, coupon_code text, base_currency_code text,
            order_currency_code text, subtotal numeric, discount_amount numeric, tax_amount numeric,
            base_tax_amount numeric, shipping_amount numeric, base_shipping_amount numeric, grand_total numeric,
            base_grand_total numeric, total_paid numeric, total_refunded numeric, items jsonb, canceled_at timestamptz,
            created_at timestamptz, updated_at timestamptz, _airbyte_extracted_at timestamptz
        """),
        rules={
            "order_ids_are_present": gxe.ExpectColumnValuesToNotBeNull(column="entity_id"),
            "order_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="entity_id"),
            "order_times_are_present": gxe.ExpectColumnValuesToNotBeNull(
                column="created_at",
                severity=FailureSeverity.WARNING,
                notes="Warns: migrated shops hold zero dates. Such an order has no day, so it is left out after raw.",
            ),
            "orders_are_not_in_the_future": gxe.ExpectColumnValuesToBeBetween(
                column="created_at", max_value=now + timedelta(hours=1)
            ),
            "order_currencies_are_present": gxe.ExpectColumnValuesToNotBeNull(column="order_currency_code"),
            "order_currencies_are_known": currencies_are_known("order_currency_code"),
            "shop_currencies_are_known": currencies_are_known("base_currency_code"),
            "orders_have_lines": no_rows(
                "select entity_id, increment_id from {batch}"
                " where not coalesce(jsonb_path_exists(items, '$[*]'), false)"
            ),
            "line_ids_are_unique": no_rows(
                ITEMS + "select item_id, min(order_id) as order_id, count(*) as times from items"
                " group by item_id having count(*) > 1"
            ),
            "line_quantities_are_positive": no_rows(
                ITEMS + "select order_id, item_id, quantity from items where (quantity > 0) is not true"
            ),
            "line_prices_are_present": no_rows(
                ITEMS + "select order_id, item_id, price, base_price, row_total from items"
                " where price is null or base_price is null or row_total is null"
            ),
            "line_prices_are_not_negative": no_rows(
                ITEMS + "select order_id, item_id, price, base_price from items where price < 0 or base_price < 0"
            ),
            "line_prices_are_not_absurd": prices.paid_prices_are_not_absurd(
                ITEMS + LINES, "select id::text as variant_id, price from raw_shop.products"
            ),
            # the discount of a line is a positive number; where prices include tax, it includes tax as well
            "line_discounts_are_within_the_price": no_rows(
                ITEMS + "select order_id, item_id, discount, row_total from items"
                " where discount not between 0 and row_total + compensation + tax + 0.01"
            ),
            # the shop no longer lists a product that it deleted
            "line_products_are_known": no_rows(
                ITEMS + "select order_id, item_id, product_id from items"
                # `not in` finds nothing in a list with a null
                " where product_id not in (select id::text from raw_shop.products where id is not null)",
                severity="warning",
            ),
            # net sales come from the lines; modules add fees, gift cards and taxes of their own to the total
            "order_totals_add_up": no_rows(ORDER_TOTALS, severity="warning"),
            **days.order_rules(),
        },
    )


def _credit_memos(now: datetime) -> Table:
    return Table(
        "raw_shop.credit_memos",
        key=("entity_id", "order_id"),
        columns=parse_columns("""
            entity_id bigint, order_id bigint, state bigint, order_currency_code text, grand_total numeric,
            items jsonb, created_at timestamptz, updated_at timestamptz, _airbyte_extracted_at timestamptz
        """),
        rules={
            "credit_memo_times_are_present": gxe.ExpectColumnValuesToNotBeNull(
                column="created_at",
                severity=FailureSeverity.WARNING,
                notes="Warns: migrated shops hold zero dates. Such a memo counts on the day it last changed, or of its"
                " order.",
            ),
            "credit_memo_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="entity_id"),
            "credit_memos_are_not_in_the_future": gxe.ExpectColumnValuesToBeBetween(
                column="created_at", max_value=now + timedelta(hours=1)
            ),
            # orders are read first: the order of a credit memo created meanwhile comes with the next sync
            "credit_memos_are_of_known_orders": no_rows(
                "select entity_id, order_id from {batch}"
                " where order_id not in (select entity_id from raw_shop.orders where entity_id is not null)",
                severity="warning",
            ),
            "credit_memos_name_lines_of_their_order": no_rows(
                REFUNDED + "select refunded.order_id, refunded.item_id from refunded"
                " left join sold using (order_id, item_id)"
                " where sold.item_id is null and refunded.order_id in (select order_id from sold)"
            ),
            "credit_memos_are_within_the_sale": no_rows(
                REFUNDED + "select order_id, item_id, refunded.quantity, refunded.row_total from refunded"
                " inner join sold using (order_id, item_id) where not sold.is_sold_by_parts and"
                " (refunded.quantity > sold.quantity or refunded.row_total > sold.row_total + 0.01 * sold.quantity)"
            ),
            "credit_memo_currencies_are_the_orders": no_rows(
                "select memos.entity_id, memos.order_currency_code from {batch} as memos"
                " inner join raw_shop.orders on memos.order_id = orders.entity_id"
                " where memos.order_currency_code <> orders.order_currency_code"
            ),
        },
    )
