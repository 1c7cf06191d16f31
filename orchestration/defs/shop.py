"""Shop → raw_shop: one connector run, one asset per stream; and the pseudonyms of the customers it brought."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from comptoir.settings import Settings, get_settings
from ingestion.shop import source_of, sync_shop
from ingestion.sync_report import StreamReport, StreamStatus
from orchestration.columns import column_schemas
from orchestration.specs import table_spec
from privacy.pseudonymise import map_customers

SCHEMA = "raw_shop"
STREAMS = source_of(get_settings()).streams
SHOP_TABLES = [dg.AssetKey([SCHEMA, stream]) for stream in STREAMS]
CUSTOMERS = dg.AssetKey([SCHEMA, "customers"])
PSEUDONYMS = dg.AssetKey(["pii", "customer_pseudonyms"])
PSEUDONYMS_DESCRIPTION = (
    "One row per shop customer: the keyed pseudonym that stands for him everywhere outside raw and pii."
)
DESCRIPTION = "The shop's `{}` as the Airbyte connector gives them: one row per record, latest version."


@dg.multi_asset(
    name="shop_sync",
    specs=[
        *(table_spec(SCHEMA, stream, DESCRIPTION.format(stream), kinds=["airbyte", "postgres"]) for stream in STREAMS),
        table_spec(*PSEUDONYMS.path, PSEUDONYMS_DESCRIPTION, kinds=["python", "postgres"], deps=[CUSTOMERS]),
    ],
    pool="shop",
)
def shop_sync(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """Incremental from the second run on. A failed stream fails the step; the complete ones are kept and shown."""
    report = sync_shop(settings, on_progress=lambda progress: context.log.info(progress.message))
    context.log.info(report.message)
    columns = column_schemas(settings.database_url, SCHEMA)
    for name, stream in report.streams.items():
        if stream.status is StreamStatus.COMPLETE:
            yield dg.MaterializeResult(asset_key=dg.AssetKey([SCHEMA, name]), metadata=_metadata(stream, columns))
    if report.streams["customers"].status is StreamStatus.COMPLETE:
        # in this step and not one of its own: gate_raw asks that every customer has a pseudonym
        added = map_customers(settings.database_url, settings.pseudonym_key, settings.shop_platform)
        yield dg.MaterializeResult(asset_key=PSEUDONYMS, metadata={"rows added": added})
    if not report.success:
        raise dg.Failure(f"The shop was not read completely: {report.message}")


def _metadata(stream: StreamReport, columns: dict[str, dg.TableSchema]) -> dict[str, Any]:
    read = {} if stream.records_emitted is None else {"records read": stream.records_emitted}
    changes = {"schema changes": "; ".join(stream.schema_changes)} if stream.schema_changes else {}
    return {
        **read,
        "rows written": stream.rows_written,
        "seconds": round(stream.seconds, 1),
        "dagster/column_schema": columns[stream.stream],
        **changes,
    }
