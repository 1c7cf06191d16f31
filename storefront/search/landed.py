"""What landed in raw from the shop since a moment, as far as a product's card shows it.

The marts follow with the daily run; these rows say earlier that a product changed its price, sold out or was
unpublished.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from comptoir.settings import ShopPlatform

QUERIES = {"shopify": Path(__file__).parent / "landed_shopify.sql"}
FIRST_LOOK_SECONDS = 86_400.0  # how far back the first look goes: the marts are a day old at most


@dataclass(frozen=True, slots=True)
class Landed:
    """Product id -> columns of PRODUCTS_QUERY that are newer, and `is_published`; `newest`: epoch of the last row."""

    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    newest: float | None = None


def landed_since(connection: psycopg.Connection[dict[str, Any]], platform: ShopPlatform, since: float | None) -> Landed:
    """The products of which something landed after `since` (epoch seconds). Raises psycopg.Error.

    Empty while the shop was never read, and for platforms without a query of their own.
    """
    file = QUERIES.get(platform)
    if file is None:
        return Landed()
    row = connection.execute("select to_regclass('raw_shop.product_variants')::text as name").fetchone()
    if row is None or row["name"] is None:
        return Landed()
    rows = connection.execute(file.read_bytes(), {"since": since, "first": FIRST_LOOK_SECONDS}).fetchall()
    newest = max((each.pop("landed_epoch") for each in rows), default=None)
    return Landed({each["product_id"]: each for each in rows}, newest)
