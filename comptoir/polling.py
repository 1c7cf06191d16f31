"""A process that looks at Postgres again and again, as long as it is not stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from psycopg.rows import dict_row

log = structlog.get_logger()

POLL_SECONDS = 2.0


def poll(
    database_url: str,
    step: Callable[[psycopg.Connection[dict[str, Any]]], object],
    stop: threading.Event,
    missed: str,
    expected: tuple[type[Exception], ...] = (),
) -> None:
    """Call `step` with a connection (dict rows, autocommit) every POLL_SECONDS until `stop` is set.

    Postgres may go away and come back. After psycopg.Error and the `expected` ones it connects again; each is logged
    as the event `missed`.
    """
    caught: tuple[type[Exception], ...] = (psycopg.Error, *expected)
    while not stop.is_set():
        try:
            with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
                while not stop.is_set():
                    step(connection)
                    stop.wait(POLL_SECONDS)
        except caught as error:
            log.warning(missed, error=str(error).splitlines()[0])
            stop.wait(POLL_SECONDS)
