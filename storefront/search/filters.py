"""The filters of a search, and the queries that apply them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import tantivy
from tantivy import FieldType, Occur, Query

from storefront.search.price_lists import OWN, price_field
from storefront.search.quantities import within
from storefront.search.schema import ATTRIBUTE_SEPARATOR

ATTRIBUTE_FACET = "attr."  # how a facet of one attribute is named: attr.ram

MOST_LOOKED_UP = 8  # values of a filter
NO_VALUE = "\0"  # of no product
Range = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Filters:
    """A product must match every facet by one of its values. Prices are of `price_list`, else the shop's own."""

    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # facet field -> values; attribute: name=value
    price_min: float | None = None
    price_max: float | None = None
    rating_min: float | None = None
    in_stock: bool = False
    ranges: Mapping[str, Range] = field(default_factory=dict)  # attribute -> lowest and highest number
    price_list: str = OWN

    def without(self, facet: str) -> Filters:
        """The same filters except those of one facet, to count its other values; "attr.ram" is one attribute's."""
        if facet == "price":
            return self if self.price_min is self.price_max is None else replace(self, price_min=None, price_max=None)
        if facet == "rating":
            return self if self.rating_min is None else replace(self, rating_min=None)
        if facet == "in_stock":
            return replace(self, in_stock=False) if self.in_stock else self
        if facet.startswith(ATTRIBUTE_FACET):
            return replace(self, terms=self._without_attribute(facet.removeprefix(ATTRIBUTE_FACET)))
        if facet not in self.terms:
            return self
        return replace(self, terms={name: values for name, values in self.terms.items() if name != facet})

    def attributes(self) -> list[str]:
        """Names of the attributes that are filtered on, each once."""
        return list(by_attribute(self.terms.get("attribute", ())))

    def resolved(self, attributes: Mapping[str, Sequence[str]]) -> Filters:
        """The same filters, ranges of numbers as the values within them; `attributes` are all values of each."""
        if not self.ranges:
            return self
        values = [
            f"{name}{ATTRIBUTE_SEPARATOR}{value}"
            for name, (lowest, highest) in self.ranges.items()
            for value in within(attributes.get(name, ()), lowest, highest) or [NO_VALUE]
        ]
        terms = {**self.terms, "attribute": (*self.terms.get("attribute", ()), *values)}
        return replace(self, terms=terms, ranges={})

    def within_prices(self, lowest: float | None, highest: float | None) -> Filters:
        """The same filters, and prices from `lowest` to `highest` too."""
        low = max((each for each in (self.price_min, lowest) if each is not None), default=None)
        high = min((each for each in (self.price_max, highest) if each is not None), default=None)
        return replace(self, price_min=low, price_max=high)

    def _without_attribute(self, name: str) -> dict[str, tuple[str, ...]]:
        chosen = by_attribute(self.terms.get("attribute", ()))
        kept = [value for other, values in chosen.items() if other != name for value in values]
        terms = {facet: values for facet, values in self.terms.items() if facet != "attribute"}
        return terms | ({"attribute": tuple(kept)} if kept else {})


NO_FILTERS = Filters()


def by_attribute(values: tuple[str, ...]) -> dict[str, list[str]]:
    """Values such as "ram=8 GB" grouped by attribute: each attribute is a facet of its own."""
    groups: dict[str, list[str]] = {}
    for value in values:
        groups.setdefault(value.partition(ATTRIBUTE_SEPARATOR)[0], []).append(value)
    return groups


def filter_clauses(schema: tantivy.Schema, filters: Filters) -> list[tuple[Occur, Query]]:
    """One clause per filter; they do not change the score."""
    queries = []
    for name, values in filters.terms.items():
        groups = list(by_attribute(values).values()) if name == "attribute" else [list(values)]
        queries += [any_of(schema, name, group) for group in groups]
    if filters.price_min is not None or filters.price_max is not None:
        queries.append(_in_range(schema, price_field(filters.price_list), filters.price_min, filters.price_max))
    if filters.rating_min is not None:
        queries.append(_in_range(schema, "rating", filters.rating_min, None))
    if filters.in_stock:
        queries.append(Query.term_query(schema, "is_in_stock", True))
    return [(Occur.Must, Query.const_score_query(query, 0.0)) for query in queries]


def any_of(schema: tantivy.Schema, name: str, values: Sequence[str]) -> Query:
    """Products with one of the values. A few are looked up one by one: a set of terms reads all the products of each,
    where a term alone leaps to those that the rest of the query left."""
    if len(values) > MOST_LOOKED_UP:
        return Query.term_set_query(schema, name, list(values))
    terms = [Query.term_query(schema, name, value, "basic") for value in values]
    return terms[0] if len(terms) == 1 else Query.boolean_query([(Occur.Should, term) for term in terms])


def _in_range(schema: tantivy.Schema, name: str, low: float | None, high: float | None) -> Query:
    return Query.range_query(schema, name, FieldType.Float, low, high)
