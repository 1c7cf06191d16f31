"""Clicks: the Kafka topic as it is, and its landing in raw_clickstream."""

from collections.abc import Iterator

import dagster as dg

from comptoir.settings import Settings, get_settings
from ingestion.clickstream.archive import archive_old_days
from ingestion.clickstream.landing import land
from orchestration.columns import column_schemas
from orchestration.specs import DATA_ENGINEERING, STOREFRONT, table_spec

SCHEMA = "raw_clickstream"
MAX_SECONDS = 240  # the schedule comes every 300 s

TOPIC = dg.AssetKey(["kafka", get_settings().clicks_topic])
DESCRIPTIONS = {
    "events": "One row per event id, for ever.",
    "bad_events": "One row per Kafka record that broke the event contract, with its reason and its bytes.",
    "duplicate_events": "One row per Kafka record whose event id was landed before; a conflict keeps its bytes.",
}
CLICKSTREAM_TABLES = [dg.AssetKey([SCHEMA, table]) for table in DESCRIPTIONS]

topic = table_spec(
    *TOPIC.path,
    "Events after the collector, keyed by visitor. The lander and the stream read them, each with its own offsets.",
    kinds=["kafka"],
    owner=STOREFRONT,
)


@dg.multi_asset(
    name="clickstream_landing",
    specs=[
        table_spec(SCHEMA, table, description, kinds=["python", "postgres"], deps=[TOPIC])
        for table, description in DESCRIPTIONS.items()
    ],
    pool="clickstream",
)
def clickstream_landing(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """Drain both topics up to the ends seen at the start; rows and offsets commit together."""
    topics = [settings.clicks_topic, settings.clicks_bad_topic]
    report = land(settings.bootstrap_servers, settings.database_url, topics, max_seconds=MAX_SECONDS)
    context.log.info(f"{report.records} records landed in {report.seconds:.1f} s")
    columns = column_schemas(settings.database_url, SCHEMA)
    landed = {
        "events": {"rows added": report.events, "records left in Kafka": sum(report.lag.values())},
        "bad_events": {"rows added": report.bad},
        "duplicate_events": {"rows added": report.duplicates, "conflicts": report.conflicts},
    }
    for table, counts in landed.items():
        metadata = {**counts, "dagster/column_schema": columns[table]}
        yield dg.MaterializeResult(asset_key=dg.AssetKey([SCHEMA, table]), metadata=metadata)


@dg.asset(
    key=["archive", "clickstream_events"],
    group_name="archive",
    description="Parquet files of the days that left raw_clickstream.events; each was read back before its day went.",
    owners=[DATA_ENGINEERING],
    kinds={"python", "parquet"},
    deps=[dg.AssetKey([SCHEMA, "events"])],
    pool="clickstream",
)
def clickstream_archive(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult:
    """Move days that are older than the setting allows."""
    archived = archive_old_days(settings.database_url, settings.archive_dir, settings.clicks_live_days)
    for day in archived:
        context.log.info(f"{day.day}: {day.rows} rows to {day.path}")
    return dg.MaterializeResult(
        metadata={
            "days archived": len(archived),
            "rows archived": sum(day.rows for day in archived),
            "bytes written": sum(day.bytes for day in archived),
        }
    )
