"""dbt's source freshness, between landing and staging: stale raw tables are not built into new marts.

Thresholds stand with the sources in dbt_project/models/staging: past `warn_after` the check warns, past `error_after`
it stops the run. The shop's tables are as fresh as their last sync that went well, clicks as their newest row.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource

from comptoir.settings import Settings
from orchestration.dbt_manifest import FIRST_STEP, manifest, step_artifacts, warehouse_environment
from orchestration.defs.clickstream import CLICKSTREAM_TABLES
from orchestration.defs.shop import SHOP_TABLES

CHECK = "source_freshness"
NEVER = "0001-01-01"  # what dbt reports for an empty table


def watched_sources() -> dict[dg.AssetKey, str]:
    """The raw tables that have thresholds, and their names for dbt (source.table)."""
    landed = {*SHOP_TABLES, *CLICKSTREAM_TABLES}
    return {
        key: f"{source['source_name']}.{source['name']}"
        for source in manifest()["sources"].values()
        if (source["freshness"] or {}).get("error_after", {}).get("count")
        and (key := dg.AssetKey([source["schema"], source["name"]])) in landed
    }


WATCHED = watched_sources()


@dg.multi_asset_check(
    name=CHECK,
    specs=[
        dg.AssetCheckSpec(CHECK, asset=key, blocking=True, description=f"{name} was loaded recently enough.")
        for key, name in WATCHED.items()
    ],
    description="`dbt source freshness`; if a source is stale, nothing after it runs.",
    pool="dbt",
)
def source_freshness(
    context: dg.AssetCheckExecutionContext, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.AssetCheckResult]:
    """Run `dbt source freshness` and turn its verdicts into check results."""
    select = " ".join(f"source:{name}" for name in WATCHED.values())
    target = step_artifacts(settings, FIRST_STEP)
    with warehouse_environment(settings):
        command = ["source", "freshness", "--select", select]
        # a stale source makes dbt exit with 1; its result is read below
        run = dbt.cli(command, raise_on_error=False, target_path=target).wait()
    results = {result["unique_id"]: result for result in run.get_artifact("sources.json")["results"]}
    for unique_id, source in manifest()["sources"].items():
        key = dg.AssetKey([source["schema"], source["name"]])
        if key in WATCHED:
            yield check_result(key, results[unique_id])


def check_result(key: dg.AssetKey, result: dict[str, Any]) -> dg.AssetCheckResult:
    """dbt's result for one source as the result of its check. An empty table only warns: no row in it is stale."""
    table, status = ".".join(key.path), result["status"]
    newest = result.get("max_loaded_at")
    if newest is None:
        return _result(key, False, f"{table} could not be asked for its age: {result.get('error')}.", {})
    limits = result["criteria"]
    criteria = {name: text for name in ("warn_after", "error_after") if (text := _duration(limits.get(name) or {}))}
    facts = {"last load": newest} | {name.replace("_", " "): limit for name, limit in criteria.items()}
    if newest.startswith(NEVER):
        return _result(key, False, f"Nothing was ever loaded into {table}.", facts, dg.AssetCheckSeverity.WARN)
    last_load = f"The last load of {table} that went well was at {newest}"
    if status == "pass":
        return _result(key, True, f"{last_load}.", facts)
    limit = criteria["error_after" if status == "error" else "warn_after"]
    severity = dg.AssetCheckSeverity.ERROR if status == "error" else dg.AssetCheckSeverity.WARN
    return _result(key, False, f"{last_load}, over {limit} ago: see whether it runs.", facts, severity)


def _result(
    key: dg.AssetKey,
    passed: bool,
    message: str,
    facts: dict[str, str],
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=CHECK, asset_key=key, passed=passed, severity=severity, description=message, metadata=facts
    )


def _duration(threshold: dict[str, Any]) -> str:
    """Empty where there is no threshold: dbt then gives null counts."""
    if not threshold.get("count"):
        return ""
    return f"{threshold['count']} {threshold['period']}{'' if threshold['count'] == 1 else 's'}"
