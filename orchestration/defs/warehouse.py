"""dbt in two steps, so that a gate can stand between them: staging, then everything built on it.

dbt's own tests become asset checks; a failed one fails its step, and the steps after it do not run.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from comptoir.settings import Settings
from orchestration.dbt_manifest import PROJECT, manifest, warehouse_environment
from orchestration.specs import table_spec

STAGING = "path:models/staging"
# dbt would otherwise keep one folder of artifacts per run for ever
ARTIFACTS = "dbt"

# external: dbt itself writes it when a run ends, also one started by hand, so the marts hold the runs before theirs
model_runs = table_spec(
    "ops",
    "model_runs",
    "One row per run of dbt and model in it: seconds, rows, size, and why it failed. Written at the end of each run.",
    kinds=["dbt", "postgres"],
)


@dbt_assets(manifest=manifest(), project=PROJECT, select=STAGING, name="dbt_staging", pool="dbt")
def dbt_staging(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[Any]:
    yield from _build(context, dbt, settings)


@dbt_assets(manifest=manifest(), project=PROJECT, exclude=STAGING, name="dbt_marts", pool="dbt")
def dbt_marts(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[Any]:
    yield from _build(context, dbt, settings)


def _build(context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings) -> Iterator[Any]:
    target = settings.data_dir / ARTIFACTS / context.op_handle.name
    with warehouse_environment(settings):
        # unit tests are about the SQL, not about the data: they run with the code (tests/), not every night
        build = ["build", "--exclude-resource-type", "unit_test"]
        yield from dbt.cli(build, context=context, target_path=target).stream().fetch_row_counts()
