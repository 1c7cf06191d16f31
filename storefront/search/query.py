"""Turns what the visitor typed and the filters they chose into tantivy queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import tantivy
from tantivy import FieldType, Occur, Query

from storefront.search.schema import TEXT_FIELDS, exact_analyzer, word_analyzer

MAX_WORDS = 16  # of one query; more is pasted text
TIE_BREAKER = 0.3  # what a word found in a second field adds
JOINED_WEIGHT = 0.5  # two words found written as one
EVERY_WORD_BOOST = 2.0


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a search: a product must match every facet by one of its values. Prices in the shop's currency."""

    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # facet field -> values
    price_min: float | None = None
    price_max: float | None = None
    rating_min: float | None = None
    in_stock: bool = False

    def without(self, facet: str) -> Filters:
        """The same filters except those of one facet, to count its other values."""
        terms = {name: values for name, values in self.terms.items() if name != facet}
        return Filters(
            terms,
            None if facet == "price" else self.price_min,
            None if facet == "price" else self.price_max,
            None if facet == "rating" else self.rating_min,
            self.in_stock and facet != "in_stock",
        )


def split_words(text: str) -> list[str]:
    """The first MAX_WORDS words of a query, in lower case and without accents."""
    return exact_analyzer().analyze(text)[:MAX_WORDS]


def words_query(schema: tantivy.Schema, words: list[str], *, all_of_them: bool) -> Query:
    """Products with every word; or else with at least half of them, those with every word ranked first."""
    clauses = [_word_clause(schema, words, position) for position in range(len(words))]
    every = Query.boolean_query([(Occur.Must, clause) for clause in clauses])
    if all_of_them or len(words) == 1:
        return every
    at_least = (len(words) + 1) // 2
    some = Query.boolean_query([(Occur.Should, clause) for clause in clauses], minimum_number_should_match=at_least)
    return Query.boolean_query([(Occur.Must, some), (Occur.Should, Query.boost_query(every, EVERY_WORD_BOOST))])


def _word_clause(schema: tantivy.Schema, words: list[str], position: int) -> Query:
    """One word in any text field, or joined with its neighbour ("head set" finds a headset)."""
    alternatives = [(words[position], 1.0)]
    for first in (position - 1, position):
        if first >= 0 and first + 1 < len(words):
            alternatives.append((words[first] + words[first + 1], JOINED_WEIGHT))
    analyzer = word_analyzer()
    per_field = [
        Query.boost_query(Query.term_query(schema, name, stem), boost * weight)
        for word, weight in alternatives
        for stem in analyzer.analyze(word)
        for name, boost in TEXT_FIELDS.items()
    ]
    return Query.disjunction_max_query(per_field, tie_breaker=TIE_BREAKER)


def filter_clauses(schema: tantivy.Schema, filters: Filters) -> list[tuple[Occur, Query]]:
    """One clause per filter; they do not change the score."""
    queries = []
    for name, values in filters.terms.items():
        queries += [Query.term_set_query(schema, name, group) for group in _alternatives(name, values)]
    if filters.price_min is not None or filters.price_max is not None:
        queries.append(_in_range(schema, "price", filters.price_min, filters.price_max))
    if filters.rating_min is not None:
        queries.append(_in_range(schema, "rating", filters.rating_min, None))
    if filters.in_stock:
        queries.append(Query.term_query(schema, "is_in_stock", True))
    return [(Occur.Must, Query.const_score_query(query, 0.0)) for query in queries]


def _alternatives(name: str, values: tuple[str, ...]) -> list[list[str]]:
    """The values grouped by facet: `attribute` holds values of several attributes, each a facet of its own."""
    if name != "attribute":
        return [list(values)]
    groups: dict[str, list[str]] = {}
    for value in values:
        groups.setdefault(value.partition("=")[0], []).append(value)
    return list(groups.values())


def _in_range(schema: tantivy.Schema, name: str, low: float | None, high: float | None) -> Query:
    return Query.range_query(schema, name, FieldType.Float, low, high)
