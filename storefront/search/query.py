"""Turns phrases of words into tantivy queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import tantivy
from tantivy import Occur, Query

from storefront.search.weights import Weights
from storefront.search.words import Word, forms
from storefront.search.words import word as make_word

PIECED_FIELDS = ("title", "attributes_text", "description_text")  # where the pieces of a word may stand apart
CODE_SCORE = 60.0  # a number of an article: nothing is more exact
MOST_KEPT = 5_000  # phrases whose queries are kept
BARE_NUMBER = 0.4  # "15 inch" found as a 15 in the title


@dataclass(frozen=True, slots=True)
class Phrase:
    """One or more words of a query that mean one thing, with what else it is called (`synonyms`)."""

    words: tuple[Word, ...]
    synonyms: tuple[tuple[Word, ...], ...] = ()
    related: tuple[tuple[Word, ...], ...] = ()  # narrower or wider words, translations
    codes: tuple[str, ...] = ()  # numbers of articles that begin with it
    endings: tuple[str, ...] = ()  # words of the catalogue that it is the beginning of
    joined: tuple[str, ...] = field(default=())  # it and a neighbour written as one

    @property
    def meanings(self) -> tuple[tuple[Word, ...], ...]:
        """The words and everything else that they may stand for."""
        return (self.words, *self.synonyms, *self.related)

    @property
    def text(self) -> str:
        """As typed."""
        return " ".join(word.text for word in self.words)


class QueryWriter:
    """Writes queries for one index. Terms that no product has are left out: most spellings of a word have none."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, weights: Weights) -> None:
        self._searcher = searcher
        self._schema = schema
        self._weights = weights
        self._fields = weights.fields()
        self._exists: dict[tuple[str, str], bool] = {}
        self._written: dict[Phrase, Query] = {}

    def phrase(self, phrase: Phrase) -> Query:
        """Products with the phrase in any text field, however it is written, or with a synonym of it."""
        found = self._written.get(phrase)
        if found is None:
            if len(self._written) >= MOST_KEPT:
                self._written.clear()
            found = self._written[phrase] = self._phrase(phrase)
        return found

    def every(self, phrases: Iterable[Phrase]) -> Query:
        """Products with every phrase."""
        return Query.boolean_query([(Occur.Must, self.phrase(phrase)) for phrase in phrases])

    def some(self, phrases: Sequence[Phrase], head: Phrase | None) -> Query:
        """Products with at least half of the phrases, and with `head`."""
        optional = [(Occur.Should, self.phrase(phrase)) for phrase in phrases]
        loose = Query.boolean_query(optional, minimum_number_should_match=(len(phrases) + 1) // 2)
        required = [] if head is None else [(Occur.Must, Query.const_score_query(self.phrase(head), 0.0))]
        return Query.boolean_query([(Occur.Must, loose), *required])

    def unqualified(self, phrase: Phrase) -> Query | None:
        """All products but those in whose title the phrase only qualifies another name; None when there are none."""
        known = [form for form in forms(phrase.words[-1].glued) if self._is_in("qualifiers", form)]
        if not known:
            return None
        qualified = Query.term_set_query(self._schema, "qualifiers", known)
        return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, qualified)])

    def _phrase(self, phrase: Phrase) -> Query:
        weights = self._weights
        alternatives = self._in_fields(phrase.words, 1.0)
        for readings, trust in ((phrase.synonyms, weights.synonym), (phrase.related, weights.related)):
            for reading in readings:
                # a longer name for the same thing is no better match
                share = min(1.0, len(phrase.words) / len(reading))
                alternatives += self._in_fields(reading, trust * share)
        for joined in phrase.joined:
            alternatives += self._in_fields((make_word(joined),), weights.joined)
        alternatives += self._terms("title", phrase.endings, weights.title * weights.joined)
        if phrase.codes:
            codes = Query.term_set_query(self._schema, "code", list(phrase.codes))
            alternatives.append(Query.const_score_query(codes, CODE_SCORE))
        return _best_of(alternatives, weights.tie_breaker)

    def _in_fields(self, phrase: Sequence[Word], trust: float) -> list[Query]:
        if len(phrase) == 1:
            return self._word(phrase[0], trust)
        each = [self._word(word, trust) for word in phrase]
        if not all(each):
            return []
        return [Query.boolean_query([(Occur.Must, _best_of(found, self._weights.tie_breaker)) for found in each])]

    def _word(self, word: Word, trust: float) -> list[Query]:
        weights, glued = self._weights, word.glued
        found: list[Query] = []
        for position, form in enumerate(forms(glued)):
            share = trust * (weights.stem if position else 1.0)
            for name, weight in self._fields.items():
                found += self._terms(name, (form,), share * weight)
        if word.quantity:
            if glued.endswith("in"):
                found += self._terms("title", (glued[:-2],), trust * BARE_NUMBER * weights.title)
            return found
        if not word.is_number:
            found += self._terms("title_pairs", forms(glued)[:2], trust * weights.title_pairs)
        for parts in (word.pieces, word.runs):
            if len(parts) > 1:
                for name in PIECED_FIELDS:
                    found += self._together(name, parts, trust * weights.pieces)
        return found

    def _together(self, name: str, parts: Sequence[str], trust: float) -> list[Query]:
        weight = trust * self._fields[name] / len(parts)
        each = [self._terms(name, forms(part), weight) for part in parts]
        if not all(each):
            return []
        return [Query.boolean_query([(Occur.Must, _best_of(found, 0.0)) for found in each])]

    def _terms(self, name: str, terms: Iterable[str], weight: float) -> list[Query]:
        return [
            Query.boost_query(Query.term_query(self._schema, name, term, "freq"), weight)
            for term in terms
            if self._is_in(name, term)
        ]

    def _is_in(self, name: str, term: str) -> bool:
        key = (name, term)
        found = self._exists.get(key)
        if found is None:
            if len(self._exists) >= 20 * MOST_KEPT:
                self._exists.clear()
            found = self._exists[key] = self._searcher.doc_freq(name, term) > 0
        return found


def _best_of(queries: list[Query], tie_breaker: float) -> Query:
    if not queries:
        return Query.empty_query()
    return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries, tie_breaker=tie_breaker)
