"""Everything that is wrong as Dagster knows it, in one list."""

from __future__ import annotations

from datetime import datetime

import dagster as dg

from alerting.condition import Condition
from comptoir.settings import Settings
from orchestration.conditions.checks import failed_checks, newest_records
from orchestration.conditions.freshness import overdue_checks, stale_assets
from orchestration.conditions.runs import failed_runs, slow_runs
from orchestration.conditions.ticks import broken_ticks, dead_daemons
from orchestration.conditions.verdicts import restore_verdicts

ANY_ASSETS = "__"  # Dagster's own jobs: what somebody materialised by hand is in front of them


def dagster_conditions(
    instance: dg.DagsterInstance, repository: dg.RepositoryDefinition, settings: Settings, now: datetime
) -> list[Condition]:
    """What is wrong at `now` (aware). Checks that a failed run did not reach get their earlier verdict back first.

    Raises psycopg.Error.
    """
    graph = repository.asset_graph
    records = newest_records(instance, graph.asset_check_keys)
    if restore_verdicts(instance, records.values(), settings.dagster_url):
        records = newest_records(instance, graph.asset_check_keys)
    jobs = sorted(job for job in repository.job_names if not job.startswith(ANY_ASSETS))
    return [
        *failed_checks(graph, records, settings),
        *failed_runs(instance, jobs, records, settings),
        *slow_runs(instance, jobs, settings),
        *broken_ticks(instance, repository, settings, now),
        *dead_daemons(instance, settings),
        *stale_assets(instance, graph, settings),
        *overdue_checks(repository, records, settings, now),
    ]
