"""Corrects misspelled words of a query by the words of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST_CORRECTED = 4  # letters; shorter words have too many neighbours
LONG_WORD = 8  # letters; from here on two mistakes are allowed, below it one


class Spelling:
    """Replaces words that the catalogue does not have by the nearest it has; of equally near ones the most frequent.

    `frequencies`: how many products have each word.
    """

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._frequencies = frequencies
        self._known = list(frequencies)

    def correct(self, words: list[str]) -> list[str]:
        """The words, unknown ones replaced where a near one exists; words with digits or under 4 letters stay."""
        return [self._correct(word) for word in words]

    def _correct(self, word: str) -> str:
        if word in self._frequencies or len(word) < SHORTEST_CORRECTED or any(letter.isdigit() for letter in word):
            return word
        allowed = 1 if len(word) < LONG_WORD else 2
        near = process.extract(word, self._known, scorer=OSA.distance, score_cutoff=allowed, limit=20)
        if not near:
            return word
        # a mistake in the first letter is rare, so such a candidate comes later
        return min(near, key=lambda hit: (hit[1], hit[0][0] != word[0], -self._frequencies[hit[0]]))[0]
