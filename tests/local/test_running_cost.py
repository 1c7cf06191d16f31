"""What `comptoir cost` says: shares of the machine's price, and what dbt's records of four weeks sum up to."""

from __future__ import annotations

import os
from decimal import Decimal

import psycopg
import pytest

from comptoir.settings import Settings
from local.running_cost import Budget, ModelUse, ProcessUse, budget_of, disk, left_over, models


def test_a_core_costs_its_part_of_the_machine() -> None:
    budget = Budget(Decimal(60), cores=4)
    assert (budget.euros(1), budget.euros(0.1)) == (15, pytest.approx(1.5))
    assert budget_of(Settings(machine_euros_a_month=Decimal(40))) == Budget(Decimal(40), os.cpu_count() or 1)


def test_what_nobody_uses_is_left_over() -> None:
    used = [ProcessUse("stream", 0.75, 900), ProcessUse("kafka", 0.25, 500)]
    assert left_over(used, Budget(Decimal(0), cores=4)).cores == 3
    assert left_over(used * 5, Budget(Decimal(0), cores=4)).cores == 0


@pytest.mark.services
def test_models_and_schemas_by_what_they_use(database: str) -> None:
    with psycopg.connect(database) as connection:
        with pytest.raises(LookupError, match="comptoir run daily"):
            models(connection)
        connection.rollback()
        connection.execute("create schema if not exists marts")
        connection.execute(
            "create table marts.mart_model_runs_daily"
            " (schema_name text, model_name text, run_date date, total_seconds numeric, table_megabytes numeric)"
        )
        connection.cursor().executemany(
            "insert into marts.mart_model_runs_daily values (%s, %s, %s, %s, %s)",
            [
                ("marts", "dim_products", "2026-09-01", 999, 1),  # over four weeks ago
                ("marts", "dim_products", "2026-11-20", 2, 10),
                ("marts", "dim_products", "2026-11-28", 4, 26),
                ("staging", "stg_shop__orders", "2026-11-28", 9, None),  # a view
            ],
        )
        view, table = models(connection)
        assert (view.name, view.seconds_a_day, view.megabytes, view.growth_a_day) == (
            "staging.stg_shop__orders",
            9,
            0,
            0,
        )
        assert table == ModelUse("marts.dim_products", 3, 26, 2)
        sizes = {schema.name: schema.megabytes for schema in disk(connection)}
    assert sizes["raw_clickstream"] > 0 and sizes["marts"] > 0 and "pg_catalog" not in sizes
