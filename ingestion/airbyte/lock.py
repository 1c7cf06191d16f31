"""One sync into a schema at a time, whoever started it and whichever ingestor does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from ingestion.sync_report import IngestionError

LOCK_SECONDS = 5


@contextmanager
def sync_lock(database_url: str, schema: str) -> Iterator[psycopg.Connection]:
    """An autocommit connection that holds the lock until it is closed.

    Raises IngestionError when another sync holds the lock.
    """
    with psycopg.connect(database_url, autocommit=True, application_name="comptoir-shop-sync") as connection:
        if not try_lock(connection, schema):
            raise IngestionError(f"another sync into {schema} is running: wait until it has ended, or stop it")
        yield connection


def try_lock(connection: psycopg.Connection, schema: str) -> bool:
    """False when another connection holds it for LOCK_SECONDS: the connection of a killed sync may still be ending."""
    query = "select pg_advisory_lock(hashtext('comptoir.airbyte_destination'), hashtext(%s))"
    try:
        with connection.transaction():
            connection.execute(sql.SQL("set local lock_timeout = {}").format(f"{LOCK_SECONDS}s"))
            connection.execute(query, [schema])
    except psycopg.errors.LockNotAvailable:
        return False
    return True
