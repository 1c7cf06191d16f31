"""Suggestions as one types: queries of other visitors, categories, products."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from storefront.search.answers import Suggestion
from storefront.search.highlight import highlighted
from storefront.search.words import prepared, words

WEEKS, LEAST_VISITORS = 8, 3
ASKED = """
    select search_term, sum(searches_count)::integer
    from marts.mart_search_terms
    where search_date > current_date - %(weeks)s * 7 and length(search_term) between 2 and 60
        and search_term <> '(few visitors)'  -- all those that few asked, together
    group by search_term
    having sum(visitors_count) >= %(visitors)s and sum(clicked_searches_count) > 0
"""
MOST_LOOKED_AT = 2_000  # phrases that begin so, of which the most frequent are shown


class Completions:
    """Phrases by the beginning of any of their words. `phrases`: phrase -> how often it is used."""

    def __init__(self, phrases: Mapping[str, int]) -> None:
        self._count = dict(phrases)
        self._starts = sorted(
            (start, phrase) for phrase in phrases for start in _starts(" ".join(prepared(phrase).split()))
        )

    def of(self, beginning: str, limit: int) -> list[Suggestion]:
        """The most used phrases with a word beginning so, what follows included ("usb c" in "short USB C cable")."""
        start = " ".join(prepared(beginning).split())
        if not start:
            return []
        place = bisect_left(self._starts, (start, ""))
        found: dict[str, None] = {}
        for key, phrase in self._starts[place : place + MOST_LOOKED_AT]:
            if not key.startswith(start):
                break
            found[phrase] = None
        best = nlargest(limit, found, key=lambda phrase: (self._count[phrase], -len(phrase)))
        return [
            Suggestion(phrase, self._count[phrase], highlighted(phrase, set(), start.split()[0])) for phrase in best
        ]


def _starts(phrase: str) -> Iterable[str]:
    place = 0
    while place >= 0:
        yield phrase[place:]
        space = phrase.find(" ", place)
        place = space + 1 if space >= 0 else -1


def asked_queries(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """What visitors asked in the last weeks, found and clicked, and how often: only what several of them asked.

    A query of one visitor may be a name or an address. Empty while the mart is missing. Raises psycopg.Error.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        if cursor.execute("select to_regclass('marts.mart_search_terms')").fetchone() == (None,):
            return {}
        cursor.execute(ASKED, {"weeks": WEEKS, "visitors": LEAST_VISITORS})
        return dict(cursor.fetchall())


def queries_of_catalogue(products: Sequence[Mapping[str, object]]) -> dict[str, int]:
    """Queries that are sure to find something, before any visitor has searched: categories and brands with them.

    The number is that of the products.
    """
    counts: dict[str, int] = {}
    for product in products:
        category, brand = product["category"], product["brand"]
        phrases = [str(category)] if category else []
        if brand and category:
            phrases.append(f"{brand} {category}")
        if brand:
            phrases.append(str(brand))
        for phrase in phrases:
            text = " ".join(word.text for word in words(phrase))
            if text:
                counts[text] = counts.get(text, 0) + 1
    return counts
