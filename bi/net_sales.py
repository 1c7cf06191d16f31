"""Net sales by what an order or a product is: parts that add up to the tile."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bi.choice import Choice
from bi.figures import Read

# each movement on the day it happened, as in the tile, so that the parts add up to it
BY = """
    with moved as (
        select order_date as day, order_id, product_id, gross_sales_{amount} - discounts_{amount} as net_sales
        from marts.fct_order_lines where {ordered}
        union all
        select refund_date, order_id, product_id, -returns_{amount} from marts.fct_refund_lines where {refunded}
        union all
        select orders.cancellation_date, lines.order_id, lines.product_id, -lines.cancellations_{amount}
        from marts.fct_orders as orders
        inner join marts.fct_order_lines as lines on orders.order_id = lines.order_id
        where {cancelled}
    )

    select {keys}, sum(moved.net_sales) as net_sales
    from moved
    left join marts.fct_orders as orders on moved.order_id = orders.order_id
    left join marts.dim_products as products on moved.product_id = products.product_id
    group by {places}
"""


def net_sales_by(column: str, choice: Choice, read: Read) -> pd.DataFrame:
    """Read net sales by a column of the order or the product (`orders.…`, `products.…`): key, net_sales.

    Raises MartsUnavailable.
    """
    return read(net_sales_statement({"key": column}, choice), choice.parameters())


def net_sales_statement(columns: Mapping[str, str], choice: Choice, *, by_day: bool = False) -> str:
    """Return the SQL of net sales by columns of the order or the product, by the names they get, and by `day`."""
    keys = ["moved.day"] * by_day + [f"coalesce({column}, 'unknown') as {name}" for name, column in columns.items()]
    return BY.format(
        keys=", ".join(keys),
        places=", ".join(f"{place}" for place in range(1, len(keys) + 1)),
        amount=choice.amount,
        ordered=choice.rows("fct_order_lines", "order_date"),
        refunded=choice.rows("fct_refund_lines", "refund_date"),
        cancelled=choice.rows("fct_orders", "cancellation_date", "orders."),
    )
