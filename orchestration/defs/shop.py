"""Shop → raw_shop: one sync, one asset per stream; with it the customers' pseudonyms, and raw beside the shop."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from comptoir.settings import Settings, get_settings
from ingestion.reconciliation.findings import Completeness
from ingestion.shop_sync import source_of, sync_shop
from ingestion.sync_report import IngestionError, StreamReport, StreamStatus
from orchestration.columns import column_schemas
from orchestration.specs import table_spec
from privacy.customer_mapping import map_customers

SCHEMA = "raw_shop"
STREAMS = source_of(get_settings()).streams
SHOP_TABLES = [dg.AssetKey([SCHEMA, stream]) for stream in STREAMS]
CUSTOMERS = dg.AssetKey([SCHEMA, "customers"])
PSEUDONYMS = dg.AssetKey(["pii", "customer_pseudonyms"])
PSEUDONYMS_DESCRIPTION = (
    "One row per shop customer: the keyed pseudonym that stands for him everywhere outside raw and pii."
)
DELETED_KEYS = dg.AssetKey([SCHEMA, "deleted_keys"])
DELETED_KEYS_DESCRIPTION = "One row per stream and key that the shop no longer has; staging leaves these rows out."
COMPLETENESS = dg.AssetKey(["ops", "completeness"])
COMPLETENESS_DESCRIPTION = (
    "One row per check of a sync, stream, and of orders day and currency: the shop's counts and totals beside raw's."
)
DESCRIPTION = "The shop's `{}` as the Airbyte connector gives them: one row per record, latest version."


@dg.multi_asset(
    name="shop_sync",
    specs=[
        *(table_spec(SCHEMA, stream, DESCRIPTION.format(stream), kinds=["airbyte", "postgres"]) for stream in STREAMS),
        table_spec(*PSEUDONYMS.path, PSEUDONYMS_DESCRIPTION, kinds=["python", "postgres"], deps=[CUSTOMERS]),
        table_spec(*DELETED_KEYS.path, DELETED_KEYS_DESCRIPTION, kinds=["python", "postgres"], deps=SHOP_TABLES),
        table_spec(*COMPLETENESS.path, COMPLETENESS_DESCRIPTION, kinds=["python", "postgres"], deps=SHOP_TABLES),
    ],
    pool="shop",
)
def shop_sync(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """Incremental from the second run on. A failed stream fails the step; the complete ones are kept and shown."""
    try:
        report = sync_shop(settings, on_progress=lambda progress: context.log.info(progress.message))
    except IngestionError as error:
        raise dg.Failure(str(error)) from error
    context.log.info(report.message)
    job = {"airbyte job": report.job} if report.job else {}
    columns = column_schemas(settings.database_url, SCHEMA)
    for name, stream in report.streams.items():
        if stream.status is StreamStatus.COMPLETE:
            yield dg.MaterializeResult(asset_key=dg.AssetKey([SCHEMA, name]), metadata=_metadata(stream, columns) | job)
    if report.streams["customers"].status is StreamStatus.COMPLETE:
        # in this step and not one of its own: gate_raw asks that every customer has a pseudonym
        added = map_customers(settings.database_url, settings.pseudonym_key.get_secret_value(), settings.shop_platform)
        yield dg.MaterializeResult(asset_key=PSEUDONYMS, metadata={"rows added": added})
    if report.success:
        # raw that is not complete is no failure of this step: gate_raw says so, and stops what comes after
        yield from _compared(report.completeness)
    else:
        raise dg.Failure(f"The shop was not read completely: {report.message}")


def _compared(completeness: Completeness | None) -> Iterator[dg.MaterializeResult]:
    if completeness is None:
        reason = "not compared: without credentials of the shop, or on this platform, it cannot be asked"
        yield dg.MaterializeResult(asset_key=DELETED_KEYS, metadata={"result": reason})
        yield dg.MaterializeResult(asset_key=COMPLETENESS, metadata={"result": reason})
        return
    incomplete = sum(not finding.is_complete for finding in completeness.findings)
    counts = {"comparisons": len(completeness.findings), "not complete": incomplete}
    yield dg.MaterializeResult(asset_key=DELETED_KEYS, metadata={"keys marked": completeness.deleted_count})
    yield dg.MaterializeResult(asset_key=COMPLETENESS, metadata={**counts, "result": completeness.message})


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
