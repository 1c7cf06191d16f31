"""How good the recommendations are, by a yardstick on real visits that is handed in.

`Recommender` is what the yardstick calls (`--callable benchmarks.recommendation_quality:Recommender`): the stream's
own counts and scores, in memory. `measure` runs the yardstick on every data set that lies beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.yardstick_shop import YardstickEvent, YardstickShop
from streaming.scoring import for_visitors

VISITOR = "visitor"


class Recommender:
    """fit, recommend and update as the yardstick wants them."""

    def fit(self, events: Sequence[YardstickEvent]) -> None:
        """Learn the training part, events in order of time."""
        self.shop = YardstickShop(events)

    def update(self, event: YardstickEvent) -> None:
        """Learn one more event."""
        self.shop.update(event)

    def recommend(self, prefix: Sequence[tuple[str, float, str]], k: int) -> list[str]:
        """The list of the visitor who did `prefix` (item, epoch seconds, type), oldest first; at most LIST_LENGTH."""
        recent = [self.shop.product_event(VISITOR, *step) for step in prefix]
        return [item.product_id for item in for_visitors({VISITOR: recent}, self.shop.counts)[VISITOR]][:k]
