"""Make the lists that the storefront reads and write them, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import psycopg

from streaming.lists import NEIGHBOUR_LISTS, TRENDING_LISTS, VISITOR_LISTS, ProductList
from streaming.memory import ShopMemory
from streaming.scoring import LIST_LENGTH, MODEL_VERSION, Scored, event_clock, for_visitor, popular_in, seen_with
from streaming.session_counts import ProductEvent

SLOTS = ("home",)


def publish_visitors(
    connection: psycopg.Connection, memory: ShopMemory, recent: Mapping[str, Sequence[ProductEvent]]
) -> int:
    """Replace the lists of these visitors, from their recent events; returns the lists written."""
    memory.load({event.product_id for events in recent.values() for event in events})
    return VISITOR_LISTS.replace(
        connection, (_visitor_list(memory, visitor, events) for visitor, events in recent.items())
    )


def remove_visitors(connection: psycopg.Connection, visitors: Iterable[str]) -> None:
    """Take the lists of these visitors away."""
    VISITOR_LISTS.remove(connection, [(visitor, slot) for visitor in sorted(visitors) for slot in SLOTS])


def publish_neighbours(connection: psycopg.Connection, memory: ShopMemory, products: Iterable[str]) -> int:
    """Replace the neighbour lists whose order changed; returns the lists written.

    A list that shows the same products in the same order stays as it is, with the scores of its `computed_at`:
    most clicks on a well-known product change no list, and not writing them keeps a batch short.
    """
    memory.load(products)
    scale = memory.pair_scale()
    changed = []
    for product in products:
        for kind, neighbours in (("similar", memory.near(product)), ("together", memory.wanted_with(product))):
            best = neighbours[:LIST_LENGTH]
            ids = tuple(neighbour for neighbour, _ in best)
            if memory.published.get((product, kind)) == ids:
                continue
            memory.published[product, kind] = ids
            reason = seen_with(memory.titles.get(product), kind)
            scores = [score / scale for _, score in best]
            changed.append(ProductList((product, kind), ids, scores, [reason], MODEL_VERSION, memory.clock))
    return NEIGHBOUR_LISTS.replace(connection, changed)


def publish_trending(connection: psycopg.Connection, memory: ShopMemory, categories: Iterable[str]) -> int:
    """Replace the trending lists ('' = all) whose order changed; returns the lists written."""
    changed = []
    for category in categories:
        trend = memory.trend(category)
        ids = tuple(product for product, _ in trend)
        if memory.published.get((category, "trending")) == ids:
            continue
        memory.published[category, "trending"] = ids
        scores = [score for _, score in trend]
        changed.append(ProductList((category,), ids, scores, [popular_in(category)], MODEL_VERSION, memory.clock))
    return TRENDING_LISTS.replace(connection, changed)


def _visitor_list(memory: ShopMemory, visitor: str, events: Sequence[ProductEvent]) -> ProductList:
    scored: list[Scored] = for_visitor(events, memory.near, memory.trending, memory.titles.get)
    return ProductList(
        key=(visitor, "home"),
        product_ids=[item.product_id for item in scored],
        scores=[item.score for item in scored],
        reasons=[item.reason for item in scored],
        model_version=MODEL_VERSION,
        computed_at=event_clock(events),
    )
