"""The checks that the stream works, and what a sensor observes of its tables (stream_tables.py)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from comptoir.settings import Settings
from orchestration.check_results import evaluation
from orchestration.defs.stream_tables import STREAM_TABLES
from orchestration.markdown import markdown_table
from orchestration.stream_health import (
    PoisonRecords,
    StreamHealth,
    TableState,
    read_poison,
    read_stream_health,
    read_tables,
)
from streaming.recompute import compare_with_raw

RECOMMENDATIONS = STREAM_TABLES["recommendations"]
SHOWN_DIFFERENCES = 20
HEARTBEAT = dg.AssetCheckKey(RECOMMENDATIONS, "stream_heartbeat")
NO_POISON = dg.AssetCheckKey(RECOMMENDATIONS, "no_poison_records")
RECOUNT = dg.AssetCheckKey(RECOMMENDATIONS, "counts_equal_recompute")


@dg.asset_check(
    asset=RECOMMENDATIONS, name=HEARTBEAT.name, description="The stream wrote a heartbeat in the last minute."
)
def stream_heartbeat(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Check that the last heartbeat is recent."""
    return _heartbeat_result(read_stream_health(settings.database_url_as("stream")))


@dg.asset_check(
    asset=RECOMMENDATIONS,
    name=RECOUNT.name,
    description="The stream's counts equal a recomputation from raw_clickstream (invariant I3).",
)
def counts_equal_recompute(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Compare the stream's counts with a recomputation, and show the first differences."""
    comparison = compare_with_raw(settings.database_url_as("stream"), SHOWN_DIFFERENCES)
    differing = [
        {"table": one.table, "key": one.key, "stream": one.in_state, "raw": one.from_raw}
        for one in comparison.differences
    ]
    return dg.AssetCheckResult(
        passed=comparison.is_equal,
        description=comparison.message,
        metadata={"differences": dg.MetadataValue.md(markdown_table(differing)), **comparison.rows},
    )


@dg.asset_check(
    asset=RECOMMENDATIONS,
    name=NO_POISON.name,
    description="Every record could be counted. One that could not is set apart with its reason; the stream goes on.",
)
def no_poison_records(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Warn of records that the stream has set apart, and show the newest."""
    return _poison_result(read_poison(settings.database_url_as("stream"), SHOWN_DIFFERENCES))


def observe_stream(settings: Settings) -> dg.SensorResult:
    """Evaluate the checks of heartbeat and poison, and observe every table of the stream, for the sensor."""
    health = read_stream_health(settings.database_url_as("stream"))
    poison = read_poison(settings.database_url_as("stream"), SHOWN_DIFFERENCES)
    evaluations = [
        evaluation(HEARTBEAT, _heartbeat_result(health)),
        evaluation(NO_POISON, _poison_result(poison)),
    ]
    observations = [_observation(state, health) for state in read_tables(settings.database_url_as("stream"))]
    return dg.SensorResult(asset_events=[*evaluations, *observations])


def _heartbeat_result(health: StreamHealth) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=health.is_alive, description=health.message, metadata=_health_metadata(health))


def _poison_result(poison: PoisonRecords) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not poison.count,
        severity=dg.AssetCheckSeverity.WARN,
        description=poison.message,
        metadata={"records": dg.MetadataValue.md(markdown_table(poison.newest))},
    )


def _observation(state: TableState, health: StreamHealth) -> dg.AssetObservation:
    metadata: dict[str, Any] = {"dagster/row_count": state.rows, **_health_metadata(health)}
    if state.computed_at:
        metadata["newest event"] = dg.MetadataValue.timestamp(state.computed_at)
    return dg.AssetObservation(asset_key=STREAM_TABLES[state.table], metadata=metadata)


def _lag(health: StreamHealth) -> int | str | None:
    """The lag at the last heartbeat; of a stream that stands still it is not known, and grows."""
    if health.is_alive or health.age is None:
        return health.lag
    since = datetime.now(UTC) - timedelta(seconds=health.age)
    return f"unknown since {since:%Y-%m-%d %H:%M:%S} UTC"


def _health_metadata(health: StreamHealth) -> dict[str, Any]:
    known = {
        "seconds since heartbeat": None if health.age is None else round(health.age, 1),
        "events not read yet": _lag(health),
        "records set apart": health.details.get("set_apart"),
    }
    return {name: value for name, value in known.items() if value is not None}
