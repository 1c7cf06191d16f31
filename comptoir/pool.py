"""A web application's connections to Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette

WAIT_SECONDS = 2.0  # for a connection, until a request is answered with 503; Shopify waits five


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
            check=AsyncConnectionPool.check_connection,
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
