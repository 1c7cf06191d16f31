"""A connection that answered a moment ago is believed to be alive; a dead one is found out within a second."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from comptoir import pool
from comptoir.pool import CHECK_SECONDS, ConnectionChecks


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.services
def test_a_connection_is_asked_once_a_second(monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    clock = Clock()
    monkeypatch.setattr(pool, "time", clock)
    asyncio.run(_ask(database, clock))


async def _ask(database: str, clock: Clock) -> None:
    checks = ConnectionChecks()
    connection = await psycopg.AsyncConnection.connect(database, autocommit=True)
    await checks.check(connection)
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
    await checks.check(connection)  # not asked again so soon
    clock.now += CHECK_SECONDS
    with pytest.raises(psycopg.OperationalError):
        await checks.check(connection)
    with pytest.raises(psycopg.OperationalError):
        await checks.check(connection)  # known to be closed
    await connection.close()
