"""The list shown with a cart: accessories of the products in it. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from heapq import nlargest

from recommendations.accessories import Accessory
from recommendations.scoring import LIST_LENGTH, ScoredList
from recommendations.session_counts import IN_ORDER, ProductEvent

MAX_PRODUCTS = 10  # the newest products of a cart; older ones are ignored


def cart_of(events: Iterable[ProductEvent]) -> list[str]:
    """Products put into the cart and not bought since, newest first; `events` in any order."""
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
    bought_elsewhere: Set[str] = frozenset(),
) -> ScoredList:
    """The list for a visitor's cart, best first; empty when the cart is.

    It never holds products of the cart, nor bought ones, unless they are bought again and again. The score of an
    accessory is its best share (0..1) among the products of the cart, plus half of the second best, a quarter of the
    third and so on: accessories of several products come first.
    """
    cart = cart_of(events)
    bought = bought_elsewhere | {event.product_id for event in events if event.kind == "purchase"}
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
