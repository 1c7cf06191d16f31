"""The generated shop's products and locations. The same seed and end give the same shop.

The number of a product's ratings is its popularity, which the visitors follow.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from demo_shop.content.categories.category import TIERS, Category
from demo_shop.content.taxonomy import CATEGORIES
from demo_shop.store.handles import slug
from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.model import Location, Product

PRODUCT_COUNT = 600
LAUNCHED_LATELY = timedelta(days=75)  # the age of a new product


def locations() -> list[Location]:
    """The warehouse, which ships web orders, and the shop in town."""
    opened = datetime(2019, 3, 1, 8, tzinfo=UTC)
    first = FIRST_IDS["location"]
    return [
        Location(first, "Lyon warehouse", "Lyon", "FR", opened),
        Location(first + 1, "Brussels shop", "Brussels", "BE", opened + timedelta(days=400)),
    ]


def generate_products(seed: int, end: datetime, count: int = PRODUCT_COUNT) -> list[Product]:
    """About `count` products of all categories and tiers, a few of them drafts, archived or out of stock."""
    rng = random.Random(f"catalogue {seed}")
    total_share = sum(category.share for category in CATEGORIES)
    products: list[Product] = []
    for category in CATEGORIES:
        wanted = max(3, round(count * category.share / total_share))
        models = _models(category, rng)
        for _ in range(wanted):
            products.append(_product(len(products), category, next(models), rng, end))
    return products


def _models(category: Category, rng: random.Random) -> Iterator[tuple[int, str, str]]:
    """(tier, brand, model) without end: no brand and model twice, most of them in the middle tier."""
    seen: set[tuple[str, str]] = set()
    while True:
        tier = rng.choices((0, 1, 2), (35, 43, 22))[0]
        brand = rng.choice(category.brands)
        suffix = rng.choice(("", "", " S", " Plus", " II", " E"))
        model = f"{rng.choice(category.series[tier])} {rng.randrange(1, 100) * 10}{suffix}"
        if (brand, model) not in seen:
            seen.add((brand, model))
            yield tier, brand, model


def _product(
    number: int, category: Category, model: tuple[int, str, str], rng: random.Random, end: datetime
) -> Product:
    tier, brand, name = model
    attributes: dict[str, str] = {}
    for keys, choices in category.attributes.items():
        attributes |= zip(keys.split("|"), rng.choice(choices[tier]).split("|"), strict=True)
    title = category.title.format(brand=brand, model=name, **attributes)
    low, high = category.prices[tier]
    price = shelf_price(low + (high - low) * rng.betavariate(1.6, 2.2))
    was = shelf_price(float(price) * rng.uniform(1.08, 1.3)) if rng.random() < 0.15 else None
    cost = Decimal(repr(float(price) * (1 - category.margin * rng.uniform(0.75, 1.25)))).quantize(Decimal("0.01"))
    age = rng.uniform(1, LAUNCHED_LATELY.days) if rng.random() < 0.08 else rng.uniform(90, 1000)
    created = (end - timedelta(days=age)).replace(microsecond=0)
    status = rng.choices(("ACTIVE", "DRAFT", "ARCHIVED"), (96, 2, 2))[0]
    rating, rating_count = seeded_rating(rng, age)
    return Product(
        product_id=FIRST_IDS["product"] + 1 + number,
        variant_id=FIRST_IDS["variant"] + 1 + number,
        inventory_item_id=FIRST_IDS["inventory_item"] + 1 + number,
        title=title,
        handle=slug(f"{brand} {name} {category.singular} {number + 1}"),
        description=_description(category, brand, name, TIERS[tier], attributes),
        vendor=brand,
        product_type=category.name,
        department=category.department,
        status=status,
        sku=f"{brand[:3]}-{category.name[:3]}-{number + 1:05d}".upper(),
        barcode=internal_ean(number + 1),
        price=price,
        compare_at_price=was,
        unit_cost=cost,
        stock=seeded_stock(rng, float(price), status),
        rating=rating,
        rating_count=rating_count,
        attributes=attributes,
        image_url=None,
        created_at=created,
        updated_at=max(created, (end - timedelta(days=rng.uniform(0, 120))).replace(microsecond=0)),
        published_at=created + timedelta(hours=2) if status == "ACTIVE" else None,
    )


def shelf_price(amount: float) -> Decimal:
    """A price as shops set it: x.90 below 100, x9.00 above."""
    if amount < 100:
        return Decimal(max(0, int(amount))) + Decimal("0.90")
    return Decimal(int(amount) // 10 * 10 + 9).quantize(Decimal("0.01"))


def seeded_stock(rng: random.Random, price: float, status: str = "ACTIVE") -> dict[int, int]:
    """Location id -> units. The cheaper a product (`price`), the more of it; about one in eighteen is sold out."""
    first = FIRST_IDS["location"]
    if status == "ARCHIVED" or rng.random() < 0.055:
        return {first: 0, first + 1: 0}
    most = max(4, int(6000 / (price + 25)))
    return {first: rng.randrange(2, 2 + most), first + 1: rng.randrange(0, 1 + most // 4)}


def internal_ean(number: int) -> str:
    """An EAN-13 with its check digit, in the range that GS1 reserves for a shop's internal use (prefix 200)."""
    digits = f"200{number:09d}"
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def seeded_rating(rng: random.Random, age: float) -> tuple[Decimal | None, int]:
    """(rating from 1.5 to 5.0 or None, number of ratings) after `age` days on sale."""
    count = int(rng.lognormvariate(2.6, 1.25) * min(1.0, age / 200))
    if count == 0:
        return None, 0
    rating = min(5.0, max(1.5, rng.gauss(4.1, 0.42)))
    return Decimal(repr(rating)).quantize(Decimal("0.1")), count


def _description(category: Category, brand: str, model: str, tier: str, attributes: dict[str, str]) -> str:
    promise = {
        "entry": "The essentials at a fair price.",
        "mid": "The choice of most of our customers.",
        "premium": "For those who want the best of its kind.",
    }[tier]
    facts = "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in attributes.items())
    return f"{brand} {model}, {category.singular}. {promise} {facts[:1].upper()}{facts[1:]}. Two years of guarantee."
