"""The platform under systemd: for whom its units are written, and what is made beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir.settings import get_settings
from local.deployment import write_systemd_units


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation whose stores are elsewhere."""
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COMPTOIR_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", "postgresql://owner:hidden-word@db.example.com/shop")
    monkeypatch.setenv("COMPTOIR_KAFKA_BOOTSTRAP", "kafka.example.com:9092")
    get_settings.cache_clear()
    umask = os.umask(0o022)
    yield tmp_path / "data"
    os.umask(umask)
    get_settings.cache_clear()


def test_root_is_asked_to_be_somebody_else(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(RuntimeError, match="do this as the user they shall run as"):
        write_systemd_units(tmp_path / "units")
    assert not data_dir.exists()


def test_units_are_for_the_stores_of_the_settings_and_hold_no_secret(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    units = {file.name: file.read_text() for file in write_systemd_units(tmp_path / "units")}
    assert "comptoir-collector.service" in units and "comptoir.target" in units
    assert "comptoir-postgres.service" not in units and "comptoir-kafka.service" not in units
    assert "comptoir-visitors.service" not in units, "the demo's visitors start by hand"
    assert f"ReadWritePaths={data_dir}" in units["comptoir-stream.service"]
    assert (tmp_path / "archive").is_dir(), "systemd refuses a unit whose folder is not there"
    assert (data_dir / "dagster" / "dagster.yaml").is_file() and (data_dir / "secrets.env").is_file()
    common = (data_dir / "environments" / "common.env").read_text()
    assert f"NUMBA_CACHE_DIR={data_dir}/numba" in common
    assert not any("hidden-word" in text for text in (common, *units.values()))
