"""Phrases that mean the same: a table of ours (synonyms.csv) and the shop's own (`storefront.search_synonyms`)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import tuple_row

from storefront.search.words import Word, words

OWN_TABLE = Path(__file__).parent / "synonyms.csv"
LONGEST_PHRASE = 4  # words


class Synonym(NamedTuple):
    """`phrase` in a query also finds what has `means`. `both`: they are the same, so the other way round as well; `to`:
    `means` is narrower, wider or a translation. `source`: who says so.
    """

    phrase: str
    means: str
    direction: str
    source: str


def own_synonyms() -> list[Synonym]:
    """The table that comes with Comptoir, English and French."""
    with OWN_TABLE.open(encoding="utf-8", newline="") as file:
        return [Synonym(**row) for row in csv.DictReader(file)]


def shop_synonyms(connection: psycopg.Connection[Any]) -> list[Synonym]:
    """The shop's own, of `serving.search_synonyms`; none while the table is missing. Raises psycopg.Error."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        if cursor.execute("select to_regclass('serving.search_synonyms')").fetchone() == (None,):
            return []
        cursor.execute("select phrase, means, direction, source from serving.search_synonyms order by phrase, means")
        return [Synonym(*row) for row in cursor.fetchall()]


class Thesaurus:
    """Finds the phrases of a query that have synonyms."""

    def __init__(self, synonyms: Iterable[Sequence[Any]]) -> None:
        self._meanings: dict[str, dict[str, bool]] = {}  # phrase -> what it means -> whether that is the same
        for phrase, means, direction, _ in synonyms:
            self._add(phrase, means, direction == "both")
            if direction == "both":
                self._add(means, phrase, True)

    def _add(self, phrase: str, means: str, is_same: bool) -> None:
        self._meanings.setdefault(_key(words(phrase)), {})[means] = is_same

    def phrases(self) -> Iterable[str]:
        """Everything that has a synonym."""
        return self._meanings.keys()

    def knows(self, word: str) -> bool:
        """Whether the word has a synonym."""
        return word in self._meanings

    def meanings(self, phrase: Sequence[Word]) -> list[tuple[tuple[Word, ...], bool]]:
        """What else the phrase means, each as words and whether it is the same; of a translation its synonyms too."""
        found = dict(self._of(_key(phrase)))
        for means, is_same in list(found.items()):
            if not is_same:
                same_as_that = (other for other, is_it in self._of(_key(words(means))).items() if is_it)
                found = {**dict.fromkeys(same_as_that, False), **found}
        return [(tuple(words(means)), is_same) for means, is_same in found.items()]

    def _of(self, key: str) -> dict[str, bool]:
        return self._meanings.get(key) or self._meanings.get(_singular(key), {})

    def spans(self, query: Sequence[Word]) -> list[list[Word]]:
        """The query cut into phrases, the longest that have synonyms first; other words are alone."""
        spans: list[list[Word]] = []
        position = 0
        while position < len(query):
            for length in range(min(LONGEST_PHRASE, len(query) - position), 0, -1):
                phrase = list(query[position : position + length])
                if length == 1 or self.meanings(phrase):
                    spans.append(phrase)
                    position += length
                    break
        return spans


def _key(phrase: Sequence[Word]) -> str:
    return " ".join(piece for word in phrase for piece in word.pieces)


def _singular(key: str) -> str:
    return key[:-1] if key.endswith("s") else key + "s"
