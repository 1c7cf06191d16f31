"""The storefront's application, asked in the test's process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from comptoir.settings import Settings
from storefront.api import make_app


def client_of(tmp_path: Path, database: str = "postgresql://nobody@127.0.0.1:1/none", **more: Any) -> TestClient:
    """A client of the storefront with its index below `tmp_path`; without a database unless one is given."""
    settings = Settings(data_dir=tmp_path, postgres_url=database, storefront_password="storefront", **more)
    return TestClient(make_app(settings), raise_server_exceptions=False)
