"""Shop → raw_shop: one sync, one asset per stream; also the customers' pseudonyms and the comparison with the shop."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from comptoir.settings import Settings, get_settings
from ingestion.reconciliation.findings import Completeness
from ingestion.shop_source import streams_of
from ingestion.sync_report import IngestionError, StreamReport, StreamStatus
from orchestration.columns import column_schemas
from orchestration.retrying import repeated_when_away
from orchestration.specs import table_spec

SCHEMA = "raw_shop"
STREAMS = streams_of(get_settings().shop_platform)  # all that loading the graph needs to know of the shop
SHOP_TABLES = [dg.AssetKey([SCHEMA, stream]) for stream in STREAMS]
CUSTOMERS = dg.AssetKey([SCHEMA, "customers"])
PSEUDONYMS = dg.AssetKey(["pii", "customer_pseudonyms"])
PSEUDONYMS_DESCRIPTION = (
    "One row per shop customer: the keyed pseudonym that stands for them everywhere outside raw and pii."
)
DELETED_KEYS = dg.AssetKey([SCHEMA, "deleted_keys"])
DELETED_KEYS_DESCRIPTION = "One row per stream and key that the shop no longer has; staging leaves these rows out."
COMPLETENESS = dg.AssetKey(["ops", "completeness"])
COMPLETENESS_DESCRIPTION = (
    "One row per check of a sync and stream, for orders per day and currency: counts and totals of the shop and of raw."
)
DESCRIPTION = "The shop's `{}` as the Airbyte connector delivers them: one row per record, latest version."


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
    """Read the shop, incrementally from the second run on, and materialise the streams that are complete.

    Raises dagster.Failure when the shop cannot be read or one of its streams is not complete.
    """
    from ingestion.shop_sync import sync_shop  # Airbyte's client: not when the graph is loaded

    try:
        with repeated_when_away(context):
            report = sync_shop(settings, on_progress=lambda progress: context.log.info(progress.message))
    except IngestionError as error:
        raise dg.Failure(str(error)) from error
    context.log.info(report.message)
    job = {"airbyte job": report.job} if report.job else {}
    columns = column_schemas(settings.database_url_as("loader"), SCHEMA)
    for name, stream in report.streams.items():
        if stream.status is StreamStatus.COMPLETE:
            yield dg.MaterializeResult(asset_key=dg.AssetKey([SCHEMA, name]), metadata=_metadata(stream, columns) | job)
    if report.pseudonyms_added is not None:
        yield dg.MaterializeResult(asset_key=PSEUDONYMS, metadata={"rows added": report.pseudonyms_added})
    if report.success:
        # incomplete raw data does not fail this step: gate_raw reports it and blocks what comes after
        yield from _compared(report.completeness)
    else:
        raise dg.Failure(f"The shop was not read completely: {report.message}")


def _compared(completeness: Completeness | None) -> Iterator[dg.MaterializeResult]:
    if completeness is None:
        reason = "not compared: no credentials of the shop are set, or its platform has no census"
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
