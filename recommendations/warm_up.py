"""Compile the scores before the first click needs them."""

from __future__ import annotations

from datetime import UTC, datetime

from recommendations.scoring import LIST_LENGTH, for_visitors
from recommendations.session_counts import ProductEvent, product_counts, session_pairs
from recommendations.shop_counts import ShopCounts


def warm_up_numba() -> None:
    """Make a list in a shop of two products, which makes numba compile (about ten seconds) or read its cache."""
    then = datetime.fromtimestamp(0, UTC)
    visit = [ProductEvent(product, product, "visitor", "session", "view", "", then) for product in ("a", "b")]
    shop = ShopCounts(then)
    for event in visit:
        shop.hold(event.product_id)
    shop.add_counts(product_counts(visit), then)
    for _ in range(2):  # only the second time both have neighbour lists, whose weights grow
        shop.add_pairs(session_pairs(visit))
        for_visitors({"visitor": visit}, shop)
        list(shop.similar_to(["a", "b"], LIST_LENGTH))
