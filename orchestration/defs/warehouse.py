"""dbt in two steps, with a gate between them: staging, then everything built on it.

dbt's own tests become asset checks; a failed one fails its step, and the steps after it do not run. Days in the steps'
configuration, as the job `backfill` gives them, are built again whatever has landed since.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import psycopg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from psycopg import sql

from comptoir.settings import Settings, get_settings
from ingestion.backfill_days import parts_of
from orchestration.backfill import Days, backfill_environment, check_dates
from orchestration.dbt_manifest import column_lineages, manifest, project, step_artifacts, warehouse_environment
from orchestration.promises import DAILY
from orchestration.specs import table_spec

STAGING = "path:models/staging"
GROWING = ["--select", "config.materialized:incremental", "--exclude", STAGING]

# external: dbt writes it when a run ends, also one started by hand; marts built in a run know only the runs before it
model_runs = table_spec(
    "ops",
    "model_runs",
    "One row per run of dbt and model in it: seconds, rows, size, and why it failed. Written at the end of each run.",
    kinds=["dbt", "postgres"],
)


# the model's SQL, as a path here: orchestration/code_references.py makes a link of it
LINKED = DagsterDbtTranslatorSettings(enable_code_references=bool(get_settings().code_url))


class PromisedMarts(DagsterDbtTranslator):
    """dbt's models as assets, the marts with a promise of how old they may be."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The spec of a model or source."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(freshness_policy=DAILY) if spec.key.path[0] == "marts" else spec


@dbt_assets(
    manifest=manifest(),
    project=project(),
    select=STAGING,
    name="dbt_staging",
    pool="dbt",
    dagster_dbt_translator=DagsterDbtTranslator(LINKED),
)
def dbt_staging(
    context: dg.AssetExecutionContext, config: Days, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[Any]:
    """Build and test the staging models. Raises dagster.Failure for days that cannot be built again."""
    days = config.dates()
    if days:
        check_dates(settings, days)
    yield from _build(context, dbt, settings, days)


@dbt_assets(
    manifest=manifest(),
    project=project(),
    exclude=STAGING,
    name="dbt_marts",
    pool="dbt",
    dagster_dbt_translator=PromisedMarts(LINKED),
)
def dbt_marts(
    context: dg.AssetExecutionContext, config: Days, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[Any]:
    """Build and test the intermediate models, snapshots and marts; of many days first the growing models, in parts."""
    days = config.dates()
    parts = list(parts_of(*days)) if days else []
    for part in parts[:-1]:
        with warehouse_environment(settings), backfill_environment(part):
            dbt.cli(["run", *GROWING], target_path=step_artifacts(settings, context.op_handle.name)).wait()
        context.log.info(f"The days up to {part[1]} are built again.")
    yield from _build(context, dbt, settings, parts[-1] if parts else None)


def _build(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings, days: tuple[date, date] | None
) -> Iterator[Any]:
    target = step_artifacts(settings, context.op_handle.name)
    with warehouse_environment(settings), backfill_environment(days):
        # unit tests are about the SQL, not about the data: they run with the code (tests/), not every night
        build = ["build", "--exclude-resource-type", "unit_test"]
        events = dbt.cli(build, context=context, target_path=target).stream()
        # not dagster-dbt's fetch_row_counts: it waits for dbt in a busy loop, which takes one processor from the build
        with psycopg.connect(settings.database_url_as("transformer"), autocommit=True) as connection:
            for event in events:
                if isinstance(event, dg.Output):
                    key = context.asset_key_for_output(event.output_name)
                    event = event.with_metadata({**event.metadata, **_metadata(connection, key)})
                yield event


def _metadata(connection: psycopg.Connection, table: dg.AssetKey) -> dict[str, Any]:
    """What Dagster is told of a table that was built: its rows, and where its columns come from (a seed's: nowhere)."""
    lineage = column_lineages().get(table)
    return {"dagster/row_count": _count(connection, table)} | ({"dagster/column_lineage": lineage} if lineage else {})


def _count(connection: psycopg.Connection, table: dg.AssetKey) -> int:
    [(rows,)] = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(*table.path)))
    return int(rows)
