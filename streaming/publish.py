"""Makes the lists that the storefront reads, and writes them in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from functools import cache, partial

import psycopg

from recommendations.accessories import accessories_of
from recommendations.cart import for_cart
from recommendations.reasons import popular_in, viewed_with
from recommendations.scoring import LIST_LENGTH, ScoredList, event_clock, for_visitors
from recommendations.session_counts import IN_ORDER, ProductEvent
from recommendations.visits import RECENT_EVENTS
from streaming.cart_removals import Removals, without_removed
from streaming.lists import NEIGHBOUR_LISTS, TRENDING_LISTS, VISITOR_LISTS, ProductList
from streaming.memory import ShopMemory

VISITORS_A_WRITE = 256  # of a large batch: Postgres writes their lists while those of the next are made
SLOTS = ("home", "cart")  # not "product": a product page shows the neighbours of its product


def publish_visitors(
    connection: psycopg.Connection,
    memory: ShopMemory,
    recent: Mapping[str, Sequence[ProductEvent]],
    removals: Removals,
    elsewhere: Mapping[str, Set[str]],
) -> int:
    """Replace the lists of these visitors, made of their newest `RECENT_EVENTS` events; returns the lists written.

    `recent` (visitor -> events, at least one) may hold older events as well; `removals`: what they took out of their
    carts; `elsewhere`: what they bought on other devices. A visitor with a cart or purchase among all events gets a new
    cart list, empty if need be.
    """
    had_carts = {visitor for visitor, events in recent.items() if any(event.kind != "view" for event in events)}
    recent = without_removed(recent, removals)
    memory.load({event.product_id for events in recent.values() for event in events})
    newest = {visitor: sorted(events, key=IN_ORDER)[-RECENT_EVENTS:] for visitor, events in recent.items()}
    goes_with = cache(partial(accessories_of, shop=memory))  # the carts of a batch have products in common
    written, visitors = 0, sorted(newest)
    for start in range(0, len(visitors), VISITORS_A_WRITE):
        some = {visitor: newest[visitor] for visitor in visitors[start : start + VISITORS_A_WRITE]}
        lists = []
        for visitor, scored in for_visitors(some, memory, elsewhere).items():
            events = newest[visitor]
            clock = event_clock(events)
            lists.append(_list_of(visitor, "home", scored, memory.model.version, clock))
            if visitor in had_carts:
                bought = elsewhere.get(visitor, frozenset())
                in_cart = for_cart(events, goes_with, memory.is_sold, memory.catalogue.is_bought_again, bought)
                lists.append(_list_of(visitor, "cart", in_cart, memory.model.version, clock))
        written += VISITOR_LISTS.replace(connection, lists)
    return written


def remove_visitors(connection: psycopg.Connection, visitors: Iterable[str]) -> None:
    """Remove the lists of these visitors."""
    VISITOR_LISTS.remove(connection, [(visitor, slot) for visitor in sorted(visitors) for slot in SLOTS])


def publish_neighbours(connection: psycopg.Connection, memory: ShopMemory, products: Iterable[str]) -> int:
    """Replace the neighbour lists of these products whose order changed; returns the lists written.

    A list with the same products in the same order is not written and keeps its older scores: most clicks on a
    well-known product change no order, and that keeps batches short.
    """
    memory.load(products)
    scale = memory.pair_scale()
    changed = []
    products = sorted(products)
    for product, near in zip(products, memory.similar_to(products, LIST_LENGTH), strict=True):
        reason = viewed_with(memory.catalogue.titles.get(product))
        rivals = [(other, weight / scale, reason) for other, weight in near]
        for kind, listed in (("similar", rivals), ("together", accessories_of(product, memory))):
            ids = tuple(row[0] for row in listed[:LIST_LENGTH])
            if memory.published.get((product, kind)) == ids:
                continue
            memory.published[product, kind] = ids
            _, scores, reasons = zip(*listed[:LIST_LENGTH], strict=True) if ids else ((), (), ())
            changed.append(
                ProductList((product, kind), ids, scores, _shortest(reasons), memory.model.version, memory.clock)
            )
    return NEIGHBOUR_LISTS.replace(connection, changed)


def _shortest(reasons: Sequence[str]) -> Sequence[str]:
    """A single reason when all are the same."""
    return reasons[:1] if len(set(reasons)) == 1 else reasons


def publish_trending(connection: psycopg.Connection, memory: ShopMemory, categories: Iterable[str]) -> int:
    """Replace the trending lists of these categories ('' = the shop) whose order changed; returns the lists written."""
    changed = []
    for category in categories:
        trend = memory.trend(category)
        ids = tuple(product for product, _ in trend)
        if memory.published.get((category, "trending")) == ids:
            continue
        memory.published[category, "trending"] = ids
        scores = [score for _, score in trend]
        reason, version = popular_in(category), memory.model.version
        changed.append(ProductList((category,), ids, scores, [reason], version, memory.clock))
    return TRENDING_LISTS.replace(connection, changed)


def _list_of(visitor: str, slot: str, scored: ScoredList, version: str, clock: datetime) -> ProductList:
    return ProductList((visitor, slot), scored.product_ids, scored.scores, scored.reasons, version, clock)
