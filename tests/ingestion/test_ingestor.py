"""Which ingestor reads the shop: chosen by the settings, without contacting a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from comptoir.settings import Settings
from ingestion.airbyte.connector import ConnectorIngestor
from ingestion.airbyte.server.client import AirbyteServerError
from ingestion.airbyte.server.ingestor import ServerIngestor
from ingestion.ingestor import Ingestor, ingestor_of

AS_LOADER = "postgresql://loader:loader@db/warehouse"
SERVER = {"airbyte_url": "http://127.0.0.1:1", "airbyte_client_id": "comptoir", "airbyte_client_secret": "secret"}


def test_without_a_server_the_connector_runs_here(tmp_path: Path) -> None:
    ingestor: Ingestor = ingestor_of(Settings(data_dir=tmp_path, postgres_url="postgresql://db/warehouse"))
    assert ingestor == ConnectorIngestor(AS_LOADER, tmp_path / "connectors" / "shopify")


def test_with_a_server_it_is_asked_only_when_a_sync_begins() -> None:
    settings = Settings(postgres_url="postgresql://db/warehouse", airbyte_workspace="Finance", **SERVER)
    ingestor: Ingestor = ingestor_of(settings)
    assert isinstance(ingestor, ServerIngestor)
    assert (ingestor.base_url, ingestor.name) == ("http://127.0.0.1:1/api/public/v1", "Comptoir shopify")
    assert ingestor.workspace == "Finance"
    assert ingestor.database_url == ingestor.server_database_url == AS_LOADER


def test_the_connection_and_the_servers_view_of_the_warehouse_can_be_named() -> None:
    named = {"airbyte_connection": "my shop", "airbyte_database_url": "postgresql://db.internal/warehouse"}
    ingestor = ingestor_of(Settings(postgres_url="postgresql://db/warehouse", **SERVER, **named))
    assert isinstance(ingestor, ServerIngestor)
    assert (ingestor.name, ingestor.server_database_url) == ("my shop", "postgresql://db.internal/warehouse")
    assert ingestor.database_url == AS_LOADER


def test_a_server_without_credentials_is_said_at_once() -> None:
    with pytest.raises(AirbyteServerError, match="neither client credentials nor a user name"):
        ingestor_of(Settings(airbyte_url="http://127.0.0.1:1"))
