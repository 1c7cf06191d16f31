"""What a shop must be able to say about itself, cheaply, so that raw can be compared with it: counts, sums and keys.

A platform implements `ShopCensus`; nothing else in this package depends on the platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order in the shop's list: `total` is the amount the customer was charged, in `currency` (ISO 4217)."""

    order_id: str
    created_at: datetime
    updated_at: datetime
    currency: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class ListedKey:
    """One row of a stream in the shop's list: its key as text, and its last change."""

    key: str
    updated_at: datetime


@dataclass(frozen=True)
class ListedStream:
    """A stream of which the shop can list every key. `key` is the column of the raw table.

    `must_be_complete`: everything listed and changed since the start date must be in raw.
    """

    stream: str
    key: str = "id"
    must_be_complete: bool = True


class ShopCensus(Protocol):
    """What a shop says it has. Every method may ask the shop, and raises IngestionError when it does not answer."""

    @property
    def streams(self) -> tuple[ListedStream, ...]:
        """The streams whose keys can be listed."""
        ...

    def now(self) -> datetime:
        """The time by the shop's clock."""
        ...

    def orders_visible_since(self) -> datetime | None:
        """The creation time from which on the shop shows us orders; None: it shows all."""
        ...

    def orders_changed_since(self, moment: datetime) -> Iterator[ListedOrder]:
        """Every order changed at `moment` or later."""
        ...

    def counts(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """Number of rows created between the two moments (both inclusive), per stream."""
        ...

    def keys(self, stream: str) -> Iterator[ListedKey]:
        """Every key of one of `streams` that the shop has now."""
        ...
