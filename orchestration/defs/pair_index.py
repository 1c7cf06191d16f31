"""The pair index: pairs of products counted from raw by Spark, a week in each partition. Runs on demand only."""

from datetime import date

import dagster as dg

from comptoir.settings import Settings
from orchestration.defs.clickstream import SCHEMA
from orchestration.specs import STOREFRONT

WEEKS = dg.WeeklyPartitionsDefinition(start_date="2024-01-01", day_offset=1)  # Mondays, UTC, as in pair_counts
PAIR_INDEX = dg.AssetKey(["serving", "pair_index"])


@dg.asset(
    key=PAIR_INDEX,
    group_name="serving",
    description=(
        "One row per week and pair of products: the weights that the stream keeps in pair_counts, counted from raw by "
        "Spark with the same code. Nothing reads it yet. A backfill counts all its weeks in one run."
    ),
    owners=[STOREFRONT],
    kinds={"spark", "postgres"},
    deps=[dg.AssetKey([SCHEMA, "events"])],
    partitions_def=WEEKS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def pair_index(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Count the weeks of the run and replace their rows."""
    from streaming.pair_index import build_pair_index  # PySpark takes a second to import: not when the graph is loaded
    from streaming.spark import start_spark

    weeks = [date.fromisoformat(key) for key in context.partition_keys]
    spark = start_spark(settings.spark_master, settings.spark_jars_dir, environment=settings.spark_environment)
    try:
        scratch_dir = settings.checkpoint_dir / "pair_index" / context.run.run_id
        first, tasks = min(weeks), settings.spark_index_tasks
        report = build_pair_index(spark, settings.database_url_as("stream"), scratch_dir, first, len(weeks), tasks)
    finally:
        spark.stop()
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": report.pairs,
            "days of raw read": report.days_read,
            "weeks": report.weeks,
            "seconds": round(report.seconds, 1),
        }
    )
