"""Waiting for a condition instead of sleeping for a fixed time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed


def wait_until(check: Callable[[], Any], what: str, seconds: float, every: float = 0.2) -> None:
    """Call `check` until it raises nothing, `every` so many seconds.

    Raises TimeoutError after `seconds`, with `what` was waited for and the last error.
    """
    waiting = Retrying(stop=stop_after_delay(seconds), wait=wait_fixed(every), retry=retry_if_exception_type(Exception))
    try:
        waiting(check)
    except RetryError as error:
        last = error.last_attempt.exception()
        raise TimeoutError(f"{what} was not ready after {seconds:.0f} s: {last}") from last
