"""The running platform of the end-to-end tests: what its shop, warehouse and readers hold, and how it is poisoned."""

from __future__ import annotations

import ssl
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import psutil
import psycopg

from comptoir.settings import Settings
from local.supervision import Supervisor
from orchestration.run import RunOutcome

PUBLISHED = ("marts.mart_daily_sales", "marts.fct_orders", "marts.dim_products", "serving.products")
POISON = """
update raw_shop.product_variants set price = -price where id = (select min(id) from raw_shop.product_variants);
update raw_shop.orders set line_items = jsonb_set(line_items, '{0,product_id}', '999')
where id = (select max(id) from raw_shop.orders where line_items #> '{0,product_id}' is not null);
insert into raw_shop.orders select * from raw_shop.orders where id = (select min(id) from raw_shop.orders)
"""
ANTIDOTE = """
update raw_shop.product_variants set price = abs(price);
update raw_shop.orders set line_items = jsonb_set(line_items, '{0,product_id}', (
    select to_jsonb(variants.product_id) from raw_shop.product_variants as variants
    where variants.id = (orders.line_items #>> '{0,variant_id}')::bigint
)) where line_items #>> '{0,product_id}' = '999';
delete from raw_shop.orders
where ctid in (select max(ctid) from raw_shop.orders group by id having count(*) > 1)
"""


def shop(settings: Settings) -> httpx.Client:
    """A client of the demo shop."""
    trusted = ssl.create_default_context(cafile=settings.demo_shop_dir / "ca.pem")
    return httpx.Client(base_url=settings.demo_shop_url, verify=trusted, timeout=30)


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def execute(settings: Settings, statement: str) -> None:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def ledger_of(settings: Settings) -> dict[tuple[str, str], tuple[Decimal, ...]]:
    """The shop's own ledger, by day and currency."""
    with shop(settings) as client:
        days = client.get("/demo/ledger").raise_for_status().json()["days"]
    names = ("gross", "discounts", "returns", "cancellations", "net", "net_shop")
    return {(day["sales_date"], day["currency"]): tuple(Decimal(day[name]) for name in names) for day in days}


def mart(settings: Settings) -> dict[tuple[str, str], tuple[Decimal, ...]]:
    """The same from the warehouse."""
    found = rows(
        settings,
        """
        select sales_date::text, currency, gross_sales_amount, discounts_amount, returns_amount,
            cancellations_amount, net_sales_amount, net_sales_shop_amount
        from marts.mart_daily_sales
        """,
    )
    return {(day, currency): tuple(amounts) for day, currency, *amounts in found}


def published(settings: Settings) -> list[tuple[Any, ...]]:
    """A fingerprint of what BI and the storefront read."""
    fingerprint = "select '{0}', count(*), md5(string_agg(t::text, '|' order by t::text)) from {0} as t"
    return rows(settings, " union all ".join(fingerprint.format(table) for table in PUBLISHED) + " order by 1")


def connector_of(settings: Settings) -> psutil.Process:
    """The running `source-shopify read` of this stack and no other."""
    root = psutil.Process(Supervisor(settings.data_dir).rpc.getPID())
    commands = {child: child.as_dict(["cmdline"], ad_value=[])["cmdline"] for child in root.children(recursive=True)}
    [connector] = [
        child
        for child, command in commands.items()
        if "read" in command and any("source-shopify" in part for part in command)
    ]
    return connector


def require_success(outcome: RunOutcome) -> None:
    """The run has ended well, and no check failed in it."""
    assert outcome.success and not outcome.failed_checks, (outcome.error, outcome.failed_steps, outcome.failed_checks)


def view(number: int, at: datetime) -> dict[str, Any]:
    """A message: a product is viewed by one of 97 visitors."""
    return {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"kill-{number}",
        "anonymousId": f"visitor-{number % 97}",
        "originalTimestamp": at.isoformat(),
        "context": {"sessionId": f"session-{number % 97}"},
        "properties": {"product_id": str(number % 211), "category": "Laptops"},
    }
