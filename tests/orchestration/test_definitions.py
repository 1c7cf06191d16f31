"""The graph as Dagster loads it: keys, edges, owners, gates; its jobs are in test_automation.py."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config
from dagster_dbt import DbtProject
from dagster_dg_core.utils.telemetry import get_telemetry_enabled_for_cli

from comptoir.repository import REPOSITORY
from orchestration.dbt_manifest import manifest, model_keys, project
from tests.support.dagster_steps import GATES, steps

OWN_STREAMS = {
    "shopify": {"raw_shop/inventory_levels", "raw_shop/metafield_products"},
    "magento": {"raw_shop/credit_memos", "raw_shop/source_items", "raw_shop/product_ratings"},
}


def key(text: str) -> dg.AssetKey:
    return dg.AssetKey(text.split("/"))


def upstream(graph: dg.AssetGraph, text: str) -> set[str]:
    """Every asset that `text` is made of, at any distance."""
    found, frontier = set(), {key(text)}
    while frontier:
        frontier = {parent for child in frontier for parent in graph.get(child).parent_keys} - found
        found |= frontier
    return {one.to_user_string() for one in found}


@pytest.mark.parametrize(
    "expected",
    [
        "kafka/clicks.v1",
        "raw_shop/orders",
        "raw_shop/metafield_products",
        "raw_clickstream/events",
        "raw_clickstream/bad_events",
        "archive/clickstream_events",
        "pii/customer_pseudonyms",
        "staging/stg_shop__orders",
        "staging/stg_clickstream__events",
        "marts/fct_orders",
        "marts/mart_daily_sales",
        "serving/recommendations",
        "serving/product_neighbours",
        "serving/trending",
        "serving/products",
        "storefront/search_index",
        "storefront/storefront",
        "dashboards/dashboard",
        "dashboards/tableau_workbook",
    ],
)
def test_the_graph_has(graph: dg.AssetGraph, expected: str) -> None:
    assert graph.has(key(expected))


@pytest.mark.parametrize(
    ("consumer", "sources"),
    [
        (
            "dashboards/dashboard",
            {"raw_shop/orders", "raw_clickstream/events", "kafka/clicks.v1", "marts/fct_sessions"},
        ),
        ("dashboards/tableau_workbook", {"raw_shop/orders", "staging/stg_shop__orders", "marts/mart_daily_sales"}),
        (
            "storefront/storefront",
            {"serving/recommendations", "serving/products", "raw_shop/products", "kafka/clicks.v1"},
        ),
        ("marts/dim_customers", {"pii/customer_pseudonyms", "raw_shop/customers"}),
    ],
)
def test_lineage_reaches_from_the_sources_to_the_consumers(
    graph: dg.AssetGraph, consumer: str, sources: set[str]
) -> None:
    assert sources <= upstream(graph, consumer)


def test_no_asset_is_a_mere_name(graph: dg.AssetGraph) -> None:
    """A misspelled dependency appears as an asset without owner or description."""
    for asset in graph.asset_nodes:
        name = asset.key.to_user_string()
        assert len(asset.key.path) == 2, name
        assert asset.group_name == asset.key.path[0], name
        assert asset.owners, name
        assert asset.description, name
        assert asset.kinds, name


def test_every_table_of_dbt_is_an_asset_in_the_group_of_its_schema(graph: dg.AssetGraph) -> None:
    assert model_keys("staging")
    assert model_keys("marts")
    for schema in ("staging", "intermediate", "marts"):
        for table in model_keys(schema):
            assert graph.get(table).group_name == schema
            assert graph.get(table).is_executable


def test_every_source_of_dbt_is_loaded_by_an_asset(graph: dg.AssetGraph) -> None:
    for source in manifest()["sources"].values():
        if source["name"] == "model_runs":  # dbt writes it itself
            continue
        assert graph.get(dg.AssetKey([source["schema"], source["name"]])).is_executable, source["name"]


LOADING = """
import json, socket
import dagster as dg

def refuse(*arguments, **options):
    raise AssertionError(f"loading the definitions opens a connection to {arguments[1:]}")

socket.socket.connect = socket.socket.connect_ex = refuse
socket.create_connection = socket.getaddrinfo = refuse

from orchestration.definitions import defs

nodes = defs().resolve_asset_graph().asset_nodes
name = dg.AssetKey.to_user_string
print(json.dumps({name(node.key): [bool(node.owners), [*map(name, node.parent_keys)]] for node in nodes}))
"""


@pytest.mark.parametrize("platform", ["shopify", "magento"])
def test_the_graph_loads_without_settings_of_the_shop_and_asks_nobody(platform: str, tmp_path: Path) -> None:
    """Only the platform is known, as on a machine not configured yet: all else is needed later.

    Nor is an Airbyte server asked, but when a sync begins. The graph is made of the platform's own streams.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_SHOP_")},
        "COMPTOIR_SHOP_PLATFORM": platform,
        "COMPTOIR_DEMO_SHOP": "false",
        "COMPTOIR_DATA_DIR": str(tmp_path),
        "COMPTOIR_AIRBYTE_URL": "http://airbyte.invalid",
        "COMPTOIR_AIRBYTE_USERNAME": "a",
    }
    process = subprocess.run(
        [sys.executable, "-c", LOADING], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    graph = json.loads(process.stdout.splitlines()[-1])

    assert len(graph) > 30
    assert [name for name, (has_owner, _) in graph.items() if not has_owner] == []  # a mere name has none
    found, frontier = set(), {"dashboards/dashboard"}
    while frontier:
        frontier = {parent for child in frontier for parent in graph[child][1]} - found
        found |= frontier
    other = "magento" if platform == "shopify" else "shopify"
    common = {"raw_shop/orders", "staging/stg_shop__orders", "marts/fct_orders", "pii/customer_pseudonyms"}
    assert OWN_STREAMS[platform] | common <= found
    assert [name for name in graph if name in OWN_STREAMS[other] or other in name] == []


def test_loading_imports_nothing_that_only_a_step_needs() -> None:
    """Each run is a process that loads the definitions first: seconds, of a landing every five minutes too."""
    steps_alone = ["pandas", "pyspark", "great_expectations", "streamlit", "numba", "numpy", "pyarrow", "apprise"]
    steps_alone += ["kafka", "airbyte_api", "tantivy", "rapidfuzz", "tableauserverclient", "tableauhyperapi"]
    code = "import sys; from orchestration.definitions import defs; defs(); print(*sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert set(process.stdout.split()).isdisjoint(steps_alone)


@pytest.mark.parametrize("gate", GATES)
def test_gates_block(graph: dg.AssetGraph, gate: str) -> None:
    checks = [node for node in graph.asset_check_nodes if node.key.name == gate]
    assert checks
    assert all(node.blocking for node in checks)


def test_each_gate_stands_between_its_layer_and_what_is_built_on_it(definitions: dg.Definitions) -> None:
    waits_for = steps(definitions, "daily")
    assert {"shop_sync", "clickstream_landing"} <= waits_for["gate_raw"]
    assert {"gate_raw", "source_freshness"} <= waits_for["dbt_staging"]
    assert waits_for["gate_staging"] == {"dbt_staging"}
    assert "gate_staging" in waits_for["dbt_marts"]
    assert waits_for["gate_marts"] == {"dbt_marts"}
    published = ("serving__products", "storefront__search_index", "bi__tableau_files", "bi__tableau_extract")
    for step in (*published, "bi__metric_alerts"):
        assert "gate_marts" in waits_for[step], step


def test_passwords_are_not_in_the_resources_that_the_ui_shows(definitions: dg.Definitions) -> None:
    assert not isinstance((definitions.resources or {})["settings"], dg.ConfigurableResource)


def test_workspace_and_project_give_the_code_location_one_name() -> None:
    workspace = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    module = workspace["load_from"][0]["python_module"]
    assert module["location_name"] == project["code_location_name"]
    assert module["module_name"] == project["code_location_target_module"]


def test_a_missing_manifest_is_reported_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unparsed = DbtProject(project_dir=project().project_dir, target_path=tmp_path)
    monkeypatch.setattr("orchestration.dbt_manifest.project", lambda: unparsed)
    manifest.cache_clear()
    try:
        with pytest.raises(FileNotFoundError, match="run `make setup`"):
            manifest()
    finally:
        manifest.cache_clear()


def test_only_orchestration_imports_dagster() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]
    rooms = set(project["importlinter"]["root_packages"]) - {"orchestration", "tests"}
    assert len(rooms) > 10
    imports = re.compile(r"^\s*(import|from) dagster", re.MULTILINE)
    guilty = [
        str(file) for room in rooms for file in (REPOSITORY / room).rglob("*.py") if imports.search(file.read_text())
    ]
    assert not guilty


def test_dagster_understands_its_configuration(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "orchestration" / "dagster.yaml", tmp_path)
    configuration, _ = dagster_instance_config(str(tmp_path))
    assert {"retention", "run_retries", "run_monitoring", "concurrency", "freshness"} <= configuration.keys()


def test_what_people_read_is_promised_to_be_fresh(graph: dg.AssetGraph) -> None:
    promised = {node.key.to_user_string() for node in graph.asset_nodes if node.freshness_policy}
    assert {"serving/products", "storefront/search_index", "bi/tableau_files", "raw_clickstream/events"} <= promised
    assert {node.key.to_user_string() for node in graph.asset_nodes if node.group_name == "marts"} <= promised


def test_neither_dagster_nor_dg_sends_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = yaml.safe_load((REPOSITORY / "orchestration" / "dagster.yaml").read_text())
    assert instance["telemetry"] == {"enabled": False}
    monkeypatch.setenv("DG_CLI_CONFIG", str(REPOSITORY / "local" / "dg_user.toml"))
    assert get_telemetry_enabled_for_cli() is False
