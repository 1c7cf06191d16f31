"""Where a filter narrows a metric whose mart lacks its column: the rows to read instead of the mart's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bi.choice import Choice
from bi.marts import contracts
from bi.metrics import Metric
from bi.sales_breakdown import COLUMNS, NARROWED_BY, narrowed_lines, narrowed_sales

# by mart: the rows that stand for it, and the columns these have
ROWS = {"mart_daily_sales": (narrowed_sales, COLUMNS), "fct_order_lines": (narrowed_lines, None)}


def narrowed_by(metric: Metric, choice: Choice) -> set[str]:
    """Return the chosen filters that narrow the metric, by its mart's columns or by the rows that stand for it."""
    own = set(choice.filters_of(metric.mart))
    return own | (choice.filters.keys() & set(NARROWED_BY)) if _is_replaceable(metric) else own


def rows_of(metric: Metric, choice: Choice) -> str | None:
    """Return the SQL of the rows to read instead of the mart's, already narrowed; None where the mart's own do."""
    if narrowed_by(metric, choice) == set(choice.filters_of(metric.mart)):
        return None
    return ROWS[metric.mart][0](choice)


def left_out(metrics: Iterable[Metric], choice: Choice) -> list[Metric]:
    """Return the metrics that one of the chosen filters does not narrow."""
    return [metric for metric in metrics if choice.filters.keys() - narrowed_by(metric, choice)]


def _is_replaceable(metric: Metric) -> bool:
    _, columns = ROWS.get(metric.mart, (None, set()))
    used = {name for name in contracts()[metric.mart].columns if re.search(rf"\b{name}\b", _text(metric))}
    return metric.mart in ROWS and (columns is None or used <= columns)


def _text(metric: Metric) -> str:
    return f"{metric.expression(in_shop_currency=True)} {metric.where}"
