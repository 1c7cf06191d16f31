"""Magento's `searchCriteria` query parameters: filter groups, sort orders, pages.

Groups are joined by AND, the filters of a group by OR. Source: Adobe Commerce, "Search using REST endpoints".
Both spellings are taken, `filter_groups` and `filterGroups`, as Magento does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeVar

Row = TypeVar("Row")
Values = Mapping[str, Callable[[Row], Any]]
"""How a field that may be filtered and sorted by is read off a row."""

PARAMETER = re.compile(r"searchCriteria\[(?P<path>.+)\]$", re.IGNORECASE)
MAX_PAGE_SIZE = 300


class BadSearch(ValueError):
    """The search criteria make no sense; the message is what Magento would say."""


@dataclass(frozen=True, slots=True)
class Filter:
    field: str
    value: str
    condition: str

    def accepts(self, found: Any) -> bool:
        return CONDITIONS[self.condition](found, self.value)


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    groups: tuple[tuple[Filter, ...], ...] = ()
    sort_orders: tuple[tuple[str, str], ...] = ()  # (field, ASC or DESC)
    page_size: int | None = None
    current_page: int = 1

    def lower_bound(self, field: str) -> str | None:
        """What every row's `field` must reach, where a group of its own says so."""
        for group in self.groups:
            if len(group) == 1 and group[0].field == field and group[0].condition in ("gteq", "gt", "from", "moreq"):
                return group[0].value
        return None

    def select(self, rows: Iterable[Row], values: Values[Row]) -> list[Row]:
        """The rows that pass, in the order asked for; of equal rows the order given stays."""
        for field in [*(one.field for group in self.groups for one in group), *(name for name, _ in self.sort_orders)]:
            if field not in values:
                raise BadSearch(f"Invalid attribute name: {field}")
        found = [
            row
            for row in rows
            if all(any(one.accepts(values[one.field](row)) for one in group) for group in self.groups)
        ]
        for field, direction in reversed(self.sort_orders):
            found.sort(key=values[field], reverse=direction == "DESC")
        return found

    def page(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows of the page; behind the last page it is the last one again, as in Magento."""
        if not self.page_size:
            return rows
        last = max(1, -(-len(rows) // self.page_size))
        first = (min(max(1, self.current_page), last) - 1) * self.page_size
        return rows[first : first + self.page_size]

    def as_record(self) -> dict[str, Any]:
        """As it comes back with every list."""
        record: dict[str, Any] = {
            "filter_groups": [
                {"filters": [{"field": f.field, "value": f.value, "condition_type": f.condition} for f in group]}
                for group in self.groups
            ],
            "current_page": self.current_page,
        }
        if self.sort_orders:
            record["sort_orders"] = [{"field": field, "direction": way} for field, way in self.sort_orders]
        if self.page_size:
            record["page_size"] = self.page_size
        return record


def parse_search_criteria(parameters: Iterable[tuple[str, str]]) -> SearchCriteria:
    """The criteria among the query parameters. Raises BadSearch."""
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
    """Both sides as numbers where both are, else as texts."""
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
