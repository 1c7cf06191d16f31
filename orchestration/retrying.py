"""Repeating a step where that helps: a store or a network that was away.

A shut gate, a broken contract or a refused token fails at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import httpx
import psycopg

from ingestion.clickstream.errors import KafkaUnavailable, LanderBusy, WarehouseUnavailable

TRANSIENT = (
    psycopg.OperationalError,
    KafkaUnavailable,
    WarehouseUnavailable,
    LanderBusy,
    httpx.TransportError,
    ConnectionError,
    TimeoutError,
)
REPETITIONS = 3
FIRST_WAIT_SECONDS = 20.0  # then twice as long each time: two minutes and a half in all


def is_transient(error: BaseException | None) -> bool:
    """Whether the error, or one that it was raised from, is of a kind that passes."""
    while error is not None:
        if isinstance(error, TRANSIENT):
            return True
        error = error.__cause__
    return False


@contextmanager
def repeated_when_away(
    context: dg.AssetExecutionContext, first_wait_seconds: float = FIRST_WAIT_SECONDS
) -> Iterator[None]:
    """Ask Dagster to repeat the step after an error that passes. Raises dagster.RetryRequested; others as they are."""
    try:
        yield
    except Exception as error:
        if not is_transient(error):
            raise
        seconds = first_wait_seconds * 2**context.op_execution_context.retry_number
        context.log.warning(f"{error} It is tried again in {seconds:.0f} s, {REPETITIONS} times in all.")
        raise dg.RetryRequested(max_retries=REPETITIONS, seconds_to_wait=seconds) from error
