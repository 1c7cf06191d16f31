"""What a corruption of raw data is, for the lists of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

ORDERS, EVENTS = "raw_shop.orders", "raw_clickstream.events"
Change = str | Callable[[psycopg.Connection], object]


@dataclass(frozen=True)
class Mutation:
    """A corruption, the rule of gate_raw that must find it, and what the failed row must contain.

    Corruptions of one `group` are made in one copy of a shop.
    """

    what: str
    rule: str
    table: str
    change: Change
    row: dict[str, Any] = field(default_factory=dict)
    group: str = "rows"


@dataclass(frozen=True)
class Elsewhere:
    """A corruption that another check than gate_raw catches, or that needs no check: where, and what happens."""

    what: str
    caught_by: str  # a test, as file::function, that shows it
    outcome: str


def drop_unique_keys(connection: psycopg.Connection) -> None:
    """Leave raw_shop as an Airbyte server's destination makes it, without unique keys, so that a row can be doubled."""
    indexes = connection.execute(
        """
        select indexrelid::regclass::text from pg_index inner join pg_class on indrelid = pg_class.oid
        where indisunique and not indisprimary and relnamespace = 'raw_shop'::regnamespace
        """
    ).fetchall()
    for (index,) in indexes:
        connection.execute(sql.SQL("drop index {}").format(sql.SQL(index)))
