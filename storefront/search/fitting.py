"""Fits the weights of the ranking: coordinate ascent on how well an index ranks what was judged good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from storefront.search.filters import Filters
from storefront.search.listing import Listing
from storefront.search.versions import Version
from storefront.search.weights import Weights

DEPTH, ROUNDS, LEAST_GAIN = 100, 2, 0.0005
GRID: Final[Mapping[str, Sequence[float]]] = {
    "title": (1.0, 1.5, 2.0, 3.0, 4.0),
    "title_pairs": (0.2, 0.5, 1.0, 2.0),
    "category_text": (0.05, 0.1, 0.3, 0.6),
    "brand_text": (0.25, 0.5, 1.0, 1.5, 3.0),
    "department_text": (0.1, 0.3, 0.6),
    "attributes_text": (0.05, 0.1, 0.2, 0.35),
    "description_text": (0.2, 0.5, 1.0, 1.5),
    "tie_breaker": (0.0, 0.1, 0.3, 0.6),
    "joined": (0.6, 1.0, 1.5, 2.5),
    "synonym": (0.1, 0.2, 0.3, 0.5, 0.7, 0.9),
    "related": (0.02, 0.05, 0.1, 0.2, 0.3, 0.5),
    "synonym_intent": (0.5, 0.8, 1.0),
    "intent": (0.5, 1.0, 2.0, 4.0),
    "kind": (6.0, 9.0, 13.0, 18.0, 25.0),
    "agreement": (0.25, 0.5, 1.0),
    "name_intent": (0.5, 1.0, 1.5, 2.0),
    "title_intent": (0.1, 0.25, 0.5, 1.0),
    "unqualified": (0.0, 1.0, 2.0, 3.0, 4.0, 6.0),
}


class Ranker:
    """Ranks the products of one version of the index by any weights."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self._ids: dict[tuple[int, int], str] = {}

    def ranked(self, weights: Weights, queries: Sequence[str]) -> dict[str, list[str]]:
        """Query -> ids of its first DEPTH products, without filters and the shop's rules."""
        version = replace(self._version, interpreter=self._version.interpreter.changed(weights=weights))
        return {query: self._found(version, query) for query in queries}

    def _found(self, version: Version, query: str) -> list[str]:
        page = Listing(version, version.interpreter.read(query), [], Filters(), "relevance").page(DEPTH, 0)
        found = []
        for _, address in page.hits:
            key = (address.segment_ord, address.doc)
            if key not in self._ids:
                self._ids[key] = msgspec.json.decode(version.searcher.doc(address)["card"][0])["product_id"]
            found.append(self._ids[key])
        return found


def fit(score: Callable[[Weights], float], weights: Weights, said: Callable[[str], None] = lambda _: None) -> Weights:
    """The weights after ROUNDS of coordinate ascent from `weights`; a change must raise the score by LEAST_GAIN.

    `said` is told of each round and name how far it is.
    """
    best = score(weights)
    for number in range(1, ROUNDS + 1):
        before = weights
        for name, values in GRID.items():
            for value in values:
                tried = replace(weights, **{name: value})
                mean = score(tried)
                if mean > best + LEAST_GAIN:
                    best, weights = mean, tried
            said(f"round {number} of {ROUNDS}, {name}: {best:.4f}")
        if weights == before:
            break
    return weights
