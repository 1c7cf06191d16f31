"""Net sales by what an order or a product is: parts that add up to the tile."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bi.choice import Choice
from bi.figures import Read
from bi.sales_movements import NARROWED_BY, movements

# each movement on the day it happened, as in the tile, so that the parts add up to it
BY = """
    select {keys}, sum(net_sales_{amount}) as net_sales
    from ({movements}) as moved
    group by {places}
"""


def net_sales_by(column: str, choice: Choice, read: Read) -> pd.DataFrame:
    """Read net sales by a column of movements (`sales_movements.NARROWED_BY`): key, net_sales.

    All columns are read at once, so that a page with all of them goes through the movements a single time.
    Raises MartsUnavailable.
    """
    whole = read(net_sales_statement({name: name for name in NARROWED_BY}, choice), choice.parameters())
    return whole.groupby(column, as_index=False)["net_sales"].sum().rename(columns={column: "key"})


def net_sales_statement(columns: Mapping[str, str], choice: Choice, *, by_day: bool = False) -> str:
    """Return the SQL of net sales by columns of movements, by the names they get, and by `day`."""
    keys = ["sales_date as day"] * by_day + [
        f"coalesce({column}, 'unknown') as {name}" for name, column in columns.items()
    ]
    return BY.format(
        keys=", ".join(keys),
        places=", ".join(f"{place}" for place in range(1, len(keys) + 1)),
        amount=choice.amount,
        movements=movements(choice),
    )
