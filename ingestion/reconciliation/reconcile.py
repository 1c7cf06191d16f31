"""Compares raw_shop with the shop after a sync: recent changes every time, every key from time to time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from ingestion.reconciliation import findings, keys
from ingestion.reconciliation.census import ShopCensus
from ingestion.reconciliation.deleted_keys import mark_children, mark_reported_deletions, not_deleted
from ingestion.reconciliation.findings import Completeness, Finding, Window
from ingestion.reconciliation.keys import compare_keys
from ingestion.reconciliation.orders import compare_orders
from ingestion.sync_report import IngestionError

COUNT = "count"
START_DAY = timedelta(days=1)  # not compared: where it begins depends on a time zone


@dataclass(frozen=True)
class Plan:
    """What one check looks at, fixed before the sync it belongs to."""

    window: Window
    resync_since: datetime | None  # the sync must read again what changed since then; None: nothing
    compares_keys: bool


@dataclass(frozen=True)
class Reconciliation:
    """One check of raw_shop against the shop: `plan` before the sync, `compare` after it.

    The connector reads only what changed after `start`. `timezone` is the shop's. Every key is compared when the
    last comparison of keys is older than `keys_every`. When more than `deleted_share_limit` (0 to 1) of a stream's
    keys are missing in the shop's list, the list is not believed.
    """

    database_url: str
    census: ShopCensus
    start: datetime
    timezone: str
    keys_every: timedelta
    deleted_share_limit: float = 0.5

    def plan(self) -> Plan:
        """What to compare and what to read again, from the checks before this one.

        Raises IngestionError when the shop does not answer, psycopg.Error when Postgres fails.
        """
        with psycopg.connect(self.database_url) as connection:
            window = findings.window(connection, self.start + START_DAY, self.census.now())
            was_complete, resync_since = findings.last_check(connection)
            compared_at = findings.last_measured(connection, keys.MEASURE)
        return Plan(
            window,
            None if was_complete else resync_since or window.since,
            not was_complete or not compared_at or datetime.now(UTC) - compared_at > self.keys_every,
        )

    def compare(self, plan: Plan) -> Completeness:
        """Compare and save the result in ops.completeness.

        A shop that does not answer is a finding, too. Raises psycopg.Error when Postgres fails.
        """
        report = Completeness()
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            report.deleted_count += mark_reported_deletions(connection)
            try:
                self._compare(connection, report, plan)
            except IngestionError as error:
                message = f"raw could not be compared with the shop: {error}"
                report.findings.append(Finding("shop", "check", message=message))
            findings.save(connection, report.findings, plan.window.until)
        return report

    def _compare(self, connection: psycopg.Connection, report: Completeness, plan: Plan) -> None:
        window, visible_since = plan.window, self.census.orders_visible_since()
        orders = self.census.orders_changed_since(window.since)
        found, deleted = compare_orders(connection, orders, window, visible_since, self.timezone)
        report.findings += found
        report.deleted_count += deleted
        counts = self._counts(connection, window, visible_since)
        report.findings += counts
        if plan.compares_keys or any(count.shop_count != count.raw_count for count in counts):
            for stream in self.census.streams:
                finding, deleted = compare_keys(
                    connection,
                    self.census,
                    stream,
                    window,
                    visible_since if stream.stream == "orders" else None,
                    self.deleted_share_limit,
                )
                report.findings.append(finding)
                report.deleted_count += deleted
            report.deleted_count += mark_children(connection)

    def _counts(self, connection: psycopg.Connection, window: Window, visible_since: datetime | None) -> list[Finding]:
        """A finding per stream that the shop counts.

        More in raw than in the shop is no error here: it triggers the comparison of keys, which also finds from
        when to read again.
        """
        since = max(window.start, visible_since or window.start)
        findings = []
        for stream, shop_count in self.census.counts(since, window.until).items():
            query = f"select count(*) from raw_shop.{stream} as raw where raw.created_at between %s and %s and "
            condition = not_deleted(connection, stream).as_string(connection)
            row = connection.execute((query + condition).encode(), [since, window.until]).fetchone()
            raw_count = row[0] if row else 0
            message = ""
            if raw_count < shop_count:
                message = f"the shop has {shop_count} {stream} created since {since:%Y-%m-%d}, raw {raw_count}"
            findings.append(Finding(stream, COUNT, shop_count, raw_count, message=message))
        return findings
