"""How the REST API writes records and amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

JsonRecord = dict[str, Any]
"""A JSON object with Shopify's field names."""


def amount_text(amount: Decimal) -> str:
    """An amount as a text with the decimals it has, two at least unless it is of a currency without any."""
    return f"{amount:f}"
