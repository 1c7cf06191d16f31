"""Makes stale lists from the counts: what the workers of a spread batch do once the counts are committed."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from streaming import cart_removals, persons, publish, stale_lists, state
from streaming.memory import ShopMemory
from streaming.stale_lists import Key, StaleLists

AT_ONCE = 1_000  # lists in a transaction


def make_lists(connection: psycopg.Connection, memory: ShopMemory, keys: Sequence[Key]) -> int:
    """Make the lists with these keys again, and note that they are made; returns the number of keys.

    A pure function of the counts, of the visitors' events and of `memory`, which must know the newest counts: it can be
    repeated, and two workers that make the same list write the same. Raises psycopg.Error.
    """
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        stale = StaleLists.of(some)
        with connection.transaction():
            stale_lists.remove(connection, some)
            recent = state.load_recent(connection, stale.visitors)
            removals = cart_removals.load(connection, stale.visitors)
            devices = persons.other_devices(connection, stale.visitors)
            elsewhere = persons.bought_elsewhere(connection, devices)
            memory.load(stale.products | {event.product_id for events in recent.values() for event in events})
            publish.publish_visitors(connection, memory, recent, removals, elsewhere)
            publish.publish_neighbours(connection, memory, stale.products)
            publish.publish_trending(connection, memory, stale.categories)
        memory.forget_oldest()
    return len(keys)
