"""Whether the stream that makes the lists is alive, asked so seldom that no request waits for it."""

from __future__ import annotations

import time

from psycopg_pool import AsyncConnectionPool

from comptoir.stream_heartbeat import OLDEST_HEARTBEAT
from storefront.recommendation_lists import stream_age

ASK_SECONDS = 5.0


class StreamWatch:
    """Remembers for ASK_SECONDS how old the stream's last heartbeat is."""

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._is_dead = False

    async def is_dead(self, pool: AsyncConnectionPool) -> bool:
        """Whether there was a heartbeat and none for OLDEST_HEARTBEAT seconds: lists then follow no clicks.

        Raises PoolTimeout or a psycopg.Error when Postgres cannot be asked.
        """
        now = time.monotonic()
        if now - self._asked_at >= ASK_SECONDS:
            self._asked_at = now  # one request asks, those beside it believe what was known
            age = await stream_age(pool)
            self._is_dead = age is not None and age > OLDEST_HEARTBEAT
        return self._is_dead
