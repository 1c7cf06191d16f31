"""Runs that a stop interrupted: Dagster still counts them as running, and they would hold their place for ever.

The stack calls this when it starts, before Dagster: no run can be alive then.
"""

from __future__ import annotations

import sys

import dagster as dg

REASON = "The stack was stopped during this run."
ALIVE = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def fail_orphaned_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark every run that Dagster counts as running as failed; returns their ids. Queued runs stay queued.

    Dagster's run monitoring then frees the pools they held.
    """
    orphans = instance.get_runs(dg.RunsFilter(statuses=ALIVE))
    for run in orphans:
        instance.report_run_failed(run, REASON)
    return [run.run_id for run in orphans]


def main() -> None:
    """`python -m orchestration.recovery`, with DAGSTER_HOME set."""
    with dg.DagsterInstance.get() as instance:
        for run_id in fail_orphaned_runs(instance):
            sys.stdout.write(f"run {run_id} was interrupted by a stop; it is marked as failed\n")


if __name__ == "__main__":
    main()
