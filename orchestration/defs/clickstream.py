"""Clicks: the Kafka topic, its landing in raw_clickstream, and the archive of old days."""

from collections.abc import Iterator

import dagster as dg

from comptoir.settings import Settings
from ingestion.clickstream.bad_bytes import forget_old_bytes
from orchestration.columns import column_schemas
from orchestration.promises import LANDED
from orchestration.retrying import repeated_when_away
from orchestration.specs import DATA_ENGINEERING, STOREFRONT, table_spec

SCHEMA = "raw_clickstream"
MAX_SECONDS = 240  # the schedule starts it every 300 s

TOPIC = dg.AssetKey(["kafka", "clicks.v1"])  # by its default name, also where the setting gives it another
DESCRIPTIONS = {
    "events": "One row per event id; days older than a year and a month move to the archive.",
    "bad_events": "One row per Kafka record that breaks the event contract: its reason, and for two weeks its bytes.",
    "duplicate_events": "One row per Kafka record that repeats an event; its bytes, for two weeks, if it differs.",
}
ARCHIVED = dg.AssetKey(["archive", "clickstream_events"])
CLICKSTREAM_TABLES = [dg.AssetKey([SCHEMA, table]) for table in DESCRIPTIONS]

topic = table_spec(
    *TOPIC.path,
    "Events that the collector sent, keyed by visitor. The lander and the stream read them, each with its own offsets.",
    kinds=["kafka"],
    owner=STOREFRONT,
)


@dg.multi_asset(
    name="clickstream_landing",
    specs=[
        table_spec(SCHEMA, table, description, kinds=["python", "postgres"], deps=[TOPIC]).replace_attributes(
            freshness_policy=LANDED
        )
        for table, description in DESCRIPTIONS.items()
    ],
    # no pool: landers exclude each other in Postgres, and a pool would be held by the whole daily run
)
def clickstream_landing(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """Land both topics up to their ends at the start of the run; rows and offsets are committed together."""
    from ingestion.clickstream.landing import land  # Kafka's client: not when the graph is loaded

    topics = [settings.clicks_topic, settings.clicks_bad_topic]
    with repeated_when_away(context):
        report = land(settings.kafka_as("lander"), settings.database_url_as("lander"), topics, max_seconds=MAX_SECONDS)
        columns = column_schemas(settings.database_url_as("lander"), SCHEMA)
    context.log.info(f"{report.records} records landed in {report.seconds:.1f} s")
    landed = {
        "events": {"rows added": report.events, "records left in Kafka": sum(report.lag.values())},
        "bad_events": {"rows added": report.bad},
        "duplicate_events": {"rows added": report.duplicates, "conflicts": report.conflicts},
    }
    for table, counts in landed.items():
        metadata = {**counts, "dagster/column_schema": columns[table]}
        yield dg.MaterializeResult(asset_key=dg.AssetKey([SCHEMA, table]), metadata=metadata)


@dg.asset(
    key=ARCHIVED,
    group_name="archive",
    description="Parquet files of the days moved from raw_clickstream.events; read back before the day was deleted."
    " The bytes of old bad events are forgotten in the same run.",
    owners=[DATA_ENGINEERING],
    kinds={"python", "parquet"},
    deps=[dg.AssetKey([SCHEMA, "events"])],
    pool="archive",
)
def clickstream_archive(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult:
    """Move the days older than COMPTOIR_CLICKS_LIVE_DAYS; forget bytes older than COMPTOIR_BAD_EVENT_DAYS."""
    from ingestion.clickstream.archive import archive_old_days  # pyarrow: not when the graph is loaded

    with repeated_when_away(context):
        forgotten = forget_old_bytes(settings.database_url_as("lander"), settings.bad_event_days)
        archived = archive_old_days(settings.database_url_as("lander"), settings.archive_dir, settings.clicks_live_days)
    for day in archived:
        context.log.info(f"{day.day}: {day.rows} rows to {day.path}")
    return dg.MaterializeResult(
        metadata={
            "days archived": len(archived),
            "rows archived": sum(day.rows for day in archived),
            "bytes written": sum(day.bytes for day in archived),
            "bytes of events forgotten": forgotten,
        }
    )
