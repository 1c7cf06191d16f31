"""Products, variants and metafields as GraphQL nodes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from graphql import GraphQLResolveInfo

from demo_shop.shopify.graphql.connections import EMPTY, Node, connection, listed
from demo_shop.shopify.graphql.context import RequestContext, money_v2, utc_time
from demo_shop.shopify.graphql.inventory_nodes import inventory_item_node
from demo_shop.shopify.identifiers import gid
from demo_shop.store.model import Product

RATING_SCALE = {"scale_min": "1.0", "scale_max": "5.0"}
FIRST_ATTRIBUTE = 10  # position of the first attribute among a product's metafields
METAFIELDS_PER_PRODUCT = 1000  # ids reserved for the metafields of one product


def product_node(product: Product, context: RequestContext) -> Node:
    """A Product with its only variant."""
    price = money_v2(product.price, context.shop.currency)
    image = image_node(product)
    return {
        "__typename": "Product",
        "id": gid("Product", product.product_id),
        "legacyResourceId": str(product.product_id),
        "title": product.title,
        "handle": product.handle,
        "description": product.description,
        "descriptionHtml": product.description,
        "bodyHtml": product.description,
        "vendor": product.vendor,
        "productType": product.product_type,
        "tags": list(product.tags),
        "status": product.status,
        "createdAt": utc_time(product.created_at),
        "updatedAt": utc_time(product.updated_at),
        "publishedAt": utc_time(product.published_at) if product.published_at else None,
        "isGiftCard": False,
        "requiresSellingPlan": False,
        "hasVariantsThatRequiresComponents": False,
        "templateSuffix": None,
        "onlineStoreUrl": f"https://{context.shop.domain}/products/{product.handle}" if product.published_at else None,
        "onlineStorePreviewUrl": f"https://{context.shop.domain}/products/{product.handle}",
        "totalInventory": product.units,
        "tracksInventory": True,
        "hasOnlyDefaultVariant": True,
        "hasOutOfStockVariants": product.units <= 0,
        "totalVariants": 1,
        "variantsCount": {"count": 1, "precision": "EXACT"},
        "mediaCount": {"count": 1 if image else 0, "precision": "EXACT"},
        "priceRangeV2": {"minVariantPrice": price, "maxVariantPrice": price},
        "priceRange": {"minVariantPrice": price, "maxVariantPrice": price},
        "seo": {"title": None, "description": None},
        "options": lambda _info, **_: [option_node(product)],
        "featuredImage": image,
        "featuredMedia": media_node(product, image) if image else None,
        "images": lambda info, **page: connection(info, listed([image] if image else []), **page),
        "media": lambda info, **page: connection(info, listed([media_node(product, image)] if image else []), **page),
        "variants": lambda info, **page: connection(info, listed([variant_node(product, context)]), **page),
        "metafields": partial(_metafields, product),
        "metafield": partial(_metafield, product),
    }


def variant_node(product: Product, context: RequestContext) -> Node:
    """The ProductVariant of a product."""
    compare_at = product.compare_at_price
    image = image_node(product)
    return {
        "__typename": "ProductVariant",
        "id": gid("ProductVariant", product.variant_id),
        "legacyResourceId": str(product.variant_id),
        "title": "Default Title",
        "displayName": f"{product.title} - Default Title",
        "sku": product.sku,
        "barcode": product.barcode,
        "price": str(product.price),
        "compareAtPrice": str(compare_at) if compare_at is not None else None,
        "position": 1,
        "taxable": True,
        "taxCode": None,
        "inventoryPolicy": product.inventory_policy,
        "inventoryQuantity": product.units,
        "sellableOnlineQuantity": max(product.units, 0),
        "availableForSale": product.is_for_sale,
        "requiresComponents": False,
        "showUnitPrice": False,
        "createdAt": utc_time(product.created_at),
        "updatedAt": utc_time(product.updated_at),
        "image": image,
        "selectedOptions": lambda _info: [
            {"name": "Title", "value": "Default Title", "optionValue": option_value_node(product)}
        ],
        "product": lambda _info: product_node(product, context),
        "inventoryItem": lambda _info: inventory_item_node(product, context),
        "presentmentPrices": lambda info, **page: connection(
            info, listed(_presentment_prices(product, context, **page)), **page
        ),
        "metafield": lambda _info, **_: None,
    }


def option_node(product: Product) -> Node:
    """The ProductOption that Shopify gives to every product without choices: "Title", with one value."""
    return {
        "id": gid("ProductOption", product.product_id),
        "name": "Title",
        "position": 1,
        "values": ["Default Title"],
        "optionValues": lambda _info: [option_value_node(product)],
    }


def option_value_node(product: Product) -> Node:
    """The only value of that option."""
    return {
        "id": gid("ProductOptionValue", product.product_id),
        "name": "Default Title",
        "hasVariants": True,
        "swatch": None,
    }


def image_node(product: Product) -> Node | None:
    """The product's Image, None when it has no picture."""
    if not product.image_url:
        return None
    url = product.image_url
    return {
        "__typename": "Image",
        "id": gid("ProductImage", product.product_id),
        "url": url,
        "src": url,
        "originalSrc": url,
        "altText": product.title,
        "width": None,
        "height": None,
        "metafields": lambda _info, **_: EMPTY,
    }


def media_node(product: Product, image: Node | None) -> Node:
    """The product's image as MediaImage."""
    return {
        "__typename": "MediaImage",
        "id": gid("MediaImage", product.product_id),
        "alt": product.title,
        "image": image,
        "status": "READY",
        "mediaContentType": "IMAGE",
        "preview": {"status": "READY", "image": image},
        "mediaErrors": [],
        "mediaWarnings": [],
        "fileStatus": "READY",
        "fileErrors": [],
        "createdAt": utc_time(product.created_at),
        "updatedAt": utc_time(product.updated_at),
    }


def metafield_nodes(product: Product) -> Iterator[Node]:
    """Metafields: the rating in the namespace "reviews", as review apps write it, and the attributes in "specs"."""
    if product.rating is not None:
        rating = json.dumps({"value": str(product.rating), **RATING_SCALE})
        yield _metafield_node(product, 1, "reviews", "rating", "rating", rating)
        count = str(product.rating_count)
        yield _metafield_node(product, 2, "reviews", "rating_count", "number_integer", count)
    for position, (key, value) in enumerate(product.attributes.items(), FIRST_ATTRIBUTE):
        yield _metafield_node(product, position, "specs", key, "single_line_text_field", value)


def _metafield_node(product: Product, position: int, namespace: str, key: str, kind: str, value: str) -> Node:
    number = product.product_id * METAFIELDS_PER_PRODUCT + position
    return {
        "__typename": "Metafield",
        "id": gid("Metafield", number),
        "legacyResourceId": str(number),
        "namespace": namespace,
        "key": key,
        "type": kind,
        "value": value,
        "jsonValue": json.loads(value) if kind in ("rating", "number_integer") else value,
        "description": None,
        "ownerType": "PRODUCT",
        "sizeInBytes": len(value.encode()),
        "createdAt": utc_time(product.created_at),
        "updatedAt": utc_time(product.updated_at),
    }


def _metafields(
    product: Product,
    info: GraphQLResolveInfo,
    namespace: str | None = None,
    keys: list[str] | None = None,
    **page: Any,
) -> Node:
    def is_wanted(node: Node) -> bool:
        full_key = f"{node['namespace']}.{node['key']}"
        return (namespace is None or node["namespace"] == namespace) and (
            keys is None or full_key in keys or (namespace is not None and node["key"] in keys)
        )

    return connection(info, listed([node for node in metafield_nodes(product) if is_wanted(node)]), **page)


def _metafield(product: Product, _info: GraphQLResolveInfo, key: str, namespace: str | None = None) -> Node | None:
    wanted = (namespace, key) if namespace else tuple(key.split(".", 1))
    return next((node for node in metafield_nodes(product) if (node["namespace"], node["key"]) == wanted), None)


def _presentment_prices(
    product: Product, context: RequestContext, presentmentCurrencies: list[str] | None = None, **_: Any
) -> list[Node]:
    compare_at = product.compare_at_price
    return [
        {
            "__typename": "ProductVariantPricePair",
            "price": money_v2(context.in_currency(product.price, currency), currency),
            "compareAtPrice": money_v2(context.in_currency(compare_at, currency), currency) if compare_at else None,
        }
        for currency in context.pricing.exchange_rates
        if presentmentCurrencies is None or currency in presentmentCurrencies
    ]
