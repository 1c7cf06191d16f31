"""The watcher of alerts as Dagster sees it, and the sensor that reports to it and watches it in turn."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
import psycopg

from alerting.condition import Condition
from alerting.listing import ListedAlert, list_alerts
from alerting.outbox import broken_channels
from alerting.probes.dagster import SOURCE
from alerting.reports import write_report
from alerting.watcher import PROCESS, Watcher
from comptoir.settings import Settings, get_settings
from orchestration.check_results import evaluation
from orchestration.conditions.report import dagster_conditions
from orchestration.markdown import markdown_table
from orchestration.quiet_events import only_changes
from orchestration.specs import table_spec

ALERTS = dg.AssetKey(["ops", "alerts"])
IS_ALIVE = dg.AssetCheckKey(ALERTS, "alert_watcher_is_alive")
DELIVERS = dg.AssetCheckKey(ALERTS, "alert_channels_deliver")
OLDEST_HEARTBEAT = timedelta(minutes=3)  # the watcher writes one every half minute

alerts = table_spec(
    *ALERTS.path,
    "One row per time that something was wrong, from its first sight to its end. Written by the watcher (alerting/).",
    kinds=["python", "postgres"],
)


@dataclass(frozen=True)
class WatcherState:
    """The watcher's heartbeat and its broken channels, with the open alerts."""

    age: float | None  # seconds; None = there was none
    broken: list[Condition]
    open_alerts: list[ListedAlert]

    @property
    def is_alive(self) -> bool:
        """Whether the heartbeat is recent enough."""
        return self.age is not None and self.age <= OLDEST_HEARTBEAT.total_seconds()

    @property
    def message(self) -> str:
        """The state as a sentence for an operator."""
        if self.age is None:
            return "The watcher of alerts has never run: start it (`comptoir up`) and see its log."
        if not self.is_alive:
            return f"The watcher's last heartbeat is {self.age:.0f} s old: see `comptoir logs alerts`."
        return "The watcher of alerts is alive."


def read_watcher_state(database_url: str) -> WatcherState:
    """The state as Postgres has it. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select extract(epoch from now() - beat_at)::float8 from ops.heartbeats where process = %s", [PROCESS]
        ).fetchone()
        broken = broken_channels(connection)
    return WatcherState(row[0] if row else None, broken, list_alerts(database_url))


@dg.asset_check(
    asset=ALERTS, name=IS_ALIVE.name, description="The watcher wrote a heartbeat in the last three minutes."
)
def alert_watcher_is_alive(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Check that the last heartbeat is recent."""
    return _alive_result(read_watcher_state(settings.database_url_as("watcher")))


@dg.asset_check(asset=ALERTS, name=DELIVERS.name, description="Every channel takes the messages that are sent to it.")
def alert_channels_deliver(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Check that no channel refuses messages."""
    return _delivers_result(read_watcher_state(settings.database_url_as("watcher")))


@dg.definitions
def alert_definitions() -> dg.Definitions:
    """The asset, its checks, and the sensor."""
    status = dg.DefaultSensorStatus.RUNNING if get_settings().schedules_run else dg.DefaultSensorStatus.STOPPED

    @dg.sensor(
        minimum_interval_seconds=60,
        default_status=status,
        description="Reports failed runs, checks, ticks and stale assets to the watcher, and watches the watcher.",
    )
    def alert_watch(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SensorResult | dg.SkipReason:
        return watch(context, settings)

    return dg.Definitions(
        assets=[alerts], asset_checks=[alert_watcher_is_alive, alert_channels_deliver], sensors=[alert_watch]
    )


def watch(context: dg.SensorEvaluationContext, settings: Settings) -> dg.SensorResult:
    """Report what is wrong, look in the watcher's place while it is away, and show both on `ops/alerts`.

    Raises RuntimeError outside a code location, psycopg.Error.
    """
    repository, now = context.repository_def, datetime.now(UTC)
    if repository is None:
        raise RuntimeError("alert_watch needs the definitions of its code location.")
    write_report(
        settings.database_url_as("watcher"), SOURCE, dagster_conditions(context.instance, repository, settings, now)
    )
    state = read_watcher_state(settings.database_url_as("watcher"))
    if not state.is_alive:
        Watcher(settings).look([_gone(state)], beat=False)
        state = read_watcher_state(settings.database_url_as("watcher"))
    verdicts = [state.is_alive, [one.key for one in state.broken], [one.key for one in state.open_alerts]]
    return only_changes(_events(state), verdicts, context.cursor, now)


def _gone(state: WatcherState) -> Condition:
    return Condition(
        key="watch/process",
        title="the watcher of alerts is gone",
        cause=f"{state.message} Dagster looks in its place, once a minute.",
        caused_by=("postgres/*",),
        patience=OLDEST_HEARTBEAT,
    )


def _events(state: WatcherState) -> list[dg.AssetCheckEvaluation | dg.AssetObservation]:
    """The checks as the sensor reports them, and an observation of the open alerts."""
    results = {IS_ALIVE: _alive_result(state), DELIVERS: _delivers_result(state)}
    evaluations = [evaluation(key, result) for key, result in results.items()]
    rows = [
        {"since": f"{one.opened_at:%Y-%m-%d %H:%M}", "alert": one.key, "what": one.title} for one in state.open_alerts
    ]
    observation = dg.AssetObservation(
        asset_key=ALERTS, metadata={"open": len(rows), "alerts": dg.MetadataValue.md(markdown_table(rows))}
    )
    return [*evaluations, observation]


def _alive_result(state: WatcherState) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=state.is_alive, description=state.message)


def _delivers_result(state: WatcherState) -> dg.AssetCheckResult:
    broken = " ".join(one.cause for one in state.broken)
    return dg.AssetCheckResult(passed=not state.broken, description=broken or "Every channel takes its messages.")
