"""What the stream keeps in `serving`, and how we know that it does.

The stream is a supervised process, not a Dagster run: nothing on the way of a click waits for an orchestrator. Its
tables are external assets, observed by a sensor and checked.
"""

from typing import Any

import dagster as dg

from comptoir.settings import Settings, get_settings
from orchestration.defs.clickstream import TOPIC
from orchestration.markdown import markdown_table
from orchestration.specs import STOREFRONT, table_spec
from orchestration.stream_health import StreamHealth, TableState, read_stream_health, read_tables
from streaming.recompute import compare_with_raw

DESCRIPTIONS = {
    "recommendations": "Per visitor, slot, rank: the products for him, as of his last click. Written by the stream.",
    "product_neighbours": "Per product and kind (similar, together): its neighbours by rank. Written by the stream.",
    "trending": "Per category ('' = all): what is wanted now, by rank. Written by the stream.",
}
STREAM_TABLES = {table: dg.AssetKey(["serving", table]) for table in DESCRIPTIONS}
stream_tables = [
    table_spec("serving", table, description, kinds=["spark", "postgres"], owner=STOREFRONT, deps=[TOPIC])
    for table, description in DESCRIPTIONS.items()
]
RECOMMENDATIONS = STREAM_TABLES["recommendations"]
SHOWN_DIFFERENCES = 20
HEARTBEAT = dg.AssetCheckKey(RECOMMENDATIONS, "stream_heartbeat")
RECOUNT = dg.AssetCheckKey(RECOMMENDATIONS, "counts_equal_recompute")


@dg.asset_check(
    asset=RECOMMENDATIONS, name=HEARTBEAT.name, description="The stream gave a sign of life in the last minute."
)
def stream_heartbeat(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    heartbeat = read_stream_health(settings.database_url)
    return dg.AssetCheckResult(
        passed=heartbeat.is_alive, description=heartbeat.message, metadata=_heartbeat_metadata(heartbeat)
    )


@dg.asset_check(
    asset=RECOMMENDATIONS,
    name=RECOUNT.name,
    description="The stream's counts equal a recomputation from raw_clickstream (invariant I3).",
)
def counts_equal_recompute(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    comparison = compare_with_raw(settings.database_url, SHOWN_DIFFERENCES)
    differing = [
        {"table": one.table, "key": one.key, "stream": one.in_state, "raw": one.from_raw}
        for one in comparison.differences
    ]
    return dg.AssetCheckResult(
        passed=comparison.is_equal,
        description=comparison.message,
        metadata={"differences": dg.MetadataValue.md(markdown_table(differing)), **comparison.rows},
    )


@dg.sensor(
    name="stream_watch",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING if get_settings().schedules_run else dg.DefaultSensorStatus.STOPPED,
    description="Reports the stream's heartbeat and the rows it keeps, without starting a run.",
)
def stream_watch(settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
    heartbeat = read_stream_health(settings.database_url)
    evaluation = dg.AssetCheckEvaluation(
        asset_key=RECOMMENDATIONS,
        check_name=HEARTBEAT.name,
        passed=heartbeat.is_alive,
        description=heartbeat.message,
        metadata=_heartbeat_metadata(heartbeat),
    )
    observations = [_observation(state, heartbeat) for state in read_tables(settings.database_url)]
    return dg.SensorResult(asset_events=[evaluation, *observations])


def _observation(state: TableState, heartbeat: StreamHealth) -> dg.AssetObservation:
    metadata: dict[str, Any] = {"dagster/row_count": state.rows, **_heartbeat_metadata(heartbeat)}
    if state.computed_at:
        metadata["newest event"] = dg.MetadataValue.timestamp(state.computed_at)
    return dg.AssetObservation(asset_key=STREAM_TABLES[state.table], metadata=metadata)


def _heartbeat_metadata(heartbeat: StreamHealth) -> dict[str, Any]:
    known = {
        "seconds since heartbeat": None if heartbeat.age is None else round(heartbeat.age, 1),
        "events not read yet": heartbeat.lag,
    }
    return {name: value for name, value in known.items() if value is not None}
