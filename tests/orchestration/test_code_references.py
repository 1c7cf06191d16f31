"""Links from assets to their code."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import dagster as dg
import pytest

from comptoir.repository import REPOSITORY
from orchestration.dbt_manifest import column_lineages, manifest, model_keys

LINKS = """
import json
import dagster as dg
from orchestration.definitions import defs

found = {}
for spec in defs().resolve_all_asset_specs():
    value = spec.metadata.get("dagster/code_references")
    if value:
        found[spec.key.to_user_string()] = [one.source for one in value.code_references]
print(json.dumps(found))
"""


def links(code_url: str) -> dict[str, list[str]]:
    """Asset → its links, as a new process loads them."""
    environment = {**os.environ, "COMPTOIR_CODE_URL": code_url, "COMPTOIR_CODE_BRANCH": "v1"}
    process = subprocess.run(
        [sys.executable, "-c", LINKS], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    assert "BetaWarning" not in process.stderr
    found: dict[str, list[str]] = json.loads(process.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("code_url", "tree"),
    [("https://github.com/you/shop", "tree/v1"), ("https://gitlab.example.com/you/shop/", "-/tree/v1")],
)
def test_assets_link_to_their_function_and_models_to_their_sql(code_url: str, tree: str) -> None:
    found = links(code_url)
    base = f"{code_url.rstrip('/')}/{tree}"
    models = "dbt_project/models"
    sql, function = found["marts/fct_orders"]
    assert sql == f"{base}/{models}/marts/sales/fct_orders.sql"
    assert function.startswith(f"{base}/orchestration/defs/warehouse.py#L")
    assert found["raw_shop/orders"][0].startswith(f"{base}/orchestration/defs/shop.py#L")
    every = [link for each in found.values() for link in each]
    assert all(link.startswith(f"{base}/") for link in every)
    for link in every:
        assert (REPOSITORY / link.removeprefix(f"{base}/").partition("#")[0]).is_file(), link


def test_without_a_repository_no_path_of_this_machine_is_shown() -> None:
    assert links("") == {}


@pytest.mark.parametrize("schema", ["staging", "intermediate", "marts", "snapshots"])
def test_every_table_of_dbt_but_a_seed_has_the_lineage_of_its_columns(schema: str) -> None:
    lineages = column_lineages()
    for table in model_keys(schema):
        if table in lineages:
            assert lineages[table].deps_by_column, table
        else:
            assert f"seed.comptoir.{table.path[-1]}" in manifest()["nodes"], table


def test_a_column_is_followed_from_a_mart_to_raw() -> None:
    lineages = column_lineages()

    def of(table: str, column: str) -> set[tuple[str, str]]:
        found = set()
        for dep in lineages.get(dg.AssetKey(table.split("/")), dg.TableColumnLineage({})).deps_by_column.get(
            column, []
        ):
            found |= {(dep.asset_key.to_user_string(), dep.column_name)}
            found |= of(dep.asset_key.to_user_string(), dep.column_name)
        return found

    assert ("raw_shop/orders", "line_items") in of("marts/mart_daily_sales", "net_sales_amount")
