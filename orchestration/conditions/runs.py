"""Jobs whose last run failed, and jobs whose last run took unusually long."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import WILL_RETRY_TAG

from alerting.condition import Condition, Severity
from comptoir.settings import Settings
from orchestration.conditions.checks import Records, keys_failed_in
from orchestration.conditions.links import run_link

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
FAILURES = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
EARLIER_RUNS, FEWEST_RUNS = 10, 5
TIMES, LEAST_SECONDS = 4.0, 60.0  # slower than usual: by this factor and at least this much
MAX_REASON = 1_000  # characters
# what errors of a store that is away say
STORES = {
    "postgres/*": ("postgres", "connection to server", "server closed the connection"),
    "kafka/*": ("kafka",),
}


def failed_runs(
    instance: dg.DagsterInstance, jobs: Iterable[str], records: Records, settings: Settings
) -> list[Condition]:
    """A condition for each job whose last ended run failed, unless it is going to be repeated, or was cancelled.

    A run that a check stopped is none while the job runs again: the check was told, and may hold before that run ends.
    """
    found = []
    for job in jobs:
        runs = instance.get_runs(dg.RunsFilter(job_name=job, statuses=ENDED), limit=1)
        if not runs or runs[0].is_success or runs[0].tags.get(WILL_RETRY_TAG) == "true":
            continue
        run = runs[0]
        if was_stopped_by_a_check(instance, run.run_id) and is_unfinished(instance, job):
            continue
        reason = reason_of_failure(instance, run.run_id)
        found.append(
            Condition(
                key=f"run/{job}",
                title=f"the last run of {job} failed",
                cause=reason,
                link=run_link(settings.dagster_url, run.run_id),
                # a check that stopped it is told with its rows; a store that is away, by the watcher
                caused_by=(*keys_failed_in(run.run_id, records), *stores_named_in(reason)),
            )
        )
    return found


def is_unfinished(instance: dg.DagsterInstance, job: str) -> bool:
    """Whether a run of the job waits or is going on."""
    waits_or_runs = dg.RunsFilter(job_name=job, statuses=NOT_FINISHED_STATUSES)
    return bool(instance.get_run_records(waits_or_runs, limit=1))


def was_stopped_by_a_check(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a check failed in the run, as an error."""
    checked = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    events = [record.event_log_entry.dagster_event for record in checked]
    verdicts = [event.asset_check_evaluation_data for event in events if event]
    return any(not one.passed and one.severity is dg.AssetCheckSeverity.ERROR for one in verdicts)


def slow_runs(instance: dg.DagsterInstance, jobs: Iterable[str], settings: Settings) -> list[Condition]:
    """A warning for each job whose last good run took far longer than the runs before it."""
    found = []
    for job in jobs:
        good = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS])
        records = instance.get_run_records(good, limit=EARLIER_RUNS + 1)
        seconds = [one.end_time - one.start_time for one in records if one.start_time and one.end_time]
        if len(seconds) <= FEWEST_RUNS:
            continue
        last, usual = seconds[0], median(seconds[1:])
        if last > usual * TIMES and last - usual > LEAST_SECONDS:
            title = f"{job} took {last:.0f} s, usually {usual:.0f} s"
            cause = f"The last run: {title}. Its steps' times are on its page."
            link = run_link(settings.dagster_url, records[0].dagster_run.run_id)
            found.append(Condition(f"cost/run.{job}", title, cause, Severity.WARNING, link=link))
    return found


def reason_of_failure(instance: dg.DagsterInstance, run_id: str) -> str:
    """The steps that failed with their errors; without one, what Dagster says of the run."""
    steps, of_run = [], ""
    for record in instance.get_records_for_run(run_id, of_type=FAILURES).records:
        event = record.event_log_entry.dagster_event
        if event is None:
            continue
        if event.event_type is dg.DagsterEventType.RUN_FAILURE:
            of_run = event.message or ""
        elif event.step_failure_data.error:
            error = event.step_failure_data.error
            steps.append(f"{event.step_key}: {_sentence((error.cause or error).message)}")
    return " ".join(steps) or of_run or "Dagster has kept no reason: see the run's log."


def stores_named_in(reason: str) -> list[str]:
    """Patterns of the alerts about the stores that an error speaks of."""
    return [pattern for pattern, words in STORES.items() if any(word in reason.lower() for word in words)]


def _sentence(message: str) -> str:
    """What our code said: Dagster puts the error's class before it."""
    text = " ".join(message.split())
    head, separator, sentence = text.partition(": ")
    return (sentence if separator and " " not in head else text)[:MAX_REASON]
