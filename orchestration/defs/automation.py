"""When things run: the jobs, their schedules and the sensor."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from comptoir.settings import Settings, get_settings
from orchestration.backfill import days_of_all_steps
from orchestration.conditions.runs import is_unfinished
from orchestration.defs.audit import CHAINED
from orchestration.defs.clickstream import ARCHIVED, CLICKSTREAM_TABLES
from orchestration.defs.consumers import SEARCH_WEIGHTS
from orchestration.defs.gates import gate_raw
from orchestration.defs.models import EVALUATIONS, MODELS
from orchestration.defs.pair_index import PAIR_INDEX
from orchestration.defs.privacy_requests import IN_TIME, UNBROKEN
from orchestration.defs.pseudonyms import CLICK_PSEUDONYMS
from orchestration.defs.reports import WEEKLY_DIGEST
from orchestration.defs.retention import RETENTION
from orchestration.defs.shop import COMPLETENESS, DELETED_KEYS, PSEUDONYMS, SHOP_TABLES
from orchestration.defs.stream import HEARTBEAT, NO_POISON, RECOUNT, observe_stream
from orchestration.defs.stream_tables import STREAM_TABLES
from orchestration.housekeeping import delete_old_runs
from orchestration.quiet_events import only_changes

# Tags of Dagster: how long a run may take, in seconds, and who comes first when runs wait. Heavy runs leave a place in
# the queue for the landing (dagster.yaml).
LIGHT = {"dagster/priority": "10", "dagster/max_runtime": "900"}
HEAVY = {"comptoir/weight": "heavy", "dagster/max_runtime": "7200"}
# a run whose process was killed is started again, from where it failed; a failed step is not (its own retries are over)
REPEATED = {"dagster/max_retries": "1"}

# jobs of their own, because no mart and no page depends on them: about the stream's model and counts, about what is too
# old, and once a week; and what the stream itself writes
NOT_DAILY = [EVALUATIONS, MODELS, PAIR_INDEX, RETENTION, SEARCH_WEIGHTS, WEEKLY_DIGEST, *STREAM_TABLES.values()]

daily = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(*NOT_DAILY)
    | dg.AssetSelection.checks(HEARTBEAT, NO_POISON),
    tags=HEAVY,
    description="Everything in one run: shop and clicks to raw, gates, dbt, publishing. A failed gate stops the rest.",
)
# what a daily run does before dbt, and beside it
LOADED = [*SHOP_TABLES, PSEUDONYMS, DELETED_KEYS, COMPLETENESS, *CLICKSTREAM_TABLES, CLICK_PSEUDONYMS, ARCHIVED]
# what stands between the sources and the marts; nothing that is made from them
refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.assets(*LOADED) - dg.AssetSelection.assets(ARCHIVED)
    | dg.AssetSelection.groups("staging", "intermediate", "snapshots", "marts"),
    tags=HEAVY | {"dagster/max_runtime": "3600", "dagster/priority": "-5"},
    description="Shop and clicks to the marts through the gates, and nothing after them. Each COMPTOIR_REFRESH_MINUTES,"
    " where that is set.",
)
backfill = dg.define_asset_job(
    "backfill",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(*NOT_DAILY, *LOADED)
    | dg.AssetSelection.checks(gate_raw),
    config=days_of_all_steps,
    tags=HEAVY | REPEATED | {"dagster/max_runtime": "14400"},
    description="Builds days again from raw, as a daily run does but without loading: gates, dbt, publishing. Twice, or"
    " after a run that was killed, it gives the same rows.",
)
clickstream = dg.define_asset_job(
    "clickstream",
    selection=dg.AssetSelection.assets(*CLICKSTREAM_TABLES) - dg.AssetSelection.all_asset_checks(),
    tags=LIGHT,
    description="Lands the clicks that came since the last run, and nothing else.",
)
stream_recount = dg.define_asset_job(
    "stream_recount",
    selection=dg.AssetSelection.checks(RECOUNT),
    tags=HEAVY,
    description="Compares the stream's counts with a recomputation from raw.",
)
model = dg.define_asset_job(
    "model",
    selection=dg.AssetSelection.assets(EVALUATIONS, MODELS),
    tags=HEAVY,
    description="Evaluates the recommendations' model on the last days, and publishes it if it is not worse.",
)
search_weights = dg.define_asset_job(
    "search_weights",
    selection=dg.AssetSelection.assets(SEARCH_WEIGHTS),
    tags=HEAVY | {"dagster/priority": "-10"},
    description="Fits the ranking of the search on what visitors clicked, and publishes it if it is better.",
)
weekly_report = dg.define_asset_job(
    "weekly_report",
    selection=dg.AssetSelection.assets(WEEKLY_DIGEST),
    tags=LIGHT | {"dagster/priority": "0"},
    description="Writes the digest of the last whole week and sends it to the BI team.",
)
pair_index = dg.define_asset_job(
    "pair_index",
    selection=dg.AssetSelection.assets(PAIR_INDEX),
    tags=HEAVY | {"dagster/priority": "-10", "dagster/max_runtime": "14400"},
    description="Counts the pairs of one or more weeks from raw by Spark. Started by hand.",
)
retention = dg.define_asset_job(
    "retention",
    selection=dg.AssetSelection.assets(RETENTION) | dg.AssetSelection.checks(IN_TIME, UNBROKEN, CHAINED),
    tags=HEAVY,
    description="Takes out what is older than its term (privacy/map.yml) and checks that nothing is left; checks the"
    " deadlines of requests, their journal and the audit log.",
)


@dg.op(description="Deletes ended runs that are older than COMPTOIR_RUN_DAYS, with their events.")
def old_runs(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
    """Delete them, but not those that wrote the newest version of an asset."""
    deleted = delete_old_runs(context.instance, datetime.now(UTC) - timedelta(days=settings.run_days))
    context.log.info(f"{deleted} runs older than {settings.run_days} days were deleted")


@dg.job(description="Keeps Dagster's own storage small.", tags=LIGHT | {"dagster/priority": "-10"})
def housekeeping() -> None:
    """The job of `old_runs`."""
    old_runs()


@dg.definitions
def automation() -> dg.Definitions:
    """The schedules, in the shop's time zone, with their jobs, and the sensor that watches the stream."""
    settings = get_settings()
    status = dg.DefaultScheduleStatus.RUNNING if settings.schedules_run else dg.DefaultScheduleStatus.STOPPED

    @dg.sensor(
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus(status.value),
        description="Reports the stream's heartbeat and the rows of its tables, without starting a run.",
    )
    def stream_watch(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
        events = observe_stream(settings).asset_events
        verdicts = [[one.check_name, one.passed] for one in events if isinstance(one, dg.AssetCheckEvaluation)]
        return only_changes(events, verdicts, context.cursor, datetime.now(UTC))

    def at(cron: str, job: str) -> dg.ScheduleDefinition:
        return dg.ScheduleDefinition(
            job_name=job,
            cron_schedule=cron,
            execution_timezone=settings.shop_timezone,
            default_status=status,
            tags=REPEATED,
        )

    @dg.schedule(
        job=refresh,
        cron_schedule=f"*/{settings.refresh_minutes} * * * *" if 0 < settings.refresh_minutes < 60 else "0 * * * *",
        execution_timezone=settings.shop_timezone,
        default_status=status,
        description="Not while a run before, or the daily run, still loads or builds: it would only wait.",
    )
    def refresh_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        busy = [job for job in (refresh.name, daily.name, backfill.name) if is_unfinished(context.instance, job)]
        return dg.SkipReason(f"{busy[0]} has not ended") if busy else dg.RunRequest()

    return dg.Definitions(
        jobs=[
            daily,
            refresh,
            backfill,
            clickstream,
            stream_recount,
            model,
            search_weights,
            weekly_report,
            pair_index,
            retention,
            housekeeping,
        ],
        schedules=[
            at("0 5 * * *", daily.name),
            at("*/5 * * * *", clickstream.name),
            at("15 4 * * *", model.name),
            at("30 4 * * *", stream_recount.name),
            at("40 3 * * *", housekeeping.name),
            at("30 2 * * 0", search_weights.name),  # Sunday night
            at("0 8 * * 1", weekly_report.name),  # Monday, after the daily run and its repetitions
            at("20 3 * * *", retention.name),
            *([refresh_schedule] if settings.refresh_minutes else []),
        ],
        sensors=[stream_watch],
    )
