"""Facet counts of a result list: how many products each further filter would leave."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import tantivy
from tantivy import Occur, Query

from storefront.search.query import Filters, filter_clauses
from storefront.search.schema import ATTRIBUTE_SEPARATOR, FACET_FIELDS

VALUES_PER_FACET = 20
ATTRIBUTES_SHOWN = 6
ATTRIBUTE_BUCKETS = 200
PRICE_STEPS = (0, 25, 50, 100, 250, 500, 1000, 2000)
RATING_STEPS = (4.5, 4.0, 3.0)

Counts = list[dict[str, Any]]


def count_facets(
    searcher: tantivy.Searcher, schema: tantivy.Schema, query: Query, filters: Filters
) -> dict[str, Counts]:
    """`{facet: [{"value", "count"}, …]}`, the most frequent first; price and rating as steps (`from`, `to`, `count`).

    A facet that is filtered on is counted without its own filter, so that its other values can still be chosen.
    One pass counts all the facets without a filter; each filtered one takes a pass of its own.
    """
    requests = _requests()
    filtered = [facet for facet in requests if filters.without(facet) != filters]
    shared = {facet: request for facet, request in requests.items() if facet not in filtered}
    counted = searcher.aggregate(_narrowed(schema, query, filters), shared)
    for facet in filtered:
        narrowed = _narrowed(schema, query, filters.without(facet))
        counted |= searcher.aggregate(narrowed, {facet: requests[facet]})
    return {facet: _READERS.get(facet, _terms)(counted[facet]["buckets"]) for facet in requests} | {
        "attributes": _attributes(counted["attribute"]["buckets"])
    }


def _requests() -> dict[str, Any]:
    prices = [{"from": low, "to": high} for low, high in pairwise(PRICE_STEPS)]
    ratings = [{"from": low, "to": high} for low, high in zip(RATING_STEPS, (5.1, *RATING_STEPS), strict=False)]
    terms = {
        name: {"terms": {"field": name, "size": ATTRIBUTE_BUCKETS if name == "attribute" else VALUES_PER_FACET}}
        for name in FACET_FIELDS
    }
    return terms | {
        "in_stock": {"terms": {"field": "is_in_stock", "size": 2}},
        "price": {"range": {"field": "price", "ranges": [*prices, {"from": PRICE_STEPS[-1]}]}},
        "rating": {"range": {"field": "rating", "ranges": ratings}},
    }


def _narrowed(schema: tantivy.Schema, query: Query, filters: Filters) -> Query:
    return Query.boolean_query([(Occur.Must, query), *filter_clauses(schema, filters)])


def _terms(buckets: Counts) -> Counts:
    return [{"value": bucket["key"], "count": bucket["doc_count"]} for bucket in buckets]


def _stock(buckets: Counts) -> Counts:
    return [{"value": True, "count": bucket["doc_count"]} for bucket in buckets if bucket["key"]]


def _prices(buckets: Counts) -> Counts:
    return [
        {"from": bucket.get("from"), "to": bucket.get("to"), "count": bucket["doc_count"]}
        for bucket in buckets
        if bucket["doc_count"] and bucket.get("from") is not None
    ]


def _ratings(buckets: Counts) -> Counts:
    counts = {bucket.get("from"): bucket["doc_count"] for bucket in buckets}
    return [
        {"from": step, "count": total}
        for position, step in enumerate(RATING_STEPS)
        if (total := sum(int(counts.get(other, 0)) for other in RATING_STEPS[: position + 1]))
    ]


def _attributes(buckets: Counts) -> Counts:
    """`[{"name", "values": [{"value", "count"}]}]`: the most common attributes with more than one value."""
    values: dict[str, Counts] = defaultdict(list)
    for bucket in buckets:
        name, _, value = bucket["key"].partition(ATTRIBUTE_SEPARATOR)
        values[name].append({"value": value, "count": bucket["doc_count"]})
    selective = [name for name, found in values.items() if len(found) > 1]
    selective.sort(key=lambda name: -sum(int(found["count"]) for found in values[name]))
    return [{"name": name, "values": values[name][:VALUES_PER_FACET]} for name in selective[:ATTRIBUTES_SHOWN]]


_READERS = {"in_stock": _stock, "price": _prices, "rating": _ratings}
