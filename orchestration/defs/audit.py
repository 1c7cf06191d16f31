"""The audit log of raw: a check says whether anybody changed what stands in it."""

import dagster as dg
import psycopg

from comptoir.audit import check_chain
from comptoir.settings import Settings
from orchestration.specs import table_spec

AUDIT_LOG = dg.AssetKey(["ops", "audit_log"])
CHAINED = dg.AssetCheckKey(AUDIT_LOG, "audit_log_is_unbroken")

audit_log = table_spec(
    *AUDIT_LOG.path,
    "One row per command or run that changed raw data, and who did it; each holds the hash of the one before.",
    kinds=["postgres"],
)


@dg.asset_check(
    asset=AUDIT_LOG,
    name=CHAINED.name,
    description="No line of ops.audit_log was changed, removed or inserted: each holds the hash of the one before.",
)
def audit_log_is_unbroken(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Follow the chain from its first line."""
    with psycopg.connect(settings.database_url_as("privacy")) as connection:
        chain = check_chain(connection)
    if chain.first_broken is not None:
        return dg.AssetCheckResult(
            passed=False,
            description=f"Line {chain.first_broken} of ops.audit_log does not follow the one before: one of them was"
            " changed or removed. Compare with a backup, and find out who logged in as the owner.",
        )
    return dg.AssetCheckResult(passed=True, description=f"{chain.lines_count:,} lines follow each other.")
