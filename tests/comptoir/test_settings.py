"""Settings: URLs follow from the parts, and each role has a URL of its own."""

from __future__ import annotations

import pytest

from comptoir.settings import Settings, changed_environment, child_environment


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


def test_a_child_inherits_our_environment_with_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_HOST", "ours")
    assert child_environment()["COMPTOIR_HOST"] == "ours"
    assert child_environment({"COMPTOIR_HOST": "its own"})["COMPTOIR_HOST"] == "its own"


def test_a_changed_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_HOST", "ours")
    monkeypatch.delenv("COMPTOIR_ARCHIVE", raising=False)
    with changed_environment({"COMPTOIR_HOST": "other", "COMPTOIR_ARCHIVE": "/archive"}):
        inside = child_environment()
    assert (inside["COMPTOIR_HOST"], inside["COMPTOIR_ARCHIVE"]) == ("other", "/archive")
    assert child_environment()["COMPTOIR_HOST"] == "ours" and "COMPTOIR_ARCHIVE" not in child_environment()
