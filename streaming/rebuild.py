"""Makes all lists from the counts again: needed after a change of the scoring. The stream may go on meanwhile.

The stream writes a list when a click changes it, with the counts of that moment, so lists depend on how clicks were
split into batches. Rebuilt lists are a pure function of the counts.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from streaming import cart_removals, persons, publish, state
from streaming.fence import move_fences, take_fences
from streaming.memory import ShopMemory

CHUNK = 5_000  # products or visitors in memory at once


def rebuild_lists(database_url: str, consumables: Iterable[str] = ()) -> None:
    """Replace every list in serving, in one transaction: readers see the old ones until it ends.

    It holds the fence: a running stream counts on when it ends, and knows then that the lists are others. Visitors
    without a list, such as those who withdrew consent, get none. `consumables`: see ShopMemory. Raises psycopg.Error.
    """
    with psycopg.connect(database_url, autocommit=True) as connection, connection.transaction():
        fences = take_fences(connection)
        memory = ShopMemory(connection, consumables)
        connection.execute("delete from serving.stale_lists where kind <> 'visitor'")
        visitors = _texts(connection, "select distinct visitor_id from serving.recommendation_lists order by 1")
        products = _texts(connection, "select distinct product_id from serving.pair_counts order by 1")
        connection.execute("delete from serving.neighbour_lists")
        connection.execute("delete from serving.trending_lists")
        publish.publish_trending(connection, memory, memory.categories())
        for chunk in _chunks(products):
            publish.publish_neighbours(connection, memory, chunk)
        for chunk in _chunks(visitors):
            removals = cart_removals.load(connection, chunk)
            elsewhere = persons.bought_elsewhere(connection, persons.other_devices(connection, chunk))
            recent = state.load_recent(connection, chunk)
            publish.publish_visitors(connection, memory, recent, removals, elsewhere)
            memory.forget_oldest()
        move_fences(connection, fences)


def _texts(connection: psycopg.Connection, query: str) -> list[str]:
    return [text for (text,) in connection.execute(query)]


def _chunks(texts: list[str]) -> list[list[str]]:
    return [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
