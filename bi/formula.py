"""A metric's SQL, read once, so that other languages can say it: aggregates, added up and divided."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import sqlglot
from sqlglot import exp

from bi.metrics import Metric

Function = Literal["sum", "count", "count_distinct"]


@dataclass(frozen=True)
class Aggregate:
    """An aggregate over a mart's rows: of `argument` (None counts rows), where `condition` holds (None: all rows)."""

    function: Function
    argument: exp.Expr | None
    condition: exp.Expr | None
    sign: Literal[1, -1] = 1


@dataclass(frozen=True)
class Formula:
    """The sum of `terms`, divided by `divisor` where there is one; null where that is zero."""

    terms: tuple[Aggregate, ...]
    divisor: Aggregate | None

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """All aggregates, the divisor last."""
        return (*self.terms, *((self.divisor,) if self.divisor else ()))


@cache
def formula(metric: Metric, *, in_shop_currency: bool = True) -> Formula:
    """Read the metric's SQL; its `where` becomes a condition of each aggregate.

    Raises ValueError when it is made of anything but sums and counts, added up or divided by one of them.
    """
    node = _bare(sqlglot.parse_one(metric.expression(in_shop_currency=in_shop_currency), dialect="postgres"))
    rows = None if metric.where == "true" else sqlglot.parse_one(metric.where, dialect="postgres")
    try:
        if isinstance(node, exp.Div):
            (divisor,) = _terms(_bare(node.expression), rows)
            return Formula(_terms(_bare(node.this), rows), divisor)
        return Formula(_terms(node, rows), None)
    except ValueError as error:
        raise ValueError(f"The metric {metric.name} has SQL that other languages cannot say: {metric.sql}") from error


def _bare(node: exp.Expr) -> exp.Expr:
    """Without casts, brackets and `nullif(…, 0)`, which every language has its own way to say."""
    while isinstance(node, exp.Cast | exp.Paren | exp.Nullif):
        node = node.this
    return node


def _terms(node: exp.Expr, rows: exp.Expr | None) -> tuple[Aggregate, ...]:
    if isinstance(node, exp.Add | exp.Sub):
        first, second = _terms(_bare(node.this), rows), _terms(_bare(node.expression), rows)
        if isinstance(node, exp.Sub):
            second = tuple(Aggregate(one.function, one.argument, one.condition, -1) for one in second)
        return first + second
    condition = rows
    if isinstance(node, exp.Filter):
        own = node.expression.this
        condition = exp.and_(rows, own) if rows else own
        node = node.this
    if isinstance(node, exp.Sum):
        return (Aggregate("sum", node.this, condition),)
    if isinstance(node, exp.Count):
        counted = node.this
        if isinstance(counted, exp.Star):
            return (Aggregate("count", None, condition),)
        if isinstance(counted, exp.Distinct):
            return (Aggregate("count_distinct", counted.expressions[0], condition),)
        present = exp.Is(this=counted.copy(), expression=exp.null(), negate=True)
        return (Aggregate("count", None, exp.and_(condition, present) if condition else present),)
    raise ValueError(node.sql("postgres"))
