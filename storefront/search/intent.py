"""Which category a query asks for, learned from the catalogue: so that a device comes before its accessories.

A category is likely for a word that stands in its name, and for one that is typical of its titles: present in many of
them and in few of others. In a running shop the categories that visitors clicked after a query count as well.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from storefront.search.weights import Weights
from storefront.search.words import Word, forms, index_terms, pair_terms, words

CATEGORIES_OF_A_WORD = 4
LEAST_PRODUCTS = 2  # that have a word before anything is learned from it
LEAST_STRENGTH = 0.08

_LISTED = re.compile(r"\s*[&,/]\s*|\s+(?:and|et)\s+")  # "Bags & cases" is the name of bags and of cases
Strengths = dict[str, dict[str, float]]  # word of the index -> category -> strength, 0 to 1


def learn(products: Iterable[Mapping[str, Any]]) -> Strengths:
    """How typical each word is of the titles of each category: √(share of the word's products that are in it × share
    of its products that have the word)."""
    with_word: dict[str, Counter[str]] = defaultdict(Counter)
    in_category: Counter[str] = Counter()
    for product in products:
        category = product["category"]
        if not category:
            continue
        in_category[category] += 1
        title = product["title"]
        for term in {*index_terms(title), *pair_terms(title)}:
            with_word[term][category] += 1
    found: Strengths = {}
    for term, counts in with_word.items():
        total = counts.total()
        if total < LEAST_PRODUCTS or term.isdigit():
            continue
        strengths = {
            category: round(math.sqrt(count / total * count / in_category[category]), 3)
            for category, count in counts.most_common(CATEGORIES_OF_A_WORD)
        }
        strong = {category: strength for category, strength in strengths.items() if strength >= LEAST_STRENGTH}
        if strong:
            found[term] = strong
    return found


class Intent:
    """Estimates the categories of a query. `categories` are the names of all of them.

    `clicked`: query -> category -> share of the clicks after it, trusted the more of them there are.
    """

    def __init__(self, titles: Strengths, categories: Iterable[str], clicked: Strengths | None = None) -> None:
        self._titles = titles
        self._clicked = clicked or {}
        self._names: dict[str, dict[str, float]] = defaultdict(dict)
        for category in categories:
            for name in _LISTED.split(category):
                parts = [word for word in words(name) if len(word.glued) > 1]
                for form in {form for word in parts for form in forms(word.glued)}:
                    # of "Phone accessories" a phone is but half, and the lesser half
                    self._names[form][category] = max(self._names[form].get(category, 0.0), 1 / len(parts) ** 2)

    def of(self, spans: Sequence[Sequence[Sequence[Word]]], weights: Weights) -> dict[str, float]:
        """Category -> 0 to 1. A span is a phrase of the query and its synonyms, each as words."""
        asked = " ".join(word.text for readings in spans for word in readings[0])
        scores: dict[str, float] = defaultdict(float)
        for category, share in self._clicked.get(asked, {}).items():
            scores[category] += weights.click_intent * share
        # an accessory's title has every word of its device's: many typical words are no more than one
        title = weights.title_intent / max(len(spans), 1)
        for readings in spans:
            best: dict[str, float] = {}
            for position, reading in enumerate(readings):
                trust = weights.synonym_intent if position else 1.0
                for category, score in self._of_phrase(reading, weights.name_intent, title).items():
                    best[category] = max(best.get(category, 0.0), trust * score)
            for category, score in best.items():
                scores[category] += score
        highest = max(scores.values(), default=0.0)
        return {category: score / max(highest, 1.0) for category, score in scores.items()}

    def _of_phrase(self, phrase: Sequence[Word], name_weight: float, title_weight: float) -> dict[str, float]:
        scores: dict[str, float] = defaultdict(float)
        for word in phrase:
            candidates = forms(word.glued)
            for kind, weight in ((self._names, name_weight), (self._titles, title_weight)):
                best: dict[str, float] = {}
                for form in candidates:
                    for category, strength in kind.get(form, {}).items():
                        best[category] = max(best.get(category, 0.0), strength)
                for category, strength in best.items():
                    scores[category] += weight * strength / len(phrase)
        for first, second in pairwise(phrase):
            for category, strength in self._titles.get(first.glued + second.glued, {}).items():
                scores[category] += title_weight * strength
        return scores
