"""Sales as movements of orders' lines, each on its own day: what `mart_daily_sales` adds up, by what it lacks.

That mart has the day and the currency alone. A movement knows its product's category and its order's country and sales
channel, too, so figures of sales can be narrowed and broken down by them, and add up to the mart's.
"""

from __future__ import annotations

from bi.choice import Choice
from bi.metrics import same_value

NARROWED_BY = ("category", "country_code", "source_name")
AMOUNTS = ("gross_sales", "discounts", "returns", "cancellations", "net_sales")
# the columns that movements share with mart_daily_sales
COLUMNS = {
    *(f"{name}_{side}" for name in AMOUNTS for side in ("amount", "shop_amount")),
    "sales_date",
    "currency",
    "orders_count",
    "sales_orders_count",
    "units_count",
}
KNOWN = {"category": "products", "country_code": "orders", "source_name": "orders"}

# An order counts once, on its first line of what was chosen; one without lines (gift cards alone) is an order, too.
MOVEMENTS = """
    select
        moved.sales_date,
        moved.currency,
        products.category,
        orders.country_code,
        orders.source_name,
        (moved.kind in ('sale', 'no goods') and moved.place = 1)::integer as orders_count,
        (moved.kind = 'sale' and moved.place = 1)::integer as sales_orders_count,
        moved.units_count,
        {amounts}
    from (
        select moved.*, row_number() over (partition by moved.order_id, moved.kind order by moved.line) as place
        from (
            select 'sale' as kind, order_date as sales_date, order_line_id as line, order_id, product_id, currency,
                units_count, {sold}
            from marts.fct_order_lines where {ordered}
            union all
            select 'no goods', order_date, '', order_id, null, currency, 0, {nothing}
            from marts.fct_orders where lines_count = 0 and {ordered_nothing}
            union all
            select 'return', refund_date, refund_line_id, order_id, product_id, currency, 0, {returned}
            from marts.fct_refund_lines where {refunded}
            union all
            select 'cancellation', orders.cancellation_date, lines.order_line_id, lines.order_id, lines.product_id,
                lines.currency, 0, {cancelled}
            from marts.fct_orders as orders
            inner join marts.fct_order_lines as lines on orders.order_id = lines.order_id
            where {cancelled_orders}
        ) as moved
        {narrowed}
    ) as moved
    left join marts.fct_orders as orders on moved.order_id = orders.order_id
    left join marts.dim_products as products on moved.product_id = products.product_id
"""
NARROWED = """
        left join marts.fct_orders as orders on moved.order_id = orders.order_id
        left join marts.dim_products as products on moved.product_id = products.product_id
        where {conditions}
"""
LINES = """
    select lines.*
    from marts.fct_order_lines as lines
    left join marts.fct_orders as orders on lines.order_id = orders.order_id
    left join marts.dim_products as products on lines.product_id = products.product_id
    where {rows} and {conditions}
"""


def narrowing(choice: Choice) -> str:
    """Return the SQL condition of the filters that movements know, on `orders` and `products`; empty without one."""
    return " and ".join(same_value(name, f"{KNOWN[name]}.") for name in NARROWED_BY if name in choice.filters)


def movements(choice: Choice) -> str:
    """Return the SQL of the period's movements, narrowed: `COLUMNS` and `NARROWED_BY`, a row per line and movement."""
    conditions = narrowing(choice)
    return MOVEMENTS.format(
        amounts=", ".join(
            f"moved.{name}_{side}" if name != "net_sales" else f"{_net(side)} as net_sales_{side}"
            for side in ("amount", "shop_amount")
            for name in AMOUNTS
        ),
        sold=_parts("gross_sales", "discounts"),
        nothing=_parts(),
        returned=_parts("returns"),
        cancelled=_parts("cancellations", prefix="lines."),
        ordered=choice.rows("fct_order_lines", "order_date", own=False),
        ordered_nothing=choice.rows("fct_orders", "order_date", own=False),
        refunded=choice.rows("fct_refund_lines", "refund_date", own=False),
        cancelled_orders=choice.rows("fct_orders", "cancellation_date", "orders.", own=False),
        narrowed=NARROWED.format(conditions=conditions) if conditions else "",
    )


def narrowed_lines(choice: Choice) -> str:
    """Return the SQL of the rows of fct_order_lines, by the day of the order, narrowed as movements are."""
    rows = choice.rows("fct_order_lines", "order_date", "lines.", own=False)
    return LINES.format(rows=rows, conditions=narrowing(choice) or "true")


def _parts(*own: str, prefix: str = "") -> str:
    """Return the amounts of one kind of movement, in both currencies; the others are zero."""
    return ", ".join(
        f"{f'{prefix}{name}_{side}' if name in own else '0'} as {name}_{side}"
        for side in ("amount", "shop_amount")
        for name in AMOUNTS[:-1]
    )


def _net(side: str) -> str:
    return " - ".join(f"moved.{name}_{side}" for name in AMOUNTS[:-1])
