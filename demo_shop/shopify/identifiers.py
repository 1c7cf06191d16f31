"""Shopify's global ids: `gid://shopify/<Type>/<number>`. An inventory level has no number of its own: its id names
location and inventory item.

Source: Shopify's documentation, global IDs in Shopify APIs.
"""

from __future__ import annotations

import re

GID = re.compile(r"gid://shopify/(?P<kind>\w+)/(?P<number>\d+)(?:\?inventory_item_id=(?P<item>\d+))?")


def gid(kind: str, number: int) -> str:
    """The global id of an object of type `kind`."""
    return f"gid://shopify/{kind}/{number}"


def inventory_level_gid(location_id: int, inventory_item_id: int) -> str:
    """The global id of an item's stock at a location."""
    return f"gid://shopify/InventoryLevel/{location_id}?inventory_item_id={inventory_item_id}"


def parse_gid(text: str) -> tuple[str, int, int | None] | None:
    """(type, number, inventory item of an inventory level, else None); None when the text is no global id."""
    match = GID.fullmatch(text)
    if not match:
        return None
    return match["kind"], int(match["number"]), int(match["item"]) if match["item"] else None
