"""Retention: what is older than its term on the map goes, daily, and a check says whether anything is left."""

import dagster as dg

from comptoir.settings import Settings
from orchestration.defs.clickstream import CLICKSTREAM_TABLES
from orchestration.markdown import markdown_table
from orchestration.retention import overdue, retain_all
from orchestration.retrying import repeated_when_away
from orchestration.specs import DATA_ENGINEERING
from privacy.retention import Retained

RETENTION = dg.AssetKey(["privacy", "retention"])


@dg.asset(
    key=RETENTION,
    group_name="privacy",
    description="What was older than its term on privacy/map.yml and went: clicks everywhere, refused bytes, samples,"
    " and the customer of old orders. Sales stay as they are.",
    owners=[DATA_ENGINEERING],
    kinds={"python", "postgres"},
    deps=CLICKSTREAM_TABLES,
    pool="dbt",  # it changes tables of dbt's
)
def retention(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Take it out, and report each term: the rows that went, and the oldest row left."""
    done = []
    with repeated_when_away(context):
        for one in retain_all(settings):
            done.append(one)
            if one.rows_gone:
                context.log.info(f"{one.term.rule.name}: {one.rows_gone:,} rows older than {one.term.days} days")
    return dg.MaterializeResult(
        metadata={
            "rows gone": sum(one.rows_gone for one in done),
            "terms": dg.MetadataValue.md(markdown_table(map(_line, done))),
        }
    )


@dg.asset_check(
    asset=RETENTION,
    name="nothing_is_over_its_term",
    description="No row is older than its term on privacy/map.yml.",
)
def nothing_is_over_its_term(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Count what is too old, and name where it is."""
    found = overdue(settings)
    rows = [{"relation": name, "rows": age.overdue_count} for name, age in found.items()]
    named = ", ".join(f"{row['rows']:,} of {row['relation']}" for row in rows)
    return dg.AssetCheckResult(
        passed=not found,
        description=f"Rows are older than their term: {named}. Run the job retention, or `comptoir privacy retention`."
        if found
        else "Nothing is older than its term.",
        metadata={"overdue": dg.MetadataValue.md(markdown_table(rows))},
    )


@dg.asset_check(
    asset=RETENTION,
    name="kafka_forgets_in_time",
    description="No broker holds a record of the clicks for longer than its topic's term, and a day for its segment.",
)
def kafka_forgets_in_time(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Count the records that are too old. A broker of your own has a retention of its own."""
    from ingestion.clickstream.topic_terms import records_over_term  # Kafka's client: not when the graph is loaded

    found = records_over_term(settings.kafka_as("watcher"), settings.topic_days)
    days = settings.topic_days
    named = "; ".join(f"{count:,} records of {topic} (term {days[topic]} days)" for topic, count in found.items())
    return dg.AssetCheckResult(
        passed=not found,
        description=f"Kafka still holds {named}: give these topics retention.ms of that term and segment.ms of a day."
        if found
        else "Kafka holds no click that is older than its term.",
    )


def _line(one: Retained) -> dict[str, object]:
    oldest = one.age.oldest
    return {
        "relation": one.term.rule.name,
        "days": one.term.days,
        "rows gone": one.rows_gone,
        "oldest left": f"{oldest:%Y-%m-%d}" if oldest else "",
    }
