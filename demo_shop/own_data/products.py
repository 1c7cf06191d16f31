"""Completes the products of your data: what it does not contain is generated from the seed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median_low

from demo_shop.content.catalogue import internal_ean, seeded_rating, seeded_stock
from demo_shop.own_data.product_ids import inventory_item_id, variant_id
from demo_shop.store.handles import slug
from demo_shop.store.model import Product

HIGHEST_PRICE = Decimal(50_000)


def is_believable(price: Decimal) -> bool:
    """Whether a price is above zero and at most 50,000: shops do not sell more expensive products off the shelf."""
    return price.is_finite() and Decimal(0) < price <= HIGHEST_PRICE


def complete_product(
    product_id: int,
    title: str,
    brand: str,
    category: str,
    department: str,
    price: Decimal,
    seed: int,
    end: datetime,
    description: str = "",
    barcode: str = "",
    image_url: str | None = None,
    attributes: dict[str, str] | None = None,
    created_at: datetime | None = None,
) -> Product:
    """A product on sale; the same for the same arguments. Rating, stock and cost are generated from `seed`.

    `price` is in the shop's currency; a NaN is left for `with_believable_prices`.
    """
    rng = random.Random(f"{seed} {product_id}")
    created = min(created_at or end - timedelta(days=rng.uniform(200, 1500)), end - timedelta(days=60))
    created = created.replace(microsecond=0)
    rating, rating_count = seeded_rating(rng, (end - created).days)
    handle = f"{slug(title)[:180].rstrip('-')}-{product_id}"
    return Product(
        product_id=product_id,
        variant_id=variant_id(product_id),
        inventory_item_id=inventory_item_id(product_id),
        title=title[:255],
        handle=handle,
        description=description,
        vendor=brand or "Unbranded",
        product_type=category or "Other",
        department=department or category or "Other",
        status="ACTIVE",
        sku=f"{slug(brand)[:3] or 'xxx'}-{product_id}".upper(),
        barcode=barcode or internal_ean(product_id % 1_000_000_000),
        price=price,
        compare_at_price=None,
        unit_cost=(price * Decimal(repr(rng.uniform(0.6, 0.85)))).quantize(Decimal("0.01")),
        stock=seeded_stock(rng, float(max(price, Decimal(0))) if price.is_finite() else 0.0),
        rating=rating,
        rating_count=rating_count,
        attributes=attributes or {},
        image_url=image_url,
        created_at=created,
        updated_at=max(created, (end - timedelta(days=rng.uniform(0, 120))).replace(microsecond=0)),
        published_at=created,
    )


def with_believable_prices(products: Iterable[Product]) -> tuple[list[Product], int]:
    """(the products, each unbelievable price replaced by the median of its category; how many were replaced)."""
    products = list(products)
    believable: dict[str, list[Decimal]] = defaultdict(list)
    for product in products:
        if is_believable(product.price):
            believable[product.product_type].append(product.price)
    corrected = 0
    for position, product in enumerate(products):
        if not is_believable(product.price):
            price = median_low(believable[product.product_type] or [Decimal("19.90")])
            products[position] = replace(
                product, price=price, unit_cost=(price * Decimal("0.7")).quantize(Decimal("0.01"))
            )
            corrected += 1
    return products, corrected
