"""What processes and libraries find in their environment, and what not."""

from __future__ import annotations

import pytest

from comptoir.environment import changed_environment, child_environment, environment_without_secrets, secret_environment
from comptoir.logins import LOGINS, SECRETS, password_of
from comptoir.settings import Settings


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


def test_the_environment_of_a_process_holds_its_secrets_and_an_address_without_a_login() -> None:
    given = {password_of(login): f"{login}'s" for login in LOGINS}
    settings = Settings(
        postgres_url="postgresql://owner:secret@db.example.com/shop?sslmode=require",
        alert_channels={"ops": "mailto://user:it's@example.com"},
        **given,  # type: ignore[arg-type]
    )
    environment = secret_environment(settings, "alerts")
    assert environment == {
        "COMPTOIR_PROCESS": "alerts",
        "COMPTOIR_WATCHER_PASSWORD": "watcher's",
        "COMPTOIR_ALERT_CHANNELS": '{"ops": "mailto://user:it\'s@example.com"}',
        "COMPTOIR_POSTGRES_URL": "postgresql://db.example.com/shop?sslmode=require",
    }
    for process in SECRETS:
        assert "secret@" not in str(secret_environment(settings, process))


def test_what_others_inherit_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_OWNER_PASSWORD", "hush")
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", "postgresql://owner:hush@db/shop")
    monkeypatch.setenv("COMPTOIR_HOST", "127.0.0.1")
    assert "hush" not in str(environment_without_secrets())
    assert environment_without_secrets()["COMPTOIR_HOST"] == "127.0.0.1"
