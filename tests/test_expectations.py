"""The gates over the small shop of tests/warehouse_fixtures.py: open on good data, shut with a reason on bad."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from expectations.results import GateResult, RuleResult
from expectations.tables import parse_columns
from expectations.validate import LAYERS, validate
from tests.warehouse_fixtures import (
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
    )


def test_a_warning_leaves_the_gate_open() -> None:
    warned = GateResult("raw", "run", [replace(BROKEN, is_blocking=False)], 0.1)
    assert warned.success and warned.warnings and "1 with a warning" in warned.message
    assert not GateResult("raw", "run", [BROKEN], 0.1).success


def test_columns_are_spelled_as_postgres_spells_them() -> None:
    assert parse_columns("id bigint,\n at timestamptz") == {"id": "bigint", "at": "timestamp with time zone"}


def test_a_layer_without_a_gate_is_refused() -> None:
    with pytest.raises(ValueError, match="No gate for layer 'serving'"):
        validate("serving", "postgresql://nobody@nowhere/none")


# ------------------------------------------------------------------ against a real warehouse


@pytest.fixture(scope="module")
def warehouse(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    return built_small_shop(make_database, tmp_path_factory)


@pytest.fixture
def spoiled(warehouse: str, make_database: Callable[[], str], postgres_server: str) -> Iterator[psycopg.Connection]:
    """A connection to a copy of the warehouse, to spoil."""
    with psycopg.connect(copy_database(postgres_server, make_database, warehouse), autocommit=True) as connection:
        yield connection


def url_of(connection: psycopg.Connection) -> str:
    info = connection.info
    return f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"


def failed(result: GateResult) -> dict[tuple[str, str], RuleResult]:
    return {(rule.table, rule.rule): rule for rule in result.failures}


@pytest.mark.services
@pytest.mark.parametrize("layer", LAYERS)
def test_good_data_passes_fast_and_is_logged(warehouse: str, layer: str, tmp_path: Path) -> None:
    result = validate(layer, warehouse, run_id=f"good-{layer}", docs_dir=tmp_path)
    assert result.success, result.message
    assert result.docs == tmp_path / layer / "index.html" and result.docs.exists()
    assert result.seconds < 10
    logged = query(
        warehouse, f"select bool_and(is_success), count(*) from ops.gate_results where run_id = 'good-{layer}'"
    )
    assert logged == [(not result.warnings, len(result.rules))]


@pytest.mark.services
def test_a_poisoned_batch_shuts_the_raw_gate_and_the_next_good_one_opens_it(
    spoiled: psycopg.Connection, tmp_path: Path
) -> None:
    url, books = url_of(spoiled), "select * from marts.mart_daily_sales order by sales_date, currency"
    before = query(url, books)
    negative = make_order(9, "2026-10-28T10:00:00Z", [(91, 2, 1, "0.00")])
    for side in ("shop_money", "presentment_money"):
        negative["line_items"][0]["price_set"][side]["amount"] = "-50.00"
    orphan = make_order(10, "2026-10-28T11:00:00Z", [(101, 777, 1, "0.00")])
    doubled = make_order(6, "2026-10-25T22:59:00Z", [(61, 2, 1, "0.00")], customer_id=502)
    for order in (negative, orphan, doubled):
        insert(spoiled, "raw_shop.orders", **order, _airbyte_raw_id=f"poison-{order['id']}")

    result = validate("raw", url, run_id="poisoned")

    assert not result.success
    assert "raw_shop.orders breaks line_prices_are_not_negative in 1 row: " in result.message
    assert '{"order_id": 9, "line_id": "91", "price": "-50.00", "shop_price": "-50.00"}' in result.message
    assert "raw_shop.orders breaks line_products_are_known in 1 row: " in result.message
    assert '{"order_id": 10, "line_id": "101", "product_id": "777"}' in result.message
    assert 'raw_shop.orders.id breaks order_ids_are_unique in 2 rows: {"id": 6}' in result.message
    kept = query(url, "select rule, row_data->>'order_id' from ops.failed_rows where run_id = 'poisoned' order by 1, 2")
    assert ("line_prices_are_not_negative", "9") in kept and ("line_products_are_known", "10") in kept
    assert query(url, books) == before

    spoiled.execute("delete from raw_shop.orders where _airbyte_raw_id like 'poison-%'")
    insert(spoiled, "raw_shop.orders", **make_order(9, "2026-10-28T10:00:00Z", [(91, 2, 1, "0.00")]))
    assert validate("raw", url).success
    for build in (build_staging, build_marts):
        assert build(url, tmp_path).returncode == 0
    assert query(url, "select net_sales_amount::text from marts.mart_daily_sales where sales_date = '2026-10-28'") == [
        ("50.00",)
    ]
    assert validate("staging", url).success and validate("marts", url).success


# what is done to the raw tables, and the rule that must name it
ORDER_LINE = (
    "update raw_shop.orders set line_items = jsonb_set(line_items, '{{0,{path}}}', '{value}') where id = {order}"
)
CORRUPTIONS = {
    "order_currencies_are_known": "update raw_shop.orders set presentment_currency = 'KWD' where id = 1",
    "line_currencies_are_the_orders": "update raw_shop.orders set presentment_currency = 'CHF' where id = 2",
    "orders_are_not_in_the_future": "update raw_shop.orders set created_at = now() + interval '2 days' where id = 3",
    "order_totals_add_up": ORDER_LINE.format(path="quantity", value="3", order=3),
    "refunds_are_within_the_sale": "update raw_shop.orders set refunds = jsonb_set(refunds,"
    " '{0,refund_line_items,0,quantity}', '9') where id = 4",
    "refunds_name_lines_of_their_order": "update raw_shop.orders set refunds = jsonb_set(refunds,"
    " '{0,refund_line_items,0,line_item_id}', '12345') where id = 1",
    "line_quantities_are_positive": ORDER_LINE.format(path="quantity", value="0", order=5),
    "line_prices_are_not_absurd": ORDER_LINE.format(path="price_set,shop_money,amount", value='"999999"', order=5),
    "line_prices_are_present": ORDER_LINE.format(path="price_set,shop_money", value="{}", order=6),
    "line_discounts_are_within_the_price": ORDER_LINE.format(
        path="discount_allocations,0,amount_set,presentment_money,amount", value='"9999"', order=1
    ),
    "line_ids_are_unique": ORDER_LINE.format(path="id", value="11", order=2),
    "order_times_are_present": "update raw_shop.orders set created_at = null where id = 7",
    "order_ids_are_present": "update raw_shop.orders set id = null where id = 8",
    "variant_prices_are_not_negative": "update raw_shop.product_variants set price = -1 where id = 10",
    "variant_prices_are_not_absurd": "update raw_shop.product_variants set price = 250000 where id = 20",
    "variant_prices_are_present": "update raw_shop.product_variants set price = null where id = 30",
    "product_titles_are_present": "update raw_shop.products set title = null where id = 1",
    "product_ids_are_unique": "update raw_shop.products set id = 3 where id = 2",
    "unit_costs_are_believable": "update raw_shop.inventory_items set cost = -3 where id = 100",
    "ratings_are_readable": "update raw_shop.metafield_products set value = 'five' where key = 'rating'",
    "customers_have_a_pseudonym": "update pii.customer_pseudonyms set customer_id = 999 where customer_id = 502",
    "customer_ids_are_unique": "update raw_shop.customers set id = 502 where id = 501",
    "event_types_are_known": "update raw_clickstream.events set event_type = 'spy' where event_id = 'a1'",
    "events_are_not_in_the_future": "update raw_clickstream.events set occurred_at = now() + interval '3 days'",
}


@pytest.fixture(scope="module")
def corrupted(warehouse: str, make_database: Callable[[], str], postgres_server: str) -> GateResult:
    """The raw gate over a copy with every corruption at once."""
    url = copy_database(postgres_server, make_database, warehouse)
    with psycopg.connect(url) as connection:
        for statement in CORRUPTIONS.values():
            assert connection.execute(statement.encode()).rowcount > 0, statement
    return validate("raw", url)


@pytest.mark.services
@pytest.mark.parametrize("rule", CORRUPTIONS)
def test_each_corruption_is_caught_by_its_rule_with_a_row(corrupted: GateResult, rule: str) -> None:
    [found] = [result for result in corrupted.failures if result.rule == rule]
    assert not found.error
    assert found.failed_count > 0 and found.sample, found


@pytest.mark.services
def test_personal_values_are_masked_in_samples(corrupted: GateResult) -> None:
    [found] = [result for result in corrupted.failures if result.rule == "customer_ids_are_unique"]
    assert {row["id"] for row in found.sample} == {"***"}
    assert all(row["_airbyte_raw_id"] for row in found.sample)


@pytest.mark.services
def test_schema_drift_is_named_and_an_added_column_passes(spoiled: psycopg.Connection) -> None:
    spoiled.execute("alter table raw_shop.product_variants add column material text")
    spoiled.execute("alter table raw_shop.product_variants alter column price type text")
    spoiled.execute("alter table raw_shop.products rename column vendor to maker")
    spoiled.execute("drop table raw_shop.inventory_levels")
    result = validate("raw", url_of(spoiled))
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
    assert validate("raw", url).success
    spoiled.execute("delete from raw_clickstream.events where event_id <> 'a1'")
    rule = failed(validate("raw", url))["raw_clickstream.events", "rows_did_not_vanish"]
    assert rule.sample == [{"rows": 1, "expected_at_least": 5}]


@pytest.mark.services
def test_a_run_tried_again_is_logged_once(spoiled: psycopg.Connection) -> None:
    spoiled.execute("update marts.dim_products set product_id = product_id || '-other' where product_id = '3'")
    counts = []
    for _ in range(2):
        result = validate("marts", url_of(spoiled), run_id="again")
        assert [rule.rule for rule in result.failures] == ["products_of_staging_are_here"]
        counts.append(query(url_of(spoiled), "select count(*) from ops.failed_rows where run_id = 'again'"))
    assert counts[0] == counts[1] == [(1,)]


@pytest.mark.services
def test_staging_that_lost_an_order_is_stopped(spoiled: psycopg.Connection) -> None:
    spoiled.execute("delete from staging.stg_shopify__orders where order_id = '5'")
    rules = failed(validate("staging", url_of(spoiled)))
    assert rules["staging.stg_shopify__orders", "orders_of_raw_are_here"].sample == [{"id": 5}]
    assert ("staging.stg_shopify__order_lines", "line_orders_are_known") in rules


@pytest.mark.services
def test_marts_that_disagree_with_staging_are_stopped(spoiled: psycopg.Connection) -> None:
    spoiled.execute("delete from marts.mart_daily_sales where sales_date = '2026-03-29' and currency = 'USD'")
    rules = failed(validate("marts", url_of(spoiled)))
    sales = rules["marts.mart_daily_sales", "sales_agree_with_staging"]
    assert [str(row["staging_amount"]) for row in sales.sample] == ["125.00"]
    assert ("marts.mart_daily_sales", "orders_agree_with_staging") in rules
    assert ("marts.mart_product_performance", "net_sales_agree_with_daily_sales") in rules
