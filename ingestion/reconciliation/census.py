"""What a shop must be able to say of itself, cheaply, so that raw can be compared with it: counts, sums and keys.

A platform implements `ShopListing`; completeness.py and deleted_keys.py know no platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order as the shop lists it: `total` is what the customer was asked, in `currency`."""

    order_id: str
    created_at: datetime
    updated_at: datetime
    currency: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class ListedKey:
    key: str
    updated_at: datetime


@dataclass(frozen=True)
class ListedStream:
    """A stream of which the shop lists every key. `key` is the raw table's column.

    `is_whole`: everything listed and changed since the start date must be in raw.
    """

    stream: str
    key: str = "id"
    is_whole: bool = True


class ShopListing(Protocol):
    """Every method may raise IngestionError."""

    @property
    def streams(self) -> tuple[ListedStream, ...]: ...

    def now(self) -> datetime:
        """The shop's clock."""
        ...

    def orders_from(self) -> datetime | None:
        """Since when the shop shows us orders; None: all of them."""
        ...

    def orders_changed_since(self, moment: datetime) -> Iterator[ListedOrder]: ...

    def counts(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """Per stream, how many there are that were created in between (both inclusive)."""
        ...

    def keys(self, stream: str) -> Iterator[ListedKey]:
        """Every key of one of `streams` that the shop has now."""
        ...
