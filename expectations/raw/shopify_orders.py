"""Rules of gate_raw for the orders of a shop on Shopify.

Their lines, discounts, refunds and totals are in JSON, so most of the rules are SQL.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column

from comptoir.currencies import smallest_unit_sql
from expectations.raw import days, prices
from expectations.raw.currency_rules import currencies_are_known
from expectations.sql_rules import no_rows
from expectations.tables import Table, parse_columns

KEPT = Column("deleted_at").is_null()

# {batch} is the table under the rule, by its bare name: no later CTE may read it after one was named like it
LINES = """
    with orders as (select * from {batch} where deleted_at is null),
    lines as (
        select
            orders.id as order_id,
            orders.created_at,
            orders.presentment_currency,
            orders.currency as shop_currency,
            line ->> 'id' as line_id,
            line ->> 'variant_id' as variant_id,
            line ->> 'product_id' as product_id,
            (line ->> 'quantity')::numeric as quantity,
            (line -> 'price_set' -> 'presentment_money' ->> 'amount')::numeric as price,
            (line -> 'price_set' -> 'shop_money' ->> 'amount')::numeric as shop_price,
            line -> 'price_set' -> 'presentment_money' ->> 'currency_code' as price_currency,
            line -> 'price_set' -> 'shop_money' ->> 'currency_code' as shop_price_currency,
            (
                select coalesce(sum((amount #>> '{{}}')::numeric), 0)
                from jsonb_path_query(line, '$.discount_allocations[*].amount_set.presentment_money.amount')
                    as a (amount)
            ) as discount
        from orders cross join lateral jsonb_path_query(orders.line_items, '$[*]') as l (line)
    )
"""
LISTED = "select id::text as variant_id, price::numeric as price from raw_shop.product_variants"  # whatever its type
REFUNDED = """,
    refunded as (
        select
            orders.id as order_id,
            line ->> 'line_item_id' as line_id,
            sum((line ->> 'quantity')::numeric) as quantity,
            sum((line -> 'subtotal_set' -> 'presentment_money' ->> 'amount')::numeric) as subtotal
        from orders cross join lateral jsonb_path_query(orders.refunds, '$[*].refund_line_items[*]') as l (line)
        group by orders.id, line ->> 'line_item_id'
    )
"""

_TEXT = "to_jsonb(orders.{name}) #>> '{{{{}}}}'"


def _charged(name: str) -> str:
    """The customer's amount of a column that the connector declares as a text or as an object; 0 when there is none.

    Where a text is declared, Airbyte's CDK writes an object as Python does: with single quotes and None.
    """
    text = _TEXT.format(name=name)
    json = f"""replace(replace({text}, '''', '"'), 'None', 'null')"""
    return (
        f"case when left({text}, 1) = '{{{{' then ({json}::jsonb -> 'presentment_money' ->> 'amount')::numeric"
        f" when {text} ~ '^[0-9.]+$' then ({text})::numeric else 0 end"
    )


# tips are lines of the order, or stand beside them
ORDER_TOTALS = (
    LINES
    + f""",
    listed as (select order_id, sum(price * quantity) as amount from lines group by order_id),
    sums as (
        select
            orders.id as order_id,
            orders.presentment_currency as currency,
            (orders.total_price_set -> 'presentment_money' ->> 'amount')::numeric as total,
            coalesce(orders.total_tip_received, 0) as tip,
            listed.amount
            - coalesce((orders.total_discounts_set -> 'presentment_money' ->> 'amount')::numeric, 0)
            + coalesce((orders.total_shipping_price_set -> 'presentment_money' ->> 'amount')::numeric, 0)
            + case
                when orders.taxes_included then 0
                else coalesce((orders.total_tax_set -> 'presentment_money' ->> 'amount')::numeric, 0)
            end
            + {_charged("original_total_duties_set")}
            + {_charged("original_total_additional_fees_set")} as added_up
        from orders inner join listed on orders.id = listed.order_id
    )
    select order_id, total, added_up
    from sums
    where least(abs(total - added_up), abs(total - added_up - tip)) > 2 * {smallest_unit_sql("currency")}
    """
)

# the rate of an order, and the middle of the days around
_RATES = (
    """
    with rates as (
        select
            id,
            presentment_currency as currency,
            currency as shop_currency,
            created_at,
            (total_price_set -> 'presentment_money' ->> 'amount')::numeric
            / nullif((total_price_set -> 'shop_money' ->> 'amount')::numeric, 0) as rate
        from {batch}
        where
            deleted_at is null and presentment_currency <> currency
            -- a smallest unit of rounding is under a thousandth of these
            and (total_price_set -> 'shop_money' ->> 'amount')::numeric >= 1000 * """
    + smallest_unit_sql("currency")
    + """
            and created_at > (select max(created_at) from {batch} as newest) - interval '70 days'
    ),
    days as (
        select currency, shop_currency, created_at::date as day,
            percentile_cont(0.5) within group (order by rate) as rate
        from rates group by currency, shop_currency, created_at::date
    ),
    usual as (
        select rates.id, percentile_cont(0.5) within group (order by days.rate)::numeric as rate
        from rates inner join days
            on rates.currency = days.currency and rates.shop_currency = days.shop_currency
            and days.day between rates.created_at::date - 7 and rates.created_at::date + 7
        group by rates.id
        having count(*) >= 3
    )
    select rates.id, rates.currency, round(rates.rate, 4) as rate, round(usual.rate, 4) as usual_rate
    from rates inner join usual on rates.id = usual.id
"""
)
EXCHANGE_RATES = _RATES + " where rates.rate not between usual.rate / 1.05 and usual.rate * 1.05"
# a hundred, a thousand, or the rate upside down
OTHER_AMOUNTS = (
    _RATES
    + " where rates.rate not between usual.rate / 20 and usual.rate * 20"
    + " or (rates.rate * usual.rate between 0.97 and 1.03 and rates.rate not between usual.rate / 1.2"
    + " and usual.rate * 1.2)"
)

NEWEST_ORDER = """
    with placed as (
        select created_at, created_at - lag(created_at) over (order by created_at) as pause
        from {batch} where deleted_at is null
    ),
    usual as (
        select max(created_at) as newest_at, max(pause) as longest_pause
        from placed where created_at > (select max(created_at) from placed) - interval '56 days'
        having count(*) >= 20
    )
    select usual.newest_at, usual.longest_pause::text as longest_pause, max(extracted._airbyte_extracted_at) as read_at
    from usual cross join {batch} as extracted
    group by usual.newest_at, usual.longest_pause
    having max(extracted._airbyte_extracted_at) - usual.newest_at > greatest(2 * usual.longest_pause, interval '1 day')
    """


def table(now: datetime) -> Table:
    """raw_shop.orders with its rules; `now` is the time of the check."""
    return Table(
        "raw_shop.orders",
        key=("id",),
        min_rows=1,
        personal=frozenset({"customer_id"}),
        columns=parse_columns("""
            id bigint, name text, currency text, presentment_currency text, financial_status text,
            fulfillment_status text, cancel_reason text, source_name text, test boolean, taxes_included boolean,
            customer jsonb, shipping_address jsonb, billing_address jsonb, discount_codes jsonb, line_items
            jsonb, refunds jsonb, total_price_set jsonb, total_discounts_set jsonb, total_tax_set jsonb,
            total_shipping_price_set jsonb, total_tip_received numeric, discount_applications jsonb, shipping_lines
            jsonb, original_total_additional_fees_set jsonb, processed_at timestamptz, created_at timestamptz,
            updated_at timestamptz, cancelled_at timestamptz, deleted_at timestamptz, _airbyte_extracted_at timestamptz
        """),
        rules={
            "order_ids_are_present": gxe.ExpectColumnValuesToNotBeNull(column="id"),
            "order_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="id"),
            "order_times_are_present": gxe.ExpectColumnValuesToNotBeNull(column="created_at", row_condition=KEPT),
            "orders_are_not_in_the_future": gxe.ExpectColumnValuesToBeBetween(
                column="created_at", max_value=now + timedelta(hours=1)
            ),
            "order_currencies_are_present": gxe.ExpectColumnValuesToNotBeNull(
                column="presentment_currency", row_condition=KEPT
            ),
            "order_currencies_are_known": currencies_are_known("presentment_currency"),
            "shop_currencies_are_known": currencies_are_known("currency"),
            "orders_have_lines": no_rows(
                "select id, name from {batch} where deleted_at is null and not jsonb_path_exists(line_items, '$[*]')"
            ),
            "line_ids_are_unique": no_rows(
                LINES + "select line_id, min(order_id) as order_id, count(*) as times from lines"
                " group by line_id having count(*) > 1"
            ),
            "line_quantities_are_positive": no_rows(
                LINES + "select order_id, line_id, quantity from lines where quantity = 0",
                severity="warning",
                why="Warns: an order edit may leave a line without units.",
            ),
            "line_quantities_are_not_negative": no_rows(
                LINES + "select order_id, line_id, quantity from lines where (quantity >= 0) is not true"
            ),
            "line_prices_are_present": no_rows(
                LINES
                + "select order_id, line_id, price, shop_price from lines where price is null or shop_price is null"
            ),
            "line_prices_are_not_negative": no_rows(
                LINES + "select order_id, line_id, price, shop_price from lines where price < 0 or shop_price < 0"
            ),
            "line_prices_are_not_absurd": prices.paid_prices_are_not_absurd(LINES, LISTED),
            "line_currencies_are_the_orders": no_rows(
                LINES + "select order_id, line_id, price_currency, presentment_currency from lines"
                " where price_currency <> presentment_currency"
            ),
            "shop_amounts_are_in_the_shop_currency": no_rows(
                LINES + "select order_id, line_id, shop_price_currency, shop_currency from lines"
                " where shop_price_currency <> shop_currency",
                why="Blocks: sums over the shop's amounts would mix currencies.",
            ),
            "amounts_of_one_currency_are_equal": no_rows(
                LINES + "select order_id, line_id, price, shop_price from lines"
                " where presentment_currency = shop_currency and price <> shop_price",
                why="Blocks: an amount in the shop's own currency needs no rate, so one of the two is wrong.",
            ),
            "exchange_rates_are_of_their_days": no_rows(
                EXCHANGE_RATES,
                severity="warning",
                why="Warns: 5 % off the days around are rare, but currencies have moved by a third in two days.",
            ),
            "exchange_rates_are_no_other_amounts": no_rows(
                OTHER_AMOUNTS,
                why="Blocks: twenty times the days around, or their rate upside down, is an amount in another unit or"
                " currency.",
            ),
            "line_discounts_are_within_the_price": no_rows(
                LINES + "select order_id, line_id, discount, price * quantity as listed from lines"
                " where price >= 0 and discount not between 0 and price * quantity"
            ),
            "line_products_are_known": no_rows(
                LINES + "select order_id, line_id, product_id from lines where product_id is not null"
                # `not in` finds nothing in a list with a null
                " and product_id not in (select id::text from raw_shop.products where id is not null)",
                severity="warning",
                why="Warns: a product made while the shop is read comes with the next sync.",
            ),
            "refunds_name_lines_of_their_order": no_rows(
                LINES + REFUNDED + "select refunded.order_id, refunded.line_id from refunded left join lines"
                " on refunded.order_id = lines.order_id and refunded.line_id = lines.line_id"
                " where lines.line_id is null"
            ),
            # the shop may round by a smallest unit per unit
            "refunds_are_within_the_sale": no_rows(
                LINES + REFUNDED + "select order_id, line_id, refunded.subtotal, refunded.quantity from refunded"
                " inner join lines using (order_id, line_id) where refunded.quantity > lines.quantity"
                " or refunded.subtotal > lines.price * lines.quantity - lines.discount"
                f" + {smallest_unit_sql('presentment_currency')} * lines.quantity"
            ),
            "refunds_are_of_their_order": no_rows(
                "select id, refund ->> 'id' as refund_id, refund ->> 'order_id' as named_order_id"
                " from {batch} cross join lateral jsonb_path_query(refunds, '$[*]') as r (refund)"
                " where refund ->> 'order_id' <> id::text",
                why="Blocks: money would be refunded for another order than it was paid for.",
            ),
            "refunds_follow_their_order": no_rows(
                # an imported order was made after its refund
                "select id, refund ->> 'id' as refund_id, created_at, refund ->> 'created_at' as refunded_at"
                " from {batch} cross join lateral jsonb_path_query(refunds, '$[*]') as r (refund)"
                " where (refund ->> 'created_at')::timestamptz < least(created_at, processed_at)",
                why="Blocks: for a refund before the sale, one of the two times is wrong.",
            ),
            "order_totals_add_up": no_rows(
                ORDER_TOTALS,
                severity="warning",
                why="Warns: sales come from the lines. Apps and edits add parts that no list has; mart_order_bridge"
                " lists such orders with the difference.",
            ),
            "order_statuses_are_known": no_rows(
                "select id, financial_status, fulfillment_status from {batch} where lower(financial_status) not in"
                " ('pending', 'authorized', 'partially_paid', 'paid', 'partially_refunded', 'refunded', 'voided',"
                " 'expired') or lower(fulfillment_status) not in ('fulfilled', 'partial', 'restocked', 'unfulfilled',"
                " 'null', 'in_progress', 'on_hold', 'open', 'partially_fulfilled', 'pending_fulfillment', 'scheduled')",
                severity="warning",
                why="Warns: marts show the status as it is and compute nothing from it.",
            ),
            # source freshness compares loads with the clock; this asks whether orders came while the shop was read
            "newest_order_is_recent": no_rows(
                NEWEST_ORDER,
                severity="warning",
                why="Warns: a quiet weekend looks the same. raw_holds_what_the_shop_has blocks lost orders.",
            ),
            **days.order_rules(),
        },
    )
