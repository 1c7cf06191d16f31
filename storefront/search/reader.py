"""Faceted product search in process, on the index that `storefront.search.builder` makes current."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import tantivy
from tantivy import Occur, Order, Query

from storefront.search.facets import count_facets
from storefront.search.query import Filters, filter_clauses, split_words, words_query
from storefront.search.schema import register_analyzers
from storefront.search.spelling import Spelling

Sort = Literal["relevance", "price_asc", "price_desc", "rating"]
SORTS: tuple[Sort, ...] = ("relevance", "price_asc", "price_desc", "rating")
NO_FILTERS = Filters()
MAX_LIMIT = 100
MAX_OFFSET = 10_000
FEW_HITS = 5  # with fewer products that have every word, those with some of the words are added
IN_STOCK_BONUS = 0.5  # BM25 points: of two equal products the one that can be bought comes first


class IndexMissingError(Exception):
    """No index has been built yet."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`total` counts all matches, `hits` is one page of cards; `corrected`: the query answered if it was misspelled."""

    total: int
    took_ms: float
    hits: list[dict[str, Any]]
    facets: dict[str, list[dict[str, Any]]]
    corrected: str | None = None


@dataclass(frozen=True, slots=True)
class _Version:
    name: str
    index: tantivy.Index
    searcher: tantivy.Searcher
    spelling: Spelling


class SearchIndex:
    """Reads the current index of `index_dir`; the next search after a build uses the new one."""

    def __init__(self, index_dir: Path) -> None:
        self._current = index_dir / "current"
        self._open: _Version | None = None

    @property
    def version(self) -> str:
        """Name of the version that answers now. Raises IndexMissingError while there is none."""
        return self._latest().name

    def search(
        self,
        text: str = "",
        filters: Filters = NO_FILTERS,
        sort: Sort = "relevance",
        limit: int = 24,
        offset: int = 0,
        with_facets: bool = True,
    ) -> SearchResult:
        """Products with all the words; if too few, with the spelling corrected; else with at least half of the words.

        An empty text matches every product, those with most ratings first. `limit` and `offset` are cut to MAX_LIMIT
        and MAX_OFFSET. Raises IndexMissingError.
        """
        start = time.perf_counter()
        version = self._latest()
        limit, offset = min(max(limit, 0), MAX_LIMIT), min(max(offset, 0), MAX_OFFSET)
        words, corrected, query = _choose_query(version, text)
        found = _page(version, query, filters, sort, limit, offset, by_popularity=not words)
        facets = count_facets(version.searcher, version.index.schema, query, filters) if with_facets else {}
        hits = []
        for score, address in found.hits[:limit]:
            card = msgspec.json.decode(version.searcher.doc(address)["card"][0])
            hits.append(card | {"score": round(score, 4) if sort == "relevance" and words else None})
        took_ms = round((time.perf_counter() - start) * 1e3, 2)
        return SearchResult(_count(found), took_ms, hits, facets, corrected)

    def product(self, product_id: str) -> dict[str, Any] | None:
        """The card of one product with its attributes, or None. Raises IndexMissingError."""
        version = self._latest()
        found = version.searcher.search(Query.term_query(version.index.schema, "product_id", product_id), limit=1)
        if not found.hits:
            return None
        document = version.searcher.doc(found.hits[0][1])
        return msgspec.json.decode(document["card"][0]) | {"attributes": msgspec.json.decode(document["attributes"][0])}

    def _latest(self) -> _Version:
        try:
            name = self._current.readlink().name
            if self._open is None or self._open.name != name:
                self._open = _open_version(self._current.parent / "versions" / name)
        except (FileNotFoundError, ValueError) as missing:
            if self._open is None:
                raise IndexMissingError("The search index is not built yet: run the `search_index` asset.") from missing
        assert self._open is not None
        return self._open


def _open_version(folder: Path) -> _Version:
    index = tantivy.Index.open(str(folder))
    register_analyzers(index)
    index.reload()
    searcher = index.searcher()
    frequencies = dict(searcher.terms_with_prefix("vocabulary", ""))
    return _Version(folder.name, index, searcher, Spelling(frequencies))


def _choose_query(version: _Version, text: str) -> tuple[list[str], str | None, Query]:
    """The strictest reading of the text that finds enough, without regard to filters: a filter must only narrow."""
    words = split_words(text)
    if not words:
        return [], None, Query.all_query()
    for reading, all_of_them in _readings(version.spelling, words):
        query = words_query(version.index.schema, reading, all_of_them=all_of_them)
        if _count(version.searcher.search(query, limit=1)) >= (FEW_HITS if all_of_them else 1):
            return words, None if reading == words else " ".join(reading), query
    return words, None, Query.empty_query()


def _readings(spelling: Spelling, words: list[str]) -> Iterator[tuple[list[str], bool]]:
    yield words, True
    corrected = spelling.correct(words)
    if corrected != words:
        yield corrected, True
    yield corrected, False


def _count(found: tantivy.SearchResult) -> int:
    return found.count  # type: ignore[attr-defined]  # missing in tantivy's type stubs


def _filtered(version: _Version, query: Query, filters: Filters) -> Query:
    return Query.boolean_query([(Occur.Must, query), *filter_clauses(version.index.schema, filters)])


def _page(
    version: _Version, query: Query, filters: Filters, sort: Sort, limit: int, offset: int, by_popularity: bool
) -> tantivy.SearchResult:
    schema = version.index.schema
    if sort != "relevance" or by_popularity:
        column, order = {
            "relevance": ("popularity", Order.Desc),
            "price_asc": ("price", Order.Asc),
            "price_desc": ("price", Order.Desc),
            "rating": ("rating", Order.Desc),
        }[sort]
        query = _filtered(version, query, filters)
        return version.searcher.search(query, max(limit, 1), order_by_field=column, order=order, offset=offset)
    in_stock = Query.const_score_query(Query.term_query(schema, "is_in_stock", True), IN_STOCK_BONUS)
    ranked = Query.boolean_query([(Occur.Must, _filtered(version, query, filters)), (Occur.Should, in_stock)])
    return version.searcher.search(ranked, max(limit, 1), offset=offset)
