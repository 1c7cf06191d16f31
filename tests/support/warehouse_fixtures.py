"""A shop small enough to compute its sales by hand: raw tables in Airbyte's layout, and dbt run over them.

Six orders in two currencies around both changes of the clocks, with a discount, a partial and a full refund,
a cancelled order and one cancelled after a partial refund. The expected figures are in
tests/dbt_project/test_marts.py.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks.support.raw_shop import create_raw_shop
from benchmarks.support.servers import OPEN_PASSWORDS
from comptoir.postgres_url import with_login
from privacy.customer_mapping import map_customers
from tests.support import dbt_in_process
from tests.support.dbt_in_process import DbtOutcome

PSEUDONYM_KEY = "test-key"

PRODUCTS = {  # id: title, brand, category, price, cost, stock
    1: ("Nova 14 laptop", "Nova", "Laptops", "100.00", "60.00", 5),
    2: ("Pebble mouse", "Pebble", "Mice", "50.00", "20.00", 0),
    3: ("Braid cable", "Loop", "Cables", "30.00", "5.00", 40),
}
EXTRACTED_AT = "2026-10-30T00:00:00Z"
ZERO = Decimal("0.00")


def make_small_shop(database_url: str) -> None:
    """Create the raw shop tables with the small shop in them, a few visits, and the customers' pseudonyms."""
    create_raw_shop(database_url)
    with psycopg.connect(database_url) as connection:
        for product_id in PRODUCTS:
            _insert_product(connection, product_id)
        for customer_id, country in ((501, "FR"), (502, "BE")):
            insert(
                connection,
                "raw_shop.customers",
                id=customer_id,
                email=f"customer{customer_id}@example.org",
                first_name="Ada",
                default_address={"country_code": country},
                email_marketing_consent={"state": "SUBSCRIBED" if customer_id == 501 else "NOT_SUBSCRIBED"},
                created_at="2026-01-05T10:00:00Z",
                updated_at="2026-01-05T10:00:00Z",
            )
        for order in small_orders():
            insert(connection, "raw_shop.orders", **order)
        for event in small_events():
            connection.execute(
                "select raw_clickstream.add_day((%s::timestamptz at time zone 'utc')::date)", [event["received_at"]]
            )
            insert(connection, "raw_clickstream.events", **event)
    map_customers(database_url, PSEUDONYM_KEY)


def small_orders() -> list[dict[str, Any]]:
    """Return the orders as rows of raw_shop.orders. Times are UTC; Paris is one hour ahead in winter, two in summer."""
    return [
        # 00:30 on the day the clocks go forward; a unit of the discounted line comes back two days later
        make_order(1, "2026-03-28T23:30:00Z", [(11, 1, 2, "20.00"), (12, 2, 1, "0.00")], customer_id=501,
                   refunds=[("2026-03-31T10:00:00Z", [(11, 1, "90.00")])], discount_code="SPRING"),
        # 23:59 of the same day, paid in dollars, given back entirely at 00:30 of 31 March
        make_order(2, "2026-03-29T21:59:00Z", [(21, 2, 2, "0.00")], customer_id=502, currency="USD", rate="1.25",
                   refunds=[("2026-03-30T22:30:00Z", [(21, 2, "100.00")])]),
        # midnight sharp, cancelled on 1 April
        make_order(3, "2026-03-29T22:00:00Z", [(31, 3, 1, "3.00")], cancelled_at="2026-04-01T08:00:00Z"),
        # cancelled on 1 April too, after one cable had come back
        make_order(4, "2026-03-30T12:00:00Z", [(41, 1, 1, "0.00"), (42, 3, 2, "0.00")], customer_id=501,
                   cancelled_at="2026-04-01T09:00:00Z", refunds=[("2026-03-31T09:00:00Z", [(42, 1, "30.00")])]),
        # first and last minutes of the day the clocks go back
        make_order(5, "2026-10-24T22:30:00Z", [(51, 2, 1, "0.00")]),
        make_order(6, "2026-10-25T22:59:00Z", [(61, 2, 1, "0.00")], customer_id=502),
        # not counted: a test payment, and an order deleted in the shop
        make_order(7, "2026-03-30T12:00:00Z", [(71, 1, 9, "0.00")]) | {"test": True},
        {"id": 8, "deleted_at": "2026-04-02T00:00:00Z"},
    ]  # fmt: skip


def make_order(
    order_id: int,
    created_at: str,
    lines: list[tuple[int, int, int, str]],  # line id, product id, quantity, discount of the line in shop currency
    *,
    customer_id: int | None = None,
    currency: str = "EUR",
    rate: str = "1",
    refunds: list[tuple[str, list[tuple[int, int, str]]]] | None = None,  # time, [line id, quantity, subtotal]
    cancelled_at: str | None = None,
    discount_code: str | None = None,
) -> dict[str, Any]:
    """Return an order of a shop in EUR with 20 % tax on top and 5.00 for delivery, as the connector writes it."""

    def money_set(amount: Decimal) -> dict[str, Any]:
        paid = (amount * Decimal(rate)).quantize(ZERO)
        return {
            "shop_money": {"amount": str(amount), "currency_code": "EUR"},
            "presentment_money": {"amount": str(paid), "currency_code": currency},
        }

    line_items, total_discount, total_tax, total_lines = [], ZERO, ZERO, ZERO
    for line_id, product_id, quantity, discount_text in lines:
        title, brand, _, price_text, _, _ = PRODUCTS.get(product_id, ("Ghost", "None", "None", "10.00", "1", 0))
        price, discount = Decimal(price_text), Decimal(discount_text)
        tax = ((price * quantity - discount) * Decimal("0.2")).quantize(ZERO)
        total_lines += price * quantity
        total_discount += discount
        total_tax += tax
        allocations = [{"amount": discount_text, "amount_set": money_set(discount)}] if discount else []
        line_items.append({
            "id": line_id, "product_id": product_id, "variant_id": product_id * 10, "sku": f"SKU-{product_id}",
            "title": title, "vendor": brand, "quantity": quantity, "price": price_text, "price_set": money_set(price),
            "discount_allocations": allocations, "tax_lines": [{"rate": 0.2, "price_set": money_set(tax)}],
        })  # fmt: skip
    refund_items = [
        {
            "id": order_id * 1000 + number, "created_at": time, "processed_at": time, "order_id": order_id,
            "refund_line_items": [
                {"id": order_id * 10000 + number * 100 + place, "line_item_id": line_id, "quantity": quantity,
                 "restock_type": "return", "subtotal_set": money_set(Decimal(subtotal)),
                 "total_tax_set": money_set((Decimal(subtotal) * Decimal("0.2")).quantize(ZERO))}
                for place, (line_id, quantity, subtotal) in enumerate(refund_lines)
            ],
        }
        for number, (time, refund_lines) in enumerate(refunds or [])
    ]  # fmt: skip
    shipping = Decimal("5.00")
    return {
        "id": order_id, "name": f"#{1000 + order_id}", "currency": "EUR", "presentment_currency": currency,
        "email": f"customer{customer_id}@example.org", "financial_status": "refunded" if refunds else "paid",
        "source_name": "web", "test": False, "taxes_included": False,
        "customer": {"id": customer_id} if customer_id else None, "shipping_address": {"country_code": "FR"},
        "discount_codes": [{"code": discount_code}] if discount_code else [], "line_items": line_items,
        "refunds": refund_items, "total_discounts_set": money_set(total_discount),
        "total_tax_set": money_set(total_tax),
        "total_shipping_price_set": money_set(shipping), "total_tip_received": 0,
        "total_price_set": money_set(total_lines - total_discount + total_tax + shipping),
        "created_at": created_at, "updated_at": cancelled_at or created_at, "cancelled_at": cancelled_at,
        "cancel_reason": "customer" if cancelled_at else None,
    }  # fmt: skip


def small_events() -> list[dict[str, Any]]:
    """Visits: one over midnight that buys order 1, one visitor who comes back after 31 minutes, one bot."""
    buyer, returner, bot = "visitor-a", "visitor-b", "visitor-bot"
    ordered: dict[str, Any] = {"order_id": "1", "currency": "EUR", "products": [
        {"product_id": "1", "quantity": 2, "price": 100}, {"product_id": "2", "quantity": 1, "price": 50}]}  # fmt: skip
    return [
        make_event("a1", buyer, None, "2026-03-28T22:50:00Z"),
        make_event("a2", buyer, "Product Viewed", "2026-03-28T23:05:00Z", product_id="1", price=100, currency="EUR"),
        make_event("a3", buyer, "Product Added", "2026-03-28T23:10:00Z", product_id="1", quantity=2),
        make_event("a4", buyer, "Checkout Started", "2026-03-28T23:20:00Z"),
        make_event("a5", buyer, "Order Completed", "2026-03-28T23:31:00Z", user_id="pseudonym-of-501", **ordered),
        make_event("b1", returner, "Product Viewed", "2026-03-29T10:00:00Z", product_id="3"),
        make_event("b2", returner, "Product Viewed", "2026-03-29T10:30:00Z", product_id="made-up"),
        make_event("b3", returner, "Products Searched", "2026-03-29T11:00:01Z", query="cable"),
        # the thank-you page once more: the order was counted in the first visit
        make_event("a6", buyer, "Order Completed", "2026-03-29T09:00:00Z", **ordered),
        make_event("r1", bot, "Product Viewed", "2026-03-29T10:00:00Z", is_bot=True, product_id="3"),
    ]


def make_event(
    event_id: str,
    visitor: str,
    name: str | None,
    at: str,
    *,
    user_id: str | None = None,
    is_bot: bool = False,
    **properties: Any,
) -> dict[str, Any]:
    """Return a row of raw_clickstream.events; without a name it is a page call."""
    context = {"page": {"path": "/", "referrer": "https://www.google.com/"}, "device": {"type": "mobile"}}
    return {
        "event_id": event_id, "event_type": "track" if name else "page", "event_name": name, "occurred_at": at,
        "received_at": at, "anonymous_id": visitor, "user_id": user_id, "session_id": None,
        "product_id": properties.get("product_id"), "properties": properties, "context": context, "is_late": False,
        "is_bot": is_bot, "time_flag": "on_time", "schema_version": 1, "payload_hash": event_id,
        "kafka_topic": "clicks.v1", "kafka_partition": 0, "kafka_offset": 0,
    }  # fmt: skip


def insert(connection: psycopg.Connection, table: str, **row: Any) -> None:
    """Insert one row; dicts and lists become jsonb, shop tables get Airbyte's columns."""
    if table.startswith("raw_shop."):
        row = {"_airbyte_raw_id": f"{table}-{row['id']}", "_airbyte_extracted_at": EXTRACTED_AT} | row
    values = [Jsonb(value) if isinstance(value, dict | list) else value for value in row.values()]
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join([sql.Placeholder()] * len(row)),
    )
    connection.execute(statement, values)


def _insert_product(connection: psycopg.Connection, product_id: int) -> None:
    title, brand, category, price, cost, stock = PRODUCTS[product_id]
    at = "2026-01-01T00:00:00Z"
    insert(connection, "raw_shop.products", id=product_id, title=title, handle=title.lower().replace(" ", "-"),
           vendor=brand, product_type=category, tags="new, department:Computers", status="ACTIVE", published_at=at,
           price_range_v2={"min_variant_price": {"amount": price, "currency_code": "EUR"}}, created_at=at,
           updated_at=at)  # fmt: skip
    insert(connection, "raw_shop.product_variants", id=product_id * 10, product_id=product_id, position=1, price=price,
           inventory_item_id=product_id * 100, sku=f"SKU-{product_id}", inventory_quantity=stock)  # fmt: skip
    insert(connection, "raw_shop.inventory_items", id=product_id * 100, cost=cost, currency_code="EUR", tracked=True)
    insert(connection, "raw_shop.inventory_levels", id=f"9|{product_id}", inventory_item_id=product_id * 100,
           location_id=9,
           quantities=[{"name": "on_hand", "quantity": 99}, {"name": "available", "quantity": stock}])  # fmt: skip
    for place, (namespace, key, value) in enumerate([
        ("reviews", "rating", '{"value": "4.5", "scale_min": "1.0", "scale_max": "5.0"}'),
        ("reviews", "rating_count", "12"), ("specs", "colour", "black"), ("specs", "weight", "1 kg"),
    ]):  # fmt: skip
        insert(connection, "raw_shop.metafield_products", id=product_id * 10 + place, namespace=namespace, key=key,
               value=value, owner_id=product_id, updated_at=at)  # fmt: skip


def run_dbt(database_url: str, target: Path, *arguments: str, shop_platform: str = "shopify") -> DbtOutcome:
    """Run dbt in this process; the caller checks the return code."""
    return dbt_in_process.run(database_url, target, list(arguments), shop_platform)


def compiled_query(database_url: str, target: Path, query: str) -> bytes:
    """The SQL of a query with macros of the project. Raises AssertionError when dbt cannot compile it."""
    outcome = run_dbt(database_url, target, "compile", "--inline", query)
    assert outcome.returncode == 0, outcome.stdout
    (compiled,) = target.glob("**/inline_query")
    return compiled.read_bytes()


# without the unit tests, as in a daily run; tests/dbt_project/test_marts.py runs them, once
BUILD = ("build", "--exclude-resource-type", "unit_test", "--select")
STAGING_STEP = (*BUILD, "path:models/staging")
MARTS_STEP = (*BUILD, "path:seeds", "path:models/intermediate", "path:models/marts", "path:snapshots")


def build_staging(database_url: str, target: Path) -> DbtOutcome:
    """Run dbt's first step: staging, before its gate."""
    return run_dbt(database_url, target, *STAGING_STEP)


def build_marts(database_url: str, target: Path) -> DbtOutcome:
    """Run dbt's second step: intermediate, snapshots and marts."""
    return run_dbt(database_url, target, *MARTS_STEP)


_built: dict[str, str] = {}


def built_small_shop(make_database: Callable[[], str], paths: pytest.TempPathFactory) -> str:
    """Return the URL of the small shop's warehouse after both dbt steps.

    It is built once for all test modules: read it, or write to a copy.
    """
    if "url" not in _built:
        url, target = make_database(), paths.mktemp("dbt")
        make_small_shop(url)
        for build in (build_staging, build_marts):
            process = build(with_login(url, "transformer", OPEN_PASSWORDS["transformer"]), target)
            assert process.returncode == 0, process.stdout
        _built["url"] = url
    return _built["url"]


def query(database_url: str, statement: str) -> list[tuple[Any, ...]]:
    """Return all rows of a statement."""
    with psycopg.connect(database_url) as connection:
        return connection.execute(statement.encode()).fetchall()


def copy_database(server_url: str, make_database: Callable[[], str], built_url: str) -> str:
    """Return the URL of a copy of a built database, for a test that changes its data."""
    from bi.reporter import disconnect  # pandas, which few of the tests need

    disconnect()
    url = make_database()
    name, original = url.rpartition("/")[2], built_url.rpartition("/")[2]
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(original))
        )
    return url
