"""A web application's connections to Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette

WAIT_SECONDS = 2.0  # for a connection, before a request hears that the database is away; Shopify waits five


def pool_while_serving(
    database_url: str, application_name: str, max_size: int
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """A lifespan that keeps `app.state.pool`: opened when the application starts, whole again when Postgres comes back.

    A request that gets no connection in `WAIT_SECONDS` meets psycopg_pool.PoolTimeout; starting does not wait for any.
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
