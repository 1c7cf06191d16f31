"""Fits the weights of the search on rated products and says what each idea is worth: `python -m benchmarks.fit_search`.

Two settings name the data, which are not part of this repository: COMPTOIR_SEARCH_RATINGS, a CSV (gzip) with columns
query, product_id and rating (0 to 3), and COMPTOIR_SEARCH_CATALOGUE, a folder of catalogue files as
docs/bring-your-data.md describes. Weights are chosen coordinate by coordinate on four fifths of the queries and judged
on the fifth; those that are printed at the end are chosen on all.
"""

from __future__ import annotations

import csv
import gzip
import math
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import typer

from benchmarks.figure import CannotMeasure
from benchmarks.settings import BenchmarkSettings
from demo_shop.own_data.catalogue_file import read_catalogue
from demo_shop.store.model import Product
from storefront.search.builder import index_products
from storefront.search.fitting import Ranker, fit
from storefront.search.versions import Version, open_version
from storefront.search.weights import WEIGHTS, Weights

Ratings = Mapping[str, Mapping[str, int]]  # query -> product -> 0 to 3
FOLDS = 5
# what is left of the ranking without one idea
WITHOUT: dict[str, dict[str, float]] = {
    "synonyms": {"synonym": 0.0, "related": 0.0, "synonym_intent": 0.0},
    "synonyms as evidence of the category": {"synonym_intent": 0.0},
    "words glued and split": {"joined": 0.0, "pieces": 0.0, "title_pairs": 0.0},
    "the category that is asked for": {"intent": 0.0, "kind": 0.0},
    "what a product is most like (only its filed category)": {"kind": 0.0, "intent": WEIGHTS.kind},
    "agreement of the words on a category": {"agreement": 0.0},
    "words typical of a category's titles": {"title_intent": 0.0},
    "words of a category's name": {"name_intent": 0.0},
    "names that only qualify others": {"unqualified": 0.0},
    "descriptions": {"description_text": 0.0},
    "attributes": {"attributes_text": 0.0},
}


class RatedSearch:
    """An index of the catalogue and the ratings of its products."""

    def __init__(self, version: Version, ratings: Ratings) -> None:
        self._ranker = Ranker(version)
        self.ratings = ratings
        self._scores: dict[Weights, dict[str, tuple[float, float]]] = {}

    def scores(self, weights: Weights) -> dict[str, tuple[float, float]]:
        """Query -> (nDCG@10, the same among rated products)."""
        if weights not in self._scores:
            ranked = self._ranker.ranked(weights, list(self.ratings))
            self._scores[weights] = {query: _ndcg(ranked[query], rated) for query, rated in self.ratings.items()}
        return self._scores[weights]

    def fitted(self, queries: Sequence[str]) -> Weights:
        """Weights by the mean of both figures over these queries."""
        return fit(lambda tried: statistics.mean(sum(self.scores(tried)[query]) / 2 for query in queries), WEIGHTS)


def main() -> None:
    """Print the figures of each fold, of the ranking without each idea, and the weights. Raises CannotMeasure."""
    settings = BenchmarkSettings()
    if not settings.search_ratings or not settings.search_catalogue:
        raise CannotMeasure("set COMPTOIR_SEARCH_RATINGS and COMPTOIR_SEARCH_CATALOGUE to the rated data")
    with tempfile.TemporaryDirectory(prefix="comptoir-fit-") as folder:
        index_products(list(catalogue_rows(settings.search_catalogue)), Path(folder))
        version = open_version((Path(folder) / "current").resolve())
        search = RatedSearch(version, read_ratings(settings.search_ratings))
        queries = sorted(search.ratings)
        held_out: dict[str, tuple[float, float]] = {}
        for fold in range(FOLDS):
            judged = queries[fold::FOLDS]
            chosen = search.fitted([query for query in queries if query not in judged])
            held_out |= {query: search.scores(chosen)[query] for query in judged}
        typer.echo(f"cross-validated: {_means(held_out.values())}")
        weights = search.fitted(queries)
        for name, changes in {"nothing": {}, **WITHOUT}.items():
            typer.echo(f"without {name}: {_means(search.scores(replace(weights, **changes)).values())}")
        typer.echo(str({field.name: getattr(weights, field.name) for field in fields(weights)}))


def _means(scores: Iterable[tuple[float, float]]) -> str:
    found, rated = (statistics.mean(each) for each in zip(*scores, strict=True))
    return f"nDCG@10 {found:.3f}, among rated {rated:.3f}"


def read_ratings(file: Path) -> Ratings:
    """The ratings of queries that have a relevant product."""
    ratings: dict[str, dict[str, int]] = defaultdict(dict)
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            ratings[row["query"]][row["product_id"]] = int(row["rating"])
    return {query: rated for query, rated in ratings.items() if max(rated.values()) > 0}


def catalogue_rows(folder: Path) -> list[dict[str, Any]]:
    """A folder of catalogue files as rows of the product mart."""
    rows: list[dict[str, Any]] = []
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file) as lines:
            ids = [msgspec.json.decode(line)["id"] for line in lines]
        products = read_catalogue(file, 7, datetime(2026, 11, 27, tzinfo=UTC))
        rows += [
            _row(str(known_as), each) for known_as, each in zip(ids, products, strict=True) if isinstance(each, Product)
        ]
    return rows


def _row(known_as: str, read: Product) -> dict[str, Any]:
    return {
        "product_id": known_as,
        "title": read.title,
        "description": read.description,
        "brand": read.vendor,
        "category": read.product_type,
        "department": read.department,
        "price_amount": read.price if read.price.is_finite() else None,
        "currency": "EUR",
        "compare_at_amount": None,
        "is_in_stock": True,
        "rating": None,
        "rating_count": 0,
        "attributes": read.attributes,
        "image_url": None,
        "variants": [{"sku": known_as, "barcode": read.barcode}],
    }


def _ndcg(found: Sequence[str], rated: Mapping[str, int]) -> tuple[float, float]:
    """nDCG@10 with gain 2^rating - 1 (Järvelin and Kekäläinen, 2002), of the list and of its rated products."""
    ideal = _dcg(sorted(rated.values(), reverse=True)[:10])
    return (
        _dcg([rated.get(each, 0) for each in found[:10]]) / ideal,
        _dcg([rated[each] for each in found if each in rated][:10]) / ideal,
    )


def _dcg(ratings: Sequence[int]) -> float:
    return sum((2**rating - 1) / math.log2(place + 2) for place, rating in enumerate(ratings))


if __name__ == "__main__":
    typer.run(main)
