"""What landed in raw from the shop since a moment, as far as a product's card shows it.

The marts follow with the daily run; these rows say earlier that a product changed its price, sold out or was
unpublished.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from comptoir.setting_types import ShopPlatform

QUERIES = {"shopify": Path(__file__).parent / "connectors" / "shopify" / "landed_products.sql"}
FIRST_LOOK_SECONDS = 86_400.0  # how far back the first look goes: the marts are a day old at most


def landed_since(
    connection: psycopg.Connection[dict[str, Any]], since: float | None, platform: ShopPlatform
) -> tuple[dict[str, dict[str, Any]], float | None]:
    """(product id -> columns of marts.dim_products that are newer, among them is_published; epoch of the newest row).

    `connection` has dict rows; `since` is in epoch seconds. Nothing while the shop was never read, and for platforms
    without a query of their own. Raises psycopg.Error.
    """
    file = QUERIES.get(platform)
    if file is None:
        return {}, None
    row = connection.execute("select to_regclass('raw_shop.product_variants')::text as name").fetchone()
    if row is None or row["name"] is None:
        return {}, None
    rows = connection.execute(file.read_bytes(), {"since_epoch": since, "first": FIRST_LOOK_SECONDS}).fetchall()
    newest = max((each.pop("landed_epoch") for each in rows), default=None)
    return {each["product_id"]: each for each in rows}, newest
