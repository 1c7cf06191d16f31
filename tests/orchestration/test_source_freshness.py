"""Source freshness stands before staging: what dbt says of stale, fresh and empty sources, and what it stops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from dagster_dbt import DbtCliResource

from comptoir.settings import Settings
from orchestration.dbt_manifest import DBT_OF_RUN, project
from orchestration.defs.freshness import WATCHED, source_freshness
from tests.support.warehouse_fixtures import built_small_shop, copy_database

ORDERS, EVENTS = dg.AssetKey(["raw_shop", "orders"]), dg.AssetKey(["raw_clickstream", "events"])

pytestmark = pytest.mark.services


@dg.asset(key=["raw_shop", "orders"])
def orders() -> None: ...


@dg.asset(key=["raw_clickstream", "events"])
def events() -> None: ...


@dg.asset(key=["staging", "stg_shop__orders"], deps=[ORDERS, EVENTS])
def staged() -> None: ...


@pytest.fixture
def check(
    make_database: Callable[[], str], postgres_server: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> Callable[..., dict[str, tuple[bool, str, bool]]]:
    """Runs the check; table -> passed, severity, staging ran.

    Orders are a fortnight old, their last good sync is of this age, a later one failed; clicks are of their age, None
    for no clicks at all.
    """
    url = copy_database(postgres_server, make_database, built_small_shop(make_database, tmp_path_factory))

    def run(sync_age: timedelta, events_age: timedelta | None) -> dict[str, tuple[bool, str, bool]]:
        with psycopg.connect(url) as connection:
            connection.execute("update raw_shop.orders set _airbyte_extracted_at = now() - interval '14 days'")
            connection.execute("delete from ops.shop_syncs")
            connection.cursor().executemany(
                "insert into ops.shop_syncs (finished_at, stream, status, rows_written) values (now() - %s, %s, %s, 0)",
                [
                    (sync_age, "orders", "complete"),
                    (sync_age / 2, "orders", "failed"),
                    (sync_age / 2, "products", "complete"),
                ],
            )
            if events_age is None:
                connection.execute("delete from raw_clickstream.events")
            else:
                connection.execute("update raw_clickstream.events set landed_at = now() - %s", [events_age])
        definitions = dg.Definitions(
            assets=[orders, events, staged],
            asset_checks=[source_freshness],
            resources={
                "settings": Settings(postgres_url=url, data_dir=tmp_path),
                "dbt": DbtCliResource(project_dir=project(), dbt_executable=DBT_OF_RUN),
            },
            executor=dg.in_process_executor,
        )
        outcome = definitions.resolve_implicit_global_asset_job_def().execute_in_process(raise_on_error=False)
        ran = any(event.step_key == "staging__stg_shop__orders" for event in outcome.all_events if event.is_step_start)
        return {
            "/".join(found.asset_key.path): (found.passed, found.severity.value, ran)
            for found in outcome.get_asset_check_evaluations()
        }

    return run


def test_both_sources_are_watched() -> None:
    assert set(WATCHED) == {ORDERS, EVENTS}


def test_fresh_old_and_stale_sources(check: Callable[..., dict[str, tuple[bool, str, bool]]]) -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    dead = check(25 * hour, 2 * day)
    assert dead["raw_shop/orders"] == (False, "ERROR", False), "a connector that is dead for a day stops staging"
    assert dead["raw_clickstream/events"] == (False, "WARN", False)
    stale = check(hour, 4 * day)
    assert stale["raw_clickstream/events"] == (False, "ERROR", False), "a stale source stops staging"
    assert stale["raw_shop/orders"] == (True, "ERROR", False)
    quiet = check(23 * hour, None)
    assert quiet["raw_shop/orders"] == (True, "ERROR", True), "a fortnight without an order is no fault"
    assert quiet["raw_clickstream/events"] == (False, "WARN", True), "a shop without clicks yet is not stopped"
