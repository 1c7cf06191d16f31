"""Make the compiled code of the scores ready before the first click asks for it."""

from __future__ import annotations

from datetime import UTC, datetime

from recommendations.scoring import for_visitors
from recommendations.session_counts import ProductEvent, product_counts, session_pairs
from recommendations.shop_counts import ShopCounts


def make_ready() -> None:
    """Make a list in a shop of two products: numba compiles, some ten seconds, or reads what it compiled before."""
    then = datetime.fromtimestamp(0, UTC)
    visit = [ProductEvent(product, product, "visitor", "session", "view", "", then) for product in ("a", "b")]
    shop = ShopCounts(then)
    for event in visit:
        shop.hold(event.product_id)
    shop.add_counts(product_counts(visit), then)
    for _ in range(2):  # the second time the neighbours of both are known and get heavier
        shop.add_pairs(session_pairs(visit))
        for_visitors({"visitor": visit}, shop)
