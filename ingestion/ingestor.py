"""Two ingestors behind one interface: a connector as a subprocess, or an Airbyte server; same tables, same report."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from comptoir.settings import Settings
from ingestion.airbyte.connector import ConnectorIngestor
from ingestion.airbyte.server.client import api_url, security
from ingestion.airbyte.server.ingestor import ServerIngestor
from ingestion.connectors.spec import Source
from ingestion.sync_report import OnProgress, SyncReport


class Ingestor(Protocol):
    """Reads a source into the raw tables."""

    def sync(self, source: Source, on_progress: OnProgress = ..., resync_since: datetime | None = ...) -> SyncReport:
        """Read what changed in the source since the last sync into the raw tables.

        With `resync_since` also what changed since then, although it was read before. Streams that failed are in the
        report. Raises IngestionError when nothing could be read, psycopg.Error when Postgres fails. When it is
        interrupted, it ends the process or job it started.
        """
        ...


def ingestor_of(settings: Settings) -> Ingestor:
    """A ServerIngestor when an Airbyte server is set, else a ConnectorIngestor. Contacts no server.

    Raises AirbyteServerError when a server is set without credentials.
    """
    if not settings.airbyte_url:
        return ConnectorIngestor(
            settings.database_url_as("loader"), settings.data_dir / "connectors" / settings.shop_platform
        )
    base_url = api_url(str(settings.airbyte_url))
    access = security(
        base_url,
        client_id=settings.airbyte_client_id,
        client_secret=settings.airbyte_client_secret.get_secret_value(),
        username=settings.airbyte_username,
        password=settings.airbyte_password.get_secret_value(),
    )
    return ServerIngestor(
        base_url,
        access,
        settings.airbyte_connection or f"Comptoir {settings.shop_platform}",
        settings.database_url_as("loader"),
        str(settings.airbyte_database_url or settings.database_url_as("loader")),
        settings.airbyte_workspace,
    )
