"""The dbt project as Dagster sees it: its manifest, its tables by schema, its exposures."""

import json
import sys
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from comptoir.database import dbt_env
from comptoir.settings import REPOSITORY, Settings, changed_environment, get_settings

DBT = str(Path(sys.executable).parent / "dbt")  # that of this environment, whatever the PATH says
# the models of the platform the shop runs on
PROJECT = DbtProject(REPOSITORY / "dbt_project", target_path=Path("target") / get_settings().shop_platform)


@cache
def manifest() -> dict[str, Any]:
    """dbt's manifest as `comptoir dbt parse` wrote it. FileNotFoundError when it did not: loading never runs dbt."""
    if not PROJECT.manifest_path.exists():
        raise FileNotFoundError(f"{PROJECT.manifest_path} is missing: run `make setup` (or `comptoir dbt parse`).")
    found: dict[str, Any] = json.loads(PROJECT.manifest_path.read_bytes())
    return found


def asset_key(unique_id: str) -> dg.AssetKey:
    """The asset key (schema/table) of a dbt model, snapshot, seed or source."""
    nodes = manifest()["nodes"] | manifest()["sources"]
    return DagsterDbtTranslator().get_asset_key(nodes[unique_id])


def model_keys(schema: str) -> list[dg.AssetKey]:
    """Keys of the tables that dbt builds in `schema`, sorted."""
    nodes = manifest()["nodes"].items()
    built = [
        name
        for name, node in nodes
        if node["resource_type"] in ("model", "snapshot", "seed")
        and node["schema"] == schema
        and node["config"]["materialized"] != "ephemeral"
    ]
    return sorted(asset_key(name) for name in built)


def warehouse_environment(settings: Settings) -> AbstractContextManager[None]:
    """dbt takes its connection from the environment of the process that calls it."""
    return changed_environment(dbt_env(settings))
