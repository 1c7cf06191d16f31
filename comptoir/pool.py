"""A web application's connections to Postgres."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette

CHECK_SECONDS = 1.0  # how long a connection that answered is believed to be alive
WAIT_SECONDS = 2.0  # for a connection, until a request is answered with 503; Shopify waits five


class ConnectionChecks:
    """Asks a connection whether it is alive when it is taken from the pool, at most once in CHECK_SECONDS: asked each
    time, it costs a third of a short request. Until then a request meets a dead one itself, as it does one that dies
    under it.
    """

    def __init__(self) -> None:
        self._checked: WeakKeyDictionary[AsyncConnection[Any], float] = WeakKeyDictionary()

    async def check(self, connection: AsyncConnection[Any]) -> None:
        """Raises psycopg.OperationalError when the connection is dead; the pool then takes another."""
        now = time.monotonic()
        if now - self._checked.get(connection, float("-inf")) >= CHECK_SECONDS or connection.closed:
            await AsyncConnectionPool.check_connection(connection)
            self._checked[connection] = now


def pool_while_serving(
    database_url: str, application_name: str, max_size: int
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """A Starlette lifespan that keeps `app.state.pool`, whose broken connections are replaced when Postgres is back.

    The application starts without waiting for Postgres. `pool.connection()` raises psycopg_pool.PoolTimeout when none
    is free within `WAIT_SECONDS`.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        pool = AsyncConnectionPool(
            database_url,
            min_size=1,
            max_size=max_size,
            timeout=WAIT_SECONDS,
            check=ConnectionChecks().check,
            kwargs={"autocommit": True, "application_name": application_name},
            open=False,
        )
        await pool.open(wait=False)
        app.state.pool = pool
        try:
            yield
        finally:
            await pool.close()

    return lifespan
