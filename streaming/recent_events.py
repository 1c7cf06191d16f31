"""The newest events of the visitors who came last, kept in a worker's memory: who clicks again is not read again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import psycopg

from recommendations.session_counts import IN_ORDER, ProductEvent
from recommendations.visits import RECENT_EVENTS
from streaming import state

MAX_EVENTS = 100_000  # of all visitors together: some 60 MB


class RecentEvents:
    """Part of a ShopMemory, and valid as long as it is: a batch that fails, or a fence that others moved, ends it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, list[ProductEvent]] = OrderedDict()  # who came last stands last
        self._size = 0

    def load(self, connection: psycopg.Connection, visitors: Iterable[str]) -> state.Recent:
        """The newest `RECENT_EVENTS` events of each visitor who has some, in any order, and maybe older ones.

        Only those that are not in memory are read. Raises psycopg.Error.
        """
        wanted = set(visitors)
        found = {visitor: list(self._kept[visitor]) for visitor in wanted & self._kept.keys()}
        if missing := wanted - found.keys():
            found |= state.load_recent(connection, missing)
        return found

    def keep(self, recent: Mapping[str, list[ProductEvent]]) -> None:
        """Remember these events of visitors, as `load` gave them and with what came since, in place of earlier ones."""
        for visitor, events in recent.items():
            self._forget(visitor)
            kept = events if len(events) <= 2 * RECENT_EVENTS else sorted(events, key=IN_ORDER)[-RECENT_EVENTS:]
            self._kept[visitor] = kept
            self._size += len(kept)
        while self._size > MAX_EVENTS:
            self._forget(next(iter(self._kept)))

    def forget(self, visitors: Iterable[str]) -> None:
        """Drop what is known of these visitors."""
        for visitor in visitors:
            self._forget(visitor)

    def clear(self) -> None:
        """Drop everything."""
        self._kept.clear()
        self._size = 0

    def _forget(self, visitor: str) -> None:
        self._size -= len(self._kept.pop(visitor, ()))
