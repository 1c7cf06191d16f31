"""Weights of the ranking from a shop's own clicks: fitted on earlier ones, published when better on later ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from storefront.search.clicked_results import Clicks, read_clicks
from storefront.search.fitting import Ranker, fit
from storefront.search.published_weights import published_weights
from storefront.search.versions import IndexMissingError, open_version
from storefront.search.weights import Weights

FEWEST_CLICKS = 200  # of either time; with fewer the comparison would be chance
STANDARD_ERRORS = 2.0  # by how many the new weights must be better
KEEP = """
    insert into serving.search_weights (
        is_published, weights, clicks_count, held_out_clicks_count, score_before, score_after, standard_error
    )
    values (
        %(is_published)s, %(weights)s, %(clicks)s, %(held_out_clicks)s, %(before)s, %(after)s, %(standard_error)s
    )
"""


class TooFewClicksError(Exception):
    """Nothing can be learned yet."""


@dataclass(frozen=True)
class Refit:
    """Weights fitted on `clicks` clicks, and both weights' scores on the `held_out_clicks` that came later."""

    weights: Weights
    clicks: int
    held_out_clicks: int
    before: float
    after: float
    standard_error: float

    @property
    def is_better(self) -> bool:
        """Whether they rank what was clicked later higher, beyond chance."""
        return self.after - self.before > STANDARD_ERRORS * self.standard_error

    @property
    def message(self) -> str:
        """The result as a sentence for an operator."""
        compared = (
            f"fitted on {self.clicks:,} clicks, the weights score {self.after:.4f} on {self.held_out_clicks:,} later "
            f"ones, those in use {self.before:.4f} (standard error of the difference {self.standard_error:.4f})"
        )
        return f"Better: {compared}." if self.is_better else f"Not better beyond chance, so not published: {compared}."


def refit(database_url: str, index_dir: Path, said: Callable[[str], None] = lambda _: None) -> Refit:
    """Fit on the shop's clicks from the weights in use, keep the result, and publish it when it is better.

    Raises TooFewClicksError, IndexMissingError, and psycopg.Error.
    """
    with psycopg.connect(database_url) as connection:
        earlier, later = read_clicks(connection)
        if min(earlier.count, later.count) < FEWEST_CLICKS:
            raise TooFewClicksError(
                f"{earlier.count:,} clicks in results to fit on and {later.count:,} of the last week to judge by: it "
                f"takes {FEWEST_CLICKS} of each. The built-in weights go on until then."
            )
        in_use = published_weights(connection)
    try:
        ranker = Ranker(open_version((index_dir / "current").resolve()))
    except FileNotFoundError as missing:
        raise IndexMissingError("The search index is not built yet: comptoir search index.") from missing
    found = compare(ranker, earlier, later, in_use, said)
    with psycopg.connect(database_url) as connection:
        weights = Jsonb(asdict(found.weights))
        connection.execute(KEEP, asdict(found) | {"is_published": found.is_better, "weights": weights})
    return found


def compare(
    ranker: Ranker, earlier: Clicks, later: Clicks, in_use: Weights, said: Callable[[str], None] = lambda _: None
) -> Refit:
    """Fit on the earlier clicks from the weights in use, and judge both by the later ones."""
    fitted = fit(lambda tried: earlier.score(ranker.ranked(tried, earlier.queries)), in_use, said)
    ours, theirs = (ranker.ranked(weights, later.queries) for weights in (fitted, in_use))
    _, standard_error = later.difference(ours, theirs)
    return Refit(fitted, earlier.count, later.count, later.score(theirs), later.score(ours), standard_error)
