"""The gates over the small shop of tests/support/warehouse_fixtures.py: good data passes, bad data fails.

One corruption for every rule of gate_raw: tests/support/mutations.py.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from expectations.results import GateResult, RuleResult
from expectations.tables import Table, parse_columns
from expectations.validate import LAYERS, validate
from tests.support.mutation import drop_unique_keys
from tests.support.warehouse_fixtures import (
    build_marts,
    build_staging,
    built_small_shop,
    copy_database,
    insert,
    make_order,
    query,
)

BROKEN = RuleResult(
    "line_prices_are_not_negative",
    "raw_shop.orders",
    "",
    False,
    9,
    1,
    [{"order_id": 9, "line_id": "91", "price": "-5.00"}],
)


def test_importing_the_gates_does_not_load_great_expectations() -> None:
    code = "import sys, expectations.validate; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_message_names_rule_table_and_rows() -> None:
    assert BROKEN.message == (
        "raw_shop.orders breaks line_prices_are_not_negative in 1 row: "
        '{"order_id": 9, "line_id": "91", "price": "-5.00"}.'
        ' If it is right: comptoir gate accept line_prices_are_not_negative --table raw_shop.orders --why "…"'
    )


def test_a_warning_leaves_the_gate_open() -> None:
    warned = GateResult("raw", "run", [replace(BROKEN, is_blocking=False)], 0.1)
    assert warned.success and warned.warnings and "1 with a warning" in warned.message
    assert not GateResult("raw", "run", [BROKEN], 0.1).success


def test_columns_are_spelled_as_postgres_spells_them() -> None:
    assert parse_columns("id bigint,\n at timestamptz") == {"id": "bigint", "at": "timestamp with time zone"}


def test_a_layer_without_a_gate_and_an_unknown_platform_are_refused() -> None:
    with pytest.raises(ValueError, match="No gate for layer 'serving'"):
        validate("serving", "postgresql://nobody@nowhere/none", "shopify")
    with pytest.raises(ValueError, match="No rules for a shop on 'abacus'"):
        validate("raw", "postgresql://nobody@nowhere/none", "abacus")


@pytest.mark.parametrize("key", ["email", "id"])
def test_a_rule_that_would_show_personal_values_is_refused(key: str) -> None:
    rule: Any = SimpleNamespace(column="email")  # any rule about one column but that it is not null
    with pytest.raises(ValueError, match="would show values of the personal column 'email'"):
        Table("raw_shop.customers", (key,), {"emails_are_unique": rule}, personal=frozenset({"email"}))


# ------------------------------------------------------------------ against a real warehouse


@pytest.fixture(scope="module")
def warehouse(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    return built_small_shop(make_database, tmp_path_factory)


@pytest.fixture
def spoiled(warehouse: str, make_database: Callable[[], str], postgres_server: str) -> Iterator[psycopg.Connection]:
    """A connection to a copy of the warehouse, to spoil."""
    with psycopg.connect(copy_database(postgres_server, make_database, warehouse), autocommit=True) as connection:
        drop_unique_keys(connection)
        yield connection


def url_of(connection: psycopg.Connection) -> str:
    info = connection.info
    return f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"


def failed(result: GateResult) -> dict[tuple[str, str], RuleResult]:
    return {(rule.table, rule.rule): rule for rule in result.failures}


@pytest.mark.services
@pytest.mark.parametrize("layer", LAYERS)
def test_good_data_passes_fast_and_is_logged(warehouse: str, layer: str, tmp_path: Path) -> None:
    import_module("expectations.checkpoint")  # takes seconds once, which is not the gate's time
    started = time.process_time()
    result = validate(layer, warehouse, "shopify", run_id=f"good-{layer}", docs_dir=tmp_path)
    assert time.process_time() - started < 10
    assert result.success, result.message
    assert result.docs == tmp_path / layer / "index.html" and result.docs.exists()
    logged = query(
        warehouse, f"select bool_and(is_success), count(*) from ops.gate_results where run_id = 'good-{layer}'"
    )
    assert logged == [(not result.warnings, len(result.rules))]


@pytest.mark.services
def test_a_poisoned_batch_shuts_the_raw_gate_and_the_next_good_one_opens_it(
    spoiled: psycopg.Connection, tmp_path: Path
) -> None:
    url, sales = url_of(spoiled), "select * from marts.mart_daily_sales order by sales_date, currency"
    before = query(url, sales)
    negative = make_order(9, "2026-10-28T10:00:00Z", [(91, 2, 1, "0.00")])
    for side in ("shop_money", "presentment_money"):
        negative["line_items"][0]["price_set"][side]["amount"] = "-50.00"
    orphan = make_order(10, "2026-10-28T11:00:00Z", [(101, 777, 1, "0.00")])
    doubled = make_order(6, "2026-10-25T22:59:00Z", [(61, 2, 1, "0.00")], customer_id=502)
    for order in (negative, orphan, doubled):
        insert(spoiled, "raw_shop.orders", **order, _airbyte_raw_id=f"poison-{order['id']}")

    result = validate("raw", url, "shopify", run_id="poisoned")

    assert not result.success
    assert "raw_shop.orders breaks line_prices_are_not_negative in 1 row: " in result.message
    assert '{"order_id": 9, "line_id": "91", "price": "-50.00", "shop_price": "-50.00"}' in result.message
    [orphaned] = [warning.message for warning in result.warnings if warning.rule == "line_products_are_known"]
    assert '{"order_id": 10, "line_id": "101", "product_id": "777"}' in orphaned
    assert 'raw_shop.orders.id breaks order_ids_are_unique in 2 rows: {"id": 6}' in result.message
    kept = query(url, "select rule, row_data->>'order_id' from ops.failed_rows where run_id = 'poisoned' order by 1, 2")
    assert ("line_prices_are_not_negative", "9") in kept and ("line_products_are_known", "10") in kept
    assert query(url, sales) == before

    spoiled.execute("delete from raw_shop.orders where _airbyte_raw_id like 'poison-%'")
    insert(spoiled, "raw_shop.orders", **make_order(9, "2026-10-28T10:00:00Z", [(91, 2, 1, "0.00")]))
    assert validate("raw", url, "shopify").success
    for build in (build_staging, build_marts):
        assert build(url, tmp_path).returncode == 0
    of_the_day = "select net_sales_amount::numeric(18, 2)::text from marts.mart_daily_sales"
    assert query(url, f"{of_the_day} where sales_date = '2026-10-28'") == [("50.00",)]
    assert validate("staging", url, "shopify").success and validate("marts", url, "shopify").success


@pytest.mark.services
def test_schema_drift_is_named_and_an_added_column_passes(spoiled: psycopg.Connection) -> None:
    spoiled.execute("alter table raw_shop.product_variants add column material text")
    # as an Airbyte server's destination may have them
    spoiled.execute("alter table raw_shop.inventory_items alter cost type numeric(38, 9), alter sku type varchar")
    spoiled.execute("alter table raw_shop.product_variants alter column price type text")
    spoiled.execute("alter table raw_shop.products rename column vendor to maker")
    spoiled.execute("drop table raw_shop.inventory_levels")
    result = validate("raw", url_of(spoiled), "shopify")
    assert {table for table, _ in failed(result)} == {
        "raw_shop.product_variants",
        "raw_shop.products",
        "raw_shop.inventory_levels",
    }
    assert '{"column": "price", "expected": "numeric", "found": "text"}' in result.message
    assert '{"column": "vendor", "expected": "text", "found": "no such column"}' in result.message
    assert "raw_shop.inventory_levels could not be checked for columns_are_as_expected: the table does not exist." in (
        result.message
    )


@pytest.mark.services
def test_a_table_that_lost_most_of_its_rows_shuts_the_gate(spoiled: psycopg.Connection) -> None:
    url = url_of(spoiled)
    assert validate("raw", url, "shopify").success
    spoiled.execute("delete from raw_clickstream.events where event_id <> 'a1'")
    rule = failed(validate("raw", url, "shopify"))["raw_clickstream.events", "rows_did_not_vanish"]
    assert rule.sample == [{"rows": 1, "expected_at_least": 5}]


@pytest.mark.services
def test_a_run_tried_again_is_logged_once(spoiled: psycopg.Connection) -> None:
    spoiled.execute("update marts.dim_products set product_id = product_id || '-other' where product_id = '3'")
    counts = []
    for _ in range(2):
        result = validate("marts", url_of(spoiled), "shopify", run_id="again")
        assert [rule.rule for rule in result.failures] == ["products_of_staging_are_here"]
        counts.append(query(url_of(spoiled), "select count(*) from ops.failed_rows where run_id = 'again'"))
    assert counts[0] == counts[1] == [(1,)]


@pytest.mark.services
def test_staging_that_lost_an_order_is_stopped(spoiled: psycopg.Connection) -> None:
    spoiled.execute("delete from staging.stg_shop__orders where order_id = '5'")
    rules = failed(validate("staging", url_of(spoiled), "shopify"))
    assert rules["staging.stg_shop__orders", "orders_of_raw_are_here"].sample == [{"id": 5}]


@pytest.mark.services
def test_marts_that_disagree_with_staging_are_stopped(spoiled: psycopg.Connection) -> None:
    spoiled.execute("delete from marts.mart_daily_sales where sales_date = '2026-03-29' and currency = 'USD'")
    rules = failed(validate("marts", url_of(spoiled), "shopify"))
    sales = rules["marts.mart_daily_sales", "sales_agree_with_staging"]
    assert [str(row["staging_amount"]) for row in sales.sample] == ["125.00"]
    assert ("marts.mart_daily_sales", "orders_agree_with_staging") in rules
    assert ("marts.mart_product_performance", "net_sales_agree_with_daily_sales") in rules
