"""What goes with a cart: products that others wanted in the same visit as what lies in it. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest

from recommendations.accessories import Accessory
from recommendations.scoring import LIST_LENGTH, ScoredList
from recommendations.session_counts import IN_ORDER, ProductEvent

MAX_PRODUCTS = 10  # of a cart, the newest


def cart_of(events: Iterable[ProductEvent]) -> list[str]:
    """Products put into the cart and not bought since, newest first. Any order of events."""
    cart: dict[str, None] = {}
    for event in sorted(events, key=IN_ORDER):
        if event.kind == "cart":
            cart.pop(event.product_id, None)
            cart[event.product_id] = None
        elif event.kind == "purchase":
            cart.pop(event.product_id, None)
    return list(reversed(cart))[:MAX_PRODUCTS]


def for_cart(
    events: Sequence[ProductEvent],
    goes_with: Callable[[str], Sequence[Accessory]],
    is_sold: Callable[[str], bool],
    is_bought_again: Callable[[str], bool],
) -> ScoredList:
    """The list of a visitor's cart, best first, empty without a cart: never what lies in it or was bought for good.

    A product counts with its best share of what goes with one product of the cart (0..1) for the first, and half as
    much for each further one, so that what fits several comes first.
    """
    cart = cart_of(events)
    bought = {event.product_id for event in events if event.kind == "purchase"}
    hidden = {*cart, *(product for product in bought if not is_bought_again(product))}
    shares: dict[str, list[tuple[float, str]]] = {}
    for product in cart:
        for accessory, share, reason in goes_with(product):
            if accessory not in hidden and is_sold(accessory):
                shares.setdefault(accessory, []).append((share, reason))
    scored = []
    for accessory, found in shares.items():
        found.sort(reverse=True)
        score = sum(share / 2**place for place, (share, _) in enumerate(found))
        scored.append((score, accessory, found[0][1]))
    best = nlargest(LIST_LENGTH, scored)
    return ScoredList([row[1] for row in best], [row[0] for row in best], [row[2] for row in best])
