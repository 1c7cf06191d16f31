"""Net sales by what an order or a product is: parts that add up to the tile."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bi.choice import Choice
from bi.figures import Read
from bi.sales_breakdown import NARROWED_BY

# each amount on the day it moved, as in the tile, so that the parts add up to it
BY = """
    select {keys}, sum(net_sales_{amount}) as net_sales
    from marts.mart_sales_breakdown
    where {rows}
    group by {places}
"""


def net_sales_by(column: str, choice: Choice, read: Read) -> pd.DataFrame:
    """Read net sales by a column of the breakdown (`sales_breakdown.NARROWED_BY`): key, net_sales.

    All columns are read at once, so that a page with all of them asks a single time. Raises MartsUnavailable.
    """
    whole = read(net_sales_statement({name: name for name in NARROWED_BY}, choice), choice.parameters())
    return whole.groupby(column, as_index=False)["net_sales"].sum().rename(columns={column: "key"})


def net_sales_statement(columns: Mapping[str, str], choice: Choice) -> str:
    """Return the SQL of net sales by columns of the breakdown, by the names they get."""
    return BY.format(
        keys=", ".join(f"{column} as {name}" for name, column in columns.items()),
        places=", ".join(f"{place}" for place in range(1, len(columns) + 1)),
        amount=choice.amount,
        rows=choice.rows("mart_sales_breakdown", "sales_date"),
    )
