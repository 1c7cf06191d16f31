"""How the REST API writes records and amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

JsonRecord = dict[str, Any]
"""A JSON object with Shopify's field names."""


def amount_text(amount: Decimal) -> str:
    """An amount as a text with two decimals."""
    return f"{amount:.2f}"
