"""Magento's query parameters `searchCriteria`: filter groups, sort orders, pages.

Groups are joined by AND, the filters of a group by OR. As in Magento, names may be written as `filter_groups` or
`filterGroups`. Source: Adobe Commerce, "Search using REST endpoints".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeVar

Row = TypeVar("Row")
Values = Mapping[str, Callable[[Row], Any]]
"""Field that can be filtered and sorted by -> how its value is read from a row."""

PARAMETER = re.compile(r"searchCriteria\[(?P<path>.+)\]$", re.IGNORECASE)
MAX_PAGE_SIZE = 300


class BadSearch(ValueError):
    """The search criteria cannot be used; the message is Magento's."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on a field."""

    field: str
    value: str
    condition: str  # a key of CONDITIONS

    def matches(self, found: Any) -> bool:
        """Whether the value of a row's field meets the condition."""
        return CONDITIONS[self.condition](found, self.value)


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    """Which rows are requested, in which order, and which page of them."""

    groups: tuple[tuple[Filter, ...], ...] = ()
    sort_orders: tuple[tuple[str, str], ...] = ()  # (field, ASC or DESC)
    page_size: int | None = None
    current_page: int = 1

    def lower_bound(self, field: str) -> str | None:
        """The lower bound of `field` for all rows, as written; None when no group consists of such a condition."""
        for group in self.groups:
            if len(group) == 1 and group[0].field == field and group[0].condition in ("gteq", "gt", "from", "moreq"):
                return group[0].value
        return None

    def select(self, rows: Iterable[Row], values: Values[Row]) -> list[Row]:
        """The rows that match, in the requested order; equal rows keep their order.

        Raises BadSearch for a field that is not in `values`.
        """
        filtered = [condition.field for group in self.groups for condition in group]
        for field in [*filtered, *(name for name, _ in self.sort_orders)]:
            if field not in values:
                raise BadSearch(f"Invalid attribute name: {field}")
        found = [
            row for row in rows if all(any(f.matches(values[f.field](row)) for f in group) for group in self.groups)
        ]
        for field, direction in reversed(self.sort_orders):
            found.sort(key=values[field], reverse=direction == "DESC")
        return found

    def page(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows of the current page. As in Magento, a page after the last one is the last one again."""
        if not self.page_size:
            return rows
        last = max(1, -(-len(rows) // self.page_size))
        first = (min(max(1, self.current_page), last) - 1) * self.page_size
        return rows[first : first + self.page_size]

    def as_record(self) -> dict[str, Any]:
        """The `search_criteria` that every list is answered with."""
        record: dict[str, Any] = {
            "filter_groups": [
                {"filters": [{"field": f.field, "value": f.value, "condition_type": f.condition} for f in group]}
                for group in self.groups
            ],
            "current_page": self.current_page,
        }
        if self.sort_orders:
            record["sort_orders"] = [{"field": field, "direction": direction} for field, direction in self.sort_orders]
        if self.page_size:
            record["page_size"] = self.page_size
        return record


def parse_search_criteria(parameters: Iterable[tuple[str, str]]) -> SearchCriteria:
    """The criteria in the (name, value) query parameters; others are ignored.

    Raises BadSearch for an unknown condition, a page that is no positive number, and a page size above 300.
    """
    tree: dict[str, Any] = {}
    for name, value in parameters:
        if match := PARAMETER.match(name):
            *path, last = (_snake(step) for step in match["path"].split("]["))
            node = tree
            for step in path:
                node = node.setdefault(step, {})
            node[last] = value
    groups = tuple(
        tuple(_filter(one) for one in _listed(group.get("filters", {})))
        for group in _listed(tree.get("filter_groups", {}))
    )
    sort_orders = tuple(
        (order["field"], order.get("direction", "DESC").upper())
        for order in _listed(tree.get("sort_orders", {}))
        if order.get("field")
    )
    page_size = _number(tree, "page_size")
    if page_size is not None and page_size > MAX_PAGE_SIZE:
        raise BadSearch(f"Maximum SearchCriteria pageSize is {MAX_PAGE_SIZE}")
    return SearchCriteria(groups, sort_orders, page_size, _number(tree, "current_page") or 1)


def _filter(given: dict[str, str]) -> Filter:
    condition = given.get("condition_type", "eq")
    if "field" not in given or condition not in CONDITIONS:
        raise BadSearch(f"Invalid filter: {given}")
    return Filter(given["field"], given.get("value", ""), condition)


def _listed(node: dict[str, Any]) -> list[Any]:
    return [node[key] for key in sorted(node, key=lambda key: int(key) if key.isdigit() else 0)]


def _number(tree: dict[str, Any], name: str) -> int | None:
    value = str(tree.get(name, ""))
    if not value:
        return None
    if not value.isdigit() or int(value) < 1:
        raise BadSearch(f'Error occurred during "{name}" processing. Type Error occurred.')
    return int(value)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda match: "_" + match[1].lower(), name)


def _compared(found: Any, value: str) -> tuple[Any, Any]:
    """Both values as numbers, if both are; else as texts."""
    if isinstance(found, int | float) and not isinstance(found, bool):
        try:
            return found, float(value)
        except ValueError:
            pass
    return str(found), value


def _comparison(test: Callable[[Any, Any], bool]) -> Callable[[Any, str], bool]:
    return lambda found, value: found is not None and test(*_compared(found, value))


def _in(found: Any, value: str) -> bool:
    return found is not None and any(a == b for a, b in (_compared(found, one) for one in value.split(",")))


CONDITIONS: dict[str, Callable[[Any, str], bool]] = {
    "eq": _comparison(lambda a, b: a == b),
    "neq": _comparison(lambda a, b: a != b),
    "gt": _comparison(lambda a, b: a > b),
    "gteq": _comparison(lambda a, b: a >= b),
    "from": _comparison(lambda a, b: a >= b),
    "moreq": _comparison(lambda a, b: a >= b),
    "lt": _comparison(lambda a, b: a < b),
    "lteq": _comparison(lambda a, b: a <= b),
    "to": _comparison(lambda a, b: a <= b),
    "in": _in,
    "nin": lambda found, value: not _in(found, value),
    "like": lambda found, value: found is not None and fnmatchcase(str(found).lower(), value.lower().replace("%", "*")),
    "null": lambda found, _value: found is None,
    "notnull": lambda found, _value: found is not None,
}
