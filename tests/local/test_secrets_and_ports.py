"""A fresh installation: secrets are random, private and kept; taken ports are replaced or reported."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir.settings import Settings
from local.secrets_and_ports import ensure_free_ports, ensure_secrets


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def settings_in(folder: Path, **values: object) -> Settings:
    return Settings(_env_file=folder / "secrets.env", data_dir=folder, **values)  # type: ignore[call-arg, arg-type]


def test_secrets_are_private_random_and_kept(tmp_path: Path) -> None:
    ensure_secrets(tmp_path / "a")
    ensure_secrets(tmp_path / "b")
    first, second = settings_in(tmp_path / "a"), settings_in(tmp_path / "b")
    assert first.owner_password != second.owner_password
    assert len(first.pseudonym_key.get_secret_value()) >= 32
    assert stat.S_IMODE((tmp_path / "a" / "secrets.env").stat().st_mode) == 0o600
    ensure_secrets(tmp_path / "a")
    assert settings_in(tmp_path / "a").owner_password == first.owner_password


def test_a_taken_port_is_moved_and_remembered(tmp_path: Path, taken_port: int) -> None:
    moved = ensure_free_ports(settings_in(tmp_path, collector_port=taken_port))
    taken, chosen = moved["collector_port"]
    assert taken == taken_port != chosen
    assert f"COMPTOIR_COLLECTOR_PORT={chosen}\n" in (tmp_path / "ports.env").read_text()


def test_a_taken_port_named_by_the_operator_is_an_error(
    tmp_path: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_COLLECTOR_PORT", str(taken_port))
    with pytest.raises(RuntimeError, match=f"Port {taken_port}.*COMPTOIR_COLLECTOR_PORT"):
        ensure_free_ports(settings_in(tmp_path))
