"""Checks that a failed run did not reach keep the verdict they had.

Dagster plans every check of a run when it starts, and shows one that the run never came to as failed: after a gate that
shuts, each mart would look broken, although it is as it was. Here the earlier verdict is reported again, with the run
that did not come to it.
"""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES,
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from orchestration.conditions.links import run_link

MOST_AT_ONCE = 400  # a tick of a sensor has a minute


def restore_verdicts(
    instance: dg.DagsterInstance, records: Iterable[AssetCheckExecutionRecord], dagster_url: str
) -> list[dg.AssetCheckKey]:
    """Report the earlier verdict of each check that a finished run planned and did not evaluate; their keys.

    A check without an earlier verdict stays as Dagster shows it.
    """
    planned = [record for record in records if record.status is AssetCheckExecutionRecordStatus.PLANNED]
    finished = _finished(instance, {record.run_id for record in planned})
    restored = []
    for record in [one for one in planned if one.run_id in finished][:MOST_AT_ONCE]:
        earlier = instance.event_log_storage.get_asset_check_execution_history(
            record.key, limit=1, status=COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES
        )
        verdict = earlier[0].evaluation if earlier else None
        if verdict is None:
            continue
        note = "run that did not come to it"
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=record.key.asset_key,
                check_name=record.key.name,
                passed=verdict.passed,
                severity=verdict.severity,
                description=verdict.description,
                metadata={**verdict.metadata, note: dg.MetadataValue.url(run_link(dagster_url, record.run_id))},
            )
        )
        restored.append(record.key)
    return restored


def _finished(instance: dg.DagsterInstance, run_ids: set[str]) -> set[str]:
    if not run_ids:
        return set()
    ended = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    runs = instance.get_runs(dg.RunsFilter(run_ids=list(run_ids), statuses=ended))
    return {run.run_id for run in runs}
