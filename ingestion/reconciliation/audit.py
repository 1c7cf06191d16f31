"""The check after a sync: raw beside the shop, in a window of changes always and key by key from time to time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from ingestion.reconciliation import findings, keys
from ingestion.reconciliation.census import ShopListing
from ingestion.reconciliation.deleted_keys import kept, mark_members, mark_told
from ingestion.reconciliation.findings import Completeness, Finding, Window
from ingestion.reconciliation.keys import compare_keys
from ingestion.reconciliation.orders import compare_orders
from ingestion.sync_report import IngestionError

COUNT = "count"
START_DAY = timedelta(days=1)  # not compared: where it begins depends on a time zone


class ShopAudit:
    """One check: made before the sync, which fixes what it looks at; `check` compares after it."""

    def __init__(
        self,
        database_url: str,
        listing: ShopListing,
        start: datetime,
        timezone: str,
        keys_every: timedelta,
        deleted_share_limit: float = 0.5,
    ) -> None:
        """`start`: what was changed before, the connector does not read. `timezone` is the shop's.

        Raises IngestionError when the shop does not answer.
        """
        self._database_url, self._listing, self._timezone = database_url, listing, timezone
        self._deleted_share_limit = deleted_share_limit
        with psycopg.connect(database_url) as connection:
            self._window = findings.window(connection, start + START_DAY, listing.now())
            was_complete, again_from = findings.last_check(connection)
            compared_at = findings.last_measured(connection, keys.MEASURE)
        # what the sync must read again, although it was read
        self.again_from = None if was_complete else again_from or self._window.since
        self._keys_are_due = not was_complete or not compared_at or datetime.now(UTC) - compared_at > keys_every

    def check(self) -> Completeness:
        """Compare and keep the result in ops.completeness. A shop that does not answer is a finding, too."""
        report = Completeness()
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            report.deleted_count += mark_told(connection)
            try:
                self._compare(connection, report, self._window)
            except IngestionError as error:
                message = f"raw could not be compared with the shop: {error}"
                report.findings.append(Finding("shop", "check", message=message))
            findings.save(connection, report.findings, self._window.until)
        return report

    def _compare(self, connection: psycopg.Connection, report: Completeness, window: Window) -> None:
        shown_from = self._listing.orders_from()
        orders = self._listing.orders_changed_since(window.since)
        found, deleted = compare_orders(connection, orders, window, shown_from, self._timezone)
        report.findings += found
        report.deleted_count += deleted
        counts = self._counts(connection, window, shown_from)
        report.findings += counts
        if self._keys_are_due or any(count.shop_count != count.raw_count for count in counts):
            for stream in self._listing.streams:
                finding, deleted = compare_keys(
                    connection,
                    self._listing,
                    stream,
                    window,
                    shown_from if stream.stream == "orders" else None,
                    self._deleted_share_limit,
                )
                report.findings.append(finding)
                report.deleted_count += deleted
            report.deleted_count += mark_members(connection)

    def _counts(self, connection: psycopg.Connection, window: Window, shown_from: datetime | None) -> list[Finding]:
        """Raw having more is right here: it makes keys be compared, which also tells from when to read again."""
        since = max(window.start, shown_from or window.start)
        findings = []
        for stream, shop_count in self._listing.counts(since, window.until).items():
            query = f"select count(*) from raw_shop.{stream} as raw where raw.created_at between %s and %s and "
            condition = kept(connection, stream).as_string(connection)
            row = connection.execute((query + condition).encode(), [since, window.until]).fetchone()
            raw_count = row[0] if row else 0
            message = ""
            if raw_count < shop_count:
                message = f"the shop has {shop_count} {stream} made since {since:%Y-%m-%d}, raw {raw_count}"
            findings.append(Finding(stream, COUNT, shop_count, raw_count, message=message))
        return findings
