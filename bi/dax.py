"""A metric's formula in DAX, the language of Power BI's measures."""

from __future__ import annotations

from sqlglot import exp

from bi.formula import Aggregate, formula
from bi.metrics import Metric

OPERATORS = {exp.And: "&&", exp.Or: "||", exp.EQ: "=", exp.GT: ">", exp.Mul: "*"}


def dax(metric: Metric) -> str:
    """Translate the metric's SQL, in the shop's currency, over the table by the name of its mart.

    A division by zero is blank, as `nullif` makes it in SQL. Raises ValueError when it uses what has no translation.
    """
    found = formula(metric)
    terms = " ".join(f"{'-' if one.sign < 0 else '+'} {_aggregate(one, metric.mart)}" for one in found.terms)
    terms = terms.removeprefix("+ ")
    return terms if found.divisor is None else f"DIVIDE({terms}, {_aggregate(found.divisor, metric.mart)})"


def _aggregate(one: Aggregate, table: str) -> str:
    rows = f"'{table}'" if one.condition is None else f"FILTER('{table}', {_said(one.condition, table)})"
    match one.function:
        case "count":
            return f"COUNTROWS({rows})"
        case "sum" if one.condition is None and isinstance(one.argument, exp.Column):
            return f"SUM({_said(one.argument, table)})"
        case "sum" if one.argument is not None:
            return f"SUMX({rows}, {_said(one.argument, table)})"
        case "count_distinct" if one.argument is not None:
            counted = f"DISTINCTCOUNTNOBLANK({_said(one.argument, table)})"
            return counted if one.condition is None else f"CALCULATE({counted}, {rows})"
    raise ValueError(f"DAX has no translation of {one}.")


def _said(node: exp.Expr, table: str) -> str:
    """Return a condition or a value in DAX. Raises ValueError."""
    match node:
        case exp.Column():
            return f"'{table}'[{node.name}]"
        case exp.Paren():
            return f"({_said(node.this, table)})"
        case exp.Not() if isinstance(node.this, exp.Column):
            # NOT of a blank is true in DAX, while SQL leaves such a row out
            return f"{_said(node.this, table)} == FALSE()"
        case exp.Not():
            return f"NOT({_said(node.this, table)})"
        case exp.Is() if isinstance(node.expression, exp.Null):
            blank = f"ISBLANK({_said(node.this, table)})"
            return f"NOT({blank})" if node.args.get("negate") else blank
        case exp.In():
            values = ", ".join(_said(one, table) for one in node.expressions)
            return f"{_said(node.this, table)} IN {{{values}}}"
        case exp.Literal():
            return f'"{node.this}"' if node.is_string else str(node.this)
        case exp.And() | exp.Or() | exp.EQ() | exp.GT() | exp.Mul():
            return f"{_said(node.this, table)} {OPERATORS[type(node)]} {_said(node.expression, table)}"
    raise ValueError(f"DAX has no translation of {node.sql('postgres')}.")
