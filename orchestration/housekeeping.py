"""Old runs leave Dagster's storage with their events and logs; ticks are bounded by dagster.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import dagster as dg

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
PAGE = 200


def delete_old_runs(instance: dg.DagsterInstance, before: datetime, at_most: int = 2_000) -> int:
    """Delete ended runs created before `before`, the oldest first; how many.

    A run that wrote the newest version of an asset stays, however old: the asset's page tells its columns and rows.
    """
    newest = {record.asset_entry.last_run_id for record in instance.get_asset_records()}
    deleted = 0
    for run_id in [*_old_runs(instance, before)]:
        if deleted == at_most:
            break
        if run_id not in newest:
            instance.delete_run(run_id)
            instance.compute_log_manager.delete_logs(prefix=[run_id])  # deleting a run leaves what its steps printed
            deleted += 1
    return deleted


def _old_runs(instance: dg.DagsterInstance, before: datetime) -> Iterator[str]:
    found = dg.RunsFilter(statuses=ENDED, created_before=before)
    cursor = None
    while page := instance.get_runs(found, cursor=cursor, limit=PAGE, ascending=True):
        yield from (run.run_id for run in page)
        cursor = page[-1].run_id
