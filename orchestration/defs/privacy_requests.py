"""Requests of persons about their data: their deadline is watched, and their journal, which says who was forgotten."""

import dagster as dg
import psycopg

from comptoir.settings import Settings
from orchestration.specs import table_spec
from privacy.deadlines import read_deadlines
from privacy.erasure import lines_missing
from privacy.journal import Journal, JournalError

REQUESTS = dg.AssetKey(["pii", "privacy_requests"])
IN_TIME = dg.AssetCheckKey(REQUESTS, "requests_are_answered_in_time")
UNBROKEN = dg.AssetCheckKey(REQUESTS, "journal_is_unbroken")

requests = table_spec(
    *REQUESTS.path,
    "One row per request of a person about their data, by the shop's webhook or by hand. Answered by an operator.",
    kinds=["postgres"],
)


@dg.asset_check(
    asset=REQUESTS,
    name=IN_TIME.name,
    description="Every open request is younger than twenty days; the law gives a month.",
)
def requests_are_answered_in_time(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Warn of requests that are due soon, and fail with those that are late."""
    with psycopg.connect(settings.database_url_as("privacy")) as connection:
        found = read_deadlines(connection)
    return dg.AssetCheckResult(
        passed=not found.late_count and not found.near_count,
        severity=dg.AssetCheckSeverity.ERROR if found.late_count else dg.AssetCheckSeverity.WARN,
        description=found.message,
        metadata={"late": found.late_count, "due soon": found.near_count},
    )


@dg.asset_check(
    asset=REQUESTS,
    name=UNBROKEN.name,
    description="No line of the journal of requests was changed, removed or inserted: each holds the hash of the one"
    " before, and every erasure that the database knows is in it.",
)
def journal_is_unbroken(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Follow the chain from the first line, and look for erasures that it lacks."""
    journal = Journal(settings.privacy_journal)
    try:
        lines = sum(1 for _ in journal.entries())
        with psycopg.connect(settings.database_url_as("privacy")) as connection:
            missing = lines_missing(connection, journal)
    except JournalError as error:
        return dg.AssetCheckResult(passed=False, description=str(error))
    if missing:
        return dg.AssetCheckResult(
            passed=False,
            description=f"{missing:,} erasures of the database are not in {settings.privacy_journal}: its end was cut,"
            " or it is another installation's. Restore it from a copy: without it a restored database forgets nobody.",
        )
    return dg.AssetCheckResult(passed=True, description=f"{lines:,} lines follow each other.")
