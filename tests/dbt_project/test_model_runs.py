"""Every run of dbt writes its models' seconds, rows and sizes into ops.model_runs, and the error of a failed one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.support.warehouse_fixtures import make_small_shop, query, run_dbt

pytestmark = pytest.mark.services

MODELS = ("--select", "+stg_shop__orders", "+fct_order_lines", "products_history")


def test_runs_by_hand_are_recorded_with_their_failures(make_database: Callable[[], str], tmp_path: Path) -> None:
    url = make_database()
    make_small_shop(url)
    assert run_dbt(url, tmp_path, "run", *MODELS).returncode == 0
    [first] = query(url, "select distinct run_id from ops.model_runs")
    rows = query(
        url,
        "select status, rows_count, megabytes > 0, seconds > 0, started_at > now() - interval '5 minutes', message"
        " from ops.model_runs where model = 'fct_order_lines'",
    )
    [(lines,)] = query(url, "select count(*) from marts.fct_order_lines")
    assert rows == [("success", lines, True, True, True, None)]

    with psycopg.connect(url) as connection:
        connection.execute("alter table raw_shop.products rename column status to state")
    assert run_dbt(url, tmp_path, "run", "--select", "stg_shop__products+").returncode != 0
    outcomes = dict(query(url, f"select model, status from ops.model_runs where run_id <> '{first[0]}'"))
    assert outcomes["stg_shop__products"] == "error"
    assert outcomes["int_products__listed"] == "skipped"
    [(message,)] = query(url, "select message from ops.model_runs where status = 'error'")
    assert 'column "status" does not exist' in message

    with psycopg.connect(url) as connection:
        connection.execute("alter table raw_shop.products rename column state to status")
    build = run_dbt(url, tmp_path, "build", "--select", "+mart_model_runs_daily")
    assert build.returncode == 0, build.stdout
    daily = query(
        url,
        "select runs_count, failed_runs_count from marts.mart_model_runs_daily where model_name = 'stg_shop__products'",
    )
    assert daily == [(1, 1)]
