"""How Magento writes times and amounts, and ids for what the demo shop knows only by name."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from demo_shop.store.amounts import Money

JsonRecord = dict[str, Any]
"""A JSON object with Magento's field names."""


def utc_text(moment: datetime) -> str:
    """A time in UTC, in whole seconds and without an offset: "2026-11-23 12:00:00"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def json_number(amount: Decimal) -> float:
    """An amount as a JSON number, as Magento writes all amounts."""
    return float(amount)


def both(name: str, amount: Money) -> JsonRecord:
    """Two fields: the amount in the order's currency, and as `base_...` in the shop's."""
    return {name: json_number(amount.presentment), f"base_{name}": json_number(amount.shop)}


def stable_number(text: str) -> int:
    """An id from 1,000 on for a name (of a category or an option); the same name has always the same id."""
    return 1_000 + zlib.crc32(text.encode()) % 1_000_000_000
