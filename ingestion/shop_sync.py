"""One sync of the shop into raw_shop: read what changed, map new customers to pseudonyms, compare raw with the shop."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import psycopg

from comptoir.settings import Settings
from ingestion.ingestor import ingestor_of
from ingestion.reconciliation.census import ShopCensus
from ingestion.reconciliation.deleted_keys import has_table
from ingestion.reconciliation.reconcile import Reconciliation
from ingestion.shop_source import open_census, signed_in, source_of
from ingestion.sync_log import log_sync
from ingestion.sync_report import OnProgress, StreamStatus, SyncReport, ignore_progress
from privacy.customer_mapping import map_customers


def sync_shop(
    settings: Settings, on_progress: OnProgress = ignore_progress, since: datetime | None = None
) -> SyncReport:
    """Read what changed in the shop since the last sync into raw_shop, by the ingestor that the settings name.

    With `since` also what changed since then, although it was read before. Streams that failed are in the report, the
    others are complete. Customers read now have a pseudonym afterwards (`pseudonyms_added`). When every stream
    succeeded and the shop can be asked, the report also says whether raw holds what the shop has (`completeness`). What
    each stream did is kept in ops.shop_syncs. Raises IngestionError when nothing could be read at all, psycopg.Error
    when Postgres fails.
    """
    settings = signed_in(settings)
    source, ingestor = source_of(settings), ingestor_of(settings)
    with open_census(settings) as census:
        reconciliation = _reconciliation(settings, census) if census else None
        plan = reconciliation.plan() if reconciliation else None
        moments = [moment for moment in (since, plan.resync_since if plan else None) if moment]
        report = ingestor.sync(source, on_progress, min(moments, default=None))
        log_sync(settings.database_url_as("loader"), report)
        report.pseudonyms_added = _map_customers(settings, report)
        if reconciliation and plan and report.success:
            report.completeness = reconciliation.compare(plan)
            on_progress(report.completeness)
        return report


def _reconciliation(settings: Settings, census: ShopCensus) -> Reconciliation:
    return Reconciliation(
        settings.database_url_as("loader"),
        census,
        datetime.combine(settings.shop_start_date, time(), UTC),
        settings.shop_timezone,
        timedelta(hours=settings.key_comparison_hours),
        settings.deleted_share_limit,
    )


def _map_customers(settings: Settings, report: SyncReport) -> int | None:
    """None when the customers were not read completely, or no order was ever read."""
    if report.streams["customers"].status is not StreamStatus.COMPLETE:
        return None
    with psycopg.connect(settings.database_url_as("loader")) as connection:
        if not has_table(connection, "orders"):  # an order names customers, too
            return None
    return map_customers(
        settings.database_url_as("privacy"), settings.pseudonym_key.get_secret_value(), settings.shop_platform
    )
