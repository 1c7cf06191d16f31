"""Chooses the strictest reading of a query that finds something, and says what was read into it.

In this order: every word; every word but those of a sentence; unknown words corrected; at least half of the words.
Filters play no part: they only narrow what the text found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

import tantivy
from tantivy import Occur, Query

from storefront.search.intent import Intent
from storefront.search.light_words import is_light, is_stop_word
from storefront.search.phrases import PhraseFinder
from storefront.search.price_words import PriceWords, read_price_words
from storefront.search.query import Phrase, QueryWriter
from storefront.search.spelling import Spelling
from storefront.search.synonyms import Thesaurus
from storefront.search.weights import Weights
from storefront.search.words import Word, words
from storefront.search.words import word as make_word

MAX_WORDS = 16  # of one query; more is pasted text
FEW_HITS = 10  # with fewer products that have every word, those with some of the words are added
READINGS_KEPT = 2_000
MOST_ENDINGS = 8  # of the word that is being typed
INTENT_CATEGORIES = 4
HEAD_STRENGTH = 0.6  # of an intent whose word a partial match must have
PREPOSITIONS = frozenset(("for", "with", "without", "pour", "avec", "sans"))  # of what a thing is for or has
MUCH_MORE_FREQUENT = 50.0  # a neighbour of a known word, to be offered in its place

Match = Literal["all", "some", "none", "everything"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a query was taken for. `query` scores the products; `full` is the part of them with every word."""

    match: Match
    query: Query
    phrases: tuple[Phrase, ...] = ()
    full: Query | None = None
    full_count: int = 0
    corrected: str | None = None  # the query that was answered
    suggestion: str | None = None  # a likelier query, not answered
    left_out: tuple[str, ...] = ()  # words that no product has, or that say nothing
    prices: PriceWords = field(default_factory=lambda: PriceWords(""))
    categories: tuple[tuple[str, float], ...] = ()


class Interpreter:
    """Reads queries for one state of the index, and keeps the readings: many visitors ask the same."""

    def __init__(
        self,
        searcher: tantivy.Searcher,
        schema: tantivy.Schema,
        spelling: Spelling,
        thesaurus: Thesaurus,
        intent: Intent,
        weights: Weights,
    ) -> None:
        self.searcher = searcher
        self.schema = schema
        self.spelling = spelling
        self.thesaurus = thesaurus
        self.intent = intent
        self.weights = weights
        self.read = lru_cache(maxsize=READINGS_KEPT)(self._read)
        self.total = lru_cache(maxsize=READINGS_KEPT)(self._total)
        self._writer = QueryWriter(searcher, schema, weights)
        self._phrases = PhraseFinder(searcher, spelling, thesaurus)

    def changed(self, searcher: tantivy.Searcher | None = None, weights: Weights | None = None) -> Interpreter:
        """The same for another state of the index, or with other weights."""
        return Interpreter(
            searcher or self.searcher,
            self.schema,
            self.spelling,
            self.thesaurus,
            self.intent,
            weights or self.weights,
        )

    def _read(self, text: str, as_typed: bool = False) -> Reading:
        """The reading of a text. `as_typed`: nothing is corrected and no price is taken for a filter."""
        prices = PriceWords(text) if as_typed else read_price_words(text)
        typed = words(prices.text)[:MAX_WORDS]
        if not typed:
            asks_for_all = not text.strip() or prices.text != text
            return Reading(
                "everything" if asks_for_all else "none",
                Query.all_query() if asks_for_all else Query.empty_query(),
                prices=prices,
            )
        content = _without(typed, lambda word: is_stop_word(word.text))
        weighty = _without(content, lambda word: is_light(word.text))
        fewest: list[Reading] = []
        asides = _asides(typed)
        for kept in _each_once(typed, content, weighty):
            reading = self._every(kept, asides)
            if reading.full_count >= FEW_HITS:
                return replace(reading, prices=prices, suggestion=self._suggestion(kept, as_typed))
            fewest.append(reading)
        found = next((reading for reading in fewest if reading.full_count), None)
        corrected = weighty if as_typed or found else self._corrected(weighty)
        if corrected != weighty:
            reading = replace(self._every(corrected, asides), corrected=_text(corrected))
            if reading.full_count >= FEW_HITS:
                return replace(reading, prices=prices)
            found = reading if reading.full_count else None
        return replace(self._some(found, corrected, corrected != weighty, asides), prices=prices)

    def _total(self, text: str, as_typed: bool = False) -> int:
        """How many products the reading of a text finds, without filters."""
        reading = self.read(text, as_typed)
        return reading.full_count if reading.match == "all" else self._count(reading.query)

    def read_beginning(self, text: str) -> Reading:
        """The reading of a text that is being typed: its last word may be the beginning of one."""
        typed = words(text)[:MAX_WORDS]
        if not typed:
            return Reading("everything", Query.all_query())
        endings = self.spelling.endings(typed[-1].text, MOST_ENDINGS, 1) if not text[-1].isspace() else []
        phrases = self._phrases.of(typed)
        phrases = (*phrases[:-1], replace(phrases[-1], endings=tuple(endings)))
        query = self._writer.every(phrases)
        return self._ranked(Reading("all", query, phrases, query, 1))

    def _every(self, kept: Sequence[Word], asides: frozenset[str]) -> Reading:
        phrases = self._phrases.of(kept)
        query = self._writer.every(phrases)
        return self._ranked(Reading("all", query, phrases, query, self._count(query)), asides)

    def _some(self, found: Reading | None, kept: Sequence[Word], is_corrected: bool, asides: frozenset[str]) -> Reading:
        """Products with some of the words, after those with all of them, if any (`found`)."""
        corrected = _text(kept) if is_corrected else None
        phrases = found.phrases if found else self._phrases.of(kept)
        weighty = tuple(p for p in phrases if not all(is_light(word.text) for word in p.words)) or phrases
        known = tuple(p for p in weighty if self._count(self._writer.phrase(p)))
        left_out = tuple(p.text for p in phrases if p not in known)
        if not known:
            return Reading("none", Query.empty_query(), left_out=left_out, suggestion=self._nearest(kept))
        if found and len(known) == 1:
            return found
        things = _things(known, asides)
        loose = self._writer.some(known, self._head(things))
        # what has every word is what is meant, unless one of them says what it is for: few toys for kitchens are TVs
        everything = found.full if found and len(things) == len(known) else self._writer.every(things)
        assert everything is not None
        query = Query.boolean_query(
            [
                (Occur.Should, loose),
                (Occur.Should, everything),
                (Occur.Should, Query.const_score_query(everything, self.weights.every_word)),
            ]
        )
        return self._ranked(
            Reading(
                "some",
                query,
                known,
                everything if found else None,
                found.full_count if found else 0,
                corrected,
                left_out=left_out,
            ),
            asides,
        )

    def _ranked(self, reading: Reading, asides: frozenset[str] = frozenset()) -> Reading:
        """With the categories that the query asks for before the others, and things before what is for them."""
        things = _things(reading.phrases, asides)
        best = self._asked_for(reading, things)
        bonuses = [
            (Occur.Should, Query.const_score_query(Query.term_query(self.schema, field, category), strength * weight))
            for category, strength in best
            for field, weight in (("category", self.weights.intent), ("kind", self.weights.kind))
        ]
        if things and (unqualified := self._writer.unqualified(things[-1])):
            bonuses.append((Occur.Should, Query.const_score_query(unqualified, self.weights.unqualified)))
        query = Query.boolean_query([(Occur.Must, reading.query), *bonuses])
        return replace(reading, query=query, categories=tuple(best))

    def _asked_for(self, reading: Reading, things: Sequence[Phrase]) -> list[tuple[str, float]]:
        """The likeliest categories. Of several phrases those that products with all of them are in: a camera bag is no
        camera."""
        likely = self.intent.of([phrase.meanings for phrase in things], self.weights)
        if len(reading.phrases) > 1 and likely and self.weights.agreement:
            shares = self._shares(reading.full or reading.query)
            likely = {name: each * shares.get(name, 0.0) ** self.weights.agreement for name, each in likely.items()}
        return sorted(likely.items(), key=lambda item: -item[1])[:INTENT_CATEGORIES]

    def _shares(self, query: Query) -> dict[str, float]:
        """Category -> its share of the products."""
        counted = self.searcher.aggregate(query, {"kinds": {"terms": {"field": "category", "size": 50}}})
        buckets = counted["kinds"]["buckets"]
        total = sum(bucket["doc_count"] for bucket in buckets) or 1
        return {bucket["key"]: bucket["doc_count"] / total for bucket in buckets}

    def _corrected(self, kept: Sequence[Word]) -> list[Word]:
        """The words, unknown ones replaced by the likeliest that has products together with the others: two words that
        stand in one, or a word that it is a slip of."""
        corrected = [[word] for word in kept]
        for position, word in enumerate(kept):
            if (
                self._phrases.is_known(word)
                or self._phrases.is_known_joined(kept, position)
                or self._phrases.endings(word)
            ):
                continue
            others = [
                other for each in corrected for other in each if other is not word and self._phrases.is_known(other)
            ]
            candidates = self.spelling.candidates(word.text)
            replacements = [*self.spelling.splits(word.text), *((candidate,) for candidate in candidates)]
            found = next((each for each in replacements if self._go_together(each, others)), candidates[:1])
            if found:
                corrected[position] = [make_word(each) for each in found]
        return [word for each in corrected for word in each]

    def _go_together(self, replacement: Sequence[str], others: Sequence[Word]) -> bool:
        kept = [*map(make_word, replacement), *others]
        return len(kept) == 1 or self._count(self._writer.every(self._phrases.of(kept))) > 0

    def _suggestion(self, kept: Sequence[Word], as_typed: bool) -> str | None:
        """The query with a rare word replaced by a neighbour that is much more frequent: offered, not answered."""
        if as_typed:
            return None
        offered = [self._more_frequent(word) for word in kept]
        return _text([new or word for new, word in zip(offered, kept, strict=True)]) if any(offered) else None

    def _more_frequent(self, word: Word) -> Word | None:
        own = self.spelling.frequency(word.text)
        if not word.text.isalpha() or own > 2 or self.thesaurus.knows(word.text):
            return None
        candidate = next(iter(self.spelling.candidates(word.text)), None)
        is_likelier = candidate and self.spelling.frequency(candidate) > MUCH_MORE_FREQUENT * max(own, 1)
        return make_word(candidate) if candidate and is_likelier else None

    def _nearest(self, kept: Sequence[Word]) -> str | None:
        corrected = self._corrected(kept)
        return _text(corrected) if corrected != list(kept) else None

    def _head(self, phrases: Sequence[Phrase]) -> Phrase | None:
        """The phrase that names the kind of product, which a partial match must have."""
        strengths = {
            phrase: max(self.intent.of([phrase.meanings], self.weights).values(), default=0.0) for phrase in phrases
        }
        best = max(strengths, key=lambda phrase: strengths[phrase])
        return best if strengths[best] >= HEAD_STRENGTH else None

    def _count(self, query: Query) -> int:
        found = self.searcher.search(query, limit=1)
        return found.count  # type: ignore[attr-defined]  # missing in tantivy's type stubs


def _asides(typed: Sequence[Word]) -> frozenset[str]:
    """Words after a preposition, which say what the thing before it is for: "a case for my phone"."""
    place = next((place for place, word in enumerate(typed) if word.text in PREPOSITIONS), len(typed))
    before = {word.text for word in typed[:place]}
    if all(is_light(word) for word in before):
        return frozenset()
    return frozenset(word.text for word in typed[place:]) - before


def _things(phrases: Sequence[Phrase], asides: frozenset[str]) -> tuple[Phrase, ...]:
    """The phrases that are not asides; all of them if none would remain."""
    kept = tuple(phrase for phrase in phrases if asides.isdisjoint(word.text for word in phrase.words))
    return kept or tuple(phrases)


def _without(kept: Sequence[Word], is_left_out: Callable[[Word], bool]) -> list[Word]:
    """The words but those left out; all of them if none would remain."""
    return [word for word in kept if not is_left_out(word)] or list(kept)


def _each_once(*readings: list[Word]) -> list[list[Word]]:
    return [reading for position, reading in enumerate(readings) if reading not in readings[:position]]


def _text(kept: Sequence[Word]) -> str:
    return " ".join(word.text for word in kept)
