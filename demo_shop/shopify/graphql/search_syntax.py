"""The `query` argument: Shopify's search syntax, as far as connectors use it.

Terms are `field:value`, `field:>=value` or `-field:value`, joined by AND or a space. OR and parentheses are refused,
because ignoring them would give wrong results. Source: Shopify's documentation of the API search syntax.
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
    """One condition on a field."""

    field: str
    operator: str  # "" | ">" | "<" | ">=" | "<="
    value: str
    is_negated: bool = False

    def matches(self, value: Any) -> bool:
        """Whether a value of this field, or one of a list, meets the condition. Case is ignored."""
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
    """A parsed search: conditions on times as bounds for the store, all others as terms."""

    # inclusive, in whole seconds; keys as in store.tables.Selection, e.g. "updated_from"
    bounds: dict[str, datetime] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()

    def covers(self, updated_at: datetime) -> bool:
        """Whether a time is within the bounds on `updated_at`."""
        changed = updated_at.replace(microsecond=0)
        return self.bounds.get("updated_from", changed) <= changed <= self.bounds.get("updated_to", changed)

    def matches(self, values: dict[str, Callable[[Any], Any]], entity: Any) -> bool:
        """Whether an entity meets all terms; `values` reads its fields. As in Shopify, unknown fields are ignored."""
        return all(term.matches(values[term.field](entity)) for term in self.terms if term.field in values)


def parse_search(text: str | None) -> Search:
    """The search in a `query` argument. Raises GraphQLError for OR, parentheses and invalid times."""
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
        raise GraphQLError(f"{term.field} needs an ISO 8601 time, not {term.value!r}") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    name = term.field.removesuffix("_at")
    whole = moment.replace(microsecond=0)
    if term.operator in ("<", "<="):
        includes_second = term.operator == "<=" or moment != whole
        return {f"{name}_to": whole if includes_second else whole - SECOND}
    if term.operator in (">", ">="):
        includes_second = term.operator == ">=" and moment == whole
        return {f"{name}_from": whole if includes_second else whole + SECOND}
    return {f"{name}_from": whole, f"{name}_to": whole}
