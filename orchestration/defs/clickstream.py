"""Clicks: the Kafka topic as it is, and its landing in raw_clickstream."""

from collections.abc import Iterator

import dagster as dg

from comptoir.settings import Settings, get_settings
from ingestion.kafka_landing import land
from orchestration.columns import column_schemas
from orchestration.specs import STOREFRONT, table_spec

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
