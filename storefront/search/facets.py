"""Facet counts of a result list: how many products each further filter would leave.

A facet that is filtered on is counted without its own filter, so that its other values can still be chosen; each
attribute is a facet of its own. One pass counts all the facets without a filter, each filtered one takes a pass more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import tantivy
from tantivy import Occur, Query

from storefront.search.filters import ATTRIBUTE_FACET, Filters, filter_clauses
from storefront.search.price_bands import PRICE_RANGES, price_bands
from storefront.search.price_lists import price_field
from storefront.search.quantities import value_range
from storefront.search.schema import ATTRIBUTE_SEPARATOR

VALUES_PER_FACET = 20
ATTRIBUTES_SHOWN = 6
ATTRIBUTE_BUCKETS = 200
CATEGORIES_PER_DEPARTMENT = 30
RATING_STEPS = (4.5, 4.0, 3.0)

Counts = list[dict[str, Any]]


def _terms(field: str, size: int = VALUES_PER_FACET, **more: Any) -> dict[str, Any]:
    return {"terms": {"field": field, "size": size, **more}}


_REQUESTS: dict[str, dict[str, Any]] = {
    "brand": {"brand": _terms("brand")},
    "category": {"category": _terms("category")},
    "department": {
        "department": _terms("department") | {"aggs": {"category": _terms("category", CATEGORIES_PER_DEPARTMENT)}}
    },
    "in_stock": {"in_stock": _terms("is_in_stock", 2)},
    "price": {},  # of the price list that is asked for
    "rating": {
        "rating": {
            "range": {
                "field": "rating",
                "ranges": [
                    {"from": low, "to": high} for low, high in zip(RATING_STEPS, (5.1, *RATING_STEPS), strict=False)
                ],
            }
        }
    },
    "attribute": {"attribute": _terms("attribute", ATTRIBUTE_BUCKETS)},
}


class FacetCounter:
    """Counts the facets of one query. `is_empty`: it is known that no product passes all the filters."""

    def __init__(
        self,
        searcher: tantivy.Searcher,
        schema: tantivy.Schema,
        query: Query,
        filters: Filters,
        is_empty: bool = False,
    ) -> None:
        self._searcher = searcher
        self._schema = schema
        self._query = query
        self._filters = filters
        self._is_empty = is_empty

    def count(self) -> dict[str, Counts]:
        """`{facet: [{"value", "count"}, …]}`, the most frequent first; `price` and `rating` as steps (`from`, `to`,
        `count`), `attributes` per name, `categories` as a tree, `price_range` with `min` and `max`."""
        counted = self._all_facets()
        price = counted["price_range"]
        return {
            "brand": _values(counted["brand"]["buckets"]),
            "category": _values(counted["category"]["buckets"]),
            "department": _values(counted["department"]["buckets"]),
            "in_stock": [
                {"value": True, "count": each["doc_count"]} for each in counted["in_stock"]["buckets"] if each["key"]
            ],
            "price": price_bands(counted["price"]["buckets"]),
            "price_range": [{"min": price["min"], "max": price["max"]}] if price["count"] else [],
            "rating": _ratings(counted["rating"]["buckets"]),
            "attributes": self._attributes(counted["attribute"]["buckets"]),
            "categories": _tree(counted["tree"]["buckets"]),
        }

    def values(self, facet: str, containing: str, limit: int) -> Counts:
        """The values of one facet ("brand", "attr.ram") that contain a text, with counts, the most frequent first."""
        is_attribute = facet.startswith(ATTRIBUTE_FACET)
        name = facet.removeprefix(ATTRIBUTE_FACET)
        beginning = re.escape(f"{name}{ATTRIBUTE_SEPARATOR}") if is_attribute else ""
        letters = "".join(f"[{re.escape(c.lower())}{re.escape(c.upper())}]" if c.isalpha() else re.escape(c)
                          for c in containing)  # fmt: skip
        request = _terms("attribute" if is_attribute else name, limit, include=f"{beginning}.*{letters}.*")
        buckets = self._aggregate(self._filters.without(facet), {"values": request})["values"]["buckets"]
        return [
            {"value": each["key"].partition(ATTRIBUTE_SEPARATOR)[2] if is_attribute else each["key"],
             "count": each["doc_count"]}
            for each in buckets
        ]  # fmt: skip

    def _all_facets(self) -> dict[str, Any]:
        unfiltered: dict[str, Any] = {}
        alone: dict[str, dict[str, Any]] = {}
        requests = _REQUESTS | {"price": _prices(price_field(self._filters.price_list))}
        for facet, request in requests.items():
            if facet != "attribute" and self._filters.without(facet) is not self._filters:
                alone[facet] = request
            else:
                unfiltered |= request
        counted = self._aggregate(self._filters, unfiltered)
        for facet, request in alone.items():
            counted |= self._aggregate(self._filters.without(facet), request)
        tree = self._filters.without("department").without("category")
        if tree is self._filters:
            counted["tree"] = counted["department"]
        else:
            counted["tree"] = self._aggregate(tree, _REQUESTS["department"])["department"]
        return counted

    def _attributes(self, buckets: Counts) -> Counts:
        """`[{"name", "values": [{"value", "count"}], "range"}]`: those filtered on, then the most common ones."""
        values: dict[str, Counts] = defaultdict(list)
        for bucket in buckets:
            name, _, value = bucket["key"].partition(ATTRIBUTE_SEPARATOR)
            values[name].append({"value": value, "count": bucket["doc_count"]})
        chosen = self._filters.attributes()
        for name in chosen:
            values[name] = self.values(f"{ATTRIBUTE_FACET}{name}", "", VALUES_PER_FACET)
        selective = [name for name, found in values.items() if len(found) > 1 and name not in chosen]
        selective.sort(key=lambda name: -sum(int(found["count"]) for found in values[name]))
        return [
            {
                "name": name,
                "values": values[name][:VALUES_PER_FACET],
                "range": value_range([found["value"] for found in values[name]]),
            }
            for name in [*chosen, *selective][: max(ATTRIBUTES_SHOWN, len(chosen))]
        ]

    def _aggregate(self, filters: Filters, request: dict[str, Any]) -> dict[str, Any]:
        if self._is_empty and filters is self._filters:
            narrowed = Query.empty_query()
        else:
            narrowed = Query.boolean_query([(Occur.Must, self._query), *filter_clauses(self._schema, filters)])
        return self._searcher.aggregate(narrowed, request)


def _prices(field: str) -> dict[str, Any]:
    return {
        "price": {"range": {"field": field, "ranges": PRICE_RANGES}},
        "price_range": {"stats": {"field": field}},
    }


def _values(buckets: Counts) -> Counts:
    return [{"value": bucket["key"], "count": bucket["doc_count"]} for bucket in buckets]


def _tree(buckets: Counts) -> Counts:
    return [
        {"value": bucket["key"], "count": bucket["doc_count"], "children": _values(bucket["category"]["buckets"])}
        for bucket in buckets
    ]


def _ratings(buckets: Counts) -> Counts:
    counts = {bucket.get("from"): bucket["doc_count"] for bucket in buckets}
    return [
        {"from": step, "count": total}
        for position, step in enumerate(RATING_STEPS)
        if (total := sum(int(counts.get(other, 0)) for other in RATING_STEPS[: position + 1]))
    ]
