"""`comptoir dbt trial`: a changed model, built of real rows beside the warehouse, and what it breaks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from comptoir import dbt_runner, dbt_trial
from comptoir.settings import get_settings
from tests.support.dbt_in_process import DBT_PROJECT, parsed_project
from tests.support.warehouse_fixtures import built_small_shop, query

pytestmark = pytest.mark.services

STATE = """
    select 'table ' || oid || ' ' || relname || ' ' || relfilenode from pg_class
    where relnamespace in (select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
    union all select 'run ' || run_id from ops.model_runs
    union all select 'schema ' || nspname from pg_namespace where nspname !~ '^pg_'
    order by 1
"""


@pytest.fixture
def warehouse(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The built small shop, as the settings name it."""
    url = built_small_shop(make_database, tmp_path_factory)
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", url)
    get_settings.cache_clear()
    yield url
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def before(warehouse: str, tmp_path: Path) -> Path:
    """A folder with the manifest of the project as it is, parsed for this warehouse."""
    parsed = parsed_project("shopify").manifest_json.decode()
    name = warehouse.rpartition("/")[2]
    folder = tmp_path / "before"
    folder.mkdir()
    text = parsed.replace('\\"none\\".', f'\\"{name}\\".').replace('"database": "none"', f'"database": "{name}"')
    (folder / "manifest.json").write_text(text)
    return folder


def test_a_changed_mart_is_built_of_a_sample_and_its_readers_are_named(
    warehouse: str, before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    for file, gone in (("fct_orders.sql", "order_name"), ("fct_orders.yml", "order_name")):
        model = project / "models" / "marts" / "sales" / file
        lines = model.read_text().splitlines()
        model.write_text("\n".join(without(lines, gone)))
    monkeypatch.setattr(dbt_trial.try_changes, "__defaults__", (project,))
    state = query(warehouse, STATE)
    days = (datetime.now(UTC).date() - date(2026, 10, 1)).days

    result = CliRunner().invoke(app, ["dbt", "trial", "--before", str(before), "--days", str(days)])

    assert result.exit_code == 1, result.output
    assert "marts.fct_orders: order_name is gone; read by exposure" in result.output
    assert "marts.fct_orders is computed otherwise" in result.output
    [orders] = [line for line in result.output.splitlines() if line.endswith("  fct_orders")]
    assert orders.startswith("success") and " 2 rows" in orders, "two of six orders are of October"
    built = {line.split()[-1]: line for line in result.output.splitlines() if " s  " in line}
    assert built["mart_customer_cohorts"].startswith("success"), result.output
    assert "stg_shop__orders" not in built, "it did not change"
    assert query(warehouse, STATE) == state, "nothing that anybody reads was touched, and nothing is left"


def without(lines: list[str], column: str) -> list[str]:
    """A model's file without this column of it."""
    found, skips = [], None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if skips is not None and line.strip() and indent <= skips:
            skips = None
        if f"name: {column}" in line and line.lstrip().startswith("- "):
            skips = indent
            if "{name" in line:
                skips = None
                continue
        if skips is None and line.strip().rstrip(",").split(".")[-1] != column:
            found.append(line)
    return found


def test_without_the_manifest_of_before_it_says_what_to_give(warehouse: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["dbt", "trial", "--before", str(tmp_path)])
    assert result.exit_code == 1
    assert "has no manifest.json" in result.output
    assert dbt_runner.PROJECT == DBT_PROJECT
