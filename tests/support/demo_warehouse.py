"""The generated demo shop's history in raw tables, day by day and without its services: realistic input for dbt.

Orders are in the state they had at the end of the day (refunds and cancellations come later); events land in the order
in which they would arrive, late ones days after they happened.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from msgspec import json as fast_json
from msgspec.structs import astuple
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks.support.raw_shop import RAW_TABLES
from collector.enrichment import EnrichedEvent, Sender, enrich_event
from demo_shop.content.catalogue import generate_products
from demo_shop.content.customers import generate_customers
from demo_shop.profile import ShopProfile
from demo_shop.shopify.rest.orders import OrderWriter
from demo_shop.shopify.rest.people import customer_record
from demo_shop.store import checkout
from demo_shop.store.model import Customer, Order, Product
from demo_shop.traffic.history import History, Size
from demo_shop.traffic.noise import with_noise
from events.event import Event, parse
from ingestion.clickstream.records import LandedEvent
from privacy.customer_mapping import map_customers
from recommendations.experiment import arm_of
from tests.support.warehouse_fixtures import PSEUDONYM_KEY

SHOP = ShopProfile()
SEED = 7
EVENT_COLUMNS = LandedEvent.__struct_fields__


@dataclass(frozen=True)
class DemoPast:
    """A generated past from a seed: the shop's products, customers and orders, and the events in order of arrival."""

    products: list[Product]
    customers: list[Customer]
    orders: list[Order]
    events: list[Event]
    end: datetime


def demo_past(size: Size, end: datetime, *, products: int = 120, customers: int = 200, late: int = 40) -> DemoPast:
    """Generate `size` days up to `end`; every `late`-th event arrives one to seven days after it happened."""
    catalogue, people = generate_products(SEED, end, products), generate_customers(SEED, end, customers)
    history = History(catalogue, people, SEED, end, size)
    arrived = end - timedelta(days=size.days)
    events: dict[str, Event] = {}
    for number, message in enumerate(with_noise(history, SEED)):
        with suppress(ValueError):  # some times are invalid on purpose
            arrived = max(arrived, datetime.fromisoformat(message["originalTimestamp"]))
        delay = timedelta(days=1 + number % 7) if number % late == 0 else timedelta(seconds=1)
        sent = fast_json.encode(_in_an_experiment(message))
        outcome = enrich_event(sent, Sender(received_at=arrived + delay), PSEUDONYM_KEY)
        landed = parse(outcome.value) if isinstance(outcome, EnrichedEvent) else None
        if isinstance(landed, Event):
            events.setdefault(landed.event_id, landed)
    arrivals = sorted(events.values(), key=lambda event: event.received_at)
    return DemoPast(catalogue, people, list(_with_more_returns(history.orders, end)), arrivals, end)


def _in_an_experiment(message: dict[str, Any]) -> dict[str, Any]:
    """Return the message as the storefront sends it while an experiment shows some visitors nothing personal."""
    if message.get("event") != "Recommendations Viewed":
        return message
    arm = arm_of(message.get("anonymousId", ""), control_share=0.3)
    return message | {"properties": message["properties"] | {"arm": arm}}


def _with_more_returns(orders: list[Order], end: datetime) -> Iterator[Order]:
    """Refund every fifth order in part and cancel every seventh, days later: a short past has few of both."""
    numbers = itertools.count(999_000_000_000)
    for place, order in enumerate(orders):
        at = order.created_at + timedelta(days=1 + place % 4, hours=3)
        if order.refunds or order.cancelled_at or at >= end:
            yield order
        elif place % 5 == 0:
            one = {order.lines[0].line_id: 1}
            yield checkout.refund(order, one, new_id=lambda _: next(numbers), at=at, note="Does not fit", restock=True)
        elif place % 7 == 0:
            yield checkout.cancel(order, at=at, reason="customer")
        else:
            yield order


def land_until(
    database_url: str, past: DemoPast, day: date, *, since: date | None = None, without: Container[int] = ()
) -> None:
    """Bring raw from its state at the end of the day `since` to that at the end of `day` (UTC).

    The first call lands all products, except those whose ids are in `without`.
    """
    until = midnight_after(day)
    begin = midnight_after(since) if since else datetime.min.replace(tzinfo=UTC)
    with psycopg.connect(database_url) as connection:
        if since is None:
            for product in past.products:
                if product.product_id not in without:
                    write_product(connection, product, until)
        known = [customer for customer in past.customers if begin <= customer.created_at < until]
        _upsert(connection, "customers", [customer_record(customer, SHOP) for customer in known], until)
        by_id = {customer.customer_id: customer for customer in past.customers}
        changed = [order for o in past.orders if (order := _as_of(o, until)) and begin <= order.updated_at < until]
        records = [OrderWriter(o, by_id.get(o.customer_id) if o.customer_id else None, SHOP).order() for o in changed]
        _upsert(connection, "orders", records, until)
        landed = [event for event in past.events if begin <= event.received_at < until]
        _copy_events(connection, landed, until)
    map_customers(database_url, PSEUDONYM_KEY)


def write_product(connection: psycopg.Connection, product: Product, extracted_at: datetime) -> None:
    """Insert or replace a product with its variant, item, level and rating."""
    price = {"min_variant_price": {"amount": str(product.price), "currency_code": SHOP.currency}}
    _upsert(connection, "products", [{
        "id": product.product_id, "title": product.title, "handle": product.handle, "vendor": product.vendor,
        "product_type": product.product_type, "tags": f"department:{product.department}", "status": product.status,
        "price_range_v2": price, "published_at": product.published_at, "created_at": product.created_at,
        "updated_at": product.updated_at,
    }], extracted_at)  # fmt: skip
    _upsert(connection, "product_variants", [{
        "id": product.variant_id, "product_id": product.product_id, "inventory_item_id": product.inventory_item_id,
        "sku": product.sku, "position": 1, "price": product.price, "inventory_quantity": sum(product.stock.values()),
    }], extracted_at)  # fmt: skip
    _upsert(connection, "inventory_items", [{
        "id": product.inventory_item_id, "sku": product.sku, "cost": product.unit_cost,
        "currency_code": SHOP.currency, "tracked": True,
    }], extracted_at)  # fmt: skip
    if product.rating is not None:
        reviews = {"rating": json.dumps({"value": str(product.rating)}), "rating_count": str(product.rating_count)}
        _upsert(connection, "metafield_products", [{
            "id": product.product_id * 10 + place, "namespace": "reviews", "key": key, "value": value,
            "owner_id": product.product_id, "updated_at": product.updated_at,
        } for place, (key, value) in enumerate(reviews.items())], extracted_at)  # fmt: skip


def delete_product(connection: psycopg.Connection, product: Product, extracted_at: datetime) -> None:
    """Write what the connector writes for a product that was deleted in the shop."""
    _upsert(connection, "products", [{"id": product.product_id, "deleted_at": extracted_at}], extracted_at)


def _as_of(order: Order, until: datetime) -> Order | None:
    """Return the order as it was at `until`, None before it was placed; `updated_at` is its last change until then."""
    if order.created_at >= until:
        return None
    refunds = tuple(refund for refund in order.refunds if refund.created_at < until)
    cancelled_at = order.cancelled_at if order.cancelled_at and order.cancelled_at < until else None
    changes = [order.created_at, *(refund.created_at for refund in refunds), *([cancelled_at] if cancelled_at else [])]
    return replace(
        order,
        refunds=refunds,
        cancelled_at=cancelled_at,
        cancel_reason=order.cancel_reason if cancelled_at else None,
        updated_at=max(changes),
    )


def _upsert(connection: psycopg.Connection, table: str, records: Iterable[dict[str, Any]], at: datetime) -> None:
    wanted = [column.split()[0] for column in " ".join(RAW_TABLES[table].split()).split(", ")]
    with connection.cursor() as cursor:
        for record in records:
            names = [name for name in wanted if name in record]
            values = [Jsonb(v) if isinstance(v, dict | list) else v for v in (record[name] for name in names)]
            cursor.execute(
                sql.SQL("delete from raw_shop.{} where id = %s").format(sql.Identifier(table)), [record["id"]]
            )
            cursor.execute(
                sql.SQL(
                    "insert into raw_shop.{} (_airbyte_raw_id, _airbyte_extracted_at, {}) values (%s, %s, {})"
                ).format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, names)),
                    sql.SQL(", ").join([sql.Placeholder()] * len(names)),
                ),
                [f"{table}-{record['id']}", at, *values],
            )


def _copy_events(connection: psycopg.Connection, events: list[Event], landed_at: datetime) -> None:
    for day in sorted({event.received_at.date() for event in events}):
        connection.execute("select raw_clickstream.add_day(%s)", [day])
    columns = sql.SQL(", ").join(map(sql.Identifier, EVENT_COLUMNS))
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("copy raw_clickstream.events ({}) from stdin").format(columns)) as copy,
    ):
        for number, event in enumerate(events):
            copy.write_row((*astuple(event), "clicks.v1", 0, number, landed_at))


def midnight_after(day: date) -> datetime:
    """Return the end of the day in UTC."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
