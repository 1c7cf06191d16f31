"""Catalogues of any size for the search's benchmarks, and requests of their visitors."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from demo_shop.content.catalogue import generate_products
from demo_shop.store.model import Product

PRODUCTS_A_SEED = 2_000  # the generated shop has no more different names
END = datetime(2026, 11, 27, tzinfo=UTC)
WORDS = ("laptop", "wireless mouse", "usb c cable", "oled tv", "smartphone 128 gb", "bluetooth headphones", "ssd 1tb",
         "gaming console", "27 inch monitor", "smartwatch", "laser printer", "mirrorless camera", "tablet", "keyboard",
         "headphones under 100", "clavier azerty", "casque sans fil", "phone case", "smrtphone", "power bank",
         "best tv for the living room", "ink cartridge")  # fmt: skip


def catalogue(count: int) -> Iterator[dict[str, Any]]:
    """`count` products with the columns of marts.dim_products that the search reads."""
    made = 0
    for seed in range(1, count):
        for generated in generate_products(seed, END, min(PRODUCTS_A_SEED, count)):
            if made == count:
                return
            yield _row(made, generated)
            made += 1


def shop_catalogue(seed: int = 7) -> list[dict[str, Any]]:
    """The products that the generated shop sells, with its own numbers."""
    products = [each for each in generate_products(seed, END) if each.status == "ACTIVE"]
    return [
        _row(each.product_id, each) | {"variants": [{"sku": each.sku, "barcode": each.barcode}]} for each in products
    ]


def _row(number: int, generated: Product) -> dict[str, Any]:
    return {
        "product_id": str(number),
        "title": generated.title,
        "description": generated.description,
        "brand": generated.vendor,
        "category": generated.product_type,
        "department": generated.department,
        "price_amount": generated.price,
        "currency": "EUR",
        "compare_at_amount": generated.compare_at_price,
        "is_in_stock": any(generated.stock.values()),
        "rating": generated.rating,
        "rating_count": generated.rating_count,
        "attributes": generated.attributes,
        "image_url": None,
        "created_at": generated.created_at,
        "variants": [{"sku": f"B{number:07d}", "barcode": f"29{number:010d}"}],
    }


def searches(count: int, rows: Sequence[Mapping[str, Any]], seed: int = 1) -> list[dict[str, Any]]:
    """`count` different searches: words, filtered by the brand of a product that has them and a price above its own."""
    rng = random.Random(seed)
    named = [(set(f"{row['title']} {row['category']}".lower().split()), row) for row in rows[:PRODUCTS_A_SEED]]
    meant = {text: _called(text.split(), named) or rows[:PRODUCTS_A_SEED] for text in WORDS}
    found = []
    for _ in range(count):
        text = rng.choice(WORDS)
        product = rng.choice(meant[text])
        price_max = int(float(product["price_amount"]) * rng.uniform(1, 4)) + rng.randrange(1, 50)
        found.append(
            {"q": text, "brand": product["brand"], "price_max": price_max, "offset": rng.choice((0, 0, 0, 24))}
        )
    return found


def _called(words: list[str], named: list[tuple[set[str], Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """The products that have all of the words in their name or category, in the singular or the plural; else most."""
    shared = [(sum(bool({word, f"{word}s"} & names) for word in words), row) for names, row in named]
    most = max(number for number, _ in shared)
    return [row for number, row in shared if number == most > 0]


def get(path: str, parameters: dict[str, Any]) -> bytes:
    """A complete GET request as bytes."""
    return f"GET {path}?{urlencode(parameters)} HTTP/1.1\r\nhost: bench\r\n\r\n".encode()
