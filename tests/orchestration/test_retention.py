"""Retention of a built warehouse: what is too old goes everywhere, sales stay, and no build of dbt brings it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from pydantic import PostgresDsn
from typer.testing import CliRunner

from benchmarks.support.kafka_records import produce
from benchmarks.support.servers import OPEN_PASSWORDS
from cli.app import app
from comptoir.postgres_url import with_login
from comptoir.settings import Settings, get_settings
from ingestion.clickstream.archive import archive_day
from orchestration.defs.retention import kafka_forgets_in_time, nothing_is_over_its_term, retention
from orchestration.retention import overdue, retain_all
from privacy.data_map import data_map
from privacy.retention import Age
from tests.support.landing import execute, rows
from tests.support.warehouse_fixtures import built_small_shop, copy_database, insert, run_dbt

pytestmark = pytest.mark.services

NOW = datetime(2026, 4, 8, 12, tzinfo=UTC)
# visits end with 28 March: one with an order ended then; orders with the 29th: two of customers are older
CLICKS_DAYS, ORDER_PERSON_DAYS = 10, 9
SALES = """
    select sales_date, currency, sum(net_sales_amount), sum(orders_count), sum(units_count)
    from marts.mart_daily_sales group by 1, 2 order by 1, 2
"""
CHANNELS = "select sum(first_orders), sum(linear_net_sales_shop_amount) from marts.mart_channel_attribution"
CUSTOMERS = "select order_id from marts.fct_orders where customer_pseudonym is not null order by 1"


class Warehouse:
    """The small shop's, a day of it in the archive, before and after retention."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.settings = Settings(
            data_dir=folder,
            postgres_url=PostgresDsn(url),
            clicks_live_days=1,
            clicks_days=CLICKS_DAYS,
            order_person_days=ORDER_PERSON_DAYS,
        )
        with psycopg.connect(url, autocommit=True) as connection:
            archive_day(connection, self.settings.archive_dir, date(2026, 3, 28))
            self.delete_customers(connection)
        self.sales, self.channels, self.customers = rows(url, SALES), rows(url, CHANNELS), rows(url, CUSTOMERS)
        self.sessions = rows(url, "select session_id from marts.fct_sessions order by 1")
        self.overdue: dict[str, Age] = overdue(self.settings, NOW)
        self.unchanged = rows(url, CUSTOMERS) == self.customers and self.files() != []
        self.gone = {one.term.rule.name: one.rows_gone for one in retain_all(self.settings, NOW)}

    def delete_customers(self, connection: psycopg.Connection) -> None:
        """The shop deletes three: one has orders, one never had any, and one was deleted too lately."""
        for number, day in ((502, "2026-02-01"), (503, "2026-02-01"), (504, "2026-04-01")):
            if number > 502:
                insert(connection, "raw_shop.customers", id=number)
                connection.execute("insert into pii.customer_pseudonyms values (%s, %s)", [number, f"of {number}"])
            connection.execute(
                "insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)"
                " values ('customers', %s, %s, 'keys')",
                [str(number), day],
            )
        connection.execute(
            "insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)"
            " values ('products', '9', '2020-01-01', 'keys')"
        )

    def files(self) -> list[Path]:
        return [*self.settings.archive_dir.rglob("*.parquet")]

    def dbt(self, *arguments: str) -> None:
        transformer = with_login(self.url, "transformer", OPEN_PASSWORDS["transformer"])
        outcome = run_dbt(transformer, self.folder / "dbt", *arguments)
        assert outcome.returncode == 0, outcome.stdout


@pytest.fixture(scope="module")
def warehouse(
    postgres_server: str, make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    built = built_small_shop(make_database, tmp_path_factory)
    return Warehouse(copy_database(postgres_server, make_database, built), tmp_path_factory.mktemp("retention"))


def test_what_is_counted_is_what_goes(warehouse: Warehouse) -> None:
    assert warehouse.unchanged
    assert {name: age.overdue_count for name, age in warehouse.overdue.items()} == {
        name: count for name, count in warehouse.gone.items() if count
    }
    went = {name for name, count in warehouse.gone.items() if count}
    assert {"ops.archived_days", "raw_shop.orders (customer, customer_id)", "marts.fct_sessions"} <= went
    assert {"marts.fct_order_touches (session_id)", "marts.fct_orders (customer_pseudonym)"} <= went
    assert overdue(warehouse.settings, NOW) == {} and warehouse.files() == []
    assert not any(one.rows_gone for one in retain_all(warehouse.settings, NOW))


def test_every_term_of_the_map_is_of_a_table_that_is_there(warehouse: Warehouse) -> None:
    missing = {rule.name for rule in data_map().retention} - set(warehouse.gone)
    assert missing <= {"staging.stg_shopify__abandoned_checkouts (customer_pseudonym)"}


def test_the_younger_ones_stay(warehouse: Warehouse) -> None:
    visits = rows(warehouse.url, "select session_id, ended_at > '2026-03-29' from marts.fct_sessions order by 1")
    assert 0 < len(visits) < len(warehouse.sessions) and all(is_young for _, is_young in visits)
    assert rows(warehouse.url, "select min(received_at)::date from raw_clickstream.events") == [(date(2026, 3, 29),)]
    assert warehouse.customers == [("1",), ("2",), ("4",), ("6",)]
    assert rows(warehouse.url, CUSTOMERS) == [("4",), ("6",)]


def test_whom_the_shop_deleted_long_ago_is_gone(warehouse: Warehouse) -> None:
    assert warehouse.gone["raw_shop.deleted_keys"] == 2
    assert rows(warehouse.url, "select id from raw_shop.customers order by 1") == [(501,), (504,)]
    # an order of this year names 502
    mapped = rows(warehouse.url, "select customer_id from pii.customer_pseudonyms order by 1")
    assert mapped == [(501,), (502,), (504,)]
    assert rows(warehouse.url, "select key from raw_shop.deleted_keys order by 1") == [("504",), ("9",)]


def test_sales_are_the_same(warehouse: Warehouse) -> None:
    assert rows(warehouse.url, SALES) == warehouse.sales and len(warehouse.sales) > 3
    assert rows(warehouse.url, CHANNELS) == warehouse.channels


def test_no_build_brings_it_back(warehouse: Warehouse) -> None:
    build = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    for options in ((), ("--full-refresh",)):
        warehouse.dbt(*build, *options)
        assert overdue(warehouse.settings, NOW) == {}, options
        assert rows(warehouse.url, SALES) == warehouse.sales and rows(warehouse.url, CUSTOMERS) == [("4",), ("6",)]
        # the marts agree with each other, and no touch points to a visit that has gone
        warehouse.dbt("test", "--select", "test_type:singular", "fct_order_touches,test_type:generic")


def test_dagster_reports_each_term_and_checks_that_nothing_is_left(warehouse: Warehouse) -> None:
    execute(
        warehouse.url,
        "insert into ops.failed_rows (gate, rule, table_name, row_data, run_id, failed_at)"
        " values ('g', 'r', 't', '{}', 'x', '2020-01-01')",
    )
    # by today's clock the small shop is young, or it would be too old to build
    never = dict.fromkeys(("clicks_days", "order_person_days", "deleted_customer_days"), 9_999)
    settings = warehouse.settings.model_copy(update=never)
    refused = nothing_is_over_its_term(settings)
    assert isinstance(refused, dg.AssetCheckResult) and not refused.passed
    assert "1 of ops.failed_rows" in (refused.description or "")
    result = dg.materialize([retention, nothing_is_over_its_term], resources={"settings": settings})
    [evaluation] = result.get_asset_check_evaluations()
    assert evaluation.passed
    [materialization] = result.asset_materializations_for_node("privacy__retention")
    assert materialization.metadata["rows gone"].value == 1
    report = str(materialization.metadata["terms"].value)
    # a gate that another module ran on the shared warehouse may have kept a row of today
    assert "| ops.failed_rows | 90 | 1 | " in report
    assert "| raw_clickstream.events | 9999 | 0 | 2026-03-29 |" in report


def test_the_command_counts_first(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(
        warehouse.url,
        "insert into ops.alert_mutes (pattern, muted_until, reason, muted_by) values ('run/*', '2020-01-01', 'r', 'm')",
    )
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", warehouse.url)
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(warehouse.folder))
    get_settings.cache_clear()
    try:
        outputs = [CliRunner().invoke(app, ["privacy", "retention", *o]) for o in (["--dry-run"], [], ["--dry-run"])]
    finally:
        get_settings.cache_clear()
    assert [one.exit_code for one in outputs] == [0, 0, 0]
    counting, done, after = (one.output for one in outputs)
    assert "1 ops.alert_mutes" in counting and "1 ops.alert_mutes" in done
    assert after.strip() == "a dry run: nothing changed"


def test_a_broker_that_keeps_clicks_beyond_their_term_fails_the_check(kafka: str, topics: tuple[str, str]) -> None:
    settings = Settings(kafka_bootstrap=kafka, clicks_topic=topics[0], clicks_bad_topic=topics[1], clicks_topic_days=1)
    assert kafka_forgets_in_time(settings).passed
    produce(kafka, topics[0], [b"old"], at=datetime.now(UTC) - timedelta(days=3))
    found = kafka_forgets_in_time(settings)
    assert not found.passed and f"1 records of {topics[0]} (term 1 days)" in (found.description or "")
