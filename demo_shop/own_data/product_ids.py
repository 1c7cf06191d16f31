"""Shopify ids for products of other shops: positive integers, in a range of their own for each origin.

A numeric id of at most twelve digits keeps them: catalogue product 1399 becomes 1000000001399, clickstream product
4101564 becomes 2000004101564. Any other id becomes a digest in the next two ranges. The ids of variants and inventory
items are the product's id plus a constant.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

SPAN = 1_000_000_000_000
Origin = Literal["catalogue", "clickstream"]
_NUMERIC = {"catalogue": 1 * SPAN, "clickstream": 2 * SPAN}
_DIGEST = {"catalogue": 3 * SPAN, "clickstream": 4 * SPAN}


def product_id(origin: Origin, source_id: str) -> int:
    """The shop's product id for an id in the data, always the same."""
    if source_id.isascii() and source_id.isdigit() and len(source_id) <= 12 and str(int(source_id)) == source_id:
        return _NUMERIC[origin] + int(source_id)
    digest = blake2b(source_id.encode(), digest_size=8).digest()
    return _DIGEST[origin] + int.from_bytes(digest) % SPAN


def variant_id(product: int) -> int:
    """The id of a product's variant."""
    return product + 40 * SPAN


def inventory_item_id(product: int) -> int:
    """The id of a product's inventory item."""
    return product + 50 * SPAN
