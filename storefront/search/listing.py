"""The list that a search shows: ranked or sorted, with filters and the shop's rules."""

from __future__ import annotations

from typing import Literal

import tantivy
from tantivy import Occur, Order, Query

from storefront.search.filters import Filters, filter_clauses
from storefront.search.interpretation import Reading
from storefront.search.price_lists import price_field
from storefront.search.rules import Rule
from storefront.search.taste import NO_TASTE, Taste
from storefront.search.versions import Version

Sort = Literal["relevance", "price_asc", "price_desc", "rating", "newest", "popularity"]
SORTS: tuple[Sort, ...] = ("relevance", "price_asc", "price_desc", "rating", "newest", "popularity")
_COLUMNS = {
    "price_asc": ("price", Order.Asc),
    "price_desc": ("price", Order.Desc),
    "rating": ("rating", Order.Desc),
    "newest": ("created", Order.Desc),
    "popularity": ("popularity", Order.Desc),
}


class Listing:
    """What one search lists: `matches` are its products without the filters, which facets are counted in."""

    def __init__(
        self,
        version: Version,
        reading: Reading,
        rules: list[Rule],
        filters: Filters,
        sort: Sort,
        taste: Taste = NO_TASTE,
    ) -> None:
        self._version, self._filters, self._sort, self._taste = version, filters, sort, taste
        self.is_scored = sort == "relevance" and reading.match != "everything"
        self.matches = reading.query if self.is_scored or reading.full is None else reading.full
        self._ranked = self.matches
        clauses = [(rule, clause) for rule in rules if (clause := rule.clause(version.schema))]
        if clauses and self.is_scored:  # sorted otherwise, the shopper's order stands
            pins = [clause for rule, clause in clauses if rule.action == "pin"]
            others = [clause for rule, clause in clauses if rule.action != "pin"]
            self.matches = Query.boolean_query([(Occur.Should, self.matches), *pins])
            self._ranked = Query.boolean_query([(Occur.Must, self.matches), *others])

    def page(self, limit: int, offset: int) -> tantivy.SearchResult:
        """`limit` products (at least one) after the first `offset`."""
        schema, searcher = self._version.schema, self._version.searcher
        narrowed = [(Occur.Must, self._ranked), *filter_clauses(schema, self._filters)]
        if not self.is_scored:
            column, order = _COLUMNS.get(self._sort, _COLUMNS["popularity"])
            column = price_field(self._filters.price_list) if column == "price" else column
            query = Query.boolean_query(narrowed)
            return searcher.search(query, max(limit, 1), order_by_field=column, order=order, offset=offset)
        weights = self._version.interpreter.weights
        in_stock = Query.const_score_query(Query.term_query(schema, "is_in_stock", True), weights.in_stock)
        liked = self._taste.clauses(schema, weights.taste)
        query = Query.boolean_query([*narrowed, (Occur.Should, in_stock), *liked])
        return searcher.search(query, max(limit, 1), offset=offset)


def count_of(found: tantivy.SearchResult) -> int:
    """All products that a search found."""
    return found.count  # type: ignore[attr-defined]  # missing in tantivy's type stubs
