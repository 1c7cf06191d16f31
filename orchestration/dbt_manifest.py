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
from comptoir.environment import changed_environment
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings, get_settings

# where the first of a run's calls of dbt leaves what it wrote, also the parsed project
FRESHNESS_ARTIFACTS = "dbt/source_freshness"
DBT = str(Path(sys.executable).parent / "dbt")  # that of this environment, whatever the PATH says


@cache
def project() -> DbtProject:
    """The dbt project with the manifest of the platform that the shop runs on."""
    return DbtProject(REPOSITORY / "dbt_project", target_path=Path("target") / get_settings().shop_platform)


@cache
def manifest() -> dict[str, Any]:
    """dbt's manifest as `comptoir dbt parse` wrote it. Raises FileNotFoundError without one: loading never runs dbt."""
    path = project().manifest_path
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `make setup` (or `comptoir dbt parse`).")
    found: dict[str, Any] = json.loads(path.read_bytes())
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
    """The environment that dbt's profile reads, for as long as dbt is called from this process.

    Dagster gives a call that has parsed nothing yet the parsed project that it finds in DBT_TARGET_PATH: the steps
    after the freshness of sources need not parse it again, which takes six seconds.
    """
    parsed = {"DBT_TARGET_PATH": str((settings.data_dir / FRESHNESS_ARTIFACTS).absolute())}
    return changed_environment(dbt_env(settings) | parsed)
