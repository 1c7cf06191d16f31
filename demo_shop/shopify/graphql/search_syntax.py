"""The `query:` argument: Shopify's search syntax, as far as connectors use it.

`field:value`, `field:>=value`, `-field:value`, joined by AND or a space. Source: Shopify's API search syntax
documentation. OR and parentheses are refused rather than misread.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from graphql import GraphQLError

TERM = re.compile(r"""(?P<not>-)?(?P<field>\w+):(?P<operator>>=|<=|>|<)?(?P<value>'[^']*'|"[^"]*"|[^\s()]+)""")
TIME_FIELDS = ("created_at", "updated_at")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Term:
    field: str
    operator: str  # "" | ">" | "<" | ">=" | "<="
    value: str
    is_negated: bool = False

    def accepts(self, value: Any) -> bool:
        """Whether one entity's value of this field passes. Texts compare without case, numbers as numbers."""
        if isinstance(value, (list, tuple)):
            return any(self._compare(one) for one in value) != self.is_negated
        return self._compare(value) != self.is_negated

    def _compare(self, value: Any) -> bool:
        wanted: Any = self.value.lower()
        if isinstance(value, int) and wanted.rpartition("/")[2].isdigit():
            return COMPARE[self.operator](value, int(wanted.rpartition("/")[2]))
        return COMPARE[self.operator](str(value).lower(), wanted)


@dataclass(frozen=True, slots=True)
class Search:
    """Bounds are inclusive whole seconds; `terms` are the rest, in the order written."""

    bounds: dict[str, datetime] = field(default_factory=dict)  # e.g. {"updated_from": ..., "updated_to": ...}
    terms: tuple[Term, ...] = ()

    def covers(self, updated_at: datetime) -> bool:
        """Whether a time of change is within the bounds on `updated_at`."""
        changed = updated_at.replace(microsecond=0)
        return self.bounds.get("updated_from", changed) <= changed <= self.bounds.get("updated_to", changed)

    def accepts(self, values: dict[str, Callable[[Any], Any]], entity: Any) -> bool:
        """Whether an entity passes; `values` reads a field of it. As in Shopify, unknown fields are ignored."""
        return all(term.accepts(values[term.field](entity)) for term in self.terms if term.field in values)


def parse_search(text: str | None) -> Search:
    """Raises GraphQLError for what it does not understand."""
    rest, bounds, terms = text or "", {}, []
    for match in TERM.finditer(rest):
        term = Term(match["field"], match["operator"] or "", match["value"].strip("'\""), bool(match["not"]))
        if term.field in TIME_FIELDS:
            bounds.update(_bounds(term))
        else:
            terms.append(term)
    left = re.sub(r"\bAND\b", " ", TERM.sub(" ", rest)).strip()
    if left:
        raise GraphQLError(f"the demo shop does not understand {left!r} in the search query {text!r}")
    return Search(bounds, tuple(terms))


def _bounds(term: Term) -> dict[str, datetime]:
    try:
        moment = datetime.fromisoformat(term.value)
    except ValueError as error:
        raise GraphQLError(f"{term.value!r} is no time for {term.field}") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    name = term.field.removesuffix("_at")
    whole = moment.replace(microsecond=0)
    if term.operator in ("<", "<="):
        is_same_second_in = term.operator == "<=" or moment != whole
        return {f"{name}_to": whole if is_same_second_in else whole - SECOND}
    if term.operator in (">", ">="):
        is_same_second_in = term.operator == ">=" and moment == whole
        return {f"{name}_from": whole if is_same_second_in else whole + SECOND}
    return {f"{name}_from": whole, f"{name}_to": whole}
