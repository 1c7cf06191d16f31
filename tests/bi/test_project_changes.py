"""Changes of the real project's manifest, each told to those whom it breaks."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from msgspec import json
from typer.testing import CliRunner

from bi.metrics import load_metrics
from bi.project_changes import ProjectChanges, project_changes
from cli.app import app
from tests.support.dbt_in_process import parsed_project

Manifest = dict[str, Any]
ORDERS = "model.comptoir.fct_orders"


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    found: Manifest = json.decode(parsed_project("shopify").manifest_json)
    return found


def changed(manifest: Manifest, change: Callable[[Manifest], object]) -> ProjectChanges:
    after = deepcopy(manifest)
    change(after)
    return project_changes(manifest, after, load_metrics().values())


def test_the_same_project_changes_nothing(manifest: Manifest) -> None:
    assert changed(manifest, lambda after: None) == ProjectChanges([], [], [])


def test_a_column_that_is_gone_is_told_to_metrics_models_and_exposures_that_read_it(manifest: Manifest) -> None:
    (told,) = changed(manifest, lambda after: after["nodes"][ORDERS]["columns"].pop("order_date")).breaking
    assert told.startswith("marts.fct_orders: order_date is gone; read by ")
    assert "exposure dashboard" in told and "metric new_customers" in told and "model mart_customer_cohorts" in told


def test_a_column_that_nothing_but_a_whole_table_names_has_its_exposures_alone(manifest: Manifest) -> None:
    (told,) = changed(manifest, lambda after: after["nodes"][ORDERS]["columns"].pop("order_name")).breaking
    assert "metric" not in told and "exposure dashboard" in told


def test_a_type_and_a_missing_value_break_a_reader_and_a_new_column_does_not(manifest: Manifest) -> None:
    def change(after: Manifest) -> None:
        columns = after["nodes"][ORDERS]["columns"]
        columns["order_name"]["data_type"] = "bigint"
        columns["order_id"]["constraints"] = []
        columns["weight"] = {"data_type": "numeric", "constraints": []}

    found = changed(manifest, change)
    assert [told.partition(";")[0] for told in found.breaking] == [
        "marts.fct_orders: order_id may be null and never was",
        "marts.fct_orders: order_name is bigint and was text",
    ]
    assert found.other == ["marts.fct_orders: weight is new"]


def test_a_table_that_is_gone_breaks_readers_of_marts_alone(manifest: Manifest) -> None:
    def change(after: Manifest) -> None:
        for name in ("model.comptoir.mart_funnel_daily", "model.comptoir.int_identities__stitched"):
            del after["nodes"][name], after["parent_map"][name]

    found = changed(manifest, change)
    assert [told.partition(";")[0] for told in found.breaking] == ["marts.mart_funnel_daily is gone"]
    assert [told.partition(";")[0] for told in found.other] == ["intermediate.int_identities__stitched is gone"]
    assert "metric funnel_conversion" in found.breaking[0]
    assert "- fct_landings → mart_funnel_daily" in found.graph


def test_other_sql_and_another_parent_are_changes_and_other_white_space_is_none(manifest: Manifest) -> None:
    def reformat(after: Manifest) -> None:
        after["nodes"][ORDERS]["raw_code"] = after["nodes"][ORDERS]["raw_code"].replace("\n", "\n\n")

    def rewrite(after: Manifest) -> None:
        after["nodes"][ORDERS]["raw_code"] += " limit 10"
        after["parent_map"][ORDERS].append("model.comptoir.dim_days")

    assert changed(manifest, reformat) == ProjectChanges([], [], [])
    assert changed(manifest, rewrite) == ProjectChanges(
        [], ["marts.fct_orders is computed otherwise"], ["+ dim_days → fct_orders"]
    )


def test_the_command_fails_when_a_reader_breaks(manifest: Manifest, tmp_path: Path) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_bytes(json.encode(manifest))
    broken = deepcopy(manifest)
    del broken["nodes"][ORDERS]["columns"]["order_date"]
    after.write_bytes(json.encode(broken))
    finished = CliRunner().invoke(app, ["dbt", "compare", str(before), str(after)])
    assert finished.exit_code == 1 and "marts.fct_orders: order_date is gone" in finished.output
    same = CliRunner().invoke(app, ["dbt", "compare", str(before), str(before)])
    assert same.exit_code == 0 and "breaks: nothing" in same.output
