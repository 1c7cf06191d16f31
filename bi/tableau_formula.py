"""A metric's formula in Tableau's language, where a division by zero is null as `nullif` makes it in SQL."""

from __future__ import annotations

from sqlglot import exp

from bi.formula import Aggregate, formula
from bi.metrics import Metric

OPERATORS = {exp.And: "AND", exp.Or: "OR", exp.EQ: "=", exp.GT: ">", exp.Mul: "*"}


def tableau_formula(metric: Metric) -> str:
    """Translate the metric's SQL, in the shop's currency.

    Raises ValueError when it uses what has no translation.
    """
    found = formula(metric)
    terms = " ".join(f"{'-' if one.sign < 0 else '+'} {_aggregate(one)}" for one in found.terms).removeprefix("+ ")
    if found.divisor is None:
        return terms
    dividend = f"({terms})" if len(found.terms) > 1 else terms
    return f"{dividend} / {_aggregate(found.divisor)}"


def _aggregate(one: Aggregate) -> str:
    value = "1" if one.argument is None else _said(one.argument)
    if one.condition is not None:
        value = f"IF {_said(one.condition)} THEN {value} END"
    return f"{'COUNTD' if one.function == 'count_distinct' else 'SUM'}({value})"


def _said(node: exp.Expr) -> str:
    """Return a condition or a value in Tableau's words. Raises ValueError."""
    match node:
        case exp.Column():
            return f"[{node.name}]"
        case exp.Paren():
            return f"({_said(node.this)})"
        case exp.Not():
            return f"NOT {_said(node.this)}" if isinstance(node.this, exp.Column) else f"NOT ({_said(node.this)})"
        case exp.Is() if isinstance(node.expression, exp.Null):
            return f"{'NOT ' if node.args.get('negate') else ''}ISNULL({_said(node.this)})"
        case exp.In():
            return f"{_said(node.this)} IN ({', '.join(_said(one) for one in node.expressions)})"
        case exp.Literal():
            return f'"{node.this}"' if node.is_string else str(node.this)
        case exp.And() | exp.Or() | exp.EQ() | exp.GT() | exp.Mul():
            return f"{_said(node.this)} {OPERATORS[type(node)]} {_said(node.expression)}"
    raise ValueError(f"Tableau has no translation of {node.sql('postgres')}.")
