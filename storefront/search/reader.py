"""Faceted product search in process, on the index that `storefront.search.builder` makes current."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import tantivy
from tantivy import Query

from storefront.search.answers import Nearest, SearchResult, Suggestions, reason, understood
from storefront.search.facets import FacetCounter
from storefront.search.filters import NO_FILTERS, Filters
from storefront.search.highlight import highlighted, terms_of
from storefront.search.interpretation import Reading
from storefront.search.listing import Listing, Sort, count_of
from storefront.search.nearest import find_near, sentence
from storefront.search.price_lists import OWN, priced
from storefront.search.rules import RuleBook, banners
from storefront.search.taste import NO_TASTE, Taste
from storefront.search.versions import CurrentVersion, Version
from storefront.search.words import prepared

MAX_LIMIT = 100
MAX_OFFSET = 10_000


class SearchIndex:
    """Reads the current index of `index_dir`; the next search after a build or a change uses the new one."""

    def __init__(self, index_dir: Path) -> None:
        self._current = CurrentVersion(index_dir)
        self._rules = RuleBook(index_dir)

    @property
    def version(self) -> str:
        """Name of the version that answers now. Raises IndexMissingError while there is none."""
        return self._current.latest().name

    @property
    def price_lists(self) -> tuple[str, ...]:
        """The lists that prices may be asked for in, beside the shop's own. Raises IndexMissingError."""
        return self._current.latest().facts.price_lists

    @property
    def state(self) -> str:
        """What changes with every build and every change of the index. Raises IndexMissingError."""
        version = self._current.latest()
        return f"{version.name}-{version.changed_at}"

    def search(
        self,
        text: str = "",
        filters: Filters = NO_FILTERS,
        sort: Sort = "relevance",
        limit: int = 24,
        offset: int = 0,
        with_facets: bool = True,
        as_typed: bool = False,
        with_highlights: bool = False,
        taste: Taste = NO_TASTE,
    ) -> SearchResult:
        """The products that the strictest reading of the text finds, see `Interpreter.read`.

        An empty text matches every product, those with most ratings first. Sorted by anything but relevance, only
        products with every word are listed, if there are any. `limit` and `offset` are cut to MAX_LIMIT and MAX_OFFSET.
        `as_typed`: nothing is corrected, and no price in the text is taken for a filter. `taste`: of products that fit
        the words alike, those to it come first. Raises IndexMissingError.
        """
        start = time.perf_counter()
        version = self._current.latest()
        limit, offset = min(max(limit, 0), MAX_LIMIT), min(max(offset, 0), MAX_OFFSET)
        reading = version.interpreter.read(text, as_typed)
        rules = self._rules.applying(text, datetime.now(UTC))
        filters = filters.within_prices(reading.prices.lowest, reading.prices.highest).resolved(
            version.facts.facet_attributes
        )
        listed = Listing(version, reading, rules, filters, sort, taste)
        found = listed.page(limit, offset)
        hits = self._cards(version, reading, found, limit, listed.is_scored, with_highlights, filters.price_list)
        total = count_of(found)
        counter = FacetCounter(version.searcher, version.schema, listed.matches, filters, is_empty=not total)
        facets = counter.count() if with_facets else {}
        unfiltered = 0 if total else version.interpreter.total(text, as_typed)
        return SearchResult(
            total=total,
            full_total=reading.full_count if reading.match == "some" else total,
            took_ms=round((time.perf_counter() - start) * 1e3, 2),
            offset=offset,
            limit=limit,
            match=reading.match,
            hits=hits,
            facets=facets,
            corrected=reading.corrected,
            suggestion=reading.suggestion,
            reason=reason(text, reading, total, unfiltered, offset, len(hits)),
            understood=understood(reading),
            redirect=next((rule.url for rule in rules if rule.action == "redirect"), None),
            banners=banners(rules),
            is_personal=bool(taste.key) and listed.is_scored,
            nearest=None if total or offset else self._nearest(version, reading, filters, limit, with_highlights),
        )

    def facet_values(
        self, facet: str, containing: str = "", text: str = "", filters: Filters = NO_FILTERS, limit: int = 20
    ) -> list[dict[str, Any]]:
        """Values of one facet of a search that contain a text, as `{"value", "count", "highlighted"}`.

        `facet`: brand, category, department or attr.<name>. Raises IndexMissingError.
        """
        version = self._current.latest()
        reading = version.interpreter.read(text)
        counter = FacetCounter(
            version.searcher, version.schema, reading.query, filters.resolved(version.facts.facet_attributes)
        )
        values = counter.values(facet, containing, limit)
        return [value | {"highlighted": highlighted(value["value"], set(), containing.lower())} for value in values]

    def suggest(self, text: str, limit: int = 6, price_list: str = OWN) -> Suggestions:
        """Queries, categories and products for what was typed so far. Raises IndexMissingError."""
        version = self._current.latest()
        typed = prepared(text).split()
        if not typed:  # nothing, or signs alone
            return Suggestions(text, [], [], [])
        reading = version.interpreter.read_beginning(text)
        found = Listing(version, reading, [], NO_FILTERS, "relevance").page(limit, 0)
        if not found.hits:
            reading = version.interpreter.read(text)
            found = Listing(version, reading, [], NO_FILTERS, "relevance").page(limit, 0)
        products = self._cards(version, reading, found, limit, True, True, price_list, typed[-1])
        return Suggestions(text, version.completions.of(text, limit), version.categories.of(text, limit), products)

    def product(self, product_id: str, price_list: str = OWN) -> dict[str, Any] | None:
        """The card of one product with its attributes, or None. Raises IndexMissingError."""
        version = self._current.latest()
        found = version.searcher.search(Query.term_query(version.schema, "product_id", product_id), limit=1)
        if not found.hits:
            return None
        document = version.searcher.doc(found.hits[0][1])
        card = priced(msgspec.json.decode(document["card"][0]), price_list)
        return card | {"attributes": msgspec.json.decode(document["attributes"][0])}

    def _nearest(
        self, version: Version, reading: Reading, filters: Filters, limit: int, with_highlights: bool
    ) -> Nearest | None:
        near = find_near(version, reading, filters, limit)
        if near is None:
            return None
        is_scored = near.listing.is_scored
        hits = self._cards(version, near.reading, near.found, limit, is_scored, with_highlights, filters.price_list)
        return Nearest(count_of(near.found), hits, list(near.without), near.query, sentence(near))

    def _cards(
        self,
        version: Version,
        reading: Reading,
        found: tantivy.SearchResult,
        limit: int,
        is_scored: bool,
        with_highlights: bool,
        price_list: str,
        beginning: str = "",
    ) -> list[dict[str, Any]]:
        terms = terms_of(reading.phrases) if with_highlights else set()
        cards = []
        for score, address in found.hits[:limit]:
            card = priced(msgspec.json.decode(version.searcher.doc(address)["card"][0]), price_list)
            card["score"] = round(score, 4) if is_scored else None
            if with_highlights:
                card["highlights"] = {"title": highlighted(card["title"], terms, beginning)}
            cards.append(card)
        return cards
