"""Shopify's webhooks about goods, as its servers send them (shortened)."""

from __future__ import annotations

from typing import Any

VARIANT: dict[str, Any] = {
    "id": 71, "product_id": 7, "title": "Default Title", "price": "19.90", "position": 1, "sku": "CASE-1",
    "inventory_policy": "deny", "compare_at_price": None, "barcode": "", "inventory_item_id": 711,
    "inventory_quantity": 4,
}  # fmt: skip
PRODUCT: dict[str, Any] = {
    "id": 7, "title": "Case", "vendor": "Veldra", "product_type": "Cases", "tags": "department:Phones, new",
    "status": "active", "published_at": "2026-11-01T10:00:00+01:00", "created_at": "2026-11-01T10:00:00+01:00",
    "updated_at": "2026-11-29T10:00:00+01:00", "variants": [VARIANT], "image": None, "images": [],
}  # fmt: skip
LEVEL: dict[str, Any] = {
    "inventory_item_id": 711, "location_id": 1, "available": 0, "updated_at": "2026-11-29T10:00:05+01:00",
}  # fmt: skip
