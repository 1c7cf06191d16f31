"""What landed in raw from the shop since a moment, as far as a product's card shows it.

The marts follow with the daily run; these rows say earlier that a product changed its price, sold out or was
unpublished. What gate_raw would stop is refused here, too: the card stays as it is, until the shop mends it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from comptoir.setting_types import ShopPlatform

QUERIES = {"shopify": Path(__file__).parent / "connectors" / "shopify" / "landed_products.sql"}
FIRST_LOOK_SECONDS = 86_400.0  # how far back the first look goes: the marts are a day old at most
OVERLAP_SECONDS = 30.0  # a transaction may commit rows with an earlier time than those read already
Row = dict[str, Any]


class Landed(NamedTuple):
    """What landed since `since`; a product is either in `products` or in `refused`."""

    products: dict[str, Row]  # product id -> columns of marts.dim_products that are newer, among them is_published
    refused: dict[str, str]  # product id -> why a gate would stop it
    since: float | None  # where the next look begins, in epoch seconds


def landed_since(connection: psycopg.Connection[Row], since: float | None, platform: ShopPlatform) -> Landed:
    """What landed after `since` (epoch seconds), or in the last day.

    `connection` has dict rows. Nothing while the shop was never read, and for platforms without a query of their own.
    A product that is no longer published is never refused: that it leaves is always right. Raises psycopg.Error.
    """
    file = QUERIES.get(platform)
    if file is None:
        return Landed({}, {}, since)
    row = connection.execute("select to_regclass('raw_shop.product_variants')::text as name").fetchone()
    if row is None or row["name"] is None:
        return Landed({}, {}, since)
    rows = connection.execute(file.read_bytes(), {"since_epoch": since, "first": FIRST_LOOK_SECONDS}).fetchall()
    newest = max((each.pop("landed_epoch") for each in rows), default=None)
    reasons = {each["product_id"]: each.pop("refused_because") for each in rows}
    refused = {each["product_id"] for each in rows if each["is_published"] and reasons[each["product_id"]]}
    return Landed(
        {each["product_id"]: each for each in rows if each["product_id"] not in refused},
        {product_id: reasons[product_id] for product_id in sorted(refused)},
        since if newest is None else newest - OVERLAP_SECONDS,
    )
