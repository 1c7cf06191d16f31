"""A record that cannot be written never stops a consumer: its batch is halved until the record stands alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import psycopg

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

# SQLSTATE classes that speak of a value and not of the server: data exception, integrity constraint violation,
# program limit exceeded (an index row that is too long), raised by a trigger. Postgres' documentation, appendix A.
DATA_CLASSES = ("22", "23", "54", "P0")
MAX_REASON = 500  # characters
# what our own code raises when a value is not as it expects
VALUE_ERRORS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


def is_data_error(error: BaseException) -> bool:
    """Whether a value is at fault, so that the same batch would fail again; a lost connection or a full disk is not."""
    if isinstance(error, psycopg.Error):
        return (error.sqlstate or "")[:2] in DATA_CLASSES
    return isinstance(error, VALUE_ERRORS)


def reason_of(error: BaseException) -> str:
    """The error as a reason to keep. Postgres' details are left out: they quote the row, and so a visitor."""
    message = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return f"{type(error).__name__}: {message or error}".replace("\0", "")[:MAX_REASON]


def isolate(
    items: Sequence[Item],
    write: Callable[[Sequence[Item]], Result],
    set_apart: Callable[[Item, Exception], Result],
) -> Iterator[Result]:
    """Write `items` in their order, as few batches as possible, and give each item that fails alone to `set_apart`.

    `write` must be all or nothing. A process that dies in between has written the items before some point and none
    after it. Of n items with one at fault, about 2 log2 n calls of `write` are made. Raises what `write` raises when no
    value is at fault, and what `set_apart` raises.
    """
    if not items:
        return
    try:
        result = write(items)
    except Exception as error:
        if not is_data_error(error):
            raise
        if len(items) == 1:
            result = set_apart(items[0], error)
        else:
            log.warning("%d records cannot be written together and are halved: %s", len(items), reason_of(error))
            middle = len(items) // 2
            yield from isolate(items[:middle], write, set_apart)
            yield from isolate(items[middle:], write, set_apart)
            return
    yield result
