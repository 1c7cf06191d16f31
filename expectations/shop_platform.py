"""What the rules about the shop call differently on each platform."""

from __future__ import annotations

_KEPT = """
    select id, _airbyte_extracted_at
    from raw_shop.{name}
    where deleted_at is null and id::text not in (select key from raw_shop.deleted_keys where stream = '{name}')
"""

# what of raw must be in staging: (id, _airbyte_extracted_at)
_IN_SHOP = {
    "shopify": {name: _KEPT.format(name=name) for name in ("products", "orders")},
    "magento": {
        # a product that shoppers cannot see by itself is a variant of another product
        "products": "select id, _airbyte_extracted_at from raw_shop.products where visibility > 1",
        "orders": "select entity_id as id, _airbyte_extracted_at from raw_shop.orders",
    },
}
PLATFORMS = tuple(_IN_SHOP)


def in_shop(platform: str, name: str) -> str:
    """A query for the products or orders of raw that the shop still has."""
    return _IN_SHOP[platform][name]
