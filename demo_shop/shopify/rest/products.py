"""Products, their stock and their metafields as the REST Admin API writes them.

Source: Shopify's REST Admin API reference; products are frozen there since 2024-04, but clients still read them.
"""

from __future__ import annotations

from demo_shop.profile import ShopProfile
from demo_shop.shopify.rest.values import JsonRecord, amount_text
from demo_shop.store.model import Product


def product_record(product: Product, shop: ShopProfile) -> JsonRecord:
    """One product of products.json, with its only variant."""
    created, updated = shop.local_time(product.created_at), shop.local_time(product.updated_at)
    image = {"product_id": product.product_id, "position": 1, "src": product.image_url} if product.image_url else None
    compare_at = product.compare_at_price
    variant = {
        "id": product.variant_id,
        "product_id": product.product_id,
        "title": "Default Title",
        "option1": "Default Title",
        "price": amount_text(product.price),
        "compare_at_price": amount_text(compare_at) if compare_at is not None else None,
        "position": 1,
        "sku": product.sku,
        "barcode": product.barcode,
        "taxable": True,
        "inventory_item_id": product.inventory_item_id,
        "inventory_management": "shopify",
        "inventory_policy": product.inventory_policy.lower(),
        "inventory_quantity": product.units,
        "created_at": created,
        "updated_at": updated,
        "admin_graphql_api_id": f"gid://shopify/ProductVariant/{product.variant_id}",
    }
    return {
        "id": product.product_id,
        "title": product.title,
        "handle": product.handle,
        "body_html": product.description,
        "vendor": product.vendor,
        "product_type": product.product_type,
        "tags": ", ".join(product.tags),
        "status": product.status.lower(),
        "published_at": shop.local_time(product.published_at) if product.published_at else None,
        "created_at": created,
        "updated_at": updated,
        "options": [{"product_id": product.product_id, "name": "Title", "position": 1, "values": ["Default Title"]}],
        "variants": [variant],
        "images": [image] if image else [],
        "image": image,
        "admin_graphql_api_id": f"gid://shopify/Product/{product.product_id}",
    }


def level_records(product: Product, shop: ShopProfile) -> list[JsonRecord]:
    """The inventory levels of a product, one a location."""
    return [
        {
            "inventory_item_id": product.inventory_item_id,
            "location_id": location_id,
            "available": units,
            "updated_at": shop.local_time(product.updated_at),
            "admin_graphql_api_id": (
                f"gid://shopify/InventoryLevel/{location_id}?inventory_item_id={product.inventory_item_id}"
            ),
        }
        for location_id, units in product.stock.items()
    ]


def metafield_records(product: Product, shop: ShopProfile) -> list[JsonRecord]:
    """The specifications of a product as metafields."""
    return [
        {
            "id": product.product_id * 100 + place,
            "namespace": "specs",
            "key": key,
            "value": value,
            "type": "single_line_text_field",
            "owner_id": product.product_id,
            "owner_resource": "product",
            "created_at": shop.local_time(product.created_at),
            "updated_at": shop.local_time(product.updated_at),
        }
        for place, (key, value) in enumerate(product.attributes.items())
    ]
