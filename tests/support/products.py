"""A shelf of products for tests of the storefront, with the columns of marts.dim_products that it reads."""

from __future__ import annotations

from typing import Any


def product(product_id: str, title: str, brand: str, category: str, price: float, **more: Any) -> dict[str, Any]:
    department = {"Laptops": "Computers", "Monitors": "Computers", "Headphones": "Sound"}.get(category, "Accessories")
    return {
        "product_id": product_id,
        "title": title,
        "description": None,
        "brand": brand,
        "category": category,
        "department": department,
        "price_amount": price,
        "currency": "EUR",
        "compare_at_amount": None,
        "is_in_stock": True,
        "rating": None,
        "rating_count": 0,
        "attributes": {},
        "image_url": None,
        "sku": None,
    } | more


SHELF = [
    product("1", "Norvane Slim 14 laptop, OLED", "Norvane", "Laptops", 899.00, rating=4.6, rating_count=40),
    product("2", "Norvane Easy 15 laptop, IPS", "Norvane", "Laptops", 399.00, rating=3.9, rating_count=90),
    product("3", "Quillon Studio 16 laptop, OLED", "Quillon", "Laptops", 2199.00, rating=4.8, rating_count=7),
    product("4", "Ekdal laptop sleeve, felt", "Ekdal", "Bags & cases", 24.90, rating=4.1, rating_count=120),
    product("5", "Auravelle Beat over-ear headphones", "Auravelle", "Headphones", 129.00, rating=4.4, rating_count=60),
    product("6", "Sonarra Air headset with microphone", "Sonarra", "Headphones", 59.00, is_in_stock=False),
    product("7", "Opteryx Vista 27 monitor", "Opteryx", "Monitors", 219.00, rating=4.0, rating_count=33),
    product("8", "Café Été portable speaker", "Auravelle", "Speakers", 49.00, rating=2.5, rating_count=4),
]
