"""Phrases that mean the same: a table of ours (synonyms.csv) and the shop's own (`storefront.search_synonyms`)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from storefront.search.words import Word, words

OWN_TABLE = Path(__file__).parent / "synonyms.csv"
LONGEST_PHRASE = 4  # words


class Synonym(NamedTuple):
    """`phrase` in a query also finds what has `means`; `both`: and the other way round. `source`: who says so."""

    phrase: str
    means: str
    direction: str
    source: str


def own_synonyms() -> list[Synonym]:
    """The table that comes with Comptoir, English and French."""
    with OWN_TABLE.open(encoding="utf-8", newline="") as file:
        return [Synonym(**row) for row in csv.DictReader(file)]


class Thesaurus:
    """Finds the phrases of a query that have synonyms."""

    def __init__(self, synonyms: Iterable[Sequence[Any]]) -> None:
        self._meanings: dict[str, dict[str, None]] = {}
        for phrase, means, direction, _ in synonyms:
            self._add(phrase, means)
            if direction == "both":
                self._add(means, phrase)

    def _add(self, phrase: str, means: str) -> None:
        self._meanings.setdefault(_key(words(phrase)), {})[means] = None

    def knows(self, word: str) -> bool:
        """Whether the word has a synonym."""
        return word in self._meanings

    def meanings(self, phrase: Sequence[Word]) -> list[list[Word]]:
        """What else the phrase means, each as words."""
        found = self._meanings.get(_key(phrase)) or self._meanings.get(_singular(_key(phrase)), {})
        return [words(means) for means in found]

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
