"""Both ingestors read the same demo shop, as a subprocess and by an Airbyte server: staging is equal row for row.

The server is tests/support/fake_airbyte_server.py; what it does with a job is done by the real connector and written by
tests/support/airbyte_layout.py, which shares no line with our destination.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from benchmarks.support.running_shop import RunningShop, running_shop
from benchmarks.support.small_shop import START, a_product
from comptoir.settings import Settings
from demo_shop.store.ids import FIRST_IDS
from expectations.validate import validate
from ingestion.forgotten_customers import forget
from ingestion.shop_persons import PERSONS
from ingestion.shop_source import source_of
from ingestion.shop_sync import sync_shop
from privacy.suppression import suppression
from tests.support.airbyte_worker import Worker
from tests.support.fake_airbyte_server import FakeAirbyte, serving
from tests.support.warehouse_fixtures import run_dbt

pytestmark = pytest.mark.services

ORDERED = START + timedelta(days=30)
# the names are random, and so not the same both ways
CUSTOMER = (
    "(select customer_id::text from pii.customer_pseudonyms as names"
    " where names.customer_pseudonym = staged.customer_pseudonym)"
)


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[RunningShop]:
    with running_shop(database, tmp_path) as shop:
        yield shop


@pytest.fixture
def by_server(shop: RunningShop, make_database: Callable[[], str], tmp_path: Path) -> Iterator[tuple[Settings, Worker]]:
    """The same shop, read by an Airbyte server into a warehouse of its own; and what works there."""
    airbyte = FakeAirbyte()
    folder = tmp_path / "airbyte"
    folder.mkdir()
    worker = Worker(airbyte, source_of(shop.settings).connector, folder)
    offered = worker.discover(source_of(shop.settings).config)
    airbyte.streams = {name: "incremental" in stream["supported_sync_modes"] for name, stream in offered.items()}
    airbyte.worker = worker.work
    with serving(airbyte) as url:
        server = {"airbyte_url": url, "airbyte_client_id": "comptoir", "airbyte_client_secret": SecretStr("secret")}
        yield shop.settings.model_copy(update={**server, "postgres_url": make_database()}), worker


def staging(database_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the shop's staging tables, without the time of its extraction."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select table_name, string_agg("
            "  case column_name when 'customer_pseudonym' then %s else quote_ident(column_name) || '::text' end,"
            "  ', ' order by ordinal_position)"
            " from information_schema.columns where table_schema = 'staging' and table_name like 'stg_shop%%'"
            " and column_name <> 'extracted_at' group by table_name",
            [CUSTOMER],
        ).fetchall()
        return {
            name: sorted(connection.execute(f"select {columns} from staging.{name} as staged").fetchall(), key=repr)
            for name, columns in tables
        }


def everything(database_url: str) -> list[str]:
    """The rows that name customers."""
    with psycopg.connect(database_url) as connection:
        return [
            row
            for table in ("raw_shop.customers", "raw_shop.orders", "raw_shop.deleted_keys", "pii.customer_pseudonyms")
            for (row,) in connection.execute(f"select t::text from {table} as t")
        ]


def persons_in_raw(database_url: str) -> list[tuple[str, str]]:
    """Tables and rows of raw_shop that hold a mail address or the name of a street, whatever wrote them."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select quote_ident(table_name) from information_schema.tables where table_schema = 'raw_shop'"
        ).fetchall()
        return [
            (table, row)
            for (table,) in tables
            for (row,) in connection.execute(
                f"select t::text from raw_shop.{table} as t where t::text ~* '[a-z0-9]@[a-z]|last_name|\"address1'"
            )
        ]


def change(shop: RunningShop) -> None:
    """A day in the shop: every kind of change that a finance team would miss."""
    paid, refunded, _, _ = shop.orders
    shop.store.place_order([(a_product(3).product_id, 2)], currency="USD", at=ORDERED + timedelta(days=2))
    shop.store.refund_order(paid.order_id, {paid.lines[0].line_id: 1}, at=ORDERED + timedelta(days=3))
    shop.store.delete_order(refunded.order_id, at=datetime.now(UTC))
    shop.store.update_product(a_product(1).product_id, title="Renamed", at=ORDERED + timedelta(days=5))
    shop.store.delete_product(a_product(2).product_id, at=datetime.now(UTC))
    shop.store.update_product(
        a_product(4).product_id, variant_id=1, inventory_item_id=2, at=ORDERED + timedelta(days=6)
    )
    shop.store.update_product(a_product(5).product_id, stock={FIRST_IDS["location"]: 3}, at=ORDERED + timedelta(days=6))


def erase_customer(settings: Settings, worker: Worker, customer_id: int) -> None:
    """Erase a customer whom the shop still has, and let both read customers and orders from the beginning."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        suppression().add(connection, [("customer", str(customer_id))], datetime.now(UTC))
        forget(connection, PERSONS["shopify"], [str(customer_id)], "raw_shop")
        connection.execute("delete from pii.customer_pseudonyms where customer_id = %s", [customer_id])
        if not settings.airbyte_url:
            connection.execute("delete from raw_shop._airbyte_state where stream in ('customers', 'orders')")
    for states in worker.states.values():
        for stream in ("customers", "orders"):
            states.pop(stream, None)


def test_both_ways_give_the_same_staging(shop: RunningShop, by_server: tuple[Settings, Worker], tmp_path: Path) -> None:
    server, worker = by_server
    erased = shop.orders[0].customer_id
    assert erased
    # keys are compared in every check: the deletions need not wait for tomorrow
    ways = [settings.model_copy(update={"key_comparison_hours": 0}) for settings in (shop.settings, server)]
    for turn in ("first", "second"):
        if turn == "second":
            change(shop)
            for settings in ways:
                erase_customer(settings, worker, erased)
        for settings in ways:
            report = sync_shop(settings)
            assert report.success, report.message
            assert report.completeness and report.completeness.is_complete, report.completeness.message

    for settings in ways:
        gate = validate("raw", settings.database_url, settings.shop_platform)
        assert gate.success, gate.message
        process = run_dbt(settings.database_url, tmp_path / "dbt", "run", "--select", "path:models/staging/shopify")
        assert process.returncode == 0, process.stdout
        assert persons_in_raw(settings.database_url) == []
        assert str(erased) not in str(everything(settings.database_url))
    ours, theirs = (staging(settings.database_url) for settings in ways)
    assert ours == theirs
    counts = {name.rpartition("__")[2]: len(rows) for name, rows in ours.items()}
    assert counts["orders"] == 4 and counts["products"] == counts["variants"] == 6
    assert counts["inventory_levels"] == 6 * 2 - 1 and counts["discount_codes"] == counts["abandoned_checkouts"] == 1
    # the two destinations store deleted orders differently in raw, but staging is the same
    with psycopg.connect(ways[1].database_url) as connection:
        types = connection.execute(
            "select data_type from information_schema.columns"
            " where table_schema = 'raw_shop' and table_name = 'orders' and column_name in ('name', 'id') order by 1"
        ).fetchall()
        marked = connection.execute("select count(*) from raw_shop.orders where deleted_at is not null").fetchone()
    assert types == [("bigint",), ("character varying",)] and marked == (0,)
