"""What a corruption of raw data is, for the lists of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

ORDERS, EVENTS = "raw_shop.orders", "raw_clickstream.events"
Change = str | Callable[[psycopg.Connection], object]


@dataclass(frozen=True)
class Mutation:
    """A corruption, the rule of gate_raw that must find it, and what the failed row must hold."""

    what: str
    rule: str
    table: str
    change: Change
    row: dict[str, Any] = field(default_factory=dict)
    group: str = "rows"


@dataclass(frozen=True)
class Elsewhere:
    """A corruption that another check than gate_raw catches, or that needs none: where, and what happens."""

    what: str
    caught_by: str  # a test, as file::function, that shows it
    outcome: str
