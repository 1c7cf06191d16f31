"""Corrects misspelled words of a query by the words of the catalogue.

The chance of a correction is that of the word (how many products have it) times that of the slip (Kernighan, Church and
Gale, "A spelling correction program based on a noisy channel model", 1990); slips have rough costs, not counted ones.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from heapq import nlargest
from itertools import islice, takewhile

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST_CORRECTED = 4  # letters; shorter words have too many neighbours
LONG_WORD = 8  # letters; from here on two mistakes are allowed, below it one
SHORTEST_BEGINNING = 4  # letters of a word that is taken for the beginning of another
SHORTEST_PART = 3  # letters of each of two words written as one
LEAST_OF_A_PART = 5  # products that have each of them
CANDIDATES = 20
PRODUCTS_OF_A_SYNONYM = 5  # nobody counted them
SLIP = 4.0  # a mistake is as unlikely as a word e⁴ times rarer
FIRST_LETTER = 1.5  # mistakes in the first letter are rarer
OTHER_LENGTH = 0.3  # so are letters too many or too few, a little, compared with letters swapped


class Spelling:
    """Finds the likeliest words of the catalogue for one that it does not have.

    `frequencies`: how many products have each word. `synonyms`: words that none has, and that products are found by.
    """

    def __init__(self, frequencies: Mapping[str, int], synonyms: Iterable[str] = ()) -> None:
        self._frequencies = frequencies
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self._sorted = sorted(word for word in frequencies if word.isalpha())
        for word in (*self._sorted, *(word for word in synonyms if word.isalpha() and word not in frequencies)):
            self._by_length[len(word)].append(word)

    def candidates(self, word: str) -> list[str]:
        """The likeliest corrections, best first; none for words with digits or under SHORTEST_CORRECTED letters."""
        if len(word) < SHORTEST_CORRECTED or not word.isalpha():
            return []
        allowed = 1 if len(word) < LONG_WORD else 2
        near = {
            candidate: distance
            for length in range(len(word) - allowed, len(word) + allowed + 1)
            for candidate, distance, _ in process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=allowed, limit=CANDIDATES
            )
            if candidate != word
        }
        return sorted(near, key=lambda candidate: -self._likelihood(word, candidate, near[candidate]))

    def splits(self, word: str) -> list[tuple[str, str]]:
        """Two frequent words of the catalogue that stand in one ("phonecharger", "corei5"), the most frequent first."""
        found = {
            (word[:place], word[place:]): min(self.frequency(word[:place]), self.frequency(word[place:]))
            for place in range(SHORTEST_PART, len(word) - 1)
            if len(word) - place >= SHORTEST_PART or word[-1].isdigit()
        }
        return sorted((parts for parts, least in found.items() if least >= LEAST_OF_A_PART), key=lambda p: -found[p])

    def endings(self, word: str, most: int = 12, shortest: int = SHORTEST_BEGINNING) -> list[str]:
        """The most frequent words that begin with `word`, if it has `shortest` letters."""
        if len(word) < shortest:
            return []
        place = bisect_left(self._sorted, word)
        longer = takewhile(lambda candidate: candidate.startswith(word), islice(self._sorted, place, None))
        return nlargest(most, (each for each in longer if each != word), key=self._frequencies.__getitem__)

    def frequency(self, word: str) -> int:
        """How many products have the word."""
        return self._frequencies.get(word, 0)

    def _likelihood(self, word: str, candidate: str, distance: float) -> float:
        slips = SLIP * distance
        slips += FIRST_LETTER * (candidate[0] != word[0])
        slips += OTHER_LENGTH * abs(len(candidate) - len(word))
        return math.log(1 + self._frequencies.get(candidate, PRODUCTS_OF_A_SYNONYM)) - slips
