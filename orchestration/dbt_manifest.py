"""The dbt project as Dagster sees it: its manifest, its tables by schema, its exposures."""

import json
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from comptoir.database import dbt_env, parsed_for
from comptoir.dbt_runner import COLUMN_LINEAGE, DBT, PARSED_FOR
from comptoir.environment import changed_environment
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings, get_settings

ARTIFACTS = "dbt"
FIRST_STEP = "source_freshness"  # of a run's steps that call dbt
PARSED = "partial_parse.msgpack"
DBT_OF_RUN = str(REPOSITORY / "orchestration" / "dbt_of_run.sh")  # DBT, which ends with its run


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


@cache
def column_lineages() -> dict[dg.AssetKey, dg.TableColumnLineage]:
    """Table → which columns of its parents its columns are made of, as `comptoir dbt parse` read them from the SQL.

    None are known when an older `comptoir dbt parse` wrote the manifest: no build fails for that.
    """
    file = project().manifest_path.parent / COLUMN_LINEAGE
    found = json.loads(file.read_bytes()) if file.exists() else {}
    return {
        asset_key(table): dg.TableColumnLineage(
            {
                column: [dg.TableColumnDep(asset_key=asset_key(parent), column_name=name) for parent, name in parents]
                for column, parents in columns.items()
            }
        )
        for table, columns in found.items()
    }


@cache
def asset_key(unique_id: str) -> dg.AssetKey:
    """The asset key (schema/table) of a dbt model, snapshot, seed or source."""
    kind = "sources" if unique_id.startswith("source.") else "nodes"
    return DagsterDbtTranslator().get_asset_key(manifest()[kind][unique_id])


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

    What was parsed for other settings, or before the last `comptoir dbt parse`, is taken out of it: dbt would parse
    only what has changed, and loses a model when its disabled namesake of the other platform has.
    """
    folder = (settings.data_dir / ARTIFACTS / step).absolute()
    if not (_is_of(folder, settings) and _time_of(folder) >= _time_of(project().manifest_path.parent)):
        (folder / PARSED).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PARSED_FOR).write_text(parsed_for(settings))
    return folder


def warehouse_environment(settings: Settings) -> AbstractContextManager[None]:
    """The environment that dbt's profile reads, for as long as dbt is called from this process.

    Dagster gives a call that has parsed nothing yet the parsed project that it finds in DBT_TARGET_PATH: that of the
    run's first step, or that of `comptoir dbt parse` if it was for these settings. To parse takes 6 to 20 seconds.
    """
    kept = settings.data_dir.absolute() / ARTIFACTS
    folders = (kept / FIRST_STEP, project().manifest_path.parent)
    parsed = next((folder for folder in folders if _is_of(folder, settings)), kept)  # `kept` itself has none
    return changed_environment(dbt_env(settings) | {"DBT_TARGET_PATH": str(parsed), "COMPTOIR_DBT": DBT})


def _is_of(folder: Path, settings: Settings) -> bool:
    """Whether the project in the folder was parsed for these settings."""
    said = folder / PARSED_FOR
    return (folder / PARSED).exists() and said.exists() and said.read_text() == parsed_for(settings)


def _time_of(folder: Path) -> float:
    """When the project in the folder was parsed; 0 for never."""
    parsed = folder / PARSED
    return parsed.stat().st_mtime if parsed.exists() else 0.0
