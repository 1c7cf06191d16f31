"""The index from history: pairs of products counted anew by Spark, a week a partition, and how the stream differs."""

from datetime import date, timedelta

import dagster as dg

from comptoir.settings import Settings
from orchestration.defs.clickstream import SCHEMA
from orchestration.specs import STOREFRONT

WEEKS = dg.WeeklyPartitionsDefinition(start_date="2024-01-01", day_offset=1)  # Mondays, UTC, as in pair_counts
PAIR_INDEX = dg.AssetKey(["serving", "pair_index"])
DRIFT = dg.AssetCheckSpec(
    "stream_equals_batch",
    asset=PAIR_INDEX,
    description="The stream's pair counts of these weeks are those that the batch counts from raw.",
)


@dg.asset(
    key=PAIR_INDEX,
    group_name="serving",
    description=(
        "Per week and pair of products: the weights that the stream keeps in pair_counts, counted from raw by Spark "
        "with the same code. A backfill counts all its weeks in one run."
    ),
    owners=[STOREFRONT],
    kinds={"spark", "postgres"},
    deps=[dg.AssetKey([SCHEMA, "events"])],
    partitions_def=WEEKS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[DRIFT],
)
def pair_index(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Count the weeks of the run and replace them, then look whether the stream has counted the same."""
    from streaming.drift import measure_drift
    from streaming.pair_index import (
        build_pair_index,  # PySpark takes a second to import: loading the graph does not wait for it
    )
    from streaming.spark import start_spark

    weeks = [date.fromisoformat(key) for key in context.partition_keys]
    spark = start_spark(settings.spark_master, settings.spark_jars_dir)
    try:
        scratch_dir = settings.checkpoint_dir / "pair_index" / context.run.run_id
        report = build_pair_index(spark, settings.database_url, scratch_dir, min(weeks), len(weeks))
    finally:
        spark.stop()
    drift = measure_drift(settings.database_url, min(weeks), max(weeks) + timedelta(weeks=1))
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": report.pairs,
            "days of raw read": report.days_read,
            "weeks": report.weeks,
            "seconds": round(report.seconds, 1),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=DRIFT.name,
                passed=drift.is_tolerable,
                description=drift.message,
                metadata={"pairs": drift.pairs, "pairs that differ": drift.differing, "share of weight": drift.share},
            )
        ],
    )
