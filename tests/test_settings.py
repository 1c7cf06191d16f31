"""Settings: URLs follow from the parts, and each role has a URL of its own."""

from __future__ import annotations

import pytest

from comptoir.settings import Settings


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, owner_password="o", storefront_password="s", reporter_password="r")  # type: ignore[call-arg]


def test_the_embedded_server_is_the_default(settings: Settings) -> None:
    assert settings.database_url == "postgresql://comptoir:o@127.0.0.1:15432/comptoir"


def test_readers_log_in_as_themselves_on_the_embedded_server(settings: Settings) -> None:
    assert settings.storefront_database_url == "postgresql://storefront:s@127.0.0.1:15432/comptoir"
    assert settings.reporter_database_url == "postgresql://reporter:r@127.0.0.1:15432/comptoir"


def test_readers_log_in_as_themselves_on_a_server_given_by_url(settings: Settings) -> None:
    given = settings.model_copy(update={"postgres_url": "postgresql://me:p%40ss@db.example.com:6432/shop"})
    assert given.database_url == "postgresql://me:p%40ss@db.example.com:6432/shop"
    assert given.reporter_database_url == "postgresql://reporter:r@db.example.com:6432/shop"


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_COLLECTOR_PORT", "4242")
    assert Settings(_env_file=None).collector_url == "http://127.0.0.1:4242"  # type: ignore[call-arg]
