"""The hard shop (demo_shop/content/hard_orders.py) in raw tables, day by day and without its services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.support.raw_shop import create_raw_shop
from demo_shop.content.catalogue import generate_products
from demo_shop.content.customers import generate_customers
from demo_shop.content.hard_money import CURRENCY, PAST_CURRENCY, PAST_RATE, TIMEZONE, in_yen
from demo_shop.content.hard_orders import hard_past
from demo_shop.profile import ShopProfile
from demo_shop.shopify.rest.orders import OrderWriter
from demo_shop.shopify.rest.people import customer_record
from demo_shop.store.model import Customer, Order, Product
from privacy.customer_mapping import map_customers
from tests.support import dbt_in_process
from tests.support.dbt_in_process import DbtOutcome
from tests.support.demo_warehouse import _as_of, _upsert, write_product
from tests.support.warehouse_fixtures import PSEUDONYM_KEY

END = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 60
SHOP = ShopProfile(currency=CURRENCY, timezone=TIMEZONE)
PAST_RATES = {PAST_CURRENCY: Decimal(PAST_RATE)}
# column of the mart without `_amount` -> of the ledger
KPIS = {
    "gross_sales": "gross",
    "discounts": "discounts",
    "returns": "returns",
    "cancellations": "cancellations",
    "net_sales": "net",
    **{name: name for name in ("shipping", "tax", "duties", "fees", "tips", "gift_cards_sold")},
}
# what dbt and the gates are told of the shop
DBT_ENVIRONMENT = {
    "COMPTOIR_SHOP_TIMEZONE": TIMEZONE,
    "COMPTOIR_PAST_CURRENCIES": f'{{"{PAST_CURRENCY}": {PAST_RATE}}}',
}


@dataclass(frozen=True)
class HardShop:
    """Everything the shop has at the end of its past."""

    products: list[Product]
    customers: list[Customer]
    orders: list[Order]


def hard_shop(days: int = DAYS, seed: int = 7, shop_platform: str = "shopify") -> HardShop:
    """The shop from a seed; its products have prices in yen, its orders are of the kinds that the platform has."""
    products = [in_yen(product) for product in generate_products(seed, END, 40)]
    customers = generate_customers(seed, END, 40)
    return HardShop(products, customers, hard_past(products, customers, seed, END, days, shop_platform).orders)


def land(database_url: str, shop: HardShop, until: datetime = END, since: datetime | None = None) -> None:
    """Bring raw to the state of the shop at `until`; with `since`, from its state then."""
    begin = since or datetime.min.replace(tzinfo=UTC)
    with psycopg.connect(database_url) as connection:
        if since is None:
            for product in shop.products:
                write_product(connection, product, until)
            people = [customer_record(customer, SHOP) for customer in shop.customers]
            _upsert(connection, "customers", people, until)
        by_id = {customer.customer_id: customer for customer in shop.customers}
        changed = [order for o in shop.orders if (order := _as_of(o, until)) and begin <= order.updated_at < until]
        writers = [OrderWriter(order, by_id.get(order.customer_id or 0), SHOP) for order in changed]
        _upsert(connection, "orders", [_as_read(writer.order()) for writer in writers], until)
        _upsert(connection, "transactions", [t for writer in writers for t in writer.transactions()], until)
    map_customers(database_url, PSEUDONYM_KEY)


def _as_read(order: dict[str, Any]) -> dict[str, Any]:
    """The order as source-shopify hands it on: where it declares a text, an object is written as Python does."""
    duties = order.get("original_total_duties_set")
    return order | {"original_total_duties_set": str(duties)} if isinstance(duties, dict) else order


def make_hard_shop(make_database: Callable[[], str]) -> tuple[str, HardShop]:
    """A database with the whole shop in raw; returns its URL and the shop."""
    url, shop = make_database(), hard_shop()
    create_raw_shop(url)
    land(url, shop)
    return url, shop


def build(database_url: str, target: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> DbtOutcome:
    """Run dbt as it is told of this shop; `environment` tells it something else."""
    told = DBT_ENVIRONMENT | dict(environment or {})
    return dbt_in_process.run(database_url, target, list(arguments), "shopify", told)
