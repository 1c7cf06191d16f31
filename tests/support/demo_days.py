"""The demo shop's days, landed and built one by one: one incremental run per day, then a full refresh."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult
from psycopg import sql

from benchmarks.support.raw_shop import create_raw_shop
from comptoir.database import dbt_env_of
from demo_shop.store.model import Product
from demo_shop.traffic.history import Size
from tests.support.dbt_in_process import DBT_PROJECT, manifest_of
from tests.support.demo_warehouse import (
    DemoPast,
    delete_product,
    demo_past,
    land_until,
    midnight_after,
    write_product,
)
from tests.support.warehouse_fixtures import query

END = datetime(2026, 11, 1, tzinfo=UTC)  # the clocks went back on 25 October
FACTS = ("fct_sessions", "fct_product_interactions", "fct_searches", "fct_recommendation_events")
# the incremental models; what they are built from is selected with them
GROWING = (
    *FACTS,
    "int_identities__stitched",
    "int_product_events__counted",
    "mart_interactions_daily",
    "mart_product_performance",
    "mart_sales_breakdown",
    "mart_recommendation_performance",
    "mart_experiment_daily",
)


class Dbt:
    """dbt in this process, parsed once, so that a run takes no longer than its models."""

    def __init__(self, database_url: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in dbt_env_of(database_url).items():
            monkeypatch.setenv(name, value)
        self._options = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        self._options += ["--target-path", target, "--log-path", target, "--quiet"]
        self._options += ["--log-level-file", "none"]
        self._runner = dbtRunner(manifest=manifest_of(database_url))

    def __call__(self, *arguments: str) -> dbtRunnerResult:
        result = self._runner.invoke([*arguments, *self._options])
        assert result.success, result.exception or [r.message for r in result.result if r.status == "error"]
        return result


@dataclass(frozen=True)
class DemoDays:
    """The warehouse after a full refresh, with the tables after the increments in the schema `kept`."""

    url: str
    past: DemoPast
    renamed: Product
    late: Product
    deleted: Product


def live_demo_days(database_url: str, paths: pytest.TempPathFactory, days: int) -> DemoDays:
    """Land and build `days` days one by one, copy the tables to the schema `kept`, and rebuild everything."""
    past = demo_past(Size(days=days, visits_per_day=50, till_orders_per_day=2), END, products=80, customers=60)
    seen = Counter(event.product_id for event in past.events if event.event_name == "Product Viewed")
    by_id = {str(product.product_id): product for product in past.products}
    renamed, late, deleted = (by_id[product_id] for product_id, _ in seen.most_common(3) if product_id)
    made = DemoDays(database_url, past, renamed, late, deleted)
    create_raw_shop(made.url)
    with pytest.MonkeyPatch.context() as monkeypatch:
        dbt = Dbt(made.url, str(paths.mktemp("dbt")), monkeypatch)
        _live(made, dbt, days)
        dbt("test", "--select", "test_type:singular")
        _keep_tables(made.url)
        dbt("run", "--full-refresh")
    return made


def _live(shop: DemoDays, dbt: Dbt, days: int) -> None:
    """Build the incremental models and what they read every day, and everything on the last day."""
    last = END.date() - timedelta(days=1)
    landed = None
    for day in (END.date() - timedelta(days=days - number) for number in range(days)):
        land_until(shop.url, shop.past, day, since=landed, without={shop.late.product_id})
        _change_products(shop, day)
        facts = [] if day == last else ["--select", *(f"+{model}" for model in GROWING)]
        dbt("build", *facts, "--exclude-resource-type", "unit_test", "test")
        landed = day


def _change_products(shop: DemoDays, day: date) -> None:
    """In the last days rename one product into another category, add one that was viewed for days, and delete one."""
    with psycopg.connect(shop.url) as connection:
        match (END.date() - day).days:
            case 4:
                renamed = replace(shop.renamed, title="Renamed", product_type="Recategorised")
                write_product(connection, renamed, midnight_after(day))
            case 3:
                write_product(connection, shop.late, midnight_after(day))
            case 2:
                delete_product(connection, shop.deleted, midnight_after(day))


def tables_of(database_url: str) -> list[tuple[str, str]]:
    """List schema and name of the models' tables, except those about dbt's own runs and when a run noticed what."""
    return query(
        database_url,
        "select table_schema, table_name from information_schema.tables where table_schema in "
        "('staging', 'intermediate', 'marts') and table_type = 'BASE TABLE'"
        " and table_name !~ 'model_runs|orders__tracked'"
        " order by 1, 2",
    )


def _keep_tables(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create schema kept")
        for schema, table in tables_of(database_url):
            source, copy = sql.Identifier(schema, table), sql.Identifier("kept", table)
            connection.execute(
                sql.SQL("create table {} as select *, xmin::text as made_by from {}").format(copy, source)
            )
