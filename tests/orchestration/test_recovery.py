"""A run that was going on when the stack stopped is marked as failed; one that waits keeps its place."""

from __future__ import annotations

import dagster as dg

from orchestration.recovery import REASON, fail_orphaned_runs


@dg.job
def nothing() -> None:
    """A job to have runs of."""


def test_only_runs_that_count_as_running_are_failed() -> None:
    with dg.instance_for_test() as instance:
        started = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED)
        waiting = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.NOT_STARTED)
        done = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.SUCCESS)

        assert fail_orphaned_runs(instance) == [started.run_id]

        statuses = [instance.get_run_by_id(run.run_id).status for run in (started, waiting, done)]  # type: ignore[union-attr]
        assert statuses == [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.SUCCESS]
        assert REASON in [entry.message for entry in instance.all_logs(started.run_id)][-1]
        assert fail_orphaned_runs(instance) == []
