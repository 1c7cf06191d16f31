"""How Magento writes times and money, and numbers for what the demo shop only has names for."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from demo_shop.store.amounts import Money

Record = dict[str, Any]


def time(moment: datetime) -> str:
    """Whole seconds in UTC, without saying that it is UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def number(amount: Decimal) -> float:
    """Amounts are JSON numbers."""
    return float(amount)


def both(name: str, amount: Money) -> Record:
    """An amount twice: in the order's currency, and as `base_...` in the shop's."""
    return {name: number(amount.presentment), f"base_{name}": number(amount.shop)}


def stable_number(text: str) -> int:
    """The same number for the same text, above 1,000 (a category's id, an option's id)."""
    return 1_000 + zlib.crc32(text.encode()) % 1_000_000_000
