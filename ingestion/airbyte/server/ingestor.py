"""Syncs through an Airbyte server: finds or creates the connection, follows a job, counts the rows it wrote."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from airbyte_api import models
from psycopg import sql

from ingestion.airbyte.destination.columns import database_name
from ingestion.airbyte.lock import sync_lock
from ingestion.airbyte.scrub import scrub
from ingestion.airbyte.server.client import connected
from ingestion.airbyte.server.jobs import POLL_SECONDS, run_job
from ingestion.airbyte.server.setup import ConnectionPlan, ensure_connection
from ingestion.connectors.spec import Source
from ingestion.forgotten_customers import forget_suppressed
from ingestion.sync_report import OnProgress, StreamReport, StreamStatus, SyncReport, ignore_progress

SYNC_SECONDS = 4 * 3600.0
JOB_DAY = timedelta(days=1)  # no job runs longer


@dataclass(frozen=True)
class JobProgress:
    """State of a job as its server reports it; `rows` of all streams so far."""

    job_id: int
    status: str
    rows: int | None

    @property
    def message(self) -> str:
        """One line: status and rows."""
        return f"Airbyte job {self.job_id}: {self.status}" + (f", {self.rows} rows" if self.rows else "")


@dataclass(frozen=True)
class ServerIngestor:
    """An `Ingestor` that lets an Airbyte server (self-managed or Cloud) read and write.

    `base_url` is that of the API, `name` that of the connection in Airbyte. `database_url` is the warehouse as this
    process reaches it, `server_database_url` as the server does. A job may take `seconds`.
    """

    base_url: str
    access: models.Security
    name: str
    database_url: str
    server_database_url: str
    workspace: str = ""
    schema: str = "raw_shop"
    seconds: float = SYNC_SECONDS
    poll_seconds: float = POLL_SECONDS

    def sync(
        self, source: Source, on_progress: OnProgress = ignore_progress, resync_since: datetime | None = None
    ) -> SyncReport:
        """Run one job of the connection. It has no status per stream, so after a failed job none counts as complete.

        With `resync_since` the server reads everything again: its cursors cannot be set back. Raises
        AirbyteServerError when the server cannot be reached or refuses us, or the job exceeds its time limit;
        IngestionError when another sync is running, psycopg.Error when Postgres fails.
        """
        started = time.monotonic()
        kind = models.JobTypeEnum.REFRESH if resync_since else models.JobTypeEnum.SYNC
        plan = ConnectionPlan(self.name, source, self.server_database_url, self.schema, self.workspace)

        def report_job(job: models.JobResponse) -> None:
            on_progress(JobProgress(job.job_id, job.status.value, job.rows_synced))

        with sync_lock(self.database_url, self.schema) as connection:
            with connected(self.base_url, self.access) as client:
                connection_id = ensure_connection(client, plan)
                job = run_job(client, connection_id, report_job, self.seconds, kind, self.poll_seconds)
            # also after a failed job; it may have begun before it was adopted here
            scrub(connection, self.schema, source.kept, source.unread, datetime.now(UTC) - JOB_DAY)
            forget_suppressed(connection, source.persons, self.schema)
            report = self._report(connection, source, job)
        report.seconds = time.monotonic() - started
        for stream in report.streams.values():
            stream.seconds = report.seconds
            on_progress(stream)
        return report

    def _report(self, connection: psycopg.Connection, source: Source, job: models.JobResponse) -> SyncReport:
        succeeded = job.status is models.JobStatusEnum.SUCCEEDED
        report = SyncReport(job=f"{job.job_id} of connection {self.name!r} at {self.base_url}")
        if not succeeded:
            report.error = f"Airbyte job {report.job} ended as {job.status.value}: see its log in Airbyte"
        for name in source.streams:
            written = _rows_of_job(connection, self.schema, name, job.job_id)
            stream = StreamReport(name, StreamStatus.COMPLETE, None, written or 0)
            if written is None:
                stream.status, stream.error = (
                    StreamStatus.FAILED,
                    "there is no table of this stream: is it switched on in the Airbyte connection?",
                )
            elif not succeeded:
                stream.status = StreamStatus.PARTIAL if written else StreamStatus.FAILED
                stream.error = f"Airbyte job {job.job_id} ended as {job.status.value}"
            report.streams[name] = stream
        return report


def _rows_of_job(connection: psycopg.Connection, schema: str, stream: str, job_id: int) -> int | None:
    """Rows of a stream's table that the job wrote; None when there is no table. The job's id is Airbyte's sync id."""
    table = sql.Identifier(schema, database_name(stream))
    known = connection.execute("select to_regclass(%s)", [table.as_string(connection)]).fetchone()
    if not known or known[0] is None:
        return None
    query = sql.SQL("select count(*) from {} where _airbyte_meta ->> 'sync_id' = %s").format(table)
    row = connection.execute(query, [str(job_id)]).fetchone()
    return row[0] if row else 0
