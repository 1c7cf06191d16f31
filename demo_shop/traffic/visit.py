"""One visit to the shop, message by message: landing, search or list, products, cart, checkout, order.

The same code makes visits of the past (history.py) and of the present (simulator.py): a visit is a generator with a
clock of its own, and an order is placed when the generator arrives at it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo_shop.content.season import discount_codes_on
from demo_shop.content.taxonomy import BY_NAME
from demo_shop.store.model import Order, Product
from demo_shop.traffic.assortment import Assortment
from demo_shop.traffic.messages import MODEL_VERSION, Browser, Message, cart_products, order_properties, positions
from demo_shop.traffic.visitors import Visitor

Basket = list[tuple[Product, int]]
"""(product, quantity) pairs."""

PlaceOrder = Callable[[Visitor, Basket, str | None, datetime], Order | None]
"""Places an order: (visitor, basket, discount code, time) -> order, None when the shop refuses it."""

CAMPAIGNS = (  # (source, medium, name)
    ("search-ads", "cpc", "autumn"),
    ("newsletter", "email", "weekly"),
    ("social", "paid-social", "video"),
    ("price-comparison", "affiliate", "feed"),
)
REFERRERS = ("", "", "https://search.example/", "https://reviews.example/best-of")


@dataclass(frozen=True, slots=True)
class Habits:
    """How likely each decision of a visitor is, from 0 to 1, given that the visit gets that far."""

    bounces: float = 0.22  # leaves after at most one product
    wants_to_buy: float = 0.45  # of customers; strangers only browse and fill carts
    takes_accessory: float = 0.5  # when the product has companions
    abandons_cart: float = 0.2
    has_code: float = 0.22


class Visit:
    """One visit that begins at `at`. Iterate once for its messages in time order."""

    def __init__(
        self,
        visitor: Visitor,
        assortment: Assortment,
        rng: random.Random,
        at: datetime,
        place_order: PlaceOrder,
        habits: Habits | None = None,
    ) -> None:
        self._visitor, self._shop, self._rng, self._at = visitor, assortment, rng, at
        self._place_order = place_order
        self._habits = habits or Habits()
        self._browser = Browser(visitor, rng, f"{rng.getrandbits(64):016x}", rng.choice(REFERRERS))
        self._basket: Basket = []

    def __iter__(self) -> Iterator[Message]:
        rng, habits = self._rng, self._habits
        category = rng.choices(list(self._visitor.tastes), list(self._visitor.tastes.values()))[0]
        if rng.random() < 0.3:
            self._browser.came_from(*rng.choice(CAMPAIGNS))
        yield from self._land()
        if rng.random() < habits.bounces:
            if rng.random() < 0.7:
                yield self._view(self._shop.pick(category, self._visitor, rng, self._at))
            return
        yield from self._look_for(category)
        customer = self._visitor.customer
        can_buy = customer is not None and customer.created_at < self._at
        wants = rng.random() < (habits.wants_to_buy if can_buy else 0.08)
        viewed: list[Product] = []
        yield from self._compare(
            category, viewed, rng.choice((1, 2, 2, 3)) if wants else rng.choice((1, 1, 2, 2, 3, 4))
        )
        if not wants:
            return
        yield from self._fill_basket(viewed)
        if self._basket and can_buy and rng.random() >= habits.abandons_cart:
            yield from self._check_out()

    def _land(self) -> Iterator[Message]:
        yield self._browser.page(self._at, "/", "Home")
        signs_in = self._visitor.customer is not None and self._visitor.customer.created_at < self._at
        if signs_in and self._rng.random() < 0.3:
            yield self._browser.identify(self._after(5, 25))

    def _look_for(self, category: str) -> Iterator[Message]:
        rng, visitor = self._rng, self._visitor
        if rng.random() < 0.5:
            query, results = self._query(category)
            properties = {"query": query, "filters": [], "sorts": [], "results": results}
            if rng.random() < 0.2:
                properties["sorts"] = [{"type": "price", "value": "asc" if visitor.level < 0.5 else "desc"}]
            yield self._browser.track(
                "Products Searched", self._after(4, 30), "/search", f"Search: {query}", properties
            )
        if rng.random() < 0.6:
            products = self._shop.shown(category, rng, 8)
            properties = {"list_id": f"category-{category}", "category": category, "products": positions(products)}
            yield self._browser.track("Product List Viewed", self._after(3, 20), "/categories", category, properties)

    def _query(self, category: str) -> tuple[str, int]:
        """(what the visitor types, number of results); a typing mistake finds nothing."""
        rng, shelf = self._rng, self._shop.shelves[category]
        known = BY_NAME.get(category)
        words = known.singular if known else category.lower()
        if rng.random() < 0.35:
            brand = shelf.brands[self._visitor.loyalty % len(shelf.brands)]
            return f"{brand} {words}".lower(), sum(p.vendor == brand for p in shelf.products)
        if rng.random() < 0.07 and len(words) > 4:
            first = rng.randrange(1, len(words) - 2)
            return words[:first] + words[first + 1] + words[first] + words[first + 2 :], 0
        return words, len(shelf.products)

    def _compare(self, category: str, viewed: list[Product], count: int) -> Iterator[Message]:
        rng, near = self._rng, None
        for _ in range(count):
            product = self._shop.pick(category, self._visitor, rng, self._at, near)
            if rng.random() < 0.25:
                yield self._browser.on_product(
                    "Product Clicked", self._after(3, 25), product, position=rng.randrange(1, 9)
                )
            yield self._view(product)
            viewed.append(product)
            near = product
            if rng.random() < 0.2:
                yield from self._recommended(product)

    def _recommended(self, product: Product) -> Iterator[Message]:
        """The page's recommendations; one visitor in four clicks on one."""
        rng = self._rng
        shown = self._shop.companions(product) or self._shop.shown(product.product_type, rng, 4)
        properties = {"slot": "product", "products": positions(shown), "model_version": MODEL_VERSION}
        path = f"/products/{product.handle}"
        yield self._browser.track("Recommendations Viewed", self._after(1, 3), path, product.title, properties)
        if rng.random() < 0.25:
            rank = rng.randrange(len(shown))
            origin = {"slot": "product", "rank": rank + 1, "model_version": MODEL_VERSION}
            chosen = shown[rank]
            yield self._browser.on_product("Product Clicked", self._after(4, 30), chosen, recommendation=origin)
            yield self._browser.on_product("Product Viewed", self._after(1, 3), chosen, recommendation=origin)

    def _view(self, product: Product) -> Message:
        return self._browser.on_product("Product Viewed", self._after(8, 90), product)

    def _fill_basket(self, viewed: list[Product]) -> Iterator[Message]:
        rng = self._rng
        in_stock = [p for p in viewed if p.is_in_stock]
        if not in_stock:
            return
        main = in_stock[-1]
        yield self._add(main, 2 if main.price < 30 and rng.random() < 0.2 else 1)
        companions = [p for p in self._shop.companions(main) if self._can_be_bought(p)]
        if companions and rng.random() < self._habits.takes_accessory:
            weights = [1 / rank for rank in range(1, len(companions) + 1)]
            for companion in {
                c.product_id: c for c in rng.choices(companions, weights, k=rng.choice((1, 1, 2)))
            }.values():
                yield self._view(companion)
                if rng.random() < 0.8:
                    yield self._add(companion, 1)
        elif rng.random() < 0.06:
            self._basket.pop()
            yield self._browser.on_product("Product Removed", self._after(10, 60), main)

    def _can_be_bought(self, product: Product) -> bool:
        return product.published_at is not None and product.published_at <= self._at and product.is_in_stock

    def _add(self, product: Product, quantity: int) -> Message:
        self._basket.append((product, quantity))
        return self._browser.on_product("Product Added", self._after(5, 60), product, quantity=quantity)

    def _check_out(self) -> Iterator[Message]:
        rng, browser, visitor = self._rng, self._browser, self._visitor
        products = cart_products(self._basket, visitor)
        if rng.random() < 0.7:
            yield browser.track("Cart Viewed", self._after(5, 40), "/cart", "Cart", {"products": products})
        if not browser.is_signed_in:
            yield browser.identify(self._after(10, 90))
        value = round(sum(p["price"] * p["quantity"] for p in products), 2)
        started = {"value": value, "currency": visitor.currency, "products": products}
        yield browser.track("Checkout Started", self._after(3, 30), "/checkout", "Checkout", started)
        self._after(15, 120)
        code = rng.choice(discount_codes_on(self._at.date())) if rng.random() < self._habits.has_code else None
        order = self._place_order(visitor, self._basket, code, self._at)
        if order is None:
            return
        self._at = order.created_at
        path = f"/orders/{order.order_id}"
        properties = order_properties(order, self._shop.categories)
        yield browser.track("Order Completed", self._after(0.2, 0.9), path, "Thank you", properties)

    def _after(self, least: float, most: float) -> datetime:
        """Move the clock on by `least` to `most` seconds, short stays being the most common."""
        self._at += timedelta(milliseconds=int(1000 * (least + (most - least) * self._rng.random() ** 2)))
        return self._at


def bot_visit(assortment: Assortment, visitor: Visitor, rng: random.Random, at: datetime) -> Iterator[Message]:
    """The visit of a crawler that reads prices: many products of one category, one every second or two."""
    browser = Browser(visitor, rng, f"{rng.getrandbits(64):016x}")
    shelf = assortment.shelves[rng.choice(list(assortment.shelves))]
    for product in rng.sample(shelf.products, min(len(shelf.products), rng.randrange(12, 40))):
        at += timedelta(milliseconds=rng.randrange(700, 2200))
        yield browser.on_product("Product Viewed", at, product)
