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

ARTIFACTS = "dbt"
FIRST_STEP = "source_freshness"  # of a run's steps that call dbt
PARSED = "partial_parse.msgpack"
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


def step_artifacts(settings: Settings, step: str) -> Path:
    """The folder for what dbt writes in a step, overwritten by each run; dagster-dbt would keep one a run for ever.

    What was parsed before the last `comptoir dbt parse` is taken out of it: dbt would go on from there, and loses a
    model when its disabled namesake of the other platform was edited.
    """
    folder = (settings.data_dir / ARTIFACTS / step).absolute()
    kept, newest = folder / PARSED, project().manifest_path.with_name(PARSED)
    if kept.exists() and newest.exists() and kept.stat().st_mtime < newest.stat().st_mtime:
        kept.unlink()
    return folder


def warehouse_environment(settings: Settings) -> AbstractContextManager[None]:
    """The environment that dbt's profile reads, for as long as dbt is called from this process.

    Dagster gives a call that has parsed nothing yet the parsed project that it finds in DBT_TARGET_PATH: that of the
    run's first step, or that of `comptoir dbt parse`, which dbt takes when the database has the same address. To parse
    takes 6 to 20 seconds.
    """
    first = settings.data_dir.absolute() / ARTIFACTS / FIRST_STEP
    parsed = first if (first / PARSED).exists() else project().manifest_path.parent
    return changed_environment(dbt_env(settings) | {"DBT_TARGET_PATH": str(parsed)})
