"""Syncs a source without an Airbyte server: its unmodified connector as a subprocess, its records into Postgres."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingestion.airbyte.destination.writer import AirbyteDestination
from ingestion.airbyte.discovery import discover
from ingestion.airbyte.lock import sync_lock
from ingestion.airbyte.scrub import scrub
from ingestion.airbyte.sync_run import SyncRun
from ingestion.connectors.spec import ConnectorSpec, Source
from ingestion.forgotten_customers import Forgotten, Persons
from ingestion.projection import Kept
from ingestion.sync_report import OnProgress, SyncReport, ignore_progress

SYNC_SECONDS = 4 * 3600.0


@dataclass(frozen=True)
class ConnectorIngestor:
    """An `Ingestor` that runs the connector as a subprocess.

    `work_dir` holds the connector's catalog and the private folders of its runs, `schema` the raw tables.
    """

    database_url: str
    work_dir: Path
    schema: str = "raw_shop"

    def sync(
        self, source: Source, on_progress: OnProgress = ignore_progress, resync_since: datetime | None = None
    ) -> SyncReport:
        """`sync` below; with `resync_since` the look-back reaches back to that moment. Raises what `sync` raises."""
        look_back = max(source.look_back, datetime.now(UTC) - resync_since) if resync_since else source.look_back
        return sync(
            source.connector,
            source.config,
            list(source.streams),
            self.database_url,
            self.work_dir,
            on_progress,
            schema=self.schema,
            look_back=look_back,
            kept=source.kept,
            unread=source.unread,
            persons=source.persons,
            whole_streams=source.whole_streams,
            whole_config=source.whole_config,
        )


def sync(
    connector: ConnectorSpec,
    config: dict[str, Any],
    streams: list[str],
    database_url: str,
    work_dir: Path,
    on_progress: OnProgress = ignore_progress,
    seconds: float = SYNC_SECONDS,
    schema: str = "raw_shop",
    look_back: timedelta = timedelta(),
    kept: Mapping[str, Kept] | None = None,
    unread: Sequence[str] = (),
    persons: Persons | None = None,
    whole_streams: Collection[str] = (),
    whole_config: Mapping[str, Any] | None = None,
) -> SyncReport:
    """Read `streams` from where the last sync ended, less `look_back`, and write them to `schema`.

    Those of `whole_streams` without a saved state are read first, by a connector of their own that has the options
    `whole_config`, too. `seconds` is the time limit of a read. Of streams in `kept` only these properties are stored,
    also of rows that an earlier version stored; `unread` are streams whose tables are emptied, `persons` says where
    records name a customer, who may have been erased. A failed stream does not stop the others: the report says which
    failed.

    Raises ConnectorError when nothing could be read at all (connector missing, wrong credentials), IngestionError
    when another sync is running, psycopg.Error when Postgres fails; checkpoints saved before stay.
    """
    started = time.monotonic()
    with sync_lock(database_url, schema) as connection, closing(AirbyteDestination(connection, schema)) as destination:
        shutil.rmtree(work_dir / "runs", ignore_errors=True)  # left by a sync that was killed
        catalog = discover(connector, config, streams, work_dir)
        scrub(connection, schema, kept or {}, unread)
        run = SyncRun(
            destination, catalog, streams, on_progress, look_back, kept or {}, Forgotten(connection, persons or {})
        )
        whole = run.new_streams(whole_streams)
        for names, options in ((whole, config | dict(whole_config or {})), (run.writers.keys() - whole, config)):
            if names:
                run.read(connector, options, names, work_dir / "runs", seconds)
        run.report.seconds = time.monotonic() - started
        return run.report
