"""A small demo shop: a few products and customers, and an order of each kind (paid, refunded, cancelled, a guest's)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from demo_shop.store.checkout import Pricing
from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.model import Customer, Location, Order, Product
from demo_shop.store.store import Store

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PRICING = Pricing(
    shop_currency="EUR",
    exchange_rates={"EUR": Decimal("1"), "USD": Decimal("1.08")},
    discount_codes={"WELCOME10": Decimal("0.10")},
    tax_rates={"FR": Decimal("0.20")},
)


def a_location(position: int) -> Location:
    """Location number `position`."""
    return Location(FIRST_IDS["location"] + position, f"Store {position}", "Paris", "FR", START)


def a_product(position: int, stock: int = 10, changed: timedelta = timedelta()) -> Product:
    """Product number `position`, updated `changed` later than usual. Those with an even number have no rating."""
    return Product(
        product_id=FIRST_IDS["product"] + position,
        variant_id=FIRST_IDS["variant"] + position,
        inventory_item_id=FIRST_IDS["inventory_item"] + position,
        title=f"Laptop {position}",
        handle=f"laptop-{position}",
        description="A <b>light</b> laptop",
        vendor="Sony" if position % 2 else "Asus",
        product_type="Laptops",
        department="Computers",
        status="ACTIVE",
        sku=f"LAP-{position}",
        barcode=None,
        price=Decimal("99.90") + position,
        compare_at_price=Decimal("149.00") if position % 3 == 0 else None,
        unit_cost=Decimal("61.50"),
        stock={FIRST_IDS["location"]: stock, FIRST_IDS["location"] + 1: 2},
        rating=Decimal("4.5") if position % 2 else None,
        rating_count=12 if position % 2 else 0,
        attributes={"ram": "16 GB", "screen_size": "15.6"},
        image_url=f"https://images.example/{position}.jpg" if position % 4 else None,
        created_at=START,
        updated_at=START + timedelta(hours=position) + changed,
        published_at=START,
    )


def a_customer(position: int) -> Customer:
    """Customer number `position`."""
    return Customer(
        customer_id=FIRST_IDS["customer"] + position,
        first_name="Chloé",
        last_name="Martin",
        email=f"chloe{position}@example.com",
        phone=None,
        country_code="FR",
        city="Lyon",
        postal_code="69003",
        address="3 rue des Lilas",
        accepts_marketing=bool(position % 2),
        created_at=START,
        updated_at=START + timedelta(hours=position),
    )


def fill(store: Store, products: int = 7, customers: int = 3) -> list[Order]:
    """Fill the store and return its orders: paid, partly refunded, cancelled, and a guest's in dollars."""
    store.save_pricing(PRICING, at=START)
    store.save_locations(a_location(position) for position in range(2))
    store.save_products(a_product(position) for position in range(products))
    store.save_customers(a_customer(position) for position in range(customers))
    first, second, third = (FIRST_IDS["product"] + position for position in range(3))
    buyer = FIRST_IDS["customer"]
    at = START + timedelta(days=30)
    paid = store.place_order([(first, 2), (second, 1)], customer_id=buyer, discount_code="WELCOME10", at=at)
    refunded = store.place_order([(second, 3)], customer_id=buyer + 1, at=at + timedelta(hours=1))
    refunded = store.refund_order(
        refunded.order_id, {refunded.lines[0].line_id: 1}, at=at + timedelta(days=2), note="too heavy"
    )
    cancelled = store.place_order([(third, 1)], customer_id=buyer, at=at + timedelta(hours=2))
    cancelled = store.cancel_order(cancelled.order_id, at=at + timedelta(days=1))
    guest = store.place_order([(first, 1)], currency="USD", country_code="US", at=at + timedelta(hours=3))
    store.abandon_checkout([(third, 2)], customer_id=buyer, at=at + timedelta(hours=4))
    return [paid, refunded, cancelled, guest]
