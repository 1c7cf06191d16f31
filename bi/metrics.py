"""The metrics of `metrics.yml`, typed and checked, and the SQL that computes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from psycopg import sql

METRICS_FILE = Path(__file__).with_name("metrics.yml")
Unit = Literal["money", "count", "ratio", "score"]
# asked alone it is counted in groups: Postgres finds distinct values by sorting all rows in one process, and groups
# them by hash in several
DISTINCT = re.compile(r"count\(distinct (\w+)\)")


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The definition of one metric; the head of metrics.yml explains the fields."""

    name: str
    label: str
    definition: str
    mart: str
    sql: str
    unit: Unit
    better: Literal["up", "down"]
    owner: str
    day: str | None = None
    where: str = "true"
    shopify: str | None = None
    ga4: str | None = None

    def expression(self, *, in_shop_currency: bool) -> str:
        """Return the SQL aggregate over the rows that match `where`, in the shop's or the customers' currency."""
        return self.sql.format(amount="shop_amount" if in_shop_currency else "amount")


def same_value(column: str, prefix: str = "") -> str:
    """Return the SQL condition of a filter, by the parameter of the column's name; missing values are `unknown`."""
    return f"coalesce({prefix}{column}, 'unknown') = %({column})s"


@cache
def load_metrics() -> dict[str, Metric]:
    """Read the metrics by name, in the file's order.

    Raises msgspec.ValidationError naming a wrong entry, and ValueError when a name is defined twice.
    """
    metrics = msgspec.yaml.decode(METRICS_FILE.read_bytes(), type=list[Metric])
    by_name = {metric.name: metric for metric in metrics}
    if len(by_name) != len(metrics):
        raise ValueError(f"{METRICS_FILE.name} defines a metric twice.")
    return by_name


def query(
    metrics: list[Metric],
    *,
    currency: str | None = None,
    by: str | None = None,
    parts: Sequence[str] = (),
    filters: Collection[str] = (),
    rows: str | None = None,
) -> sql.Composed:
    """Build the query for one row, or one per value of `by` (an SQL expression), with a column per metric.

    With `by`, `parts` are text columns of the mart that break the rows down further, each a column of the result.

    `filters` are columns of the mart; `rows` is the SQL of what is read in its place. Parameters of the query:
    first_day and last_day (metrics that have days), one by the name of each filter and, with a currency, currency.
    Raises ValueError unless all metrics have the same mart, day column and `where`.
    """
    marts = {(metric.mart, metric.day, metric.where) for metric in metrics}
    if len(marts) != 1:
        raise ValueError(f"Metrics of different marts or rows cannot share a query: {[m.name for m in metrics]}.")
    mart, day, where = marts.pop()
    columns = [
        sql.SQL("{} as {}").format(
            sql.SQL(metric.expression(in_shop_currency=currency is None)), sql.Identifier(metric.name)
        )
        for metric in metrics
    ]
    conditions = [f"({where})"]
    if day is not None:
        conditions.append(f"{day} between %(first_day)s and %(last_day)s")
    if currency is not None:
        conditions.append("currency = %(currency)s")
    conditions += [same_value(column) for column in filters]
    key: list[sql.Composable] = [sql.SQL("{} as key").format(sql.SQL(by))] if by else []
    key += [sql.SQL("coalesce({0}, 'unknown') as {0}").format(sql.Identifier(part)) for part in parts]
    places = [f"{place}" for place in range(1, len(key) + 1)]
    condition: sql.Composable = sql.SQL(" and ").join(map(sql.SQL, conditions))
    source = _source(mart, rows)
    if len(metrics) == 1 and (distinct := DISTINCT.fullmatch(metrics[0].sql)):
        found = sql.SQL(f"{distinct[1]} as found")
        source = sql.SQL("(select {} from {} where {} group by {}) as groups").format(
            sql.SQL(", ").join([*key, found]), source, condition, sql.SQL(", ".join([*places, str(len(places) + 1)]))
        )
        columns = [sql.SQL("count(found) as {}").format(sql.Identifier(metrics[0].name))]
        key = [sql.Identifier(name) for name in (*["key"] * bool(by), *parts)]
        condition = sql.SQL("true")
    statement = sql.SQL("select {} from {} where {}").format(sql.SQL(", ").join([*key, *columns]), source, condition)
    return sql.Composed([statement, sql.SQL(f" group by {', '.join(places)} order by 1" if by else "")])


def _source(mart: str, rows: str | None) -> sql.Composable:
    if rows:
        return sql.SQL("({}) as {}").format(sql.SQL(rows), sql.Identifier(mart))
    return sql.Identifier("marts", mart)
