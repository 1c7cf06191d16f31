"""Keeps what each sync of the shop did in ops.shop_syncs; source freshness reads there when a stream last went well."""

from __future__ import annotations

import psycopg

from ingestion.sync_report import SyncReport

KEPT = "400 days"


def log_sync(database_url: str, report: SyncReport) -> None:
    """Add a row per stream of the sync; older ones than KEPT go. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.shop_syncs (finished_at, stream, status, records_emitted, rows_written, error)"
            " values (now(), %s, %s, %s, %s, %s)",
            [
                (stream.stream, stream.status, stream.records_emitted, stream.rows_written, stream.error)
                for stream in report.streams.values()
            ],
        )
        cursor.execute("delete from ops.shop_syncs where finished_at < now() - %s::interval", [KEPT])
